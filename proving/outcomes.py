"""What a step decides in every state of the clinic: found once for all sessions between which the step cannot tell.

A step is pure: what it does not read of a session decides nothing, and stays as it is. So what was found for one
session holds for every other one in which all that was read is the same. Nobody lists what a step reads: it is watched.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from operator import itemgetter
from typing import Any, TypeVar

from config.content import Content
from ivr import flow
from ivr.effects import Effect
from ivr.knowledge import ClinicNow
from ivr.replies import Reply
from ivr.session import Session, Stage
from ivr.signals import Party, Signal
from ivr.turn import Turn
from proving.samples import HOURS, NOW, Calendars, NothingFits, Telling, known, unasked

MOST_UNUSUAL = 2  # facts of one step that are not the usual ones (the first of their values)
SOURCE = "source"  # under this name, which is no field's, a watched session holds where it reads and what it read
Some = TypeVar("Some")


@dataclass(frozen=True)
class Outcome:
    """How a step may end. `turn` is None when it failed, with this `error`.

    `closed`: it was told that opening hours are over.
    """

    turn: Turn | None
    error: str
    closed: bool = field(compare=False)


@dataclass(frozen=True)
class _Decided:
    """An outcome without a session: what changes in whichever it is, and the reply and effects (None: it failed)."""

    changes: dict[str, Any]
    answer: tuple[Reply | None, tuple[Effect, ...]] | None
    error: str
    closed: bool = field(compare=False)

    def of(self, session: Session) -> Outcome:
        turn = None
        if self.answer is not None:
            turn = Turn(_holding(Session, session.__dict__ | self.changes), *self.answer)
        return Outcome(turn, self.error, self.closed)


@dataclass(frozen=True)
class _Found:
    """All outcomes of a step. `may_equal`: two have the same answer, so for some session they may be one."""

    decided: list[_Decided]
    may_equal: bool

    def of(self, session: Session) -> list[Outcome]:
        """The outcomes for a session."""
        outcomes = [one.of(session) for one in self.decided]
        return _each_once(outcomes) if self.may_equal else outcomes


@dataclass(frozen=True)
class _Alike:
    """What was found where a step reads the same fields, by the `values` of those."""

    values: Callable[[Mapping[str, Any]], Any]
    found: dict[Any, _Found] = field(default_factory=dict)


@dataclass
class Outcomes:
    """The outcomes of all steps over one content; `narrowed` and `at` as for `Telling` and `Calendars`."""

    content: Content
    narrowed: Callable[[str, tuple[Any, ...]], tuple[Any, ...]]
    at: datetime | None = None
    _known: dict[tuple[Party, Stage, Signal], dict[tuple[str, ...], _Alike]] = field(default_factory=dict)

    def of(self, session: Session, signal: Signal) -> list[Outcome]:
        """The outcomes of a step in every state of the clinic that it looks at; equal ones are told once."""
        known = self._known.setdefault((session.party, session.stage, signal), {})
        for alike in known.values():
            found = alike.found.get(alike.values(session.__dict__))
            if found is not None:
                return found.of(session)
        return self._find(session, signal, known).of(session)

    def _find(self, session: Session, signal: Signal, known: dict[tuple[str, ...], _Alike]) -> _Found:
        read: dict[str, Any] = {}
        tried = list(self._tried(session, signal, read))
        decided = _each_once([_without_session(one, read) for one in tried])
        answers = _each_once([(one.answer, one.error) for one in decided])
        names = tuple(sorted(read))
        alike = known.setdefault(names, _Alike(itemgetter(*names)))
        found = alike.found[alike.values(session.__dict__)] = _Found(decided, len(answers) < len(decided))
        return found

    def _tried(self, session: Session, signal: Signal, read: dict[str, Any]) -> Iterator[Outcome]:
        """The step in every state of the clinic that it looks at; what it reads of the session is added to `read`."""
        asked = frozenset(question.fills for question in flow.questions(_watched(session, read), signal))
        todo: list[tuple[dict[str, Any], int]] = [(dict(unasked(asked)), 0)]
        while todo:
            chosen, unusual = todo.pop()
            told = Telling(chosen, self.narrowed)
            calendars = Calendars(self.content, told, self.at)
            now = ClinicNow(self.at or NOW, self.content, known(told), calendars)
            turn, error, fits = None, "", True
            try:
                turn = flow.step(_watched(session, read), signal, now)
            except NothingFits:
                fits = False
            except Exception as failure:  # whatever a content makes the conversation stumble over is the finding
                error = repr(failure)
            for fork in told.forks:
                more = unusual + (not fork.path.startswith(HOURS))
                todo += [(other, more) for other in told.otherwise(fork)] if more <= MOST_UNUSUAL else []
            if fits:
                yield Outcome(turn, error, calendars.closed)


def _each_once(many: list[Some]) -> list[Some]:
    """Without what equals an earlier one. Some cannot be hashed."""
    once: list[Some] = []
    for one in many:
        if one not in once:
            once.append(one)
    return once


# --- what is read of a session, and changed in it ------------------------------------------------------------------


class _Watched(Session):
    """A session that holds only what was read of it, or changed in a copy. It equals, and shows as, a plain one."""

    __class__ = property(lambda _: Session)


class _Unread:
    """A field that a watched session does not hold yet: when it is read, it is noted, and held from then on."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, session: Session, _: type[Session]) -> Any:
        inside = session.__dict__
        whole, read = inside[SOURCE]
        value = inside[self._name] = read[self._name] = whole[self._name]
        return value


for _one in fields(Session):
    setattr(_Watched, _one.name, _Unread(_one.name))


def _watched(session: Session, read: dict[str, Any]) -> Session:
    """The session, watched; `read` is what was read of it before, and is added to."""
    return _holding(_Watched, {SOURCE: (session.__dict__, read), **read})


def _holding(kind: type[Session], inside: dict[str, Any]) -> Session:
    made = object.__new__(kind)
    object.__setattr__(made, "__dict__", inside)
    return made


def _without_session(one: Outcome, read: Mapping[str, Any]) -> _Decided:
    """An outcome of a watched session. What stands as it was read is as it was in all sessions that are alike."""
    if one.turn is None:
        return _Decided({}, None, one.error, one.closed)
    inside = {name: value for name, value in one.turn.session.__dict__.items() if name != SOURCE}
    changes = {name: value for name, value in inside.items() if name not in read or read[name] != value}
    return _Decided(changes, (one.turn.reply, one.turn.effects), one.error, one.closed)
