"""Plays a scenario in memory: each step in turn, and what must come true of it.

Longer than 300 lines because each step and each expectation of a scenario is played by a few lines of its own.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from callbacks.requests import RequestState
from config.content import Content, Exception_
from config.problems import Flaw
from ivr.prompts import Speaker
from ivr.replies import Hold
from ivr.signals import Party
from proving.scenarios import Act, Scenario, problems_of
from proving.small_center import OPEN_PROMISE, CannotError, SmallCenter
from proving.small_facts import CENTER_NUMBER
from proving.small_phones import Leg, Phones, StrandedError
from proving.steps import NOTE, STATES, matched
from routing.needs import WaitState
from routing.presence import State

PATIENCE = timedelta(minutes=5)  # how long something is waited for
SURE, UNSURE = 0.9, 0.3  # how sure the carrier is of words, and of mumbled ones
MOST_SHOWN = 400  # characters of what was heard instead
UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
PRESENCES = {"ready": State.READY, "away": State.AWAY, "at home": State.OFFLINE, "in a visit": State.IN_VISIT}
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
FIRST_MONDAY = datetime(2026, 3, 16, tzinfo=UTC)  # a week without holidays


class NotSo(Exception):
    """Something that must be is not."""

    def __init__(self, found: str, accepted: str) -> None:
        super().__init__(found)
        self.found = found
        self.accepted = accepted


@dataclass(frozen=True)
class Played:
    """A scenario that was played: what went wrong (None: nothing), how it ended, and the prompts that were spoken."""

    scenario: Scenario
    flaw: Flaw | None
    ends: str
    prompts: frozenset[str]


def play_all(scenarios: Iterable[Scenario], content: Content) -> Iterator[Played]:
    """Play scenarios, each in a center of its own."""
    speaker = Speaker(content)
    for scenario in scenarios:
        yield play(scenario, content, speaker)


def play(scenario: Scenario, content: Content, speaker: Speaker) -> Played:
    """Play a scenario from its first step to its last, or to the first that does not come true."""
    if unknown := next(problems_of(scenario, content), None):
        return Played(scenario, unknown, "", frozenset())
    try:
        stage = Rehearsal(scenario, content, speaker)
    except ValueError as error:
        return Played(scenario, Flaw(scenario.file, 1, "at", str(error), AT), "", frozenset())
    flaw = None
    for act in scenario.acts:
        try:
            stage.perform(act)
        except NotSo as wrong:
            flaw = Flaw(scenario.file, act.line, act.text, wrong.found, wrong.accepted)
        except CannotError as wrong:
            flaw = Flaw(scenario.file, act.line, act.text, f"{wrong}; {stage.told(act.who)}", "a step that can be done")
        except StrandedError as wrong:
            found = f'a call that ends with "{wrong}"'
            accepted = "a person, a promise or a message that somebody owns"
            flaw = Flaw(scenario.file, act.line, act.text, found, accepted)
        if flaw:
            break
    return Played(scenario, flaw, stage.ends(), frozenset(stage.phones.prompts))


AT = 'a day and a time, such as "monday 10:00" or "2026-03-16 10:00"'


def instant_of(text: str, zone: str) -> datetime:
    """The instant of a day and a time in this zone; ValueError with what cannot be read."""
    day, _, clock = text.strip().lower().partition(" ")
    try:
        hour, minute = map(int, clock.split(":"))
        date = FIRST_MONDAY + timedelta(days=DAYS.index(day)) if day in DAYS else datetime.fromisoformat(day)
        local = datetime(date.year, date.month, date.day, hour, minute, tzinfo=ZoneInfo(zone))
    except ValueError as error:
        raise ValueError(repr(text)) from error
    return local.astimezone(UTC)


def with_days_closed(content: Content, days: tuple[str, ...]) -> Content:
    """The content with a holiday of the clinic's own on each of these days."""
    closed = tuple(Exception_(date=day, says="closed-holiday") for day in days)
    hours = {
        key: each.model_copy(update={"exceptions": (*each.exceptions, *closed)}) for key, each in content.hours.items()
    }
    return content.model_copy(update={"hours": hours}) if days else content


