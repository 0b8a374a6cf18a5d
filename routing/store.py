"""Routing's truth in SQL: who waits, who is on duty, and which offer holds whom for whom.

Every function takes the transaction of the turn and returns what must follow outside SQL once it is committed. All
ends of an offer go through `changes.end_offer`, so that wait, clinician and offer always change together. Longer than
300 lines because it is the one door to these tables: what may be read and changed is listed here and nowhere else.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    Connection,
    String,
    Table,
    and_,
    bindparam,
    case,
    func,
    insert,
    literal_column,
    not_,
    or_,
    select,
)

from config.content import Ladder
from config.statements import Statement
from directory.tables import Clinician, ClinicianSkill
from routing import changes, offers, policy, presence, rows
from routing.needs import LOOK_AGAIN, Follow, Need, OnDuty, Predicate, Wait, WaitState
from routing.offers import Offer
from routing.policy import DutyEntry, WaitEntry
from routing.presence import Presence
from routing.rows import OFFERS, OPEN_OFFERS, OPEN_WAITS, PRESENCES, WAITS

CLINICIANS: Table = Clinician.__table__  # type: ignore[attr-defined]
SKILLS: Table = ClinicianSkill.__table__  # type: ignore[attr-defined]
LONGEST_HELD_BACK = timedelta(minutes=2)
AT_ONCE = 50  # due rows dealt with in one transaction; the clock comes again


# --- reading ---


def wait(tx: Connection, wait_id: str) -> Wait | None:
    """The wait with this id."""
    return rows.wait_by_id(tx, wait_id)


_OPEN_FIRST = case((OPEN_WAITS, 0), else_=1)
_WAIT_OF_CALL = Statement(  # asked at every round of hold music
    select(WAITS)
    .where(WAITS.c.call_id == bindparam("call"))
    .order_by(_OPEN_FIRST, WAITS.c.joined_at.desc(), WAITS.c.id)
    .limit(literal_column("1"))
)
_OPEN_WAIT_OF_CALL = Statement(select(WAITS).where(WAITS.c.call_id == bindparam("call"), OPEN_WAITS))


def wait_of(tx: Connection, call_id: str) -> Wait | None:
    """This call's open wait, else its latest one."""
    row = _WAIT_OF_CALL.first(tx, {"call": call_id})
    return rows.as_wait(dict(zip(WAITS.c.keys(), row, strict=True))) if row else None


def open_wait_of(tx: Connection, call_id: str) -> Wait | None:
    """This call's wait that has not ended."""
    row = _OPEN_WAIT_OF_CALL.first(tx, {"call": call_id})
    return rows.as_wait(dict(zip(WAITS.c.keys(), row, strict=True))) if row else None


def lock_wait(tx: Connection, call_id: str) -> None:
    """Lock this call's open wait, before anything that comes after it in the order of locks (`routing/rows.py`)."""
    rows.lock_open_wait(tx, call_id)


def lock_offer(tx: Connection, fence: int) -> None:
    """Lock an offer and those it is about, in the order of locks."""
    changes.locked_parties(tx, fence)


def last_place(tx: Connection, call_id: str) -> int | None:
    """The place (virtual arrival, ms) this call has or had last; None if it never waited."""
    latest = wait_of(tx, call_id)
    return latest.place_ms if latest else None


_WAITING_FOR = Statement(
    select(func.count()).where(
        OPEN_WAITS,
        WAITS.c.state == WaitState.WAITING.value,
        WAITS.c.need["own"].as_string() == bindparam("clinician"),
    )
)


def waiting_for(tx: Connection, clinician_id: str) -> int:
    """How many wait who have this clinician for their own."""
    (count,) = _WAITING_FOR.first(tx, {"clinician": clinician_id}) or (0,)
    return int(count)


def waits_open(tx: Connection) -> list[Wait]:
    """All waits that have not ended, in the order in which they are served."""
    return rows.waits_open(tx)


def offer(tx: Connection, fence: int) -> Offer | None:
    """The offer with this fence."""
    return rows.offer_by_id(tx, fence)


def offer_of_room(tx: Connection, room: str) -> Offer | None:
    """The offer for which this room was named, open or not. Room names are random and never used again."""
    return rows.offer(tx, OFFERS.c.room == room)


