"""The lines of the board: who waits, is rung for and talks, by service and language, and the rows of each figure. Pure.

A figure is counted from the very rows that stand behind it when it is opened, so that the two cannot differ.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from calls.board_dictionary import OF_LINES
from desk import words
from desk.rows import ClinicianRow, WaitRow
from desk.words import Moment


@dataclass(frozen=True)
class OfLine:
    """Those of one service who speak one language, as the rows name them; None: of any."""

    service: str | None = None
    language: str | None = None

    def holds(self, wait: WaitRow) -> bool:
        """Whether somebody stands in it."""
        return self.service in (None, wait.service or "") and self.language in (None, wait.language or "")

    def in_words(self) -> str:
        """How it is named."""
        service = "Every service" if self.service is None else words.plain(self.service) or "Not chosen yet"
        language = "every language" if self.language is None else words.language(self.language)
        return f"{service}, {language}"


@dataclass(frozen=True)
class Cell:
    """One figure of a line. A running time is given as `seconds` and ticks on the page."""

    key: str
    value: str
    seconds: int | None = None


@dataclass(frozen=True)
class Queue:
    """One line of the board with its figures, in the order of their definitions."""

    line: OfLine
    service: str
    language: str
    cells: tuple[Cell, ...]


READY, LONGEST = "line_ready", "line_longest"  # the one counts clinicians, the other tells a time
OF_WHO_WAITS = frozenset({"line_waiting", LONGEST, "line_callbacks"})  # behind which somebody is next
_COUNTS: Mapping[str, Callable[[WaitRow], bool]] = {
    "line_waiting": lambda wait: wait.kind == "call" and wait.state == "waiting",
    LONGEST: lambda wait: wait.kind == "call" and wait.state in ("waiting", "offered"),
    "line_ringing": lambda wait: wait.state == "offered",
    "line_talking": lambda wait: wait.state == "connected",
    "line_callbacks": lambda wait: wait.kind == "callback" and wait.state == "waiting",
}


def waits_behind(key: str, line: OfLine, waits: Iterable[WaitRow]) -> list[WaitRow]:
    """Those of a line on whom a figure rests, in the order in which they are served, which is that of `waits`."""
    return [wait for wait in waits if line.holds(wait) and _COUNTS[key](wait)]


def ready_in(line: OfLine, staff: Iterable[ClinicianRow], skills: Mapping[str, str]) -> list[ClinicianRow]:
    """Those who can take the next call of a line. `skills`: what each service asks for."""
    asks = None if line.service is None else skills.get(line.service, "")
    return [
        row
        for row in staff
        if row.state == "ready" and (asks is None or asks in row.skills) and line.language in (None, *row.languages)
    ]


def cell(
    key: str,
    line: OfLine,
    waits: Iterable[WaitRow],
    staff: Iterable[ClinicianRow],
    skills: Mapping[str, str],
    moment: Moment,
) -> Cell:
    """One figure of a line, counted."""
    if key == READY:
        return Cell(key, str(len(ready_in(line, staff, skills))))
    found = waits_behind(key, line, waits)
    if key != LONGEST:
        return Cell(key, str(len(found)))
    longest = max((moment.since(wait.joined_at) for wait in found), default=None)
    return Cell(key, "none" if longest is None else words.timer(longest), longest)


def queues(
    waits: Sequence[WaitRow], staff: Sequence[ClinicianRow], skills: Mapping[str, str], moment: Moment
) -> tuple[Queue, ...]:
    """The lines in which somebody stands or talks, by service and language."""
    lines = sorted({(wait.service or "", wait.language or "") for wait in waits})
    return tuple(_queue(OfLine(*names), waits, staff, skills, moment) for names in lines)


def _queue(
    line: OfLine,
    waits: Sequence[WaitRow],
    staff: Sequence[ClinicianRow],
    skills: Mapping[str, str],
    moment: Moment,
) -> Queue:
    held = [wait for wait in waits if line.holds(wait)]
    return Queue(
        line,
        words.plain(line.service) or "Not chosen yet",
        words.language(line.language),
        tuple(cell(sight.key, line, held, staff, skills, moment) for sight in OF_LINES),
    )