class Rehearsal:
    """Where a scenario is played: a center, its phones, and who is there."""

    def __init__(self, scenario: Scenario, content: Content, speaker: Speaker) -> None:
        self.scenario, self.head = scenario, scenario.head
        content = with_days_closed(content, self.head.closed_on)
        self.zone = content.home.zone
        self.center = SmallCenter(content, scenario.people, instant_of(self.head.at, self.zone))
        self.phones = Phones(self.center, speaker)
        for name, text in self.head.staff.items():
            found = matched(text, STATES)
            if found:
                self._state(name, found[1])

    def perform(self, act: Act) -> None:
        """One step."""
        if act.verb == NOTE:
            return
        doing: Callable[[Act], None] = getattr(self, "do_" + act.verb.replace(" ", "_").replace("-", "_"))
        doing(act)

    # --- what people do

    def do_dials(self, act: Act) -> None:
        line = act.details["line"]
        own = self.scenario.people.phones()[act.who]
        shown = self.head.number if act.who == self.head.caller and self.head.number else own
        hidden = shown == "hidden"
        line = line if line in self.center.content.lines else next(iter(self.center.content.lines))
        self.phones.dials(act.who, None if hidden else shown, CENTER_NUMBER, line, not hidden and shown == own)
        if self.head.language and act.who == self.head.caller:
            key = self.center.content.languages.index(self.head.language) + 1
            self.phones.presses(act.who, str(key))

    def do_presses(self, act: Act) -> None:
        self.phones.presses(act.who, act.details["keys"].replace(" ", ""))

    def do_says(self, act: Act) -> None:
        self.phones.says(act.who, act.details["words"], SURE)

    def do_mumbles(self, act: Act) -> None:
        self.phones.says(act.who, act.details["words"], UNSURE)

    def do_hangs_up(self, act: Act) -> None:
        self.phones.hangs_up(act.who)

    def do_leaves_a_message(self, act: Act) -> None:
        self.phones.leaves_message(act.who, int(_span(act.details).total_seconds()))

    def do_answers(self, act: Act) -> None:
        self.phones.answers(act.who)

    def do_takes_the_call(self, act: Act) -> None:
        self.do_rings(act)
        self.phones.answers(act.who)
        self.phones.presses(act.who, "1")

    def do_will_not_answer(self, act: Act) -> None:
        self.phones.manners[act.who] = "silent"

    def do_has_voicemail_on(self, act: Act) -> None:
        self.phones.manners[act.who] = "voicemail"

    def do_answers_by_hand(self, act: Act) -> None:
        self.phones.manners.pop(act.who, None)

    def do_asks_for_an_interpreter(self, act: Act) -> None:
        language = self.center.calls[self._leg(act.who).call].language
        if language not in self.center.content.interpreters:
            raise NotSo(f"no interpreter for {language!r}", "a language of interpreters in services.yaml")
        self.phones.ask_interpreter(act.who, "interpreter", self.center.content.interpreters[language].number)

    def do_state(self, act: Act) -> None:
        self._state(act.who, act.details)
        self.phones.settle()

    def _state(self, person: str, details: Mapping[str, str]) -> None:
        wanted = details["state"].lower()
        if wanted == "talking":
            minutes = (int(details["low"]), int(details["high"])) if "low" in details else None
            self.center.begin_talking(person, minutes)
            return
        now = self.center.presence_of(person)
        if now.state is State.TALKING and now.offer_id is None and wanted == "ready":
            self.phones.talk_is_over(person)
            return
        until = self._clock(details["clock"]) if "clock" in details else None
        if "count" in details:
            until = self.center.now + _span(details)
        self.center.sets(person, PRESENCES[wanted], until)

    # --- what they notice

    def do_hears(self, act: Act) -> None:
        words = _plain(act.details["words"])

        def heard() -> bool:
            leg = self.phones.of(act.who)
            if leg is None or leg.ringing:
                return False
            at = _plain(" ".join(leg.said)).find(words, leg.heard_upto)
            if at < 0:
                return False
            leg.heard_upto = at + len(words)
            return True

        if not self.phones.passes(self.center.now + PATIENCE, heard):
            raise NotSo(self.told(act.who), f'to hear "{act.details["words"]}" within {PATIENCE.seconds // 60} minutes')

    def do_never_hears(self, act: Act) -> None:
        leg = self.phones.of(act.who)
        said = next((each for each in leg.said if _plain(act.details["words"]) in _plain(each)), None) if leg else None
        if said is not None:
            raise NotSo(f'"{said}"', f'never to hear "{act.details["words"]}"')

    def do_rings(self, act: Act) -> None:
        if not self.phones.passes(self.center.now + PATIENCE, lambda: self.phones.ringing(act.who) is not None):
            others = ", ".join(leg.who for leg in self.phones.legs if leg.ringing) or "nobody's"
            raise NotSo(f"{others} phone rings", f"{act.who}'s phone to ring within {PATIENCE.seconds // 60} minutes")

    def do_does_not_ring(self, act: Act) -> None:
        if self.phones.ringing(act.who):
            raise NotSo("it rings", "a phone that does not ring now")

    # --- the center, and time

    def do_closes(self, _act: Act) -> None:
        self.center.forced = "closed"

    def do_opens(self, _act: Act) -> None:
        self.center.forced = "open"
        self.phones.settle()

    def do_loses_the_records(self, _act: Act) -> None:
        self.center.records_lost = True

    def do_finds_the_records(self, _act: Act) -> None:
        self.center.records_lost = False

    def do_publishes(self, act: Act) -> None:
        content, name = self.center.content, act.details["service"]
        if act.details["ladder"] not in content.ladders:
            raise NotSo(repr(act.details["ladder"]), "a ladder: " + ", ".join(content.ladders))
        service = content.services[name].model_copy(update={"ladder": act.details["ladder"], "own_offer": None})
        self.center.content = content.model_copy(update={"services": {**content.services, name: service}})

    def do_passes(self, act: Act) -> None:
        self.phones.passes(self.center.now + _span(act.details))

    def do_until(self, act: Act) -> None:
        self.phones.passes(self._clock(act.details["clock"]))

    def _clock(self, text: str) -> datetime:
        """The next instant at which the clinic's clocks show this time."""
        hour, minute = map(int, text.split(":"))
        local = self.center.now.astimezone(ZoneInfo(self.zone))
        found = local.replace(hour=hour, minute=minute, second=0, microsecond=0)
        return (found if found > local else found + timedelta(days=1)).astimezone(UTC)

    # --- what is expected of the caller's call

    def _leg(self, who: str) -> Leg:
        leg = self.phones.of(who)
        if leg is None:
            raise NotSo("no call of his", "a call")
        return leg

    def do_connected(self, act: Act) -> None:
        other = act.details["person"]
        if not self.phones.passes(self.center.now + PATIENCE, lambda: self.phones.talk_together(act.who, other)):
            raise NotSo(self.told(act.who), f"a talk with {other}")

    def do_waiting(self, act: Act) -> None:
        wait = self.center.wait_of(self._leg(act.who).call)
        holds = isinstance(self._leg(act.who).reply, Hold) and not self._leg(act.who).over
        if wait is None or wait.state is WaitState.LEFT or not holds:
            raise NotSo(self.told(act.who), "a caller who waits in line")

    def do_promise(self, act: Act) -> None:
        self._promises(act, OPEN_PROMISE, "a callback that is promised")

    def do_kept(self, act: Act) -> None:
        self._promises(act, (RequestState.REACHED,), "a promise that was kept")

    def _promises(self, act: Act, states: tuple[RequestState, ...], accepted: str) -> None:
        made = self._promise_states(act.who)
        if len(made) != 1 or made[0] not in states:
            raise NotSo(", ".join(made) or "no promise", accepted + ", and no other")

    def _promise_states(self, who: str) -> list[RequestState]:
        """How the promises stand that somebody was given in his calls."""
        calls = {leg.call for leg in self.phones.legs if leg.who == who}
        return [each.state for each in self.center.promises.values() if each.call in calls]

    def do_no_promise(self, act: Act) -> None:
        open_ = [each for each in self._promise_states(act.who) if each in OPEN_PROMISE]
        if open_:
            raise NotSo(", ".join(open_), "no promise")

    def do_voicemail(self, act: Act) -> None:
        kept = self.center.calls[self._leg(act.who).call].voicemails
        if kept != [act.details["service"]]:
            raise NotSo(", ".join(kept) or "no message", f"one message for {act.details['service']}")

    def do_hang_up(self, act: Act) -> None:
        if not self.phones.passes(self.center.now + PATIENCE, lambda: self._leg(act.who).over):
            raise NotSo(self.told(act.who), "the end of the call")

    def do_offered(self, act: Act) -> None:
        wanted = [name.strip() for name in act.details["people"].split(",")]
        offered = self.center.calls[self._leg(act.who).call].offered
        if offered != wanted:
            raise NotSo(", ".join(offered) or "nobody", ", ".join(wanted))

    def do_known(self, act: Act) -> None:
        record = self.center.calls[self._leg(act.who).call]
        if record.patient != act.details["person"]:
            raise NotSo(record.patient or "nobody who is proved", act.details["person"])

    def do_unknown(self, act: Act) -> None:
        record = self.center.calls[self._leg(act.who).call]
        if record.patient is not None:
            raise NotSo(record.patient, "nobody who is proved")

    def do_language(self, act: Act) -> None:
        spoken = self._leg(act.who).session.language
        if spoken != act.details["language"]:
            raise NotSo(spoken, act.details["language"])

    # --- in words

    def told(self, who: str) -> str:
        """What somebody heard last, for whoever looks for a mistake."""
        leg = self.phones.of(who)
        if leg is None:
            return "nothing: there is no call"
        if leg.ringing:
            return "a phone that rings"
        heard = " ".join(" ".join(leg.said).split())[leg.heard_upto :].strip() or "nothing"
        shown = heard if len(heard) <= MOST_SHOWN else f"{heard[:MOST_SHOWN]} ..."
        return f'"{shown}"' + (" and the end of the call" if leg.over else "")

    def ends(self) -> str:
        """How it ended for the caller: with a person, a promise, a message; waiting; else by hanging up."""
        mine = [leg for leg in self.phones.legs if leg.party is Party.PATIENT and leg.who == self.head.caller]
        if not mine:
            return "no call"
        call = mine[-1].call
        record = self.center.calls[call]
        talked = any(
            ring.talk_started for ring in self.center.rings.values() if self.center.waits[ring.wait].call_id == call
        )
        if talked or mine[-1].with_operator:
            return "person"
        if record.voicemails:
            return "voicemail"
        promises = self._promise_states(self.head.caller)
        if RequestState.REACHED in promises:
            return "person"
        if any(each in OPEN_PROMISE for each in promises):
            return "promise"
        return "hang-up" if mine[-1].over else "waiting"


def _span(details: Mapping[str, str]) -> timedelta:
    return timedelta(seconds=int(details["count"]) * UNITS[details["unit"].lower()])


def _plain(text: str) -> str:
    return " ".join(text.lower().split())