def offers_of_call(tx: Connection, call_id: str) -> list[Offer]:
    """All offers made for this call, oldest first."""
    return rows.offers_where(tx, OFFERS.c.call_id == call_id)


def presence_of(tx: Connection, clinician_id: str) -> Presence | None:
    """This clinician's presence; None if he has never been on duty: offline."""
    return rows.presence_of(tx, clinician_id)


_NAMED_PRESENCE = Statement(  # asked at every round of hold music
    select(CLINICIANS.c.given, CLINICIANS.c.active, *PRESENCES.c)
    .select_from(CLINICIANS.outerjoin(PRESENCES, PRESENCES.c.clinician_id == CLINICIANS.c.id))
    .where(CLINICIANS.c.id == bindparam("clinician"))
)


def named_presence(tx: Connection, clinician_id: str) -> tuple[str, bool, Presence | None] | None:
    """A clinician's given name, whether he is active, and his presence; None when there is none with this id."""
    row = _NAMED_PRESENCE.first(tx, {"clinician": clinician_id})
    if row is None:
        return None
    given, active, *presence_ = row
    return given, active, rows.as_presence(presence_)


def presences(tx: Connection) -> list[Presence]:
    """Everybody's presence, by clinician id. Who is missing has never been on duty: offline."""
    return rows.presences(tx)


_READY = PRESENCES.c.state == presence.State.READY.value
_AT_WORK = or_(
    *(PRESENCES.c.state == state.value for state in (*presence.AT_WORK, presence.State.IN_VISIT)),
    and_(PRESENCES.c.state == presence.State.AWAY.value, PRESENCES.c.reason == presence.COOL_DOWN),
)
_ABLE = and_(SKILLS.c.level >= bindparam("level"), (" " + CLINICIANS.c.languages + " ").like(bindparam("speaks")))


def _one_of(words: str) -> ColumnElement[bool]:
    """Whether the clinician's id is a word of a parameter. (A list of parameters is written anew at every use.)"""
    return bindparam(words, type_=String).like("% " + PRESENCES.c.clinician_id + " %")


_STAFF = Statement(  # asked at every round of hold music
    select(func.count(), *(func.coalesce(func.sum(case((which, 1), else_=0)), 0) for which in (_AT_WORK, _READY)))
    .select_from(PRESENCES)
    .join(CLINICIANS, CLINICIANS.c.id == PRESENCES.c.clinician_id)
    .outerjoin(SKILLS, and_(SKILLS.c.clinician_id == PRESENCES.c.clinician_id, SKILLS.c.skill == bindparam("skill")))
    .where(
        PRESENCES.c.state != presence.State.OFFLINE.value,
        or_(_one_of("known"), _ABLE),
        not_(_one_of("avoid")),
        CLINICIANS.c.active,
        CLINICIANS.c.phone_sealed.is_not(None),
    )
)


def count_staff(tx: Connection, need: Need) -> tuple[int, int, int]:
    """How many people who could meet this need are logged in, how many of them are at work, and how many ready now.

    Somebody in a visit counts: he takes calls after it, so a caller may wait for him or be promised a callback.
    """
    values = {
        "skill": need.skill,
        "level": need.level,
        "speaks": f"% {need.language} %",
        "known": f" {' '.join((need.own or '', *need.team))} ",
        "avoid": f" {' '.join(need.avoid)} ",
    }
    logged_in, at_work, ready = _STAFF.first(tx, values) or (0, 0, 0)
    return int(logged_in), int(at_work), int(ready)


def line_entry(tx: Connection, wait_id: str) -> WaitEntry:
    """What Redis should hold of this wait now. An unknown wait gives version 0, which loses to any other."""
    found = wait(tx, wait_id)
    return policy.wait_entry(found, policy.ladder_of(found)) if found else WaitEntry(wait_id, 0)


def duty_entry(
    tx: Connection,
    clinician_id: str,
    on_duty: OnDuty,
    asked: Collection[Predicate] | None = None,
    occupied_since: datetime | None = None,
) -> DutyEntry:
    """What Redis should hold of this clinician now. An unknown one gives version 0, which loses to any other.

    `occupied_since`: among the ready, who talked least since then comes first, instead of the longest idle.
    """
    found = rows.presence_of(tx, clinician_id)
    if found is None:
        return DutyEntry(clinician_id, 0)
    entry = policy.duty_entry(found, on_duty, asked)
    if occupied_since and entry.lines:
        return replace(entry, idle_since_ms=changes.occupied_ms(tx, clinician_id, occupied_since))
    return entry


