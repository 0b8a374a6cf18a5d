"""The changes that touch a wait, a clinician and an offer together: made here, in one order, under their locks."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, select

from config.statements import Statement
from routing import offers, presence, rows
from routing.needs import Follow, Wait, WaitState, epoch_ms
from routing.offers import Offer
from routing.presence import Presence
from routing.rows import OFFERS, OPEN_OFFERS, OPEN_WAITS, WAITS

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
USUAL_TALK_SECONDS = 300.0


def end_offer(
    tx: Connection,
    seen: Offer,
    state: offers.State,
    now: datetime,
    left_why: str | None = None,
    wrap_up_seconds: int = 0,
) -> list[Follow]:
    """End this offer: the wait left for a reason, or waits again; the clinician goes on by the offer's end state."""
    held = locked_parties(tx, seen.id)
    if held is None:
        return []
    made, wait, person = held
    still = OFFERS.c.state == made.state.value
    if not offers.may_become(made, state) or not rows.change_offer(tx, made.id, still, state=state.value, ended_at=now):
        return []
    wait = left(tx, wait, left_why, now) if left_why else change_wait(tx, wait, state=WaitState.WAITING)
    person = _freed(tx, person, made, state, now, wrap_up_seconds)
    return [line_follow(wait), duty_follow(person), *_leg_follows(made, wait, state)]


def locked_parties(tx: Connection, fence: int) -> tuple[Offer, Wait, Presence] | None:
    """The offer with its wait and its clinician, all locked, if it is open."""
    seen = rows.offer_by_id(tx, fence)  # whom it is about never changes, so it may be read before it is locked
    if seen is None or seen.state not in offers.OPEN:
        return None
    wait = rows.wait_by_id(tx, seen.wait_id, lock=True)
    person = rows.presence_of(tx, seen.clinician_id, lock=True)
    made = rows.offer(tx, OFFERS.c.id == fence, OPEN_OFFERS, lock=True)
    return (made, wait, person) if made and wait and person else None


def _freed(
    tx: Connection, person: Presence, made: Offer, state: offers.State, now: datetime, wrap_up_seconds: int
) -> Presence:
    if person.offer_id != made.id:
        return person
    finished = state is offers.State.FINISHED
    new = presence.after_talk(person, now, wrap_up_seconds) if finished else presence.after(person, state, now)
    rows.put_presence(tx, person, new)
    return new


def _leg_follows(made: Offer, wait: Wait, state: offers.State) -> list[Follow]:
    """The clinician's leg, where it may still live; and the patient's, if he may be on his way into the room."""
    back = made.state is offers.State.ACCEPTED and wait.state is WaitState.WAITING
    return [
        *([Follow("hang_up", made.sid)] if made.sid and state in offers.LEG_MAY_LIVE else []),
        *([Follow("move_back", str(made.id))] if back else []),
    ]


_TAKEN = Statement(
    select(OFFERS.c.accepted_at)
    .where(OFFERS.c.clinician_id == bindparam("clinician"), OFFERS.c.accepted_at > bindparam("since"))
    .order_by(OFFERS.c.accepted_at)
)


def spared(
    tx: Connection,
    person: Presence,
    visit_ends: datetime | None,
    now: datetime,
    ring_seconds: int,
    calls_per_hour: int | None = None,
) -> Presence | None:
    """What a ready clinician does instead of being rung: off duty, in a visit, or resting. None: he may be rung."""
    if presence.is_off(person, now, ring_seconds):
        return presence.when_due(person, now, ring_seconds)
    if visit_ends:
        return presence.choose(person, presence.State.IN_VISIT, None, visit_ends, now)
    if calls_per_hour is None:
        return None
    taken = [at for (at,) in _TAKEN.rows(tx, {"clinician": person.clinician_id, "since": now - HOUR})]
    if len(taken) < calls_per_hour:
        return None
    return presence.choose(person, presence.State.AWAY, presence.HOUR_FULL, taken[-calls_per_hour] + HOUR, now)


