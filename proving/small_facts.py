"""What a rehearsed step may know: the questions of `ivr.flow`, answered from a center in memory, as `facts.py` does.

Longer than 300 lines because every question of the conversation is answered here, each by a few lines.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from callbacks import policy, windows
from config.content import Hours
from directory import hours, patients
from directory.numbers import callable_number
from directory.patients import Candidate, Helper
from ivr.knowledge import (
    AttemptFacts,
    CalendarNow,
    CallerFacts,
    CapacityFacts,
    CheckIdentity,
    CheckLockout,
    CheckStaff,
    CheckStaffPin,
    ClinicNow,
    CrowdFacts,
    FindWindows,
    GuestFacts,
    IdentityFacts,
    KeptPlace,
    Known,
    LookAtAttempt,
    LookAtCaller,
    LookAtCapacity,
    LookAtCrowd,
    LookAtDuty,
    LookAtGuest,
    LookAtOffer,
    LookAtOutlook,
    LookAtOwn,
    LookAtWait,
    LookForHelp,
    LookForMessage,
    LookForPlaces,
    LookForPromise,
    MayRing,
    OfferFacts,
    OutlookFacts,
    OwnClinician,
    PromiseFacts,
    Question,
    ReadNumber,
    ReadShiftPhone,
    StaffFacts,
    WaitFacts,
    WindowFacts,
    calendar_of,
)
from ivr.proxies import is_teen, within
from proving.scenarios import NOBODY
from proving.small_center import OPEN_PROMISE, SmallCenter
from routing import presence
from routing.needs import WaitState
from routing.offers import State as OfferState
from routing.presence import AFTER_VISIT, State

MOST_OF_CALLER, MOST_OF_PATIENT = 5, 10  # failed proofs in a day
DAY = timedelta(days=1)
SOON = timedelta(minutes=15)  # when somebody who talks just now is expected to be free
CENTER_NUMBER = "+13125550100"


def clinic_now(center: SmallCenter, call: str, questions: tuple[Question, ...]) -> ClinicNow:
    """The snapshot of one step."""
    known = {question.fills: _answer(center, question, call) for question in questions}
    services = (None, *center.content.services)
    standing = {calendar_of(key, each): _calendar(center, key) for key in center.content.hours for each in services}
    return ClinicNow(center.now, center.content, Known(**known), standing)  # type: ignore[arg-type]


def _calendar(center: SmallCenter, key: str) -> CalendarNow:
    kept = center.content.hours[key]
    override = hours.Override(center.forced, None) if center.forced else None
    state = hours.open_state(kept, center.now, override)
    return CalendarNow(state.open, state.opens_at, kept.zone, state.why, state.says)


def zone_of(center: SmallCenter) -> str:
    """The zone in which the clinic tells time."""
    return center.content.home.zone


def is_open(center: SmallCenter) -> bool:
    """Whether the first line is open."""
    return _calendar(center, next(iter(center.content.lines.values())).hours).open


def _answer(center: SmallCenter, question: Question, call: str) -> object:
    """One answer. Lost records answer nothing."""
    record = center.calls[call]
    match question:
        case CheckIdentity():
            return None if center.records_lost else _identity(center, question)
        case CheckLockout(caller=caller):
            return _locked(center, caller, None)
        case CheckStaff(service, language):
            return StaffFacts(*center.count_staff(service, language))
        case LookAtCrowd():
            return _crowd(center, question, call)
        case LookForHelp(language=language):
            return tuple(StaffFacts(*center.count_staff(key, language)) for key in center.content.red_flags.services)
        case LookAtWait():
            return _wait(center, call)
        case LookAtOutlook():
            wait = center.wait_of(call)
            return OutlookFacts(center.position(wait), None) if wait else None
        case LookAtOwn(own=own):
            return own_clinician(center, own, sure=True)
        case LookAtOffer(offer=offer):
            return _offer(center, offer)
        case LookAtAttempt(attempt=attempt):
            return _attempt(center, attempt)
        case LookAtGuest(guest=guest):
            return _guest(center, guest)
        case LookAtCaller():
            return CallerFacts(record.level, record.attested and len(_holders(center, record.number)) == 1, record.red)
        case LookForPlaces(caller=caller):
            return _kept_places(center, caller)
        case ReadNumber(entry=entry):
            return _readable(center, entry)
        case FindWindows():
            return _windows(center, question)
        case LookForPromise():
            return _promise(center, question)
        case LookAtCapacity():
            return _capacity(center, question)
        case CheckStaffPin() | LookAtDuty() | LookForMessage() | ReadShiftPhone() | MayRing():
            return None  # no rehearsal calls the line of the clinicians


# --- who calls


def _identity(center: SmallCenter, asked: CheckIdentity) -> IdentityFacts:
    born = {name: each for name, each in center.people.patients.items() if each.born.isoformat() == asked.birth_date}
    candidates = [
        Candidate(
            name,
            _seen(f"pin:{name}", each.pin),
            True,
            _seen(f"visit:{name}", each.visit_code) if each.visit_code else None,
        )
        for name, each in born.items()
    ]
    helpers = [
        Helper(name, each.calls_for, _seen(f"proxy:{name}:{each.calls_for}", each.code), each.about)
        for name, each in center.people.proxies.items()
        if each.calls_for in born
    ]
    match = patients.judge(
        candidates,
        second=asked.second,
        holders=_holders(center, asked.caller),
        adult=patients.is_adult(asked.birth_date, center.now.date()),
        digest=_seen,
        born=_seen("birth_date", asked.birth_date),
        helpers=helpers,
    )
    locked = _locked(center, asked.caller, match.named)
    if match.patient is None or locked:
        return IdentityFacts(patient=None, named=match.named, locked=locked)
    patient = center.people.patients[match.patient]
    teen = match.proxy is not None and is_teen(asked.birth_date, center.now.date())
    about = LookForPromise(asked.caller, match.patient, match.proxy, match.scope, teen)
    first, *team = patient.clinicians.get(asked.service) or (NOBODY,)
    own = None if first == NOBODY else own_clinician(center, first.rstrip("?"), sure=not first.endswith("?"))
    return IdentityFacts(
        patient=match.patient,
        named=match.named,
        locked=False,
        own=own,
        team=tuple(team),
        proxy=match.proxy,
        scope=match.scope,
        language=patient.prefers or None,
        promised=center.open_promise(match.patient, [asked.service]) is not None,
        promise=None if asked.service else _promise(center, about),
    )


def _seen(kind: str, value: str) -> str:
    """In memory nothing is hashed."""
    return f"{kind}={value}"


def _holders(center: SmallCenter, number: str | None) -> frozenset[str]:
    return frozenset(name for name, each in center.people.patients.items() if number and each.phone == number)


def _locked(center: SmallCenter, caller: str | None, patient: str | None) -> bool:
    today = [each for each in center.failures if each[2] > center.now - DAY]
    of_caller = sum(1 for number, _, _ in today if caller and number == caller)
    of_patient = sum(1 for _, named, _ in today if patient and named == patient)
    return of_caller >= MOST_OF_CALLER or of_patient >= MOST_OF_PATIENT


def own_clinician(center: SmallCenter, person: str, *, sure: bool) -> OwnClinician:
    """A patient's own clinician, and what she does now."""
    now = center.presence_of(person)
    visiting = now.state is State.IN_VISIT
    return OwnClinician(
        id=person,
        given=center.people.clinicians[person].given,
        sure=sure,
        presence=now.state,
        at_work=visiting or presence.is_on_duty(now),
        free_at=now.until if visiting else None,
        wait=center.free_in.get(person),
    )