# --- waiting ---


def join(
    tx: Connection,
    *,
    wait_id: str,
    call_id: str,
    kind: str,
    sid: str | None,
    callback_id: str | None,
    need: Need,
    ladder_name: str,
    ladder: Ladder,
    place_ms: int,
    now: datetime,
    on_duty: Collection[str] | None = None,
    content: str = "",
) -> list[Follow]:
    """Begin to wait; a call that waits already goes on as it is. `on_duty` (clinician ids) may skip vain rungs.

    The ladder is kept with the wait, and `content`, the version of what it came from.
    """
    rung = policy.first_rung(need, ladder, on_duty)
    wait = Wait(
        id=wait_id,
        call_id=call_id,
        kind=kind,
        sid=sid,
        callback_id=callback_id,
        state=WaitState.WAITING,
        need=need,
        ladder=ladder_name,
        rung=rung,
        rung_until=policy.rung_until(need, ladder, rung, now),
        place_ms=place_ms,
        version=1,
        joined_at=now,
        rules=ladder.model_dump(mode="json"),
        content=content[:12],
    )
    joined = wait if rows.add_wait(tx, wait) else open_wait_of(tx, call_id)
    return [changes.line_follow(joined)] if joined else []


def become_callback(tx: Connection, *, call_id: str, callback_id: str) -> tuple[Wait, Follow] | None:
    """The caller hangs up and is rung back: his wait goes on without him, at its place, on its rung, in its lines.

    A phone that rings for him rings on. None if he does not wait.
    """
    standing = rows.lock_open_wait(tx, call_id)
    if standing is None:
        return None
    taken_over = changes.change_wait(tx, standing, kind="callback", sid=None, callback_id=callback_id)
    return taken_over, changes.line_follow(taken_over)


def leave(tx: Connection, *, call_id: str, why: str, now: datetime, callback_id: str | None = None) -> list[Follow]:
    """Wait no more. Rescinds an offer that rings or was accepted; a talk under way is left to `finish_talk`.

    A call may have several promises, and has one wait at a time: with `callback_id`, only that promise's ends.
    """
    wait = rows.lock_open_wait(tx, call_id, callback_id)
    if wait is None:
        return []
    held = rows.open_offer_of(tx, wait.id)
    if held:
        return changes.end_offer(tx, held, offers.State.RESCINDED, now, left_why=why)
    return [changes.line_follow(changes.left(tx, wait, why, now))]


def choose_ladder(
    tx: Connection, *, call_id: str, whom: str, ladder_name: str, ladder: Ladder, now: datetime, content: str
) -> list[Follow]:
    """Wait on another ladder from now on, at the same place, because the caller chose so. Empty if he does not wait.

    `whom` (own | next | "") is kept with his need, so that the record says whose choice it was. Who is being rung for
    him rings on; if that comes to nothing, the new ladder decides who is next.
    """
    caller = rows.lock_open_wait(tx, call_id)
    if caller is None:
        return []
    rung = policy.first_rung(caller.need, ladder)
    chosen = changes.change_wait(
        tx,
        caller,
        need=replace(caller.need, whom=whom),
        ladder=ladder_name,
        rules=ladder.model_dump(mode="json"),
        content=content[:12],
        rung=rung,
        rung_until=policy.rung_until(caller.need, ladder, rung, now),
    )
    return [changes.line_follow(chosen)]


def climb_all(tx: Connection, now: datetime) -> list[Follow]:
    """Move every caller to the rung he should be on now, and say so to Redis. Only those who climb are locked.

    Whom somebody else changes at this moment climbs at the next tick: the clock holds many and waits for none.

    A rung ends by its time, because nobody whom it names is on duty, because those who are let this caller ring in
    vain, or because the first of them is expected to be free only when waiting for him is no longer worth it.
    """
    present = {each.clinician_id: each for each in rows.presences(tx)}
    waiting = rows.waits_waiting(tx)
    vain = changes.rang_in_vain(tx) if waiting else {}
    mean_talk = changes.mean_talk_seconds(tx, now) if any(_asks_expected(each) for each in waiting) else 0.0
    return [
        follow
        for each in waiting
        for follow in _climb(tx, each, present, vain.get(each.id, frozenset()), now, mean_talk)
    ]


