"""What a step might be told: typical answers to every question, drawn from the types of the facts themselves.

A fact is chosen when a step reads it, and the step is tried once more for each of its other values; so a step is tried
in every state of the clinic that it looks at, and in no other. A fact that somebody adds is covered without being
listed: booleans are both, numbers are none, few and many, and what may be missing is missing once. `DOMAINS` holds the
words that a text may be. The first of the values is the usual one.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import UTC, datetime
from functools import cache
from itertools import islice
from types import NoneType, UnionType
from typing import Any, cast, get_args, get_origin, get_type_hints

from config.content import Content, Hours
from directory.hours import open_state
from ivr.knowledge import OF_SERVICE, CalendarNow, Known, Unrung
from routing import offers, presence
from routing.needs import WaitState

NOW = datetime(2026, 3, 13, 15, 0, tzinfo=UTC)
OPENS = datetime(2026, 3, 16, 12, 0, tzinfo=UTC)
CALLER = "+13125550142"
HOURS = "hours of "

DOMAINS: dict[str, tuple[Any, ...]] = {
    "OwnClinician.given": ("Ana",),
    "OwnClinician.presence": ("talking", *(state.value for state in presence.State if state.value != "talking")),
    "OwnClinician.sure": (True, False),
    "OwnClinician.at_work": (True, False),
    "AttemptFacts.clinician_waits": (True, False),
    "AttemptFacts.he_called": (True, False),
    "GuestFacts.is_asked": (True, False),
    "WaitFacts.state": (*(state.value for state in WaitState), "none"),
    "WaitFacts.moved_to": ("", "nurse"),
    "OfferFacts.state": tuple(state.value for state in offers.State),
    "OfferFacts.patient_shown": ("Joe S.", ""),
    "OfferFacts.red": ("", "emergency", "crisis", "nurse"),
    "CallerFacts.red": ("", "emergency", "crisis", "nurse"),
    "Known.number": (None, CALLER),
    "Known.shift_phone": (None, CALLER),
    "SignInFacts.clinician": ("ana", ""),
    "DutyFacts.state": tuple(state.value for state in presence.State),
    "DutyFacts.reason": ("", presence.MISSED_CALLS, presence.FREE_LATER, presence.HOURS_END),
    "DutyFacts.phone": (CALLER, ""),
    "RingFacts.why_not": (None, *Unrung),
    "StaffMessage.patient_shown": ("Joe S.", ""),
    "StaffMessage.service": ("therapy", "no_more"),
}
BY_NAME: dict[str, tuple[Any, ...]] = {"zone": ("America/Chicago",), "language": ("en", "es")}  # whoever's they are
_SIMPLE: dict[Any, tuple[Any, ...]] = {
    NoneType: (None,),
    bool: (False, True),
    int: (2, 0, 5000),
    float: (2.0, 0.0, 5000.0),
    datetime: (OPENS,),
}


@dataclass(frozen=True)
class There:
    """A fact that is there: what is in it is chosen when it is read."""

    kind: type


@dataclass(frozen=True)
class Fork:
    """A fact that a step read first when so many were chosen, and what else it might have been told."""

    path: str
    before: int
    others: tuple[Any, ...]


class NothingFits(Exception):
    """A step reads a fact of which no value is to be tried."""


@dataclass
class Telling:
    """What one step is told, in the order in which it reads: of a fact not chosen yet, the first of its values.

    `narrowed` says which of the values that a fact may have are to be tried.
    """

    chosen: dict[str, Any]
    narrowed: Callable[[str, tuple[Any, ...]], tuple[Any, ...]]
    forks: list[Fork] = field(default_factory=list)

    def value(self, path: str, values: tuple[Any, ...]) -> Any:
        """What the step is told where it reads this fact."""
        if path not in self.chosen:
            values = self.narrowed(path, values)
            if not values:
                raise NothingFits(path)
            if len(values) > 1:
                self.forks.append(Fork(path, len(self.chosen), values[1:]))
            self.chosen[path] = values[0]
        return self.chosen[path]

    def otherwise(self, fork: Fork) -> Iterator[dict[str, Any]]:
        """What was chosen before this fork, with each of the other values there."""
        before = dict(islice(self.chosen.items(), fork.before))
        return ({**before, fork.path: value} for value in fork.others)


class Calendars(Mapping[str, CalendarNow]):
    """How the calendars of a content stand, chosen when a step looks at one."""

    def __init__(self, content: Content, told: Telling, at: datetime | None) -> None:
        self._hours, self._told, self._at = content.hours, told, at
        self.closed = False  # the step was told that one is closed

    def __getitem__(self, calendar: str) -> CalendarNow:
        path = f"{HOURS}{calendar}"
        if path in self._told.chosen:
            standing: CalendarNow = self._told.chosen[path]
        else:
            standing = self._told.value(path, standings(self._hours[calendar.partition(OF_SERVICE)[0]], self._at))
        self.closed = self.closed or not standing.open
        return standing

    def __contains__(self, calendar: object) -> bool:
        return str(calendar).partition(OF_SERVICE)[0] in self._hours

    def __iter__(self) -> Iterator[str]:
        return iter(self._hours)

    def __len__(self) -> int:
        return len(self._hours)


@cache
def unasked(asked: frozenset[str]) -> Mapping[str, Any]:
    """The answers to what a step did not ask (fields of `Known`): none."""
    return {one.name: None for one in fields(Known) if one.name not in asked}


def known(told: Telling) -> Known:
    """The answers, chosen when the step reads them."""
    return cast(Known, _facts(Known, "", told))


def _facts(kind: type, path: str, told: Telling) -> Any:
    """Something that passes for a `kind`, whose fields are those told."""
    made: Any = object.__new__(_standing_for(kind))
    inside = object.__getattribute__(made, "__dict__")
    inside["_told"], inside["_path"] = told, path
    return made


@cache
def names(kind: type = Known, path: str = "") -> tuple[str, ...]:
    """Every fact that a step may read: "wait", "wait.state" ..."""
    found: list[str] = []
    for name, hint in get_type_hints(kind).items():
        found.append(f"{path}{name}")
        inside = [part for part in (get_args(hint) or (hint,)) if is_dataclass(part) and isinstance(part, type)]
        found += (
            [] if get_origin(hint) is tuple else [each for part in inside for each in names(part, f"{path}{name}.")]
        )
    return tuple(found)


@cache
def _standing_for(kind: type) -> type:
    hints = get_type_hints(kind)
    values = {one.name: values_of(hints[one.name], f"{kind.__name__}.{one.name}") for one in fields(kind)}

    def read(self: Any, name: str) -> Any:
        inside = object.__getattribute__(self, "__dict__")
        if name not in values or name in inside or "_told" not in inside:  # a copy holds what was changed
            return object.__getattribute__(self, name)
        path, told = f"{inside['_path']}{name}", inside["_told"]
        value = told.value(path, values[name])
        return _facts(value.kind, f"{path}.", told) if isinstance(value, There) else value

    return type(kind.__name__, (kind,), {"__getattribute__": read})


@cache
def values_of(kind: Any, name: str) -> tuple[Any, ...]:
    """Typical values of a type; `name` ("WaitFacts.state") may ask for better ones."""
    if name in DOMAINS:
        return DOMAINS[name]
    if kind is str and name.rpartition(".")[2] in BY_NAME:
        return BY_NAME[name.rpartition(".")[2]]
    if get_origin(kind) is UnionType:
        parts = sorted(get_args(kind), key=lambda part: part is NoneType)  # usually it is there
        return tuple(value for part in parts for value in values_of(part, name))
    if get_origin(kind) is tuple:
        return _tuples(get_args(kind), name)
    if is_dataclass(kind) and isinstance(kind, type):
        return (There(kind),)
    return _SIMPLE.get(kind, (name.rpartition(".")[2],))


def _tuples(parts: tuple[Any, ...], name: str) -> tuple[Any, ...]:
    if parts[-1] is Ellipsis:
        return (), (_example(parts[0], name),)
    return tuple(zip(*(values_of(part, name) for part in parts), strict=False))


def _example(kind: Any, name: str) -> Any:
    """One whole value of a type."""
    value = values_of(kind, name)[0]
    if not isinstance(value, There):
        return value
    hints = get_type_hints(value.kind)
    owner = value.kind.__name__
    return value.kind(**{one.name: _example(hints[one.name], f"{owner}.{one.name}") for one in fields(value.kind)})


def standings(hours: Hours, at: datetime | None) -> tuple[CalendarNow, ...]:
    """How a calendar stands at an instant; else every way: open, closed until one, closed for nobody knows how long."""
    if at is not None:
        state = open_state(hours, at)
        return (CalendarNow(state.open, state.opens_at, hours.zone, state.why, state.says),)
    return (
        CalendarNow(open=True, opens_at=None, zone=hours.zone, why="hours"),
        CalendarNow(open=False, opens_at=OPENS, zone=hours.zone, why="holiday"),
        CalendarNow(open=False, opens_at=None, zone=hours.zone, why="forced"),
    )
