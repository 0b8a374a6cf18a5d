"""A caller who was cut off while waiting, and calls again within minutes, gets his old place.

It rests on the calling number and on what that number waited for, never on a record: so it may be said to anybody.
"""

from ivr.copying import replace
from ivr.effects import JoinLine
from ivr.knowledge import ClinicNow, KeptPlace
from ivr.session import Session


def kept_place(session: Session, now: ClinicNow) -> KeptPlace | None:
    """The place that is kept for the service he asks for; None if there is none."""
    return next((place for place in now.known.places or () if place.service == session.service), None)


def resuming(joins: tuple[JoinLine, ...], session: Session, now: ClinicNow) -> tuple[JoinLine, ...]:
    """The effects of joining, at the place that is kept for him if one is."""
    kept = kept_place(session, now)
    return tuple(replace(join, place=kept.place_ms, resumes=kept.call) for join in joins) if kept else joins
