"""The door of time: due work, expiries, sweeps and reconciliation. Any number may run; being two is harmless.

What asks the carrier has lanes of its own, threads beside the tick: a carrier that answers late, or never, delays no
promise that is due. That two parts work at once is no more than two clocks do.

Longer than 300 lines because whatever becomes due is listed here, and nowhere else.
"""

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import takewhile
from math import ceil

import structlog
from redis.exceptions import RedisError
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

import appointments
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
from callbacks.requests import NOTHING_RESTS, Request, Resting
from calls import work_store
from calls.store import Entry, Fact
from ivr import signals
from ivr.knowledge import calendar_of
from ivr.session import Stage
from routing import guests_store
from routing.needs import LOOK_AGAIN, Follow, Need
from telephony.carrier import CarrierError
from telephony.inbound import ENDINGS, LegProgress, RoomEvent
from telephony.pace import LOOKS_A_SLOT
from tools import Tools

log = structlog.get_logger("clock")
Ending = tuple[Callable[[Connection, int, str, Tools, datetime], list[Follow]], int, str]
LATELY, HOUR = timedelta(days=1), timedelta(hours=1)
ALONE = timedelta(seconds=20)  # somebody alone in a room for so long waits for nobody
PROMISES_AT_ONCE, PROMISES_A_TICK = 100, 1000
DONE_LONG_AGO = timedelta(days=30)
FORGET_AT_ONCE, FORGET_ROUNDS = 1000, 40  # some million entries a day, no transaction of which holds others up
SWEEPERS = 4  # of entries for the carrier: so many requests may hang, and the rest are made all the same


def tick(tools: Tools) -> int:
    """One round of everything that is due, one after the other; the number of things done. No part stops another."""
    return sum(_part(part, tools) for part in PARTS)


def _part(part: Callable[[Tools], int], tools: Tools) -> int:
    try:
        return part(tools)
    except (RedisError, SQLAlchemyError, CarrierError) as error:
        log.warning("part_failed", part=part.__name__, error=type(error).__name__)
    except Exception:
        log.exception("part_broke", part=part.__name__)
    return 0


class Lane:
    """One part of the tick in a thread of its own. Asked for while it is at work, it begins anew when it is done."""

    def __init__(self, part: Callable[[Tools], int], tools: Tools) -> None:
        self.part, self._tools, self._wanted = part, tools, threading.Event()
        threading.Thread(target=self._work, name=part.__name__, daemon=True).start()

    def ask(self) -> None:
        """See to it that the part is done soon."""
        self._wanted.set()

    def _work(self) -> None:
        while self._wanted.wait():
            self._wanted.clear()
            _part(self.part, self._tools)


def run(tools: Tools, *, seconds: float = 1.0) -> None:
    """Tick for ever."""
    lanes = lanes_to_carrier(tools)
    dialling = next(lane for lane in lanes if lane.part is dial_held_back)
    while True:
        beat(tools, lanes)
        rest(tools, seconds, dialling.ask)


def lanes_to_carrier(tools: Tools) -> list[Lane]:
    """A lane for each part that asks the carrier; the outbox has several, whose claims keep them apart."""
    return [Lane(part, tools) for part in (*ASK_CARRIER, *[sweep_carrier] * (SWEEPERS - 1))]


def beat(tools: Tools, lanes: Sequence[Lane]) -> None:
    """One round that waits for nobody's answer but our own database's and Redis'."""
    for part in PARTS:
        if part not in ASK_CARRIER:
            _part(part, tools)
    for lane in lanes:
        lane.ask()


def rest(tools: Tools, seconds: float, dial: Callable[[], object]) -> None:
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
        dial()


def rebuild_lost_lines(tools: Tools) -> int:
    """Redis came back, empty or with the lines as they once were: fill them and the duty board from SQL."""
    server = tools.lines.server()
    if tools.lines.built(server):
        return 0
    tools.lines.clear()
    done = rebuild(tools)
    tools.lines.mark_built(server)
    return done


def rebuild(tools: Tools) -> int:
    """Bring every open wait and every presence to Redis."""
    now = tools.now()
    with tools.database.transaction() as tx:
        waits = [Follow("line", wait.id, LOOK_AGAIN) for wait in routing.store.waits_open(tx)]
        people = [Follow("duty", row.clinician_id, LOOK_AGAIN) for row in routing.store.presences(tx)]
        entries = deeds.outbox(tx, [*people, *waits], None, now)
    errands.after_commit(entries, tools)
    return len(entries)


def sweep_lines(tools: Tools) -> int:
    """Entries for Redis whose writer died, or whose performer did: once more, and all the others with them.

    Who was matched when a performer died is in no line, and no entry speaks of him.
    """
    swept = _swept(tools, of=errands.AT_ONCE)
    return swept + rebuild(tools) if swept else 0  # none is done while Redis is away


