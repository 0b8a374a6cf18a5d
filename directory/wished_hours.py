"""The hours in which a patient wishes to be rung, as a site writes them: "mon-fri 09:00-12:00 sat 17:00-19:00".

Days come before the times that hold on them; times before any day hold on every day. They are times of the clock on the
patient's own wall, so a night on which the clocks change moves them as it moves him. Pure.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from config.content import Hours
from directory.availability import span
from directory.hours import WEEKDAYS

SHORTEST = 15  # minutes of a stretch: a phone rings and is answered, and the promise is a quarter of an hour
_TIMES = re.compile(r"([0-9]{2}:[0-9]{2})-([0-9]{2}:[0-9]{2})")
ACCEPTED = f'times of {SHORTEST} minutes or more after the days they hold on, such as "mon-fri 09:00-12:00 17:00-19:00"'

Stretch = tuple[tuple[str, ...], str, str]  # days, from, to


def read_hours(text: str) -> str:
    """The hours in the one way in which they are kept; ValueError, without the text, for what is none."""
    return " ".join(_written(_stretches(text.lower())))


@lru_cache(maxsize=1024)  # the same few people are asked about again and again
def hours_in(text: str, zone: str) -> Hours:
    """Hours as they are kept, on the clocks of an IANA zone."""
    rows = (span(days, starts, ends) for days, starts, ends in _stretches(text))
    return Hours(zone=zone, weekly=tuple(row for row in rows if row is not None))


def _stretches(text: str) -> list[Stretch]:
    days, found, unused = tuple(WEEKDAYS), list[Stretch](), False
    for word in text.split():
        times = _TIMES.fullmatch(word)
        if times is None:
            days, unused = _days(word), True
            continue
        if _minutes(times[2]) - _minutes(times[1]) < SHORTEST or span(days, *times.groups()) is None:
            raise ValueError(ACCEPTED)
        found.append((days, times[1], times[2]))
        unused = False
    if unused or not found:
        raise ValueError(ACCEPTED)
    return found


def _days(word: str) -> tuple[str, ...]:
    """The days that a word names: "mon", "mon,wed", "mon-fri", "sat-mon"."""
    named: set[str] = set()
    for part in word.split(","):
        first, _, last = part.partition("-")
        if first not in WEEKDAYS or (last or first) not in WEEKDAYS:
            raise ValueError(ACCEPTED)
        begins, ends = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
        named |= {WEEKDAYS[(begins + step) % 7] for step in range((ends - begins) % 7 + 1)}
    return tuple(day for day in WEEKDAYS if day in named)


def _minutes(clock: str) -> int:
    hour, minute = clock.split(":")
    return int(hour) * 60 + int(minute)


def _written(stretches: Iterable[Stretch]) -> Iterator[str]:
    said: tuple[str, ...] = ()
    for days, starts, ends in stretches:
        if days != said:
            yield ",".join(days)
            said = days
        yield f"{starts}-{ends}"
