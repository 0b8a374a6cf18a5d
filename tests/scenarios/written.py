"""Plays the scenario files of `config/scenarios` with a whole center: phones on the emulator, webhooks, database.

The same steps as `proving/playing.py` plays in memory; so the two say of each file whether they agree.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import text

import routing.store
from calls import store as calls_store
from proving.playing import DAYS, PATIENCE, SURE, UNITS, UNSURE
from proving.scenarios import Act, Scenario
from proving.steps import NOTE, STATES, matched
from tests.phone import Phone
from tests.scenarios.world import CENTER, World

WITHIN = PATIENCE.total_seconds()
RECORDS = {"joe": "patient-101", "rosa": "patient-102", "walter": "patient-103", "irene": "patient-104"}
OPEN = {"booked", "waiting", "calling"}
MACHINE = {"answer_after_s": 8, "greeting": "You have reached a machine. Leave a message.", "greeting_s": 5}
PRESENCES = {"ready": "ready", "away": "away", "at home": "offline", "in a visit": "in_visit"}
LONG = 600  # seconds: more than that passes at once, and what is due then is done


class WholeCall:
    """One scenario in one world."""

    def __init__(self, scenario: Scenario, world: World) -> None:
        self.scenario, self.world = scenario, world
        self.zone = ZoneInfo(next(iter(world.tools.content.hours.values())).zone)
        self.phones: dict[str, Phone] = {}
        self.heard_upto: dict[str, int] = {}  # leg -> characters of what was said
        self._begin()

    def play(self) -> None:
        """From the first step to the last; an AssertionError where one does not come true."""
        for act in self.scenario.acts:
            if act.verb == NOTE:
                continue
            doing: Callable[[Act], None] = getattr(self, "do_" + act.verb.replace(" ", "_").replace("-", "_"))
            try:
                doing(act)
            except AssertionError as error:
                raise AssertionError(f"{self.scenario.file}:{act.line}: {act.text}: {error}") from error

    def _begin(self) -> None:
        head = self.scenario.head
        for person in self._people():
            if person not in head.staff:
                self.world.presence(person, "offline")
        day, _, clock = head.at.partition(" ")
        if head.at != "monday 10:00":  # a world begins at ten on some weekday
            self.world.act.set_hours("normal", None, "test")
            self._forward_to(DAYS.index(day), clock)
        for name, state in head.staff.items():
            found = matched(state, STATES)
            assert found
            self._state(name, found[1])

    def _people(self) -> list[str]:
        with self.world.tools.database.reading() as tx:
            return [row.clinician_id for row in routing.store.presences(tx)]

    def _forward_to(self, weekday: int, clock: str) -> None:
        hour, minute = map(int, clock.split(":"))
        then = self._local().replace(hour=hour, minute=minute, second=0, microsecond=0)
        while then.weekday() != weekday or then <= self._local():
            then += timedelta(days=1)
        self._at_once((then - self._local()).total_seconds())

    def _local(self) -> datetime:
        return datetime.fromtimestamp(self.world.now_ms() / 1000, UTC).astimezone(self.zone)

    def _at_once(self, seconds: float) -> None:
        self.world.emulator.post("/control/clock", {"advance_s": seconds})
        self.world.settle()

    def _phone(self, who: str) -> Phone:
        if who not in self.phones:
            self.phones[who] = self.world.phone(self.scenario.people.phones()[who])
        return self.phones[who]

    def _on_line(self, who: str) -> Phone:
        """His phone, on the leg that was answered last, by him or by a machine."""
        phone = self._phone(who)
        sid = next((leg["sid"] for leg in reversed(phone.legs) if not leg["ringing"]), None)
        if sid is not None and sid != getattr(phone, "sid", None):
            phone.sid, phone.heard_upto = sid, 0
        return phone

    # --- what people do

    def do_dials(self, act: Act) -> None:
        phone = self._phone(act.who).dials(CENTER)
        if self.scenario.head.language and act.who == self.scenario.head.caller:
            languages = self.world.tools.content.languages
            phone.hears("English").presses(str(languages.index(self.scenario.head.language) + 1))

    def do_presses(self, act: Act) -> None:
        self._on_line(act.who).presses(act.details["keys"].replace(" ", ""))

    def do_says(self, act: Act) -> None:
        self._on_line(act.who).says(act.details["words"], SURE)

    def do_mumbles(self, act: Act) -> None:
        self._on_line(act.who).says(act.details["words"], UNSURE)

    def do_hangs_up(self, act: Act) -> None:
        self._on_line(act.who).hangs_up()

    def do_leaves_a_message(self, act: Act) -> None:
        phone = self._on_line(act.who).hears("beep")
        self.world.passes(_seconds(act.details))
        phone.presses("#")

    def do_answers(self, act: Act) -> None:
        self._phone(act.who).answers()

    def do_takes_the_call(self, act: Act) -> None:
        self._phone(act.who).rings(WITHIN).answers().hears("press 1").presses("1")

    def do_will_not_answer(self, act: Act) -> None:
        self.world.script(self._phone(act.who).number, no_answer=True)

    def do_has_voicemail_on(self, act: Act) -> None:
        self.world.script(self._phone(act.who).number, voicemail=MACHINE)

    def do_answers_by_hand(self, act: Act) -> None:
        self.world.script(self._phone(act.who).number)

    def do_state(self, act: Act) -> None:
        self._state(act.who, act.details)

    def _state(self, person: str, details: Mapping[str, str]) -> None:
        seconds = _seconds(details) if "count" in details else None
        if "clock" in details:
            seconds = (self._next(details["clock"]) - self._local()).total_seconds()
        minutes = None if seconds is None else round(seconds / 60)
        self.world.presence(person, PRESENCES[details["state"].lower()], None, minutes)

    def _next(self, clock: str) -> datetime:
        hour, minute = map(int, clock.split(":"))
        then = self._local().replace(hour=hour, minute=minute, second=0, microsecond=0)
        return then if then > self._local() else then + timedelta(days=1)

    # --- what they notice

    def do_hears(self, act: Act) -> None:
        words = _plain(act.details["words"])

        def heard() -> bool:
            phone = self._on_line(act.who)
            at = self._said(act.who).find(words, self.heard_upto.get(phone.sid, 0))
            if at >= 0:
                self.heard_upto[phone.sid] = at + len(words)
            return at >= 0

        self.world.wait_until(heard, WITHIN, lambda: f"heard {self._said(act.who)!r}")

    def _said(self, who: str) -> str:
        """All that we said to him on this leg."""
        return _plain(" ".join(each["text"] for each in self._on_line(who).captions if each["kind"] == "say"))

    def do_never_hears(self, act: Act) -> None:
        assert _plain(act.details["words"]) not in self._said(act.who), self._said(act.who)

    def do_rings(self, act: Act) -> None:
        self._phone(act.who).rings(WITHIN)

    def do_does_not_ring(self, act: Act) -> None:
        assert not self._phone(act.who).is_ringing

    # --- the center, and time

    def do_closes(self, _act: Act) -> None:
        self.world.act.set_hours("closed", None, "test")
        self.world.settle()

    def do_opens(self, _act: Act) -> None:
        self.world.act.set_hours("open", None, "test")
        self.world.settle()

    def do_passes(self, act: Act) -> None:
        self._passes(_seconds(act.details))

    def do_until(self, act: Act) -> None:
        self._passes((self._next(act.details["clock"]) - self._local()).total_seconds())

    def _passes(self, seconds: float) -> None:
        (self._at_once if seconds > LONG else self.world.passes)(seconds)

    # --- what is expected

    def do_connected(self, act: Act) -> None:
        self._on_line(act.who).talks_with(self._on_line(act.details["person"]), WITHIN)

    def do_waiting(self, act: Act) -> None:
        assert self._on_line(act.who).status == "in-progress"

    def do_promise(self, _act: Act) -> None:
        (state,) = self.world.promises()
        assert state in OPEN

    def do_kept(self, _act: Act) -> None:
        assert self.world.promises() == ["reached"]

    def do_no_promise(self, _act: Act) -> None:
        assert not OPEN & set(self.world.promises())

    def do_voicemail(self, act: Act) -> None:
        assert [service for service, _ in self.world.voicemails()] == [act.details["service"]]

    def do_hang_up(self, act: Act) -> None:
        self._on_line(act.who).is_over(WITHIN)

    def do_offered(self, act: Act) -> None:
        with self.world.tools.database.reading() as tx:
            offers = routing.store.offers_of_call(tx, calls_store.call_ids(tx)[-1])
        assert [offer.clinician_id for offer in offers] == [name.strip() for name in act.details["people"].split(",")]

    def do_known(self, act: Act) -> None:
        assert self._patient() == RECORDS[act.details["person"]]

    def do_unknown(self, _act: Act) -> None:
        assert self._patient() is None

    def _patient(self) -> str | None:
        with self.world.tools.database.reading() as tx:
            found = tx.execute(text("SELECT patient_id FROM calls ORDER BY arrived_at DESC LIMIT 1")).scalar()
        return None if found is None else str(found)

    def do_language(self, act: Act) -> None:
        with self.world.tools.database.reading() as tx:
            found = tx.execute(text("SELECT language FROM calls ORDER BY arrived_at DESC LIMIT 1")).scalar()
        assert found == act.details["language"]


def _plain(words: str) -> str:
    return " ".join(words.lower().split())


def _seconds(details: Mapping[str, str]) -> float:
    return int(details["count"]) * UNITS[details["unit"].lower()]