def _asks_expected(wait: Wait) -> bool:
    return any(rung.get("expected_seconds") is not None for rung in wait.rules["rungs"])


def _climb(
    tx: Connection, seen: Wait, present: Mapping[str, Presence], vain: Collection[str], now: datetime, mean_talk: float
) -> list[Follow]:
    ladder = policy.ladder_of(seen)
    on_duty = {id_ for id_ in _worth_waiting_for(seen, ladder, present) if id_ not in vain}
    expected = policy.expected_free(seen.need, ladder, seen.rung, present, now, mean_talk) if mean_talk else None
    if policy.climbs_to(seen, ladder, on_duty, now, expected) is None:
        return []
    caller = rows.wait_if_free(tx, seen.id)
    rung = policy.climbs_to(caller, ladder, on_duty, now, expected) if caller else None
    if caller is None or rung is None:
        return []
    until = policy.rung_until(caller.need, ladder, rung, now)
    return [changes.line_follow(changes.change_wait(tx, caller, rung=rung, rung_until=until))]


def _worth_waiting_for(wait: Wait, ladder: Ladder, present: Mapping[str, Presence]) -> set[str]:
    """Who is on duty; on a rung that its callers chose knowing of visits, who is in one too."""
    through_visits = wait.rung < len(ladder.rungs) and ladder.rungs[wait.rung].through_visits
    return {
        id_
        for id_, each in present.items()
        if presence.is_on_duty(each) or (through_visits and each.state is presence.State.IN_VISIT)
    }


def move(
    tx: Connection, *, call_id: str, need: Need, ladder_name: str, ladder: Ladder, now: datetime, content: str
) -> list[Follow]:
    """A supervisor has a caller wait for something else from now on, at his place. Empty if he does not wait.

    Nor does one for whom a phone rings: it may be taken at this moment.
    """
    caller = rows.lock_open_wait(tx, call_id)
    if caller is None or caller.state is not WaitState.WAITING:
        return []
    rung = policy.first_rung(need, ladder)
    moved = changes.change_wait(
        tx,
        caller,
        need=need,
        ladder=ladder_name,
        rules=ladder.model_dump(mode="json"),
        content=content[:12],
        rung=rung,
        rung_until=policy.rung_until(need, ladder, rung, now),
    )
    return [changes.line_follow(moved)]


def hurry(tx: Connection, call_id: str, seconds: int) -> list[Follow]:
    """A supervisor gives a caller a bigger head start. Empty if he does not wait."""
    caller = rows.lock_open_wait(tx, call_id)
    if caller is None:
        return []
    return [changes.line_follow(changes.change_wait(tx, caller, place_ms=caller.place_ms - seconds * 1000))]


# --- offers ---


def make_offer(
    tx: Connection,
    *,
    wait_id: str,
    clinician_id: str,
    room: str,
    why: Callable[[Wait], Mapping[str, object]],
    now: datetime,
    ring_seconds: int,
    calls_per_hour: int | None = None,
) -> Offer | None:
    """Hold this clinician for this caller. None when either is not free by SQL: say both to Redis again.

    Nor is he free whose visit would begin, or whose time on duty would end, while it rings, or who took as many calls
    as an hour may bring: he is set to be in the visit, offline, or away; after a visit or a rest he becomes ready by
    himself. Fit for `statements.together`.
    """
    both = rows.pair(tx, wait_id, clinician_id, now, now + timedelta(seconds=ring_seconds))
    if both is None or both.wait.state is not WaitState.WAITING or both.person.state is not presence.State.READY:
        return None
    wait, person = both.wait, both.person
    if resting := changes.spared(tx, person, both.visit_ends, now, ring_seconds, calls_per_hour):
        rows.put_presence(tx, person, resting)
        return None
    known = {**why(wait), "as_of": both.latest_change, "content": wait.content, "place_ms": wait.place_ms}
    made = rows.add_offer(tx, changes.offer_values(wait, clinician_id, room, known, now, ring_seconds))
    if made is None:
        return None
    changes.change_wait(tx, wait, state=WaitState.OFFERED)
    rows.put_presence(tx, person, presence.reserve(person, made.id, now))
    return made


