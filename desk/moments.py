"""The present moment at the clinic: the injected clock's instant with the zone of the first line's hours."""

from zoneinfo import ZoneInfo

from config.content import Hours
from desk.tools import Tools
from desk.words import Moment


def moment(tools: Tools) -> Moment:
    """Now, where the clinic is."""
    return Moment(tools.clock.now(), ZoneInfo(hours_of(tools).zone))


def hours_of(tools: Tools) -> Hours:
    """The hours that the board speaks of: those of its first line."""
    return tools.content.home
