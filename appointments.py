"""What may be promised to whom: which number, in which quarter of an hour, and whether it could still be kept."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

import callbacks.policy
import callbacks.questions_store
import callbacks.store
import calls.store
import directory.hours
import directory.store
import routing.store
from callbacks import windows
from callbacks.policy import Wished, Zones
from callbacks.requests import Request
from callbacks.windows import Window
from config.content import Hours
from directory.numbers import callable_number, zones_of_number
from ivr.knowledge import (
    CapacityFacts,
    FindWindows,
    LookAtCapacity,
    LookForPromise,
    PromiseFacts,
    ReadNumber,
    WindowFacts,
)
from ivr.proxies import within
from routing.needs import Need
from routing.presence import AFTER_VISIT, State
from tools import Tools

SOON = timedelta(minutes=15)  # when somebody who talks just now is expected to be free
NEW_NUMBERS = 1  # that a patient, or a calling number, may name in a day
PROMISES = 3  # that one number may be given in a day
MOST_LOOKS = 100  # for an hour that suits everybody: three a day, and some


def zones(tx: Connection, number: str, patient: str | None) -> tuple[str, ...]:
    """The zones in which whoever is rung at this number may be: by his word or ZIP code, and by the number."""
    at_home = directory.store.zones(tx, patient) if patient else ()
    return tuple(sorted({*at_home, *zones_of_number(number)}))


def may_ring_now(tx: Connection, promise: Request, now: datetime) -> bool:
    """Whether it is day where the patient of a promise is, and an hour of his choice."""
    return callbacks.policy.may_dial(now, promise.zones, callbacks.store.wished(tx, promise))


def rings_at(tx: Connection, tools: Tools, promise: Request, now: datetime) -> datetime | None:
    """From when on his phone may ring for a promise: now, or later. None when no hour within two weeks will do."""
    hours = hours_of_promise(tx, tools, promise)
    limits = (promise.zones, callbacks.store.wished(tx, promise))
    return _rings_at(tx, tools, hours, promise.service, limits, now)


def closed_until_lifted(tx: Connection, promise: Request) -> bool:
    """Whether somebody closed the center, or the service of a promise, and nobody knows until when."""
    forced = directory.store.forced(tx, promise.service)
    return any(each is not None and each.state == "closed" and each.until is None for each in forced)


def first_hour(
    tx: Connection, tools: Tools, service: str, limits: tuple[Zones, Wished], now: datetime, line: str = ""
) -> datetime | None:
    """From when on somebody who chose these hours can be rung while a service, as a line reaches it, is open."""
    hours = kept(tx, tools, tools.content.calendar(service, line))
    return _rings_at(tx, tools, hours, service, limits, now)


def _rings_at(
    tx: Connection, tools: Tools, hours: Hours, service: str, limits: tuple[Zones, Wished], now: datetime
) -> datetime | None:
    """The first instant at which we are open, it is day where he is, an hour of his choice, and long enough to ring."""
    zones, wished = limits
    ringing = timedelta(seconds=tools.settings.patient_ring_limit)
    instant = callbacks.policy.next_allowed(now, zones, wished)
    for _ in range(MOST_LOOKS):
        if instant > now + windows.HORIZON or not callbacks.policy.may_dial(instant, zones, wished):
            return None
        state = directory.store.open_state(tx, hours, instant, service)
        if not state.open and state.opens_at is None:
            return None
        opens = instant if state.open or state.opens_at is None else state.opens_at
        if not callbacks.policy.may_dial(opens + ringing, zones, wished):
            opens += ringing
        elif opens == instant:
            return instant
        instant = callbacks.policy.next_allowed(opens, zones, wished)
    return None


# --- numbers --------------------------------------------------------------------------------------------------------


def readable(tx: Connection, tools: Tools, asked: ReadNumber, now: datetime) -> str | None:
    """An entry as the number we may promise to ring, in E.164; None if it may not be rung, or not again today."""
    number = callable_number(asked.entry, own=(tools.settings.center_number, tools.settings.operator_number))
    if number is None or not may_ring(tx, tools, number, asked.patient):
        return None
    return number if _within_limits(tx, tools, number, asked, now) else None


def may_ring(tx: Connection, tools: Tools, number: str, patient: str | None) -> bool:
    """Whether this number wants to be rung and is no clinician's; looked at again at the moment of dialling."""
    digest = tools.vault.digest("number", number)
    if callbacks.questions_store.opted_out(tx, digest) or directory.store.clinician_by_phone(tx, tools.vault, number):
        return False
    return patient is None or directory.store.may_reach(tx, tools.vault, patient, number)


