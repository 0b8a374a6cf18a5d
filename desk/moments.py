"""The present moment at the clinic: the injected clock's instant with the zone of the first line's hours."""

from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from config.content import Hours
from desk.tools import Tools
from desk.words import Moment
from directory.store import hours_kept


def moment(tools: Tools) -> Moment:
    """Now, where the clinic is."""
    return Moment(tools.clock.now(), ZoneInfo(hours_of(tools).zone))


def kept_hours(tx: Connection, tools: Tools) -> Hours:
    """The same hours with the days that the site keeps otherwise."""
    name = tools.content.calendar()
    return hours_kept(tx, name, tools.content.hours[name], tools.clock.now())


def hours_of(tools: Tools) -> Hours:
    """The hours that the board speaks of: those of its first line."""
    return tools.content.home
