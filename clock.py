"""The door of time: due work, expiries, sweeps and reconciliation. Any number may run; being two is harmless.

Longer than 300 lines because whatever becomes due is listed here, and nowhere else.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from math import ceil
from zoneinfo import ZoneInfo

import structlog
from redis.exceptions import RedisError
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

import callbacks.policy
import callbacks.questions_store
import callbacks.store
import calls.store
import deeds
import directory.store
import editions
import errands
import estimating
import facts
import messages
import notices
import promising
import routing.store
import settling
import switchboard
import watching
import workload
from callbacks import promised_store
from calls import work_store
from calls.store import Entry, Fact
from ivr import signals
from ivr.knowledge import calendar_of
from ivr.session import Stage
from routing import guests_store
from routing.needs import Follow, Need
from telephony.carrier import CarrierError
from telephony.inbound import ENDINGS, LegProgress, RoomEvent
from telephony.pace import LOOKS_A_SLOT
from tools import Tools

log = structlog.get_logger("clock")
Ending = tuple[Callable[[Connection, int, str, Tools, datetime], list[Follow]], int, str]
LATELY, HOUR = timedelta(days=1), timedelta(hours=1)
ALONE = timedelta(seconds=20)  # somebody alone in a room for so long waits for nobody
PROMISES_AT_ONCE, PROMISES_A_TICK = 100, 1000


def tick(tools: Tools) -> int:
    """One round of everything that is due; the number of things done. One part failing never stops the others."""
    return sum(_part(part, tools) for part in PARTS)


def _part(part: Callable[[Tools], int], tools: Tools) -> int:
    try:
        return part(tools)
    except (RedisError, SQLAlchemyError, CarrierError) as error:
        log.warning("part_failed", part=part.__name__, error=type(error).__name__)
    except Exception:
        log.exception("part_broke", part=part.__name__)
    return 0


def run(tools: Tools, *, seconds: float = 1.0) -> None:
    """Tick for ever."""
    while True:
        tick(tools)
        rest(tools, seconds)


def rest(tools: Tools, seconds: float) -> None:
    """Until the next tick: where the carrier's pace holds calls back, one of them in each of its slots."""
    if not tools.pace.gap_seconds:
        tools.clock.sleep(seconds)
        return
    until = tools.now() + timedelta(seconds=seconds)
    for _ in range(
        1 + ceil(seconds / tools.pace.gap_seconds * LOOKS_A_SLOT)
    ):  # a clock may stand: the tick comes still
        left = (until - tools.now()).total_seconds()
        if left <= 0:
            return
        tools.clock.sleep(min(left, tools.pace.seconds_to_look()))
        _part(dial_held_back, tools)


def rebuild_lost_lines(tools: Tools) -> int:
    """Redis came back empty: fill the lines and the duty board from SQL."""
    if tools.lines.built():
        return 0
    done = rebuild(tools)
    tools.lines.mark_built()
    return done


def rebuild(tools: Tools) -> int:
    """Bring every open wait and every presence to Redis."""
    now = tools.now()
    stamp = int(now.timestamp() * 1000)
    with tools.database.transaction() as tx:
        waits = [Follow("line", wait.id, stamp) for wait in routing.store.waits_open(tx)]
        people = [Follow("duty", row.clinician_id, stamp) for row in routing.store.presences(tx)]
        entries = deeds.outbox(tx, [*people, *waits], None, now)
    errands.after_commit(entries, tools)
    return len(entries)


def sweep_outbox(tools: Tools) -> int:
    """Entries whose writer died, or whose performer did: once more. Calls go by the carrier's pace, if it has one."""
    with tools.database.reading() as tx:
        due = calls.store.due_entries(tx, tools.now(), but=errands.DIALS if tools.pace.gap_seconds else ())
    for entry in due:
        _once_more(entry, tools)
    return len(due)


def dial_held_back(tools: Tools) -> int:
    """One of the calls that the carrier's pace holds back, if its slot is free."""
    entry = errands.dial_held_back(tools) if tools.pace.gap_seconds else None
    if entry:
        _once_more(entry, tools)
    return int(entry is not None)