# --- how it stands


def _crowd(center: SmallCenter, asked: LookAtCrowd, call: str) -> CrowdFacts | None:
    service = center.content.services.get(asked.service)
    if service is None or not service.limits.exits():
        return None
    own = center.wait_of(call)
    before = [
        wait
        for wait in center.waits.values()
        if wait.state is not WaitState.LEFT
        and wait.call_id != call
        and wait.need.skill == service.skill
        and (own is None or wait.place_ms < own.place_ms)
    ]
    longest = max((int((center.now - wait.joined_at).total_seconds()) for wait in before), default=0)
    able = [each for name, each in center.present.items() if service.skill in center.people.clinicians[name].skills]
    logged_in = sum(each.state is not State.OFFLINE for each in able)
    on_duty, ready = center.count_staff(asked.service, asked.language)
    return CrowdFacts(len(before), longest, logged_in, on_duty, ready)


def _wait(center: SmallCenter, call: str) -> WaitFacts:
    wait = center.wait_of(call)
    if wait is None:
        return WaitFacts(state="none", waited_seconds=0, on_duty=0)
    service = center.calls[call].joined_service
    on_duty, _ = center.count_staff(service, wait.need.language, wait.need.own or "", wait.need.avoid)
    return WaitFacts(
        state=wait.state,
        waited_seconds=int((center.now - wait.joined_at).total_seconds()),
        on_duty=on_duty,
        own_alone=wait.need.whom == "own" and wait.rung == 0,
        hers_later=_hers_later(center, wait.need.own, service),
    )


