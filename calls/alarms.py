"""When a supervisor is called: readings against limits, with hysteresis, so that no alarm flickers. Pure.

An alarm is raised when its reading reaches the limit, and cleared only when the reading is back below a share of it.
Somebody may acknowledge it meanwhile; that silences it, and does not clear it.
"""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

CLEARED_BELOW = 0.8  # of the limit


class Kind(StrEnum):
    """What an alarm is about."""

    LONGEST_WAIT = "longest_wait"  # seconds that somebody has waited for a service
    LATE_SHARE = "late_share"  # share of the last half hour not answered in time: 1 - service level
    NO_COVER = "no_cover"  # callers who wait for a service that nobody on duty gives
    HELP = "help"  # a clinician in a talk asks for a supervisor: no reading raises it, and it ends with the talk


@dataclass(frozen=True)
class Reading:
    """How something stands now. `subject` is a service; of a call for help the offer of the talk."""

    kind: Kind
    subject: str
    value: float


@dataclass(frozen=True)
class Alarm:
    """An alarm as stored; open until `cleared_at`."""

    id: int
    kind: Kind
    subject: str
    value: float  # when it was raised
    raised_at: datetime
    acknowledged_by: str | None = None
    acknowledged_at: datetime | None = None
    cleared_at: datetime | None = None


def to_raise(readings: Iterable[Reading], limits: Mapping[str, float], open_: Set[tuple[str, str]]) -> list[Reading]:
    """The readings that raise an alarm: at their limit or beyond, and not in alarm yet."""
    return [
        each
        for each in readings
        if each.kind in limits and each.value >= limits[each.kind] and (each.kind, each.subject) not in open_
    ]


def to_clear(
    readings: Iterable[Reading], limits: Mapping[str, float], open_: Iterable[Alarm], read: Set[Kind]
) -> list[Alarm]:
    """The alarms that are over: back well below the limit, or not read any more. `read`: kinds that were looked at."""
    now = {(each.kind, each.subject): each.value for each in readings}
    return [
        alarm
        for alarm in open_
        if alarm.kind in read
        and now.get((alarm.kind, alarm.subject), 0.0) < limits.get(alarm.kind, 0.0) * CLEARED_BELOW
    ]
