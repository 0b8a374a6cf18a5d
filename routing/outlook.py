"""How it stands for each caller who waits: his position among those who wait for the same people, and his wait.

Position: one more than those who are served before him and whom somebody may take who may also take him. Who waits for
other people is not before him, however long he has waited; a promised callback that stands in line is.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import ceil, floor

from routing.estimates import Announcement

FRIENDLY = (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60)  # minutes that are said; beyond them nothing is
MINUTE = 60.0


@dataclass(frozen=True)
class Standing:
    """One who waits: his place, and the lines he stands in now."""

    id: str
    place_ms: int
    lines: frozenset[str]


@dataclass(frozen=True)
class Outlook:
    """What one who waits may be told. `wait`: a range in minutes; None when nobody knows, or it is not worth words."""

    wait_id: str
    position: int
    wait: tuple[int, int] | None


def positions(standing: Iterable[Standing], serves: Mapping[str, frozenset[str]]) -> dict[str, int]:
    """The position of each whom somebody serves, by id. `serves`: the lines of each clinician on duty."""
    alike: dict[frozenset[str], list[tuple[int, str]]] = defaultdict(list)
    for each in standing:
        alike[each.lines].append((each.place_ms, each.id))
    for group in alike.values():
        group.sort()
    found: dict[str, int] = {}
    for lines, group in alike.items():
        contested = frozenset().union(*(theirs for theirs in serves.values() if theirs & lines))
        rivals = [others for others_lines, others in alike.items() if others_lines & contested]
        if contested:
            found |= {key[1]: 1 + sum(bisect_left(others, key) for others in rivals) for key in group}
    return found


def friendly(announcement: Announcement | None) -> tuple[int, int] | None:
    """A range of seconds in minutes that people say, never narrower than it was. From 0: "under"; None: too long."""
    if announcement is None:
        return None
    low, high = floor(announcement.low / MINUTE), ceil(announcement.high / MINUTE)
    if high > FRIENDLY[-1]:
        return None
    return max((each for each in FRIENDLY if each <= low), default=0), min(each for each in FRIENDLY if each >= high)
