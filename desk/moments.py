"""The present moment at the clinic: the injected clock's instant with the zone of the center's first hours."""

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
    name, hours = next(iter(tools.content.hours.items()))
    return hours_kept(tx, name, hours, tools.clock.now())


def hours_of(tools: Tools) -> Hours:
    """The hours that the board speaks of: the first of the clinic's content."""
    return next(iter(tools.content.hours.values()))
