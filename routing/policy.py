"""The rules of routing as decisions on plain values: one order of callers, one choice of clinician, when to climb.

`routing/lines.py` holds the same rules as Lua, where a choice and its reservation are one step. These functions are the
oracle of that script: a test drives both with one history and they agree.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import repeat
from math import inf
from typing import NamedTuple

from config.content import Ladder
from routing.needs import (
    BEST_LEVEL,
    Groups,
    Need,
    OnDuty,
    Predicate,
    Wait,
    WaitState,
    clinician_line,
    epoch_ms,
    lines_by_level,
    lines_of_rung,
    lines_upto,
)
from routing.presence import Presence, State

POLICY_VERSION = 1
OWN_BONUS_MS = 30_000  # how much earlier a caller counts with his own clinician: a small standing preference
LEVEL_MS = 2**43  # what one level of a skill is worth among the ready: more than all of time since 1970


@dataclass(frozen=True)
class Stand:
    """A wait's standing in one line: the group it belongs to, and the key it is sorted by (smaller is sooner)."""

    line: str
    group: int
    key_ms: int


@dataclass(frozen=True)
class WaitEntry:
    """What Redis should hold of a wait. No stands: it waits in no line any more."""

    wait_id: str
    version: int
    stands: tuple[Stand, ...] = ()
    avoid: tuple[str, ...] = ()


@dataclass(frozen=True)
class DutyEntry:
    """What Redis should hold of a clinician. No lines: he is not ready.

    `behind`, one for each line, is how many levels he is below the best that can be; none given is as good as it gets.
    """

    clinician_id: str
    version: int
    idle_since_ms: int = 0
    lines: tuple[str, ...] = ()
    behind: tuple[int, ...] = ()

    def keyed_lines(self) -> Iterator[tuple[str, int]]:
        """Each line with the key he is sorted by in it, the smallest first: the level, then the longest idle."""
        for line, behind in zip(self.lines, self.behind or repeat(0), strict=False):
            yield line, behind * LEVEL_MS + self.idle_since_ms


class Candidate(NamedTuple):
    """The best of one line: a wait with its key, or a clinician with the instant since which he is idle."""

    line: str
    id: str
    key_ms: int


@dataclass(frozen=True)
class Match:
    """One caller and one clinician who fit now, and what was looked at to find them."""

    wait_id: str
    wait_version: int
    clinician_id: str
    clinician_version: int
    line: str
    group: int  # of the caller's groups, 0 the most preferred
    trigger: str  # "wait": a caller came to ready clinicians; "duty": a clinician came to waiting callers
    looked: tuple[Candidate, ...]


def place_ms(arrived: datetime, head_start_seconds: int = 0) -> int:
    """Virtual arrival in epoch milliseconds: the one order across all lines. Equal places are ordered by wait id."""
    return epoch_ms(arrived) - head_start_seconds * 1000


def standing_ms(place: int, line: str, own: str | None, own_bonus_ms: int = OWN_BONUS_MS) -> int:
    """The key of a place within one line: earlier by the bonus in the line of the caller's own clinician."""
    return place - own_bonus_ms if own and line == clinician_line(own) else place


def choose_clinician(groups: Sequence[Sequence[Candidate]]) -> tuple[int, Candidate] | None:
    """The first group with anyone; in it the longest idle, ties by id, then the line named first. With its index."""
    for index, ready in enumerate(groups):
        if ready:
            return index, min(ready, key=_first)
    return None


def choose_wait(heads: Iterable[Candidate]) -> Candidate | None:
    """The head with the smallest key, ties by wait id, then the line named first."""
    return min(heads, key=_first, default=None)


def replayed(match: Match) -> tuple[str, str] | None:
    """The same choice made again from what was looked at: (wait id, clinician id). None if nothing was looked at."""
    if match.trigger == "duty":
        wait = choose_wait(match.looked)
        return (wait.id, match.clinician_id) if wait else None
    chosen = choose_clinician([match.looked])
    return (match.wait_id, chosen[1].id) if chosen else None


def first_rung(need: Need, ladder: Ladder, on_duty: Collection[str] | None = None) -> int:
    """The rung a caller starts on: the first that names somebody, and somebody on duty where that is known."""
    named = (index for index in range(len(ladder.rungs)) if lines_of_rung(need, ladder.rungs[index]))
    start = next(named, 0)
    if on_duty is None:
        return start
    return next_rung(need, ladder, start, time_over=False, on_duty=on_duty) or start


