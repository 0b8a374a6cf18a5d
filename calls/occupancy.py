"""How clinicians spent an interval: seconds in each state, and how occupied they were, from their changes. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from calls.intervals import Interval

BUSY = frozenset({"offered", "talking", "wrapping_up"})
READY = "ready"


@dataclass(frozen=True)
class Change:
    """From `at` on, a clinician was in this state."""

    clinician: str
    at: datetime
    state: str


def seconds_in(changes: Iterable[Change], interval: Interval, now: datetime) -> dict[str, dict[str, float]]:
    """Clinician -> state -> seconds of the interval, up to `now`. Before his first change nothing is known of him."""
    spent: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    until = min(interval.ends, now)
    of_each: dict[str, list[Change]] = defaultdict(list)
    for change in sorted(changes, key=lambda change: change.at):
        of_each[change.clinician].append(change)
    for clinician, his in of_each.items():
        for at, change in enumerate(his):
            ends = his[at + 1].at if at + 1 < len(his) else until
            overlap = (min(ends, until) - max(change.at, interval.begins)).total_seconds()
            if overlap > 0:
                spent[clinician][change.state] += overlap
    return {clinician: dict(states) for clinician, states in spent.items()}


def occupancy(spent: Iterable[Mapping[str, float]]) -> float | None:
    """Seconds ringing, talking and wrapping up, of those and the seconds ready. Visits and pauses are left out."""
    states = list(spent)
    busy = sum(seconds for each in states for state, seconds in each.items() if state in BUSY)
    ready = sum(each.get(READY, 0.0) for each in states)
    return busy / (busy + ready) if busy + ready else None