def _once_more(entry: Entry, tools: Tools) -> None:
    """Lines need Redis; what the carrier is asked can be asked from here when no worker can be told."""
    try:
        errands.perform(entry, tools)
    except RedisError as error:
        log.warning("still_waiting", kind=entry.kind, error=type(error).__name__)
    except SQLAlchemyError as error:
        log.warning("still_waiting", kind=entry.kind, error=type(error).__name__)
    except Exception:  # one that cannot be done must not stop those behind it, nor come for ever
        log.exception("cannot_be_done", kind=entry.kind, entry=entry.id)
        errands.give_up_if_hopeless(entry, tools)


def due_promises(tools: Tools) -> int:
    """Callbacks whose time has come stand in line, many at once; those of a service that is closed rest."""
    now = tools.now()
    with tools.database.reading() as tx:
        closed = _closed(tx, tools, now)
        due = callbacks.store.due_ids(tx, now, PROMISES_A_TICK, but=closed)
        early = _kept_early(tx, tools, now, closed)
    due = [*due, *(promise for promise in early if promise not in due)]
    if closed:
        _rest(closed, tools)
    return sum(_lined_up(due[at : at + PROMISES_AT_ONCE], tools) for at in range(0, len(due), PROMISES_AT_ONCE))


def _closed(tx: Connection, tools: Tools, now: datetime) -> dict[str, datetime]:
    """The services that are closed now, by their own hours or those of the first line; and when each opens."""
    usual = next(iter(tools.content.lines.values())).hours
    kept = {key: service.hours or usual for key, service in tools.content.services.items()}
    states = {key: facts.hours(tx, tools, now, calendar_of(calendar, key)) for key, calendar in kept.items()}
    return {key: state.opens_at or now + HOUR for key, state in states.items() if not state.open}


def _kept_early(tx: Connection, tools: Tools, now: datetime, closed: Collection[str]) -> list[str]:
    """Promises by a deadline for which somebody is idle now: nobody on the line waits for him, or he would be taken."""
    early = list[str]()
    open_ = {key: service for key, service in tools.content.services.items() if key not in closed}
    for skill in {service.skill for service in open_.values() if service.callback == "deadline"}:
        services = [key for key, each in open_.items() if each.skill == skill]
        languages = tools.content.languages
        idle = max(routing.store.count_staff(tx, Need(skill=skill, language=each))[2] for each in languages)
        waiting = callbacks.questions_store.by_deadline(tx, services, now, idle) if idle else []
        early += [promise.id for promise in waiting if callbacks.policy.may_dial(now, promise.zones)]
    return early


def _lined_up(promises: Sequence[str], tools: Tools) -> int:
    """Put promises in line in one transaction. One that cannot be must not stop those behind it."""
    try:
        with tools.database.transaction() as tx:
            entries = [entry for promise in promises for entry in _stand_in_line(tx, promise, tools)]
    except SQLAlchemyError:
        raise
    except Exception as error:
        if len(promises) > 1:
            return sum(_lined_up([promise], tools) for promise in promises)
        return _hand_over(promises[0], error, tools)
    errands.after_commit(entries, tools)
    return len(promises)


def _hand_over(promise: str, error: Exception, tools: Tools) -> int:
    """What makes this promise impossible will not heal by itself (its service is gone, say): a person decides."""
    log.error("promise_cannot_be_lined_up", promise=promise, error=type(error).__name__)
    with tools.database.transaction() as tx:
        callbacks.store.hand_over(tx, promise, "cannot_be_lined_up", tools.now())
    return 1


def _rest(closed: Mapping[str, datetime], tools: Tools) -> None:
    now = tools.now()
    with tools.database.transaction() as tx:
        entries = _rest_until(tx, closed, now)
    errands.after_commit(entries, tools)


