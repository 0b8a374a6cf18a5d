"""What the waits and offers of the past amount to: the trace that what-if replays."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, RowMapping, and_, bindparam, func, or_, select

from routing.learning import Seen
from routing.needs import EPOCH, Need, predicate_line
from routing.presence import State, is_duty
from routing.rows import CHANGES, OFFERS, WAITS
from routing.whatif import PastCall

_TALK = and_(OFFERS.c.wait_id == WAITS.c.id, OFFERS.c.talk_started_at.is_not(None))


def past_calls(
    tx: Connection, since: datetime, until: datetime, services: Mapping[str, str], wrap_up_seconds: int
) -> list[PastCall]:
    """Every wait on the phone that began between these instants and has ended, oldest first.

    `services` names the service that asks for each skill. Whoever left the line for any reason before a talk counts as
    one who gave up then; a talk that still goes on is left out.
    """
    columns = (WAITS.c.id, WAITS.c.need, WAITS.c.joined_at, WAITS.c.ended_at)
    talk = (OFFERS.c.clinician_id, OFFERS.c.created_at, OFFERS.c.talk_started_at, OFFERS.c.ended_at.label("talk_ended"))
    query = (
        select(*columns, *talk)
        .join_from(WAITS, OFFERS, _TALK, isouter=True)
        .where(WAITS.c.kind == "call", WAITS.c.joined_at >= since, WAITS.c.joined_at < until)
        .where(WAITS.c.ended_at.is_not(None))
        .order_by(WAITS.c.joined_at, WAITS.c.id, OFFERS.c.id.desc())
    )
    found = {row["id"]: row for row in tx.execute(query).mappings()}  # the first talk, if the caller had several
    return [_past(row, services, wrap_up_seconds) for row in found.values()]


def _past(row: RowMapping, services: Mapping[str, str], wrap_up_seconds: int) -> PastCall:
    need, joined = Need.from_dict(row["need"]), row["joined_at"]
    service = services.get(need.skill, need.skill)
    talked = row["talk_started_at"]
    if talked is None:
        return PastCall(row["id"], joined, service, need, _between(joined, row["ended_at"]))
    return PastCall(
        id=row["id"],
        at=joined,
        service=service,
        need=need,
        waited=_between(joined, talked),
        clinician=row["clinician_id"],
        handling=_between(talked, row["talk_ended"] or row["ended_at"]) + wrap_up_seconds,
        ringing=_between(row["created_at"], talked),
    )


def _between(first: datetime, last: datetime) -> float:
    return max(0.0, (last - first).total_seconds())


def duty_changes(tx: Connection, since: datetime, until: datetime) -> list[tuple[str, datetime, bool]]:
    """Each change of presence in this time, and everybody's last one before it: who, when, whether on duty."""
    before = select(func.max(CHANGES.c.id)).where(CHANGES.c.at < since).group_by(CHANGES.c.clinician_id)
    columns = (CHANGES.c.id, CHANGES.c.clinician_id, CHANGES.c.at, CHANGES.c.state, CHANGES.c.reason)
    inside = and_(CHANGES.c.at >= since, CHANGES.c.at < until)
    found = tx.execute(select(*columns).where(or_(inside, CHANGES.c.id.in_(before))).order_by(CHANGES.c.id))
    return [(row.clinician_id, row.at, is_duty(State(row.state), row.reason)) for row in found]


_SEEN_SINCE = (
    select(WAITS.c.id, WAITS.c.need, WAITS.c.place_ms, WAITS.c.joined_at, WAITS.c.ended_at)
    .add_columns(OFFERS.c.talk_started_at, OFFERS.c.ended_at.label("talk_ended"))
    .join_from(WAITS, OFFERS, _TALK, isouter=True)
    .where(WAITS.c.kind == "call", WAITS.c.joined_at >= bindparam("since"))
    .order_by(WAITS.c.joined_at, WAITS.c.id, OFFERS.c.id.desc())
)


def seen_since(tx: Connection, since: datetime) -> dict[str, Seen]:
    """Every wait on the phone that began since then, by its id, as far as it has come. Seconds count from 1970."""
    return {row["id"]: _seen(row) for row in tx.execute(_SEEN_SINCE, {"since": since}).mappings()}


def _seen(row: RowMapping) -> Seen:
    talked = row["talk_started_at"]
    return Seen(
        line=widest_line(Need.from_dict(row["need"])),
        place_ms=row["place_ms"],
        joined=_between(EPOCH, row["joined_at"]),
        left=_since_epoch(talked or row["ended_at"]),
        started=talked is not None,
        talk_ended=_since_epoch(row["talk_ended"]) if talked else None,
    )


def widest_line(need: Need) -> str:
    """The line in which a caller is counted: of everybody who could take him."""
    return predicate_line(need.skill, need.level, need.language, also=need.also)


def talks_of(tx: Connection, clinician_id: str, since: datetime) -> tuple[int, float]:
    """How many talks he had since then, and their mean length in seconds."""
    his = (OFFERS.c.clinician_id == clinician_id, OFFERS.c.talk_started_at >= since, OFFERS.c.ended_at.is_not(None))
    spans = [_between(*span) for span in tx.execute(select(OFFERS.c.talk_started_at, OFFERS.c.ended_at).where(*his))]
    return len(spans), sum(spans) / len(spans) if spans else 0.0


def _since_epoch(instant: datetime | None) -> float | None:
    return None if instant is None else _between(EPOCH, instant)