def follows_of_new(tx: Connection, made: Offer) -> tuple[list[Follow], str | None]:
    """What a new offer asks for: ring him, and tell Redis that both are taken. And the promise that it is to keep."""
    both = rows.pair(tx, made.wait_id, made.clinician_id, made.created_at, made.expires_at)
    held = [changes.line_follow(both.wait), changes.duty_follow(both.person)] if both else []
    return [Follow("ring", str(made.id)), *held], both.wait.callback_id if both else None


def accept(tx: Connection, fence: int, *, now: datetime) -> bool:
    """The clinician took the offer. False when it was no longer open to be taken."""
    held = changes.locked_parties(tx, fence)
    if held is None:
        return False
    made, wait, person = held
    ringing = OFFERS.c.state == offers.State.OFFERED.value
    values = {"state": offers.State.ACCEPTED.value, "accepted_at": now}
    if person.offer_id != fence or not rows.change_offer(tx, made.id, ringing, **values):
        return False
    changes.change_wait(tx, wait, state=WaitState.CONNECTED)
    rows.put_presence(tx, person, presence.talk(person, now))
    return True


def give_back(tx: Connection, fence: int, cause: str, *, now: datetime) -> list[Follow]:
    """The clinician will not talk with this caller, who waits again at his old place. Empty if it was too late.

    `cause` is one of `offers.GIVEN_BACK`, else ValueError. Only `lost` can still come once they talk. The
    clinician's leg is hung up for causes that did not come from that leg; a leg that declined ends by its own reply.
    """
    if cause not in offers.GIVEN_BACK:
        raise ValueError(f"an offer is not given back as {cause}")
    made = offer(tx, fence)
    return changes.end_offer(tx, made, offers.State(cause), now) if made else []


def finish_talk(tx: Connection, fence: int, *, now: datetime, wrap_up_seconds: int) -> list[Follow]:
    """The talk is over: the wait ended as it should, and the clinician wraps up. Empty if it was over before."""
    made = offer(tx, fence)
    return changes.end_offer(tx, made, offers.State.FINISHED, now, "talked", wrap_up_seconds) if made else []


# What the clock asks at every tick, most often in vain. Plain, the order with a limit would make SQLite read all offers
# one by one instead of an index of the few.
_OPEN_FENCES = select(OFFERS.c.id).where(OPEN_OFFERS).order_by(OFFERS.c.id + 0).limit(literal_column(str(AT_ONCE)))
_DUE_OFFERS = Statement(
    _OPEN_FENCES.where(
        OFFERS.c.state == offers.State.OFFERED.value,
        # An offer that the carrier's pace holds back has not rung yet: its time begins when it is dialled.
        or_(OFFERS.c.dialling != "due", OFFERS.c.created_at <= bindparam("held_back_since")),
        OFFERS.c.expires_at <= bindparam("now"),
    )
)
_CALLED_US = select(WAITS.c.id).where(WAITS.c.id == OFFERS.c.wait_id, WAITS.c.kind == "call").exists()
_ALONE = Statement(
    _OPEN_FENCES.where(
        OFFERS.c.state == offers.State.ACCEPTED.value,
        or_(
            and_(OFFERS.c.patient_in_at <= bindparam("since"), OFFERS.c.clinician_in_at.is_(None)),
            and_(OFFERS.c.clinician_in_at <= bindparam("since"), OFFERS.c.patient_in_at.is_(None), _CALLED_US),
        ),
    )
)


def due_offers(tx: Connection, now: datetime) -> list[int]:
    """Fences of offers that nothing was heard of until they expired: to be given back as `expired`."""
    return [fence for (fence,) in _DUE_OFFERS.rows(tx, {"now": now, "held_back_since": now - LONGEST_HELD_BACK})]


def alone(tx: Connection, since: datetime) -> list[int]:
    """Fences of offers with one party alone in the room since then or longer: to be given back as `lost`.

    A clinician who waits for a promised patient's phone to be answered is not alone: the attempt has its own deadline.
    """
    return [fence for (fence,) in _ALONE.rows(tx, {"since": since})]