def _rest_until(tx: Connection, closed: Mapping[str, datetime], now: datetime) -> list[Entry]:
    """Promises of these services that stand in line rest until theirs opens; one that is being kept goes on."""
    entries = []
    for wait in routing.store.waits_open(tx):
        promise = callbacks.store.request(tx, wait.callback_id) if wait.callback_id else None
        if promise is None or promise.service not in closed or wait.state != "waiting":
            continue
        routing.store.lock_wait(tx, wait.call_id)
        if callbacks.store.postpone(tx, promise.id, closed[promise.service], now):
            follows = routing.store.leave(tx, call_id=wait.call_id, why="closed", now=now)
            entries += deeds.outbox(tx, follows, wait.call_id, now)
    return entries


def _stand_in_line(tx: Connection, promise_id: str, tools: Tools) -> list[Entry]:
    now = tools.now()
    promise = callbacks.store.stand_in_line(tx, promise_id, now)
    if promise is None:
        return []
    call = calls.store.call(tx, promise.call_id) or {}
    tools = editions.serving(tx, str(call.get("content") or ""), tools)
    follows = promising.stand_in_line(tx, promise, tools, now)
    return deeds.outbox(tx, follows, promise.call_id, now)


def lapse_skills(tools: Tools) -> int:
    """Skills whose last day is over count as absent, and levels for a day are over; the duty board hears of it."""
    now = tools.now()
    today = now.astimezone(ZoneInfo(next(iter(tools.content.hours.values())).zone)).date()
    with tools.database.reading() as tx:
        if not directory.store.lapsing(tx, today) and not directory.store.today_over(tx, now):
            return 0
    with tools.database.transaction() as tx:
        whose = [*directory.store.lapse(tx, today, now), *directory.store.end_today(tx, now)]
        entries = deeds.outbox(tx, routing.store.told_again(tx, whose, now), None, now)
    errands.after_commit(entries, tools)
    return len(whose)


def climb_rungs(tools: Tools) -> int:
    """Waits whose rung is over, or has nobody who will come, reach for more people."""
    now = tools.now()
    with tools.database.transaction() as tx:
        entries = deeds.outbox(tx, routing.store.climb_all(tx, now), None, now)
    errands.after_commit(entries, tools)
    return len(entries)


def expire(tools: Tools) -> int:
    """Offers, attempts and timers of presence that are over."""
    now = tools.now()
    with tools.database.reading() as tx:
        ends: list[Ending] = [
            *((deeds.give_back, fence, "expired") for fence in routing.store.due_offers(tx, now)),
        ]
        late = [guest.id for guest in guests_store.overdue(tx, now)]
        alone = [routing.store.offer(tx, fence) for fence in routing.store.alone(tx, now - ALONE)]
    ends += [(deeds.give_back, offer.id, "lost") for offer in alone if offer and not _both_are_in(offer.room, tools)]
    for end in ends:
        _each(partial(_end, end, tools), end[1])
    for guest_id in late:
        _each(partial(_end, (deeds.guest_gone, guest_id, "no_answer"), tools), guest_id)
    with tools.database.transaction() as tx:
        follows = routing.store.due_presences(tx, now)
        follows += routing.store.due_visits(tx, now, tools.settings.ring_seconds)
        entries = deeds.outbox(tx, follows, None, now)
    errands.after_commit(entries, tools)
    return len(ends) + len(late) + len(entries)


def settle_attempts(tools: Tools) -> int:
    """Attempts to ring back of which nothing was heard in time: what became of their calls."""
    with tools.database.reading() as tx:
        overdue = callbacks.store.overdue(tx, tools.now())
    for attempt in overdue:
        _each(partial(settling.settle, attempt, tools), attempt.id)
    return len(overdue)


def _each(deed: Callable[[], object], subject: int) -> None:
    """One of many: what breaks it must not stop those behind it. The database's own trouble stops them all."""
    try:
        deed()
    except (RedisError, SQLAlchemyError):
        raise
    except Exception:
        log.exception("cannot_be_ended", subject=subject)


