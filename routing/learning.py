"""What the estimates rest on, learned from what happens: the pace of each line, the length of talks, patience.

Told of each event in order, so that it can follow a simulation, or the last hours of a real center. A caller is counted
in one line, his widest: the last that his ladder names.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from routing.estimates import NORMAL_P80, Law, wait_law

MEMORY = 60.0  # starts that a pace remembers: older ones fade
DOUBT = 2.0  # starts that a guess is worth, until a line has its own
TALKS = 400.0  # talks that their mean length remembers
CORRECTION = 0.03  # how far one estimate that came true, or did not, moves the reach of the next
TALK_AT_FIRST, PATIENCE_AT_FIRST, AT_FIRST = 300.0, 300.0, 4.0  # seconds, and what they are worth in observations


@dataclass(frozen=True)
class Seen:
    """One wait of the last hours, in seconds on one clock. What has not happened yet is None."""

    line: str
    place_ms: int
    joined: float
    left: float | None = None
    started: bool = False  # he left the line for a talk
    talk_ended: float | None = None


@dataclass
class Average:
    """A mean that forgets: what was `total` over `count` fades by one part in `memory` with each new observation."""

    memory: float
    total: float
    count: float

    @property
    def value(self) -> float:
        """The mean now."""
        return self.total / self.count

    def add(self, total: float, count: float = 1.0) -> None:
        """So much more, in so many observations."""
        keep = 1 - count / self.memory
        self.total, self.count = self.total * keep + total, self.count * keep + count


@dataclass
class Line:
    """One line: who waits (by place), since when somebody does, and how it was served while somebody did."""

    places: list[int] = field(default_factory=list)
    counted_to: float = 0.0
    time_a_start: Average = field(default_factory=lambda: Average(MEMORY, 0.0, 0.0))
    unclaimed: float = 0.0  # seconds somebody waited since the last start
    reach: float = NORMAL_P80


@dataclass
class Learned:
    """Everything learned so far. `serves` says which lines each clinician on duty serves."""

    serves: Mapping[str, frozenset[str]]
    talk: Average = field(default_factory=lambda: Average(TALKS, TALK_AT_FIRST * AT_FIRST, AT_FIRST))
    patience: Average = field(default_factory=lambda: Average(TALKS, PATIENCE_AT_FIRST * AT_FIRST, AT_FIRST))
    lines: dict[str, Line] = field(default_factory=dict)

    def joined(self, line: str, place_ms: int, now: float) -> None:
        """A caller stands in line."""
        insort(self._until(line, now).places, place_ms)

    def started(self, line: str, place_ms: int, waited: float, now: float, p80: float | None = None) -> None:
        """A caller who stood in line was taken. `p80`: what was estimated for him, if anything was.

        Each wait beyond it moves the next ones up by more than one within it moves them down, so that one in five is
        beyond it whatever the true laws of talks and patience are.
        """
        seen = self._until(line, now)
        _remove(seen.places, place_ms)
        seen.time_a_start.add(seen.unclaimed)
        seen.unclaimed = 0.0
        self.patience.add(waited, 0.0)
        if p80 is not None:
            seen.reach += CORRECTION * ((waited > p80) - 0.2)

    def gave_up(self, line: str, place_ms: int, waited: float, now: float) -> None:
        """A caller who stood in line hung up."""
        _remove(self._until(line, now).places, place_ms)
        self.patience.add(waited)

    def talked(self, seconds: float) -> None:
        """A clinician is free again after so long."""
        self.talk.add(seconds)

    def law(self, line: str, place_ms: int) -> Law:
        """The wait of somebody who comes to this place now. ValueError when nobody serves the line."""
        seen = self.lines.get(line) or Line()
        return replace(self._law(line, place_ms, seen), reach=seen.reach)

    def _law(self, line: str, place_ms: int, seen: Line) -> Law:
        pool = pool_of(line, self.serves)
        if pool:
            people, lines = pool
            ahead = sum(bisect_left(self.lines[each].places, place_ms) for each in lines if each in self.lines)
            return wait_law(ahead, people / self.talk.value, self.patience.value)
        return wait_law(bisect_left(seen.places, place_ms), *self._pace(line, seen))

    def _pace(self, line: str, seen: Line) -> tuple[float, float, float]:
        """Starts a second, patience, and how many starts that was learned from. At first their share stands for it."""
        shares = sum(1 / len(lines) for lines in self.serves.values() if line in lines)
        if not shares:
            raise ValueError("nobody serves: there is no wait to estimate")
        starts = seen.time_a_start.count + DOUBT
        seconds = seen.time_a_start.total + DOUBT * self.talk.value / shares
        return starts / seconds, self.patience.value, starts

    def _until(self, line: str, now: float) -> Line:
        seen = self.lines.setdefault(line, Line(counted_to=now))
        if seen.places:
            seen.unclaimed += now - seen.counted_to
        seen.counted_to = now
        return seen


def learned_from(seen: Iterable[Seen], serves: Mapping[str, frozenset[str]]) -> Learned:
    """Everything that these waits teach, told in the order in which it happened."""
    learned = Learned(serves)
    events = [event for wait in seen for event in _events(wait)]
    for now, _, wait, what in sorted(events, key=lambda event: event[:2]):
        if what == "joined":
            learned.joined(wait.line, wait.place_ms, now)
        elif what == "talked":
            learned.talked(now - (wait.left or now))
        elif what == "started":
            learned.started(wait.line, wait.place_ms, now - wait.joined, now)
        else:
            learned.gave_up(wait.line, wait.place_ms, now - wait.joined, now)
    return learned


def _events(wait: Seen) -> list[tuple[float, int, Seen, str]]:
    """What happened to one wait: when, which comes first at one instant, and what."""
    events = [(wait.joined, 0, wait, "joined")]
    if wait.left is not None:
        events.append((wait.left, 1, wait, "started" if wait.started else "gave_up"))
    if wait.started and wait.talk_ended is not None:
        events.append((wait.talk_ended, 2, wait, "talked"))
    return events


def pool_of(line: str, serves: Mapping[str, frozenset[str]]) -> tuple[int, frozenset[str]] | None:
    """How many clinicians serve this line, and all lines they serve, if they are one pool.

    One pool: everybody who serves any of these lines serves all of them, so it does not matter who becomes free.
    """
    mine = {lines for lines in serves.values() if line in lines}
    if len(mine) != 1:
        return None
    (lines,) = mine
    others = any(other != lines and other & lines for other in serves.values())
    return None if others else (sum(other == lines for other in serves.values()), lines)


def _remove(places: list[int], place_ms: int) -> None:
    at = bisect_left(places, place_ms)
    if at < len(places) and places[at] == place_ms:
        del places[at]