def _within_limits(tx: Connection, tools: Tools, number: str, asked: ReadNumber, now: datetime) -> bool:
    """A victim is not rung again and again, and nobody names one new number after another."""
    day = now - timedelta(days=1)
    digest = tools.vault.digest("number", number)
    given = callbacks.questions_store.booked_since(tx, day, number=digest)
    if len(given) >= PROMISES:
        return False
    if number == asked.caller or (asked.patient and asked.patient in _holders(tx, tools, number, now)):
        return True
    caller = tools.vault.digest("number", asked.caller) if asked.caller else None
    named = callbacks.questions_store.new_numbers_since(tx, day, patient=asked.patient, caller=caller)
    return digest in named or len(named) < NEW_NUMBERS


def _holders(tx: Connection, tools: Tools, number: str, now: datetime) -> tuple[str, ...]:
    return directory.store.patients_by_number(tx, tools.vault, number, now)


# --- windows --------------------------------------------------------------------------------------------------------


def found_windows(tx: Connection, tools: Tools, asked: FindWindows, now: datetime) -> tuple[WindowFacts, ...]:
    """When he can be called: first the earliest there is, then some to choose from."""
    where = zones(tx, asked.number, asked.patient)
    center = _hours_asked(tx, tools, asked)
    hours = directory.store.wished_hours(tx, asked.patient, where)
    works = _within(hours, _works(tx, tools, asked.own, center))
    taken = _taken(tx, asked.own, now)
    first = windows.first_window(free_at(tx, asked.own, now), where, works, taken)
    wished = windows.choices(now, where, works, taken)
    zone = where[0] if len(where) == 1 else center.zone
    return tuple(WindowFacts(*window, zone) for window in (*([first] if first else []), *wished))


def _hours_asked(tx: Connection, tools: Tools, asked: FindWindows) -> Hours:
    promise = callbacks.store.request(tx, asked.promise) if asked.promise else None
    if promise is not None:
        return hours_of_promise(tx, tools, promise)
    return kept(tx, tools, tools.content.calendar(asked.service, asked.line))


def hours_of(tx: Connection, tools: Tools, call_id: str, service: str | None = None) -> Hours:
    """The hours that a call goes by: those of a service (of the call's own, if none is named), or of its line."""
    call = calls.store.call(tx, call_id) or {}
    return kept(tx, tools, tools.calendar_of(service or call.get("service"), str(call.get("dialled"))))


def hours_of_promise(tx: Connection, tools: Tools, promise: Request) -> Hours:
    """The hours within which a promise is kept."""
    return hours_of(tx, tools, promise.call_id, promise.service)


def free_at(tx: Connection, own: str | None, now: datetime) -> datetime:
    """When a clinician is expected to take calls again, as far as anybody said."""
    person = routing.store.presence_of(tx, own) if own else None
    if person is None or person.state is State.READY or person.state is State.OFFLINE:
        return now
    if person.until is not None:
        return max(person.until, now)
    return now + SOON


def _works(tx: Connection, tools: Tools, own: str | None, center: Hours) -> Callable[[datetime], bool]:
    present = routing.store.presence_of(tx, own) if own else None
    today = _midnight(tools.now(), center.zone)
    here_until = min(today, present.free_until or today) if present and present.state is not State.OFFLINE else None
    state = directory.store.open_state(tx, center, tools.now())
    forced = state.open and state.why == "forced"  # somebody opened the center, or let it stay open, for today
    at_work = directory.store.at_work(tx, own, center) if own else _always

    def works(instant: datetime) -> bool:
        if not directory.hours.is_open(center, instant) and not (forced and instant < today):
            return False
        # Who is here today is at work, whatever his hours say, for as long as he takes calls.
        return (here_until is not None and instant < here_until) or at_work(instant)

    return works


def _within(wished: Wished, works: Callable[[datetime], bool]) -> Callable[[datetime], bool]:
    """When she works, and he wants to be rung."""
    return lambda instant: all(directory.hours.is_open(hours, instant) for hours in wished) and works(instant)


def kept(tx: Connection, tools: Tools, calendar: str) -> Hours:
    """The hours of a calendar, with the days that the site keeps otherwise."""
    return directory.store.hours_kept(tx, calendar, tools.content.hours[calendar], tools.now())


def _always(_instant: datetime) -> bool:
    return True


def _midnight(now: datetime, zone: str) -> datetime:
    tomorrow = now.astimezone(ZoneInfo(zone)).date() + timedelta(days=1)
    return datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def is_free(tx: Connection, own: str | None, window: Window, now: datetime) -> bool:
    """Whether a window touches neither a visit of this clinician nor what was promised for her; nobody's always is."""
    begins, ends = window
    return not any(starts < ends and begins < over for starts, over in _taken(tx, own, now))


