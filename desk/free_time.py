"""From when on, and for how long, somebody will be free: read from a form, or refused in a sentence. Pure.

Times are those of the clinic's clocks, which every page shows, and of today.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from desk.words import Moment

LONGEST_MINUTES = 8 * 60
STEP, NOTICE = timedelta(minutes=10), timedelta(minutes=5)
_CLOCK = re.compile(r"(?P<hour>[01]?[0-9]|2[0-3]):(?P<minute>[0-5][0-9])")
_HALF_DAY = re.compile(r"(?P<hour>0?[1-9]|1[0-2]):(?P<minute>[0-5][0-9]) ?(?P<half>[ap]m)", re.IGNORECASE)
_COUNT = re.compile(r"[0-9]{1,4}")


@dataclass(frozen=True)
class FreeTime:
    """From an instant on, for some minutes."""

    begins: datetime
    minutes: int


def read(clock: str, minutes: str, moment: Moment) -> FreeTime | str:
    """What was entered; or in a sentence what was found, what is accepted, and what to do.

    A time that has gone by counts while some of the minutes are left. Of one that the clocks show twice today, that
    which is to come.
    """
    wall = _wall(clock.strip())
    if wall is None:
        return (
            f"{_found(clock)} is no time. A time of today is accepted, in hours and minutes, such as 10:40 AM or "
            "3:05 PM. Enter when the free time begins, and try again."
        )
    if not _COUNT.fullmatch(minutes.strip()) or not 1 <= int(minutes) <= LONGEST_MINUTES:
        return (
            f"{_found(minutes)} is no number of minutes. Whole minutes from 1 to {LONGEST_MINUTES} are accepted. Enter "
            "how long the free time is, such as 10, and try again."
        )
    shown = _shown_today(wall, moment)
    length = timedelta(minutes=int(minutes))
    found = next((instant for instant in shown if instant + length > moment.now), None)
    if found is None:
        return (
            f"{moment.when(shown[0])} for {int(minutes)} minutes is over: it is {moment.when(moment.now)} now. A time "
            "of today that is still to come is accepted. Enter a later one, and try again."
        )
    return FreeTime(found, int(minutes))


def _wall(entry: str) -> time | None:
    """A time as a browser sends it ("15:05"), or as the pages show it ("3:05 PM")."""
    if found := _CLOCK.fullmatch(entry):
        return time(int(found["hour"]), int(found["minute"]))
    if found := _HALF_DAY.fullmatch(entry):
        afternoon = found["half"].lower() == "pm"
        return time(int(found["hour"]) % 12 + 12 * afternoon, int(found["minute"]))
    return None


def _shown_today(wall: time, moment: Moment) -> list[datetime]:
    """When the clocks show a time today: twice where they are set back. One that they skip is later by as much."""
    today = moment.now.astimezone(moment.zone).date()
    local = datetime.combine(today, wall, moment.zone)
    first, again = (local.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    return [first, again] if first < again else [first]


def suggested(moment: Moment) -> str:
    """A start to begin with, as the clock shows it: the next full ten minutes that are five minutes away or more."""
    local = (moment.now + NOTICE).astimezone(moment.zone)
    over = timedelta(minutes=local.minute % 10, seconds=local.second, microseconds=local.microsecond)
    full = local - over + (STEP if over else timedelta(0))
    return full.strftime("%H:%M")


def _found(entered: str) -> str:
    return f'"{entered.strip()[:20]}"' if entered.strip() else "What was left empty"
