"""Which quarter of an hour a callback can be promised for. Pure: who works when is asked of a function.

A window begins on a full five minutes, lies in the patient's day and in the clinician's hours as a whole, and touches
neither a visit nor another promise.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta

from callbacks.policy import Zones, may_dial, next_allowed

Window = tuple[datetime, datetime]
Works = Callable[[datetime], bool]

LENGTH = timedelta(minutes=15)
STEP = timedelta(minutes=5)
HORIZON = timedelta(days=14)  # nothing is promised for later
LAST = timedelta(minutes=1)  # before its end: the instant of a window that must still be worked


def first_window(earliest: datetime, zones: Zones, works: Works, taken: Iterable[Window] = ()) -> Window | None:
    """The first window from this instant on; None when there is none within two weeks."""
    busy = sorted(taken)
    return next(_windows(earliest, zones, works, busy), None)


def choices(now: datetime, zones: Zones, works: Works, taken: Iterable[Window] = ()) -> tuple[Window, ...]:
    """Up to three windows to choose from: in an hour or later, then half a day and a day after the one before."""
    busy, found = sorted(taken), list[Window]()
    for pause in (timedelta(hours=1), timedelta(hours=3), timedelta(hours=20)):
        window = next(_windows((found[-1][0] if found else now) + pause, zones, works, busy), None)
        found += [window] if window else []
    return tuple(found)


def _windows(earliest: datetime, zones: Zones, works: Works, busy: list[Window]) -> Iterator[Window]:
    start = rounded_up(next_allowed(earliest, zones))
    while start <= earliest + HORIZON:
        window = (start, start + LENGTH)
        in_the_way = [end for begin, end in busy if begin < window[1] and start < end]
        if in_the_way:
            start = rounded_up(max(in_the_way))
        elif all(may_dial(instant, zones) and works(instant) for instant in (start, window[1] - LAST)):
            yield window
            start += STEP
        else:
            start = rounded_up(next_allowed(start + STEP, zones))


def rounded_up(instant: datetime) -> datetime:
    """The next full five minutes, this one included."""
    whole = datetime(1970, 1, 1, tzinfo=UTC)
    return whole + -((whole - instant) // STEP) * STEP