def start_dialling(tx: Connection, fence: int, now: datetime) -> bool:
    """Whether this job may dial, now and alone. The offer's time begins anew: ringing counts, pacing does not."""
    due = rows.offer_by_id(tx, fence, lock=True)
    if due is None:
        return False
    still = (OFFERS.c.dialling == "due", OFFERS.c.state == offers.State.OFFERED.value)
    until = now + (due.expires_at - due.created_at)
    return rows.change_offer(tx, fence, *still, dialling="dialling", expires_at=until)


def note_dialled(tx: Connection, fence: int, outcome: str, sid: str | None) -> bool:
    """What came of dialling: placed | unknown | not_placed. False if the leg introduced itself before."""
    changed = rows.change_offer(tx, fence, OFFERS.c.dialling == "dialling", dialling=outcome)
    if sid:
        rows.change_offer(tx, fence, OFFERS.c.sid.is_(None), sid=sid)
    return changed


def note_ringing(tx: Connection, fence: int, sid: str, expires: datetime) -> bool:
    """His phone rings: the offer's time counts from here. False if it is no longer offered, or another leg's."""
    still = (OFFERS.c.state == offers.State.OFFERED.value, OFFERS.c.sid.is_(None) | (OFFERS.c.sid == sid))
    return rows.change_offer(tx, fence, *still, sid=sid, dialling="placed", expires_at=expires)


def not_dialled(tx: Connection, fence: int) -> bool:
    """The dial surely came to nothing and may be tried again."""
    return rows.change_offer(tx, fence, OFFERS.c.dialling == "dialling", dialling="due")


def offer_of_leg(tx: Connection, sid: str) -> int | None:
    """The fence of the offer that a clinician's leg rings for, if it is known."""
    return tx.execute(select(OFFERS.c.id).where(OFFERS.c.sid == sid)).scalar()


def adopt_leg(tx: Connection, fence: int, sid: str) -> bool:
    """A leg says that it rings for this offer. Whether it is the offer's one leg."""
    free = (OFFERS.c.sid.is_(None) | (OFFERS.c.sid == sid), OFFERS.c.dialling != "due")
    return rows.change_offer(tx, fence, *free, sid=sid, dialling="placed")


def entered_room(tx: Connection, room: str, role: str, now: datetime) -> bool:
    """The patient or the clinician (`role`) is in the room. Whether the talk started by this, just now."""
    here = rows.offer(tx, OFFERS.c.room == room, OPEN_OFFERS, lock=True)
    if here is None or here.state is not offers.State.ACCEPTED:
        return False
    column = {"patient": OFFERS.c.patient_in_at, "clinician": OFFERS.c.clinician_in_at}[role]
    rows.change_offer(tx, here.id, column.is_(None), **{column.name: now})
    both = (OFFERS.c.patient_in_at.is_not(None), OFFERS.c.clinician_in_at.is_not(None))
    return rows.change_offer(tx, here.id, OFFERS.c.talk_started_at.is_(None), *both, talk_started_at=now)


# --- presence ---


def set_presence(
    tx: Connection,
    clinician_id: str,
    state: presence.State | str,
    *,
    reason: str | None,
    until: datetime | None,
    now: datetime,
    begins: datetime | None = None,
    hours_end: datetime | None = None,
) -> list[Follow]:
    """What he or a supervisor chose: offline | ready | away | in_visit; ValueError for any other.

    `begins` and `hours_end` bound the time in which he is ready (`routing/presence.py`). While he is offered a caller,
    that offer is given back as declined first (`ready` keeps it). While he talks, it takes effect after the talk.
    `rows.Overtaken` if he was offered one just now: try again.
    """
    wanted = presence.State(state)
    is_ready = wanted is presence.State.READY and not (begins and begins > now)
    given_back = [] if is_ready else changes.decline_ringing(tx, clinician_id, now)
    person = rows.presence_of(tx, clinician_id, lock=True) or changes.added_presence(tx, clinician_id, now)
    if person.state is presence.State.OFFERED and not is_ready:
        raise rows.Overtaken("an offer was made just before we had the lock")  # its wait is to be locked first
    chosen = presence.choose(person, wanted, reason, until, now, begins=begins, hours_end=hours_end)
    if chosen != person:
        rows.put_presence(tx, person, chosen)
    return [*given_back, changes.duty_follow(chosen)]