def sweep_carrier(tools: Tools) -> int:
    """The same for what the carrier is asked. Calls go by its pace, if it has one."""
    return _swept(tools, but=errands.AT_ONCE | (errands.DIALS if tools.pace.gap_seconds else frozenset()))


def _swept(tools: Tools, *, of: Collection[str] = (), but: Collection[str] = ()) -> int:
    with tools.database.reading() as tx:
        due = calls.store.due_entries(tx, tools.now(), of=of, but=but)
    return sum([_once_more(entry, tools) for entry in due])


def dial_held_back(tools: Tools) -> int:
    """One of the calls that the carrier's pace holds back, if its slot is free."""
    entry = errands.dial_held_back(tools) if tools.pace.gap_seconds else None
    if entry:
        _once_more(entry, tools)
    return int(entry is not None)


def _once_more(entry: Entry, tools: Tools) -> bool:
    """Lines need Redis; what the carrier is asked can be asked from here when no worker can be told.

    Whether it went without trouble.
    """
    try:
        errands.perform(entry, tools)
    except RedisError as error:
        log.warning("still_waiting", kind=entry.kind, error=type(error).__name__)
    except SQLAlchemyError as error:
        log.warning("still_waiting", kind=entry.kind, error=type(error).__name__)
    except Exception:  # one that cannot be done must not stop those behind it, nor come for ever
        log.exception("cannot_be_done", kind=entry.kind, entry=entry.id)
        errands.give_up_if_hopeless(entry, tools)
    else:
        return True
    return False


def due_promises(tools: Tools) -> int:
    """Callbacks whose time has come stand in line, many at once; those of a service that is closed rest."""
    now = tools.now()
    with tools.database.reading() as tx:
        closed = _closed(tx, tools, now)
        rest = _resting(closed, tools)
        due = callbacks.store.due_ids(tx, now, PROMISES_A_TICK, but=rest)
        early = _kept_early(tx, tools, now, rest)
    due = [*due, *(promise for promise in early if promise not in due)]
    if closed:
        _rest(closed, tools)
    return sum(_lined_up(due[at : at + PROMISES_AT_ONCE], tools) for at in range(0, len(due), PROMISES_AT_ONCE))


def _closed(tx: Connection, tools: Tools, now: datetime) -> dict[str, datetime]:
    """The calendars that are closed now, and the services closed by themselves (`#nurse`); and when each opens."""
    states = {calendar: facts.hours(tx, tools, now, calendar) for calendar in tools.content.hours}
    for service in directory.store.closed_services(tx, now).keys() & tools.content.services.keys():
        kept = calendar_of(tools.content.calendar(service), service)
        states[_by_itself(service)] = facts.hours(tx, tools, now, kept)
    return {name: state.opens_at or now + HOUR for name, state in states.items() if not state.open}


def _by_itself(service: str) -> str:
    """The name under which a service stands among the closed calendars."""
    return calendar_of("", service)


def _resting(closed: Collection[str], tools: Tools) -> Resting:
    """Whose promises rest while these calendars are closed: each goes by its service's own hours, else its line's."""
    if not closed:
        return NOTHING_RESTS
    content, lines = tools.content, tools.lines_by_number()
    alone = {key for key in content.services if _by_itself(key) in closed}
    own = tuple(key for key, each in content.services.items() if each.hours in closed or key in alone)
    by_line = tuple(key for key, each in content.services.items() if each.hours is None and key not in alone)
    elsewhere = content.calendar() in closed  # whoever called a number of no line goes by the first
    numbers = tuple(number for number, line in lines.items() if (content.lines[line].hours in closed) != elsewhere)
    if not numbers:
        return Resting((*own, *by_line) if elsewhere else own)
    return Resting(own, by_line, numbers, all_but=elsewhere)


def _kept_early(tx: Connection, tools: Tools, now: datetime, rest: Resting) -> list[str]:
    """Promises by a deadline for which somebody is idle now: nobody on the line waits for him, or he would be taken."""
    early = list[str]()
    open_ = {key: service for key, service in tools.content.services.items() if key not in rest.services}
    for skill in {service.skill for service in open_.values() if service.callback == "deadline"}:
        services = [key for key, each in open_.items() if each.skill == skill]
        languages = tools.content.languages
        idle = max(routing.store.count_staff(tx, Need(skill=skill, language=each))[2] for each in languages)
        waiting = callbacks.questions_store.by_deadline(tx, services, now, idle, but=rest) if idle else []
        early += [promise.id for promise in waiting if appointments.may_ring_now(tx, promise, now)]
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
        entries = _rest_until(tx, closed, tools, now)
    errands.after_commit(entries, tools)


