"""What happens at an instant: whether a line or a service is open then and why, and what a caller hears.

The words come from the conversation itself, told the hours of that instant, so that a preview cannot differ from a
call.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import directory.store
import facts
from config.content import Content, Hours
from directory.standing import Standing, standing, told
from ivr import flow
from ivr.knowledge import CalendarNow, ClinicNow, Known, calendar_of
from ivr.replies import Phrase
from ivr.session import Stage
from ivr.signals import CallArrived, DigitsPressed, Party
from ivr.turn import Turn
from tools import Tools

LOOKED_UP = Known(locked_out=False, places=())  # of a caller of whom nothing is known


class NotThere(Exception):
    """A line or a service that the content does not have."""


@dataclass(frozen=True)
class Preview:
    """A line, or a service as it is reached by it, at an instant."""

    at: datetime
    line: str
    calendar: str
    hours: Hours
    standing: Standing
    heard: tuple[str, ...]  # what a caller hears who does nothing but say where he wants to go
    reaches: tuple[str, ...]  # each service of the line's menus: open or closed

    def lines(self) -> list[str]:
        """In plain words."""
        zone, stands = ZoneInfo(self.hours.zone), self.standing
        turn = "Closes" if stands.state.open else "Opens"
        turns = f"{turn} {told(stands.changes_at, zone)}." if stands.changes_at else "No change is known."
        return [
            f"{told(self.at, zone)} ({self.hours.zone}), line {self.line}, hours {self.calendar}",
            f"{'Open' if stands.state.open else 'Closed'}: {stands.because}. {turns}",
            *self.reaches,
            "A caller hears:",
            *(f"  {sentence}" for sentence in self.heard),
        ]


def preview(tools: Tools, at: datetime, line: str = "", service: str = "") -> Preview:
    """What happens at this instant; NotThere for a line (key or number) or service that is not in the content."""
    content = tools.content
    key = tools.lines_by_number().get(line, line) or next(iter(content.lines))
    if key not in content.lines:
        raise NotThere(f"no line {line!r}; there are {', '.join(content.lines)}")
    if service and service not in content.services:
        raise NotThere(f"no service {service!r}; there are {', '.join(content.services)}")
    calendar = content.calendar(service, key)
    names = [*content.hours, *(calendar_of(each, one) for each in content.hours for one in content.services)]
    with tools.database.reading() as tx:
        forced = directory.store.forced(tx, service)
        clocks = {name: facts.hours(tx, tools, at, name) for name in names}
        hours = directory.store.hours_kept(tx, calendar, content.hours[calendar], at)
    turn = _called(content, clocks, at, key, service)
    reaches = tuple(_reach(content, clocks, key, each) for each in ((service,) if service else _offered(content, key)))
    heard = tuple(tools.speaker.say(phrase) for phrase in _phrases(turn))
    return Preview(at, key, calendar, hours, standing(hours, at, *forced), heard, reaches)


def _phrases(turn: Turn) -> tuple[Phrase, ...]:
    return getattr(turn.reply, "phrases", ())


def _called(content: Content, clocks: dict[str, CalendarNow], at: datetime, line: str, service: str) -> Turn:
    """The conversation of one who calls, keeps to the first language, and presses his way to a service, if he may."""
    now, arrived = ClinicNow(at, content, LOOKED_UP, clocks), CallArrived(None, "")
    turn = flow.step(flow.first_session(arrived, Party.PATIENT, line), arrived, now)
    for digits in ("1", *_keys_to(content, line, service)):
        if turn.session.stage in (Stage.LANGUAGE, Stage.MENU):
            turn = flow.step(turn.session, DigitsPressed(digits), now)
    return turn


def _ways(content: Content, line: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each service that the menus of a line lead to, with the keys on the way."""
    todo: deque[tuple[str, tuple[str, ...]]] = deque([(content.lines[line].menu, ())])
    seen = set[str]()
    while todo:
        menu, keys = todo.popleft()
        for option in content.menus[menu].options:
            kind, _, key = option.leads_to.partition(":")
            if kind == "service":
                yield key, (*keys, option.key)
            if kind == "menu" and key not in seen:
                seen.add(key)
                todo.append((key, (*keys, option.key)))


def _offered(content: Content, line: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(service for service, _ in _ways(content, line)))


def _keys_to(content: Content, line: str, service: str) -> tuple[str, ...]:
    return next((keys for found, keys in _ways(content, line) if found == service), ())


def _reach(content: Content, clocks: dict[str, CalendarNow], line: str, service: str) -> str:
    """Whether a service can be reached: not when the line is closed, whatever the hours of its own."""
    of_line, own = content.lines[line].hours, content.calendar(service, line)
    if not _keys_to(content, line, service):
        return f"{service}: no menu of this line leads there"
    if not clocks[of_line].open:
        return f"{service}: not reached, the line is closed; a callback or a message is offered"
    if not clocks[calendar_of(own, service)].open:
        why = f"by its own hours ({own})" if not clocks[own].open else "by itself, as somebody wants it"
        return f"{service}: closed {why}; a callback or a message is offered"
    return f"{service}: open"