def _hers_later(center: SmallCenter, own: str | None, service: str) -> WindowFacts | None:
    person = center.presence_of(own) if own else None
    if person is None or person.state is not State.IN_VISIT or person.reason != AFTER_VISIT or person.until is None:
        return None
    kept = center.content.hours[center.content.calendar(service)]
    window = windows.first_window(person.until, (kept.zone,), _works(center, kept), _taken(center, own))
    return WindowFacts(*window, kept.zone) if window else None


def _offer(center: SmallCenter, offer: int) -> OfferFacts | None:
    ring = center.rings.get(offer)
    if ring is None:
        return None
    wait = center.waits[ring.wait]
    record, person = center.calls[wait.call_id], center.presence_of(ring.clinician)
    promise = center.promises.get(wait.callback_id or "")
    patient = promise.patient if promise else record.patient
    ringing = ring.state is OfferState.OFFERED
    proxy = center.people.proxies.get(record.proxy or "")
    return OfferFacts(
        state=ring.state,
        clinician_given=center.people.clinicians[ring.clinician].given,
        patient_shown=center.people.patients[patient].shown if patient else "",
        own=wait.need.own == ring.clinician,
        level=record.level if patient else 0,
        service=promise.service if promise else record.service,
        waited_seconds=int((center.now - wait.joined_at).total_seconds()),
        room=ring.room,
        talk_started=ring.talk_started,
        for_callback=wait.kind == "callback",
        language=wait.need.language,
        proxy_shown=proxy.shown if proxy else "",
        sets_away=ringing and presence.sets_away(person),
        was_set_away=ringing and presence.was_set_away(person),
        red=record.red,
    )


def _attempt(center: SmallCenter, attempt: int) -> AttemptFacts | None:
    found = center.attempts.get(attempt)
    if found is None:
        return None
    promise, ring = center.promises[found.promise], center.rings[found.ring]
    return AttemptFacts(
        state="answered" if not found.over else "missed",
        room=ring.room,
        language=promise.language,
        clinician_waits=ring.state is OfferState.ACCEPTED,
        offer=ring.id,
        in_window=policy.may_dial(center.now, promise.zones),
        may_leave_message=not promise.message_left,
        hold_seconds=center.content.services[promise.service].callback_hold_seconds,
        again_at=policy.next_due_at_front(promise.attempts + 1, center.now, promise.zones),
        zone=promise.zones[0] if len(promise.zones) == 1 else zone_of(center),
    )