def next_rung(need: Need, ladder: Ladder, rung: int, *, time_over: bool, on_duty: Collection[str]) -> int | None:
    """The rung to climb to now, or None to stay.

    Climbs when the time of the present rung is over, or early when its rungs name people of whom nobody is on duty;
    passes rungs that name nobody, or only people who are not on duty. `on_duty` holds clinician ids.
    """
    if not time_over and _worth_waiting(lines_upto(need, ladder, rung), on_duty):
        return None
    above = _rungs_above(need, ladder, rung)
    useful = (i for i in above if _worth_waiting(lines_of_rung(need, ladder.rungs[i]), on_duty))
    return next(useful, above[-1] if above else None)


def climbs_to(
    wait: Wait, ladder: Ladder, on_duty: Collection[str], now: datetime, expected_seconds: float | None = None
) -> int | None:
    """The rung this wait should climb to now, or None: it stays, or it does not wait.

    `on_duty` leaves out who let this caller ring in vain. `expected_seconds`: when the first of the present rung's
    people will be free, if anybody knows (`expected_free`).
    """
    if wait.state is not WaitState.WAITING:
        return None
    most = ladder.rungs[wait.rung].expected_seconds if wait.rung < len(ladder.rungs) else None
    pointless = most is not None and expected_seconds is not None and expected_seconds > most
    over = pointless or (wait.rung_until is not None and wait.rung_until <= now)
    return next_rung(wait.need, ladder, wait.rung, time_over=over, on_duty=on_duty)


def expected_free(
    need: Need, ladder: Ladder, rung: int, present: Mapping[str, Presence], now: datetime, mean_talk: float
) -> float | None:
    """Seconds until the first of those whom the rungs so far name is free; None if a line is open to more than them.

    A timer says when it ends. A talk has no memory: however long it lasts, the mean is still before it.
    """
    lines = [line for group in lines_upto(need, ladder, rung) for line in group]
    if any(not line.startswith("clinician:") for line in lines):
        return None
    named = (present.get(line.removeprefix("clinician:")) for line in lines)
    return min((_free_in(each, now, mean_talk) for each in named if each), default=None)


def _free_in(presence: Presence, now: datetime, mean_talk: float) -> float:
    if presence.state is State.READY:
        return 0.0
    if presence.state in (State.OFFERED, State.TALKING):
        return mean_talk
    return (presence.until - now).total_seconds() if presence.until else inf


def ladder_of(wait: Wait) -> Ladder:
    """The ladder as it was when this caller joined: content published since then is for those who come after him."""
    return Ladder.model_validate(wait.rules)


def rung_until(need: Need, ladder: Ladder, rung: int, now: datetime) -> datetime | None:
    """Until when this rung is offered alone; None when no higher rung names anybody, or the rung has no end."""
    if rung >= len(ladder.rungs) or not _rungs_above(need, ladder, rung):
        return None
    seconds = ladder.rungs[rung].seconds
    return None if seconds is None else now + timedelta(seconds=seconds)


def wait_entry(wait: Wait, ladder: Ladder) -> WaitEntry:
    """What Redis should hold of this wait now."""
    if wait.state is not WaitState.WAITING:
        return WaitEntry(wait.id, wait.version)
    stands = tuple(
        Stand(line, index, standing_ms(wait.place_ms, line, wait.need.own))
        for index, group in enumerate(lines_upto(wait.need, ladder, wait.rung))
        for line in group
    )
    return WaitEntry(wait.id, wait.version, stands, wait.need.avoid)


def duty_entry(presence: Presence, on_duty: OnDuty, asked: Collection[Predicate] | None = None) -> DutyEntry:
    """What Redis should hold of this clinician now. `asked`: the predicates of the clinic's services, if known."""
    served = tuple(lines_by_level(on_duty, asked)) if presence.state is State.READY else ()
    lines = tuple(line for line, _ in served)
    behind = tuple(BEST_LEVEL - level for _, level in served)
    return DutyEntry(presence.clinician_id, presence.version, presence.idle_since_ms, lines, behind)


def _first(candidate: Candidate) -> tuple[int, str]:
    return candidate.key_ms, candidate.id


def _rungs_above(need: Need, ladder: Ladder, rung: int) -> list[int]:
    """The higher rungs that name anybody."""
    return [i for i in range(rung + 1, len(ladder.rungs)) if lines_of_rung(need, ladder.rungs[i])]


def _worth_waiting(groups: Groups, on_duty: Collection[str]) -> bool:
    """Whether somebody may come: a person named is on duty, or a line is open to more than one person."""
    named = {clinician_line(person) for person in on_duty}
    return any(line in named or not line.startswith("clinician:") for group in groups for line in group)