def _both_are_in(room: str, tools: Tools) -> bool:
    """Ask the carrier before a talk is taken for none: the notice of its start may have been lost with us."""
    try:
        talking = tools.carrier.has_talk(room)
    except CarrierError:
        return True  # nobody is moved on a guess; the next tick asks again
    if talking:
        switchboard.hear(RoomEvent(room, None, notices.STARTED, notices.RECONCILED), tools)
    return talking


def _end(end: Ending, tools: Tools) -> None:
    """One end in one transaction, so that two of them never wait for each other's rows."""
    make_end, subject, why = end
    now = tools.now()
    with tools.database.transaction() as tx:
        offer = routing.store.offer(tx, subject) if make_end is deeds.give_back else None
        follows = make_end(tx, subject, why, tools, now)
        if offer and follows:
            details = {"offer": subject, "cause": why}
            fact = Fact(f"given_back:{subject}", offer.call_id, "offer_given_back", now, None, details)
            calls.store.write_journal(tx, [fact])
        entries = deeds.outbox(tx, follows, None, now)
    errands.after_commit(entries, tools)


def reconcile(tools: Tools) -> int:
    """Ask the carrier about legs that we believe live but of which nothing was heard; it is the truth about legs."""
    now = tools.now()
    with tools.database.reading() as tx:
        quiet = calls.store.live_legs(tx, now - calls.store.QUIET)
    for leg in quiet[:10]:
        known = tools.carrier.look(leg.sid)
        if known is None or known.is_over:
            ending = ENDINGS.get(known.status, signals.Ending.FAILED) if known else signals.Ending.FAILED
            switchboard.hear(LegProgress(leg.sid, notices.RECONCILED, "", ending, leg.offer_id, leg.attempt_id), tools)
            continue
        if leg.stage == Stage.WAITING:  # with music, so he was to be heard of
            errands.left_to_operator(leg, tools)
        with tools.database.transaction() as tx:
            calls.store.touch(tx, leg.sid, now)
    return len(quiet)


def work_in_order(tools: Tools) -> int:
    """Work whose time has come wakes; what is late goes to the whole team."""
    with tools.database.reading() as tx:
        if not work_store.due(tx, tools.now()):
            return 0
    with tools.database.transaction() as tx:
        changed = workload.keep_in_order(tx, tools)
    if changed:
        tools.hint()
    return changed


def hand_over_promises(tools: Tools) -> int:
    """Every promise that was handed to a person is on a list, whoever handed it over."""
    if not _is_ours(tools, "promises", "%Y-%m-%dT%H:%M"):
        return 0
    with tools.database.transaction() as tx:
        handed = promised_store.to_person_since(tx, tools.now() - LATELY)
        return sum(workload.hand_over(tx, promise, tools) for promise in handed)


def adopt_recordings(tools: Tools) -> int:
    """Messages at the carrier that nobody told us of, once a minute."""
    return messages.adopt_recordings(tools) if _is_ours(tools, "recordings", "%Y-%m-%dT%H:%M") else 0


def retain(tools: Tools) -> int:
    """Erase what was kept as long as it may be, once an hour."""
    return messages.retain(tools) if _is_ours(tools, "retention", "%Y-%m-%dT%H") else 0


def _is_ours(tools: Tools, what: str, each: str) -> bool:
    """Whether this clock does what is done once in a span of time, which `each` names; of several clocks, one."""
    now = tools.now()
    key = f"clock:{what}:{now:{each}}"
    with tools.database.reading() as tx:
        if calls.store.was_heard(tx, key):
            return False
    with tools.database.transaction() as tx:
        return calls.store.heard_first(tx, key, now)


PARTS: tuple[Callable[[Tools], int], ...] = (
    rebuild_lost_lines,
    sweep_outbox,
    dial_held_back,
    expire,
    settle_attempts,
    due_promises,
    lapse_skills,
    climb_rungs,
    estimating.estimate_waits,
    work_in_order,
    watching.watch,
    reconcile,
    hand_over_promises,
    adopt_recordings,
    retain,
)
