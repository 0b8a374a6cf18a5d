"""Walks the conversation: from the first word of every leg, by everything it can hear, in every state of the clinic.

The walk calls `ivr.flow.step` and nothing else, so a new stage is walked the moment somebody leads to it. Each question
is walked with every answer. Of the facts that a step reads, any two at once are other than usual, at each of their
values. Of what a caller carries along (his level, his number, whom he waits for ...) each thing is met at each question
at least once; not every combination of them.

Longer than 300 lines because where a walk goes and what it varies there are one rule.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from datetime import datetime
from functools import cache
from operator import attrgetter, contains
from typing import Any

from config.content import Content
from ivr import flow
from ivr.effects import BookCallback, FinishTalk, KeepMessage
from ivr.red_flags import remembering
from ivr.replies import Ask, Bridge, Connect, ConnectOperator, HangUp, Hold, LeaveQueue, Reply, TakeMessage
from ivr.session import Session, Stage
from ivr.signals import (
    CallArrived,
    DigitsPressed,
    Ending,
    HoldTick,
    LeftQueue,
    LegAnswered,
    MessageRecorded,
    MovedBack,
    MovedToTalk,
    NothingEntered,
    Party,
    QueueResult,
    Signal,
    SpeechHeard,
    StaffCalled,
    TalkLeft,
)
from ivr.spoken import STAFF
from ivr.turn import Turn
from proving.outcomes import Outcomes
from proving.samples import CALLER

ENTRIES = ("03141957", "4821", "3125550142", "77")
SPOKEN_ALOUD = (
    SpeechHeard("mumble", 0.9),
    SpeechHeard("I have chest pain", 0.9),
    SpeechHeard("I want to kill myself", 0.9),
    SpeechHeard("my wound is infected", 0.9),
)
ONE_KEY = tuple("1234567890*#")
OFFER, RECORDING = 7, "RE1"
# A question put again is left by a good answer to where it always leads: only how it is put again is walked.
SILENCE, WRONG_KEY = NothingEntered(), DigitsPressed("6")
OWNED = (BookCallback, KeepMessage, FinishTalk)
EVERYWHERE = (DigitsPressed("0"), DigitsPressed("*"))


@dataclass(frozen=True, eq=False)
class Place:
    """Where a leg is: its session, what it heard last, and what has happened on the way.

    `answered_for`: somebody talked with him, or owns a promise to him. `key`: staff pressed the key.
    """

    session: Session
    reply: Reply
    answered_for: bool = False
    key: bool = False


@dataclass(frozen=True, eq=False)
class Step:
    """One step of the walk: from a place (None: the leg begins), by a signal, to another place (None: it is over).

    `closed`: it was told that opening hours are over. `turn` is None when the step failed, with this `error`.
    """

    place: Place | None
    signal: Signal
    turn: Turn | None
    after: Place | None
    closed: bool = False
    error: str = ""


@dataclass(frozen=True)
class Narrow:
    """A part of all paths: one language, calls to one line, one instant, facts that are so. Nothing: all."""

    language: str = ""
    line: str = ""
    at: datetime | None = None
    given: tuple[tuple[str, str], ...] = ()  # a fact, by the end of its name ("own.presence"), and its value

    def values(self, path: str, values: tuple[Any, ...]) -> tuple[Any, ...]:
        """Of the values that a fact may have, those that are to be tried."""
        wanted = next((value for name, value in self.given if f".{path}".endswith(f".{name}")), None)
        if wanted is None:
            return values
        fit = tuple(value for value in values if str(value).lower() == wanted.lower())
        return fit or tuple(type(value)(wanted) for value in values[:1] if isinstance(value, int | str))

    def hears(self, place: Place) -> bool:
        """Whether to go on from here: in the language, where one was chosen."""
        session = place.session
        free = session.party not in flow.PATIENTS or session.stage in (Stage.NEW, Stage.LANGUAGE)
        return not self.language or free or session.language == self.language


@dataclass
class Walk:
    """Every step of the legs of one content, in the order found. `came_by`: the step that first led to a place."""

    content: Content
    narrow: Narrow = field(default_factory=Narrow)
    came_by: dict[Place, Step] = field(default_factory=dict)
    _seen: dict[tuple[Any, ...], tuple[set[Any], ...]] = field(default_factory=dict)  # of each thing carried there
    _kinds: "_Kinds" = field(default_factory=lambda: _Kinds())

    def __post_init__(self) -> None:
        self._outcomes = Outcomes(self.content, self.narrow.values, self.narrow.at)

    def steps(self) -> Iterator[Step]:
        """All steps, the shortest ways first."""
        with remembering(self.content):
            yield from self._steps()

    def _steps(self) -> Iterator[Step]:
        waiting: deque[Place] = deque()
        for session, signal in beginnings(self.content):
            if self.narrow.line and session.line != self.narrow.line:
                continue
            for step in self._tries(None, session, signal):
                yield from self._noted(step, waiting)
        while waiting:
            place = waiting.popleft()
            for signal in _worth_trying(place):
                for step in self._tries(place, place.session, signal):
                    yield from self._noted(step, waiting)

    def way_to(self, step: Step) -> str:
        """How one gets there: "call, 1, silence, 03141957"."""
        told = [_told(step.signal)]
        place = step.place
        while place is not None:
            before = self.came_by[place]
            told.append(_told(before.signal))
            place = before.place
        return ", ".join(reversed(told))

    def _noted(self, step: Step, waiting: deque[Place]) -> Iterator[Step]:
        if step.after is not None and self.narrow.hears(step.after) and self._brings_news(step.after):
            self.came_by[step.after] = step
            waiting.append(step.after)
        yield step

    def _tries(self, place: Place | None, session: Session, signal: Signal) -> Iterator[Step]:
        for one in self._outcomes.of(session, signal):
            after = _after(place, signal, one.turn) if one.turn else None
            yield Step(place, signal, one.turn, after, one.closed, one.error)

    def _brings_news(self, place: Place) -> bool:
        """Whether anything is there for the first time: the question itself, or something that he carries along."""
        question = question_of(place)
        put_again = place.session.silences or place.session.mismatches
        together = (put_again,) if put_again else self._carried(place)
        known = self._seen.get(question)
        if known is None:
            self._seen[question] = tuple({one} for one in together)
            return True
        if all(map(contains, known, together)):
            return False
        for seen, one in zip(known, together, strict=True):
            seen.add(one)
        return True

    def _carried(self, place: Place) -> tuple[Any, ...]:
        """What else of a place may decide how it goes on."""
        session = place.session
        line, service = self.content.lines.get(session.line), self.content.services.get(session.service or "")
        words = getattr(getattr(place.reply, "keys", None), "hints", ())
        return (
            place.answered_for,
            session.menu,
            session.language,
            words,
            (line.menu, line.hours, line.general) if line else None,
            (service.identify, service.hours) if service else None,
            session.failed_proofs,
            session.why_no_one,
            *map(self._kinds.__getitem__, _what_it_carries(session)),
        )


class _Kinds(dict[Any, Any]):
    """A word as it is; of a number, a digit string or a list, whether there is any. Found once for each value."""

    def __missing__(self, value: Any) -> Any:
        kind = self[value] = value if isinstance(value, str) and value.isidentifier() else bool(value)
        return kind


OF_RETURNED = (Stage.NEW, Stage.RETURN_GREETING, Stage.TALKING)  # elsewhere he is a caller like any other


def question_of(place: Place) -> tuple[Any, ...]:
    """Where a leg is, without what it carries along: the same question, put as often."""
    session = place.session
    trouble = (session.silences, session.mismatches, session.asked)
    rung_back = session.party is Party.RETURNED and session.stage not in OF_RETURNED
    party = Party.PATIENT if rung_back else session.party
    return (party, session.stage, type(place.reply), trouble, place.key)


_what_it_carries = attrgetter(
    *(
        one.name
        for one in fields(Session)
        if one.name not in {"party", "stage", "silences", "mismatches", "asked", "ticks"}
    )
)


def _worth_trying(place: Place) -> tuple[Signal, ...]:
    """What to try at a place: everything, or the same trouble again at a question that is put again."""
    if isinstance(place.reply, Ask) and place.session.silences:
        return SILENCE, *EVERYWHERE
    if isinstance(place.reply, Ask) and place.session.mismatches:
        return WRONG_KEY, *EVERYWHERE
    return signals_after(place.reply)


def _after(place: Place | None, signal: Signal, turn: Turn) -> Place | None:
    reply = turn.reply
    if reply is None or isinstance(reply, HangUp) or not signals_after(reply):
        return None
    return Place(turn.session, reply, answered_for(place, turn, signal), has_key(place, turn, signal))


def answered_for(place: Place | None, turn: Turn, signal: Signal) -> bool:
    """Whether by now somebody talked with the caller, or owns a promise to him."""
    talked = isinstance(signal, TalkLeft) and signal.bridged
    owned = any(isinstance(effect, OWNED) for effect in turn.effects)
    return talked or owned or bool(turn.session.promise) or (place is not None and place.answered_for)


def has_key(place: Place | None, turn: Turn, signal: Signal) -> bool:
    """Whether by now staff pressed a key (a voicemail presses none), or a clinician who called proved who he is."""
    if turn.session.party is Party.DIALIN:
        return bool(turn.session.who)
    pressed = isinstance(signal, DigitsPressed) or (place is not None and place.key)
    return turn.session.party in STAFF and pressed


def beginnings(content: Content) -> Iterator[tuple[Session, Signal]]:
    """The first signal of every kind of leg: a call to each line, from a number and from none; each phone we ring."""
    for line in content.lines:
        for caller in (CALLER, None):
            arrived = CallArrived(caller, "+13125550100")
            yield flow.first_session(arrived, Party.PATIENT, line), arrived
    if content.clinician_line is not None:
        for caller in (CALLER, None):
            yield flow.first_session(StaffCalled(caller), Party.DIALIN), StaffCalled(caller)
    for party in [party for party in Party if party not in (Party.PATIENT, Party.DIALIN)]:
        rung = LegAnswered(party, str(OFFER))
        yield flow.first_session(rung, party), rung


@cache
def signals_after(reply: Reply) -> tuple[Signal, ...]:
    """Everything a leg can be heard to do after a reply."""
    match reply:
        case Ask(keys=keys):
            typed = ONE_KEY if keys.most == 1 else ("0", "*", "#", *(e for e in ENTRIES if len(e) <= (keys.most or 99)))
            words = keys.hints[:1]
            said = (*(SpeechHeard(word, sure) for word in words for sure in (0.9, 0.3)), *SPOKEN_ALOUD)
            moved = (MovedToTalk(OFFER),)
            return (*(DigitsPressed(each) for each in typed), NothingEntered(), *(said if words else ()), *moved)
        case Hold():
            out = (LeftQueue(QueueResult.FULL), MovedToTalk(OFFER), HoldTick())
            return (*(DigitsPressed(each) for each in ONE_KEY), *out)
        case LeaveQueue():
            return (LeftQueue(QueueResult.LEAVE),)
        case Connect():
            return TalkLeft(Ending.COMPLETED, bridged=True), TalkLeft(Ending.FAILED, bridged=False), MovedBack(OFFER)
        case ConnectOperator() | Bridge():
            return TalkLeft(Ending.COMPLETED, bridged=True), TalkLeft(Ending.NO_ANSWER, bridged=False)
        case TakeMessage():
            heard = (MessageRecorded(RECORDING, 9, hung_up=False), MessageRecorded("", 0, hung_up=False))
            return (*heard, NothingEntered(), DigitsPressed("0"), MovedToTalk(OFFER))
    return ()


def _told(signal: Signal) -> str:
    match signal:
        case CallArrived() | StaffCalled():
            return "call"
        case DigitsPressed(digits):
            return digits
        case SpeechHeard(text):
            return f'"{text}"'
        case NothingEntered():
            return "silence"
    return flow.fact_of(signal).replace("_", " ")