def longer_wrap_up(tx: Connection, clinician_id: str, seconds: int, now: datetime) -> list[Follow]:
    """More time to wrap up, as far as there is any (`routing/presence.py`). Empty if there is none."""
    person = rows.presence_of(tx, clinician_id, lock=True)
    longer = presence.longer(person, seconds, now) if person else None
    if person is None or longer is None:
        return []
    rows.put_presence(tx, person, longer)
    return [changes.duty_follow(longer)]


def protect(tx: Connection, clinician_id: str, starts: datetime, ends: datetime) -> None:
    """Write down a visit: from here on nothing rings in it. ValueError unless it ends after it starts."""
    if ends <= starts:
        raise ValueError("a visit ends after it starts")
    tx.execute(insert(rows.PROTECTIONS).values(clinician_id=clinician_id, starts_at=starts, ends_at=ends))


def visits_of(tx: Connection, clinician_id: str, after: datetime) -> list[tuple[datetime, datetime]]:
    """The visits of a clinician that are not over at this instant, as (from, to)."""
    his = (rows.PROTECTIONS.c.clinician_id == clinician_id, rows.PROTECTIONS.c.ends_at > after)
    found = tx.execute(select(rows.PROTECTIONS.c.starts_at, rows.PROTECTIONS.c.ends_at).where(*his))
    return [(starts, ends) for starts, ends in found]


_WHOSE = select(PRESENCES.c.clinician_id).order_by(PRESENCES.c.clinician_id)
_VISITS = select(rows.PROTECTIONS.c.clinician_id).where(
    rows.PROTECTIONS.c.starts_at <= bindparam("before"), rows.PROTECTIONS.c.ends_at > bindparam("now")
)
_TIMED = or_(*(PRESENCES.c.state == state.value for state in sorted(presence.TIMED)))
_READY_BEFORE_A_VISIT = Statement(_WHOSE.where(_READY, PRESENCES.c.clinician_id.in_(_VISITS)))
_TIME_OVER = Statement(
    _WHOSE.where(
        or_(
            and_(_TIMED, PRESENCES.c.until <= bindparam("now")),
            and_(or_(_TIMED, _READY), PRESENCES.c.free_until <= bindparam("before")),
        )
    )
)


def due_visits(tx: Connection, now: datetime, ring_seconds: int) -> list[Follow]:
    """Everybody who is ready and whose visit begins before a phone would stop ringing is in it now."""
    follows = []
    before = now + timedelta(seconds=ring_seconds)
    for (whose,) in _READY_BEFORE_A_VISIT.rows(tx, {"now": now, "before": before}):
        person = rows.presence_if_free(tx, whose)
        ends = rows.visit_ends(tx, whose, now, before) if person else None
        resting = changes.spared(tx, person, ends, now, ring_seconds) if person else None
        if person and resting and person.state is presence.State.READY:
            rows.put_presence(tx, person, resting)
            follows.append(changes.duty_follow(resting))
    return follows


def due_presences(tx: Connection, now: datetime, ring_seconds: int) -> list[Follow]:
    """Make everybody ready whose wrap-up, cool-down, absence or visit is over.

    Offline is whose time on duty is over, or would be before a phone stops ringing. Who is held just now is dealt with
    the next time.
    """
    over = _TIME_OVER.rows(tx, {"now": now, "before": now + timedelta(seconds=ring_seconds)})
    return [follow for (whose,) in over for follow in _when_due(tx, whose, now, ring_seconds)]


def told_again(tx: Connection, clinician_ids: Collection[str] | None) -> list[Follow]:
    """The duty board hears anew of those of these (None: of all) who are ready: what they can do has changed."""
    ready = [each.clinician_id for each in rows.presences(tx) if each.state is presence.State.READY]
    return [Follow("duty", id_, LOOK_AGAIN) for id_ in ready if clinician_ids is None or id_ in clinician_ids]


# --- parts ---


def _when_due(tx: Connection, clinician_id: str, now: datetime, ring_seconds: int) -> list[Follow]:
    person = rows.presence_if_free(tx, clinician_id)
    if person is None or not presence.is_due(person, now, ring_seconds):
        return []
    after = presence.when_due(person, now, ring_seconds)
    rows.put_presence(tx, person, after)
    return [changes.duty_follow(after)]