def _rest_until(tx: Connection, closed: Mapping[str, datetime], tools: Tools, now: datetime) -> list[Entry]:
    """Promises in line while their calendar is closed rest until it opens; one that is being kept goes on."""
    entries = []
    for wait in routing.store.waits_open(tx):
        promise = callbacks.store.request(tx, wait.callback_id) if wait.callback_id else None
        if promise is None or wait.state != "waiting":
            continue
        names = (_calendar_of(tx, promise, tools), _by_itself(promise.service))
        opens = max((closed[name] for name in names if name in closed), default=None)
        if opens is None:
            continue
        routing.store.lock_wait(tx, wait.call_id)
        if callbacks.store.postpone(tx, promise.id, opens, now):
            follows = routing.store.leave(tx, call_id=wait.call_id, callback_id=promise.id, why="closed", now=now)
            entries += deeds.outbox(tx, follows, wait.call_id, now)
    return entries


def _calendar_of(tx: Connection, promise: Request, tools: Tools) -> str:
    call = calls.store.call(tx, promise.call_id) or {}
    return tools.content.calendar(promise.service, tools.lines_by_number().get(str(call.get("dialled")), ""))


def _stand_in_line(tx: Connection, promise_id: str, tools: Tools) -> list[Entry]:
    now, due = tools.now(), callbacks.store.request(tx, promise_id)
    waits = routing.store.open_wait_of(tx, due.call_id) if due else None
    if waits is not None and waits.callback_id != promise_id:
        return []  # a call has one wait at a time: when that is over, this one's turn comes
    promise = callbacks.store.stand_in_line(tx, promise_id, now)
    if promise is None:
        return []
    call = calls.store.call(tx, promise.call_id) or {}
    tools = editions.serving(tx, str(call.get("content") or ""), tools)
    follows = promising.rest_until_he_may_be_rung(tx, promise, tools, now)
    if follows is None:
        follows = promising.stand_in_line(tx, promise, tools, now)
    return deeds.outbox(tx, follows, promise.call_id, now)


def lapse_skills(tools: Tools) -> int:
    """Skills whose last day is over count as absent, and levels for a day are over; the duty board hears of it."""
    now = tools.now()
    zone = tools.content.home.zone
    with tools.database.reading() as tx:
        if not directory.store.lapsing(tx, now, zone) and not directory.store.today_over(tx, now):
            return 0
    with tools.database.transaction() as tx:
        whose = [*directory.store.lapse(tx, now, zone), *directory.store.end_today(tx, now)]
        entries = deeds.outbox(tx, routing.store.told_again(tx, whose), None, now)
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
        due = [fence for fence in routing.store.due_offers(tx, now) if not promising.kept_free(tx, fence)]
        ends: list[Ending] = [(deeds.give_back, fence, "expired") for fence in due]
        late = guests_store.overdue(tx, now)
    for end in ends:
        _each(partial(_end, end, tools), end[1])
    for guest_id in late:
        _each(partial(_end, (deeds.guest_gone, guest_id, "no_answer"), tools), guest_id)
    with tools.database.transaction() as tx:
        follows = routing.store.due_presences(tx, now, tools.settings.ring_seconds)
        follows += routing.store.due_visits(tx, now, tools.settings.ring_seconds)
        entries = deeds.outbox(tx, follows, None, now)
    errands.after_commit(entries, tools)
    return len(ends) + len(late) + len(entries)


def end_lonely(tools: Tools) -> int:
    """Rooms in which one waits for the other for too long, as far as the carrier does not know better."""
    with tools.database.reading() as tx:
        alone = [routing.store.offer(tx, fence) for fence in routing.store.alone(tx, tools.now() - ALONE)]
    lost = [offer.id for offer in alone if offer and not _both_are_in(offer.room, tools)]
    for fence in lost:
        _each(partial(_end, (deeds.give_back, fence, "lost"), tools), fence)
    return len(lost)


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
    if not _is_ours(tools, "retention", "%Y-%m-%dT%H"):
        return 0
    rounds = (_forget_done(tools) for _ in range(FORGET_ROUNDS))
    return messages.retain(tools) + sum(takewhile(bool, rounds))


def _forget_done(tools: Tools) -> int:
    """Entries of the outbox that were done long ago: no notice comes so late that one could be asked for again."""
    with tools.database.transaction() as tx:
        return calls.store.forget_done(tx, tools.now() - DONE_LONG_AGO, FORGET_AT_ONCE)


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
    sweep_lines,
    sweep_carrier,
    dial_held_back,
    expire,
    end_lonely,
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
ASK_CARRIER = (sweep_carrier, dial_held_back, end_lonely, settle_attempts, reconcile, adopt_recordings)
