"""The present moment at the clinic: the injected clock's instant with the zone of the center's first hours."""

from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo

from desk.tools import Tools
from desk.words import Moment


def moment(tools: Tools) -> Moment:
    """Now, where the clinic is."""
    return Moment(tools.clock.now(), zone_of(tools))


def zone_of(tools: Tools) -> tzinfo:
    """The zone whose wall clock people here read."""
    first = next(iter(tools.content.hours.values()), None)
    return ZoneInfo(first.zone) if first else UTC