def _guest(center: SmallCenter, guest: int) -> GuestFacts | None:
    """In a rehearsal an interpreter alone is asked into a talk."""
    ring = center.rings.get(guest)
    if ring is None:
        return None
    on = ring.state is OfferState.ACCEPTED
    asked_by = center.people.clinicians[ring.clinician].given
    who = {"asked_by": asked_by, "listens": False, "coaches": False, "patient_shown": "", "clinician_sid": ""}
    return GuestFacts(is_asked=on, is_in=on, interpreter=True, room=ring.room, **who)  # type: ignore[arg-type]


def _kept_places(center: SmallCenter, caller: str | None) -> tuple[KeptPlace, ...]:
    minutes = next(iter(center.content.lines.values())).keep_place_minutes
    since = center.now - timedelta(minutes=minutes)
    return tuple(
        KeptPlace(record.dropped[0], record.dropped[1], record.id)
        for record in center.calls.values()
        if record.dropped and caller is not None and record.number == caller and record.dropped[2] >= since
    )


# --- what may be promised


def _readable(center: SmallCenter, entry: str) -> str | None:
    number = callable_number(entry, own=(CENTER_NUMBER,))
    staff = {each.phone for each in center.people.clinicians.values()}
    return None if number is None or number in center.left_alone | staff else number


def _windows(center: SmallCenter, asked: FindWindows) -> tuple[WindowFacts, ...]:
    kept = center.content.hours[center.content.calendar(asked.service, asked.line)]
    works, taken = _works(center, kept), _taken(center, asked.own)
    first = windows.first_window(_free_at(center, asked.own), (kept.zone,), works, taken)
    wished = windows.choices(center.now, (kept.zone,), works, taken)
    return tuple(WindowFacts(*window, kept.zone) for window in (*([first] if first else []), *wished))


def _free_at(center: SmallCenter, own: str | None) -> datetime:
    person = center.presence_of(own) if own else None
    if person is None or person.state in (State.READY, State.OFFLINE):
        return center.now
    return max(person.until, center.now) if person.until else center.now + SOON


def _works(center: SmallCenter, kept: Hours) -> Callable[[datetime], bool]:
    zone = ZoneInfo(kept.zone)
    today = center.now.astimezone(zone).date()
    forced = center.forced == "open"
    return lambda instant: hours.is_open(kept, instant) or (forced and instant.astimezone(zone).date() == today)


def _taken(center: SmallCenter, own: str | None) -> list[windows.Window]:
    return [
        (each.starts, each.ends)
        for each in center.promises.values()
        if own and each.own == own and each.owned_until and each.state in OPEN_PROMISE
    ]


def _promise(center: SmallCenter, asked: LookForPromise) -> PromiseFacts | None:
    may = [
        key
        for key, service in center.content.services.items()
        if within(key, service, proxy=asked.proxy, scope=asked.scope, teen=asked.teen)
    ]
    alone = _holders(center, asked.caller) == {asked.patient}
    found = center.open_promise(asked.patient, may, asked.caller if alone else None)
    if found is None:
        return None
    zone = found.zones[0] if len(found.zones) == 1 else zone_of(center)
    return PromiseFacts(found.id, found.kind, found.starts, found.ends, zone, found.number, found.own)


def _capacity(center: SmallCenter, asked: LookAtCapacity) -> CapacityFacts:
    service = asked.service
    closes = hours.closes_at(center.content.hours[center.content.calendar(service, asked.line)], center.now)
    if closes is None:
        return CapacityFacts(promised=0, left=None)
    wanted = center.content.services[service]
    on_duty, _ = center.count_staff(service, asked.language)
    open_now = [each for each in center.promises.values() if each.state in OPEN_PROMISE and each.due <= closes]
    promised = sum(center.content.services[each.service].skill == wanted.skill for each in open_now)
    left = int((closes - center.now).total_seconds() / 60) * on_duty
    return CapacityFacts(promised * wanted.handling_minutes, left)