def _taken(tx: Connection, own: str | None, now: datetime) -> list[Window]:
    if own is None:
        return []
    return [*routing.store.visits_of(tx, own, now), *callbacks.questions_store.windows_of(tx, own)]


# --- what stands ----------------------------------------------------------------------------------------------------


def promised(tx: Connection, tools: Tools, asked: LookForPromise, now: datetime) -> PromiseFacts | None:
    """The open promise of a proved patient; of several the one due first, for a proxy of those within his scope.

    A promise that was made to nobody in particular is his, if it will ring the phone that he calls from, his alone.
    """
    services = [
        key
        for key, service in tools.content.services.items()
        if within(key, service, proxy=asked.proxy, scope=asked.scope, teen=asked.teen)
    ]
    alone = asked.caller is not None and directory.store.is_his_alone(tx, tools.vault, asked.patient, asked.caller, now)
    number = tools.vault.digest("number", asked.caller) if asked.caller and alone else None
    found = callbacks.questions_store.open_for(tx, patient=asked.patient, services=services, number=number)
    if found is None:
        return None
    zone = told_in(tx, tools, found)
    number = callbacks.questions_store.number_of(tx, tools.vault, found.id)
    return PromiseFacts(found.id, found.kind, found.promised_from, found.promise_by, zone, number, found.own_id)


def told_in(tx: Connection, tools: Tools, promise: Request) -> str:
    """The zone in which its time is told: the patient's, if there is one, else that of the hours it is kept by."""
    return promise.zones[0] if len(promise.zones) == 1 else hours_of_promise(tx, tools, promise).zone


def capacity(tx: Connection, tools: Tools, asked: LookAtCapacity, now: datetime) -> CapacityFacts:
    """What is promised for today, and what the people on duty can still do until the center closes, in minutes."""
    service = tools.content.services[asked.service]
    hours = kept(tx, tools, tools.content.calendar(asked.service, asked.line))
    where = zones(tx, asked.number, asked.patient) if asked.number else (hours.zone,)
    wished = directory.store.wished_hours(tx, asked.patient, where)
    at = first_hour(tx, tools, asked.service, (where, wished), now, asked.line) if wished else now
    if at != now:
        return CapacityFacts(promised=0, left=None, his_hours="later" if at else "never")
    closes = directory.hours.closes_at(hours, now)
    if closes is None:
        return CapacityFacts(promised=0, left=None)
    same = [key for key, each in tools.content.services.items() if each.skill == service.skill]
    _, staff, _ = routing.store.count_staff(tx, Need(skill=service.skill, level=service.level, language=asked.language))
    waiting = callbacks.questions_store.count_open(tx, same, closes)
    left = int((closes - now).total_seconds() / 60) * staff
    return CapacityFacts(promised=waiting * service.handling_minutes, left=left)


def hers_later(tx: Connection, tools: Tools, own: str | None, call_id: str, now: datetime) -> WindowFacts | None:
    """When a clinician who passed a caller on until after her visit can call him; None if she did not."""
    person = routing.store.presence_of(tx, own) if own else None
    if person is None or person.state is not State.IN_VISIT or person.reason != AFTER_VISIT or person.until is None:
        return None
    center, call = hours_of(tx, tools, call_id), calls.store.call(tx, call_id) or {}
    wished = directory.store.wished_hours(tx, call.get("patient_id"), (center.zone,))
    works = _within(wished, _works(tx, tools, own, center))
    window = windows.first_window(person.until, (center.zone,), works, _taken(tx, own, now))
    return WindowFacts(*window, center.zone) if window else None


def may_leave_message(tx: Connection, tools: Tools, promise: Request) -> bool:
    """Whether a machine may hear the neutral message: the first one of a promise, unless the patient wishes none.

    Nor after a quiet call: who hurts him may hear it.
    """
    if promise.message_left or _was_quiet(tx, promise):
        return False
    whose = callbacks.store.whose(tx, promise)
    return not any(directory.store.reached_at(tx, tools.vault, who, tools.now()).no_messages for who in whose)


def _was_quiet(tx: Connection, promise: Request) -> bool:
    return bool((calls.store.call(tx, promise.call_id) or {}).get("quiet"))


def is_promised(tx: Connection, patient: str, service: str) -> bool:
    """Whether a callback for this service is promised to this patient."""
    return callbacks.questions_store.open_for(tx, patient=patient, services=[service]) is not None