def occupied_ms(tx: Connection, clinician_id: str, since: datetime) -> int:
    """Milliseconds for which he was held by callers who came to him since then."""
    mine = (OFFERS.c.clinician_id == clinician_id, OFFERS.c.accepted_at >= since, OFFERS.c.ended_at.is_not(None))
    spans = tx.execute(select(OFFERS.c.accepted_at, OFFERS.c.ended_at).where(*mine))
    return int(sum((ended - accepted).total_seconds() for accepted, ended in spans) * 1000)


_RANG_IN_VAIN = (
    select(OFFERS.c.wait_id, OFFERS.c.clinician_id)
    .join(WAITS, WAITS.c.id == OFFERS.c.wait_id)
    .where(OFFERS.c.state.in_(sorted(state.value for state in offers.LET_RING)))
    .where(OPEN_WAITS, WAITS.c.state == WaitState.WAITING.value)
)


def rang_in_vain(tx: Connection) -> dict[str, frozenset[str]]:
    """For each caller who waits: the clinicians to whom he was offered and who did not take him."""
    found: dict[str, set[str]] = defaultdict(set)
    for wait_id, clinician_id in tx.execute(_RANG_IN_VAIN):
        found[wait_id].add(clinician_id)
    return {wait_id: frozenset(people) for wait_id, people in found.items()}


def mean_talk_seconds(tx: Connection, now: datetime) -> float:
    """How long a talk lasted in the last day, on average; a usual length where there was none."""
    ended = (OFFERS.c.ended_at > now - DAY, OFFERS.c.talk_started_at.is_not(None))
    spans = tx.execute(select(OFFERS.c.talk_started_at, OFFERS.c.ended_at).where(*ended)).all()
    lengths = [(end - start).total_seconds() for start, end in spans]
    return sum(lengths) / len(lengths) if lengths else USUAL_TALK_SECONDS


def left(tx: Connection, wait: Wait, why: str, now: datetime) -> Wait:
    """End this wait, and say why."""
    return change_wait(tx, wait, state=WaitState.LEFT, rung_until=None, ended_at=now, ended_why=why)


def change_wait(tx: Connection, wait: Wait, **changes: object) -> Wait:
    """Change a locked wait; its version rises, so that Redis hears of it."""
    changed = replace(wait, version=wait.version + 1, **changes)  # type: ignore[arg-type]
    rows.put_wait(tx, wait, changed)
    return changed


def line_follow(wait: Wait) -> Follow:
    """Tell Redis how this wait stands."""
    return Follow("line", wait.id, wait.version)


def duty_follow(person: Presence) -> Follow:
    """Tell Redis how this clinician stands."""
    return Follow("duty", person.clinician_id, person.version)


def decline_ringing(tx: Connection, clinician_id: str, now: datetime) -> list[Follow]:
    """Give back the offer that rings at this clinician, if one does, and end its ringing."""
    ringing = rows.offer(tx, OFFERS.c.clinician_id == clinician_id, OPEN_OFFERS)
    if ringing is None or ringing.state is not offers.State.OFFERED:
        return []
    given_back = end_offer(tx, ringing, offers.State.DECLINED, now)
    return [*given_back, *([Follow("hang_up", ringing.sid)] if given_back and ringing.sid else [])]


def added_presence(tx: Connection, clinician_id: str, now: datetime) -> Presence:
    """His presence, added on his first day; the one another transaction added just before if it was faster."""
    new = replace(presence.absent(clinician_id, now), version=1, idle_since_ms=epoch_ms(now))
    if rows.add_presence(tx, new):
        return new
    found = rows.presence_of(tx, clinician_id, lock=True)
    if found is None:
        raise rows.Overtaken("a presence was added and removed meanwhile")
    return found


def offer_values(
    wait: Wait, clinician_id: str, room: str, why: Mapping[str, object], now: datetime, ring_seconds: int
) -> dict[str, object]:
    """The columns of a new offer that rings for this many seconds."""
    return {
        "wait_id": wait.id,
        "call_id": wait.call_id,
        "clinician_id": clinician_id,
        "state": offers.State.OFFERED.value,
        "rung": wait.rung,
        "why": dict(why),
        "room": room,
        "dialling": "due",
        "created_at": now,
        "expires_at": now + timedelta(seconds=ring_seconds),
    }
