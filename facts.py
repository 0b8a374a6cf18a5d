"""Gathers what one step may know: answers the questions that `ivr.flow.questions` asks, from fresh rows.

Longer than 300 lines because every question of the conversation is answered here, each by a few lines.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

import appointments
import callbacks.policy
import callbacks.requests
import callbacks.store
import calls.store
import dialin
import directory.store
import routing.store
from config.content import Line
from directory.clinicians import Clinician
from directory.hours import OpenState
from ivr.knowledge import (
    OF_SERVICE,
    AttemptFacts,
    CalendarNow,
    CallerFacts,
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
    Question,
    ReadNumber,
    ReadShiftPhone,
    StaffFacts,
    WaitFacts,
)
from ivr.proxies import is_teen
from ivr.session import Session
from ivr.turn import with_hours_of
from routing import crowd_store, guests, guests_store, resume_store
from routing.estimates import announced, law_of_one
from routing.history_store import talks_of
from routing.needs import Need, OnDuty
from routing.outlook import friendly
from routing.outlook_store import outlook
from routing.presence import State, absent, is_on_duty, sets_away, was_set_away
from tools import Tools

TALKS_TELL = timedelta(days=14)  # how long a clinician's talks tell how long the next one will be
OUTLOOK_TELLS = timedelta(seconds=30)
PROVED = 2  # from this level on a patient is named to those who care for him


def clinic_now(tx: Connection, tools: Tools, *, call_id: str, questions: tuple[Question, ...]) -> ClinicNow:
    """The snapshot of one step, with the answers it asked for. The hours are looked up when a step asks for them."""
    now = tools.now()
    known: dict[str, object] = {}
    for question in questions:
        known[question.fills] = _answer(tx, tools, question, call_id, now)
    return ClinicNow(now=now, content=tools.content, known=Known(**known))  # type: ignore[arg-type]


def hours(tx: Connection, tools: Tools, now: datetime, calendar: str) -> CalendarNow:
    """How a calendar of opening hours stands, alone or for one service (`ivr.knowledge.calendar_of`)."""
    name, _, service = calendar.partition(OF_SERVICE)
    hours_ = tools.content.hours[name]
    return calendar_now(directory.store.kept_state(tx, name, hours_, now, service), hours_.zone)


def calendar_now(state: OpenState, zone: str) -> CalendarNow:
    """An answer of `directory.hours`, in the words of the conversation."""
    return CalendarNow(open=state.open, opens_at=state.opens_at, zone=zone, why=state.why, says=state.says)


def hours_of(tx: Connection, tools: Tools, now: datetime, session: Session) -> CalendarNow:
    """How the hours that matter to a leg stand."""
    return hours(tx, tools, now, with_hours_of(session, ClinicNow(now, tools.content)).calendar)


def _line(tools: Tools, key: str) -> Line:
    lines = tools.content.lines
    return lines.get(key) or next(iter(lines.values()))


def kept_places(tx: Connection, tools: Tools, question: LookForPlaces, now: datetime) -> tuple[KeptPlace, ...]:
    """The places of callers of this number who were cut off a moment ago."""
    minutes = _line(tools, question.line).keep_place_minutes
    if question.caller is None or not minutes:
        return ()
    number = tools.vault.digest("number", question.caller)
    return tuple(KeptPlace(*found) for found in resume_store.dropped(tx, number, now - timedelta(minutes=minutes)))


def _answer(tx: Connection, tools: Tools, question: Question, call_id: str, now: datetime) -> object:
    match question:
        case CheckIdentity():
            return identity(tx, tools, question, now)
        case CheckLockout():
            return directory.store.locked_out(tx, tools.vault, caller=question.caller, patient=None, now=now)
        case CheckStaff():
            return staff(tx, tools, question)
        case LookAtCrowd():
            return crowd_facts(tx, tools, question, call_id, now)
        case LookForHelp(language=language):
            services = tools.content.red_flags.services
            return tuple(staff(tx, tools, CheckStaff(service, language)) for service in services)
        case LookAtWait():
            return wait_facts(tx, tools, call_id, now)
        case LookAtOutlook():
            return outlook_facts(tx, call_id, now)
        case LookAtOwn(own=named):
            return own_clinician(tx, named, sure=True, now=now)
        case LookAtOffer():
            return offer_facts(tx, tools, question.offer, now)
        case LookAtAttempt():
            return attempt_facts(tx, tools, question.attempt, now)
        case LookAtGuest():
            return guest_facts(tx, tools, question.guest, now)
        case LookAtCaller():
            return caller_facts(tx, tools, call_id, now)
        case LookForPlaces():
            return kept_places(tx, tools, question, now)
        case ReadNumber():
            return appointments.readable(tx, tools, question, now)
        case FindWindows():
            return appointments.found_windows(tx, tools, question, now)
        case LookForPromise():
            return appointments.promised(tx, tools, question, now)
        case LookAtCapacity():
            return appointments.capacity(tx, tools, question, now)
        case CheckStaffPin():
            return dialin.sign_in(tx, tools, question, now)
        case LookAtDuty(clinician=clinician, if_ready=if_ready):
            return dialin.duty_facts(tx, tools, clinician, now, if_ready=if_ready)
        case LookForMessage():
            return dialin.next_message(tx, tools, question, now)
        case ReadShiftPhone():
            return dialin.readable_phone(tx, tools, question)
        case MayRing(clinician=clinician, item=item):
            return dialin.may_ring(tx, tools, clinician, item, now)


def identity(tx: Connection, tools: Tools, question: CheckIdentity, now: datetime) -> IdentityFacts:
    """Who proved himself, and who cares for him."""
    match = directory.store.check_identity(
        tx,
        tools.vault,
        birth_date=question.birth_date,
        second=question.second,
        caller=question.caller,
        now=now,
    )
    locked = directory.store.locked_out(tx, tools.vault, caller=question.caller, patient=match.named, now=now)
    if match.patient is None or locked:
        return IdentityFacts(patient=None, named=match.named, locked=locked)
    wishes = directory.store.wishes(tx, match.patient)
    proved = IdentityFacts(
        patient=match.patient,
        named=match.named,
        locked=False,
        proxy=match.proxy,
        scope=match.scope,
        language=wishes.language,
        slow=wishes.slow,
        preferred=next(iter(directory.store.reached_at(tx, tools.vault, match.patient, now).only), ""),
    )
    if not question.service:
        teen = match.proxy is not None and is_teen(question.birth_date, now.date())
        asked = LookForPromise(question.caller, match.patient, match.proxy, match.scope, teen)
        return replace(proved, promise=appointments.promised(tx, tools, asked, now))
    own, team = directory.store.care(tx, match.patient, tools.content.services[question.service].skill, now)
    return replace(
        proved,
        own=own_clinician(tx, own.clinician, sure=own.sure == "sure", now=now) if own else None,
        team=tuple(team),
        promised=appointments.is_promised(tx, match.patient, question.service),
    )


def own_clinician(tx: Connection, clinician_id: str, *, sure: bool, now: datetime) -> OwnClinician | None:
    """A patient's own clinician, what she does now, and when she may be free."""
    known = routing.store.named_presence(tx, clinician_id)
    if known is None:
        return None
    given, active, presence = known
    seen = presence or absent(clinician_id, now)
    visiting = seen.state is State.IN_VISIT
    at_work = active and (visiting or is_on_duty(seen))
    return OwnClinician(
        id=clinician_id,
        given=given,
        sure=sure,
        presence=seen.state,
        at_work=at_work,
        free_at=seen.until if visiting else None,
        wait=_wait_for(tx, clinician_id, now) if seen.state is State.TALKING else None,
    )


def _wait_for(tx: Connection, clinician_id: str, now: datetime) -> tuple[int, int] | None:
    """Minutes until she, who is in a talk, is free for one more who wants her; None when nobody knows."""
    talks, mean = talks_of(tx, clinician_id, now - TALKS_TELL)
    law = law_of_one(routing.store.waiting_for(tx, clinician_id), mean, talks)
    return friendly(announced(law)) if law else None


def on_duty(person: Clinician) -> OnDuty:
    """A clinician in the words of routing."""
    return OnDuty(
        clinician_id=person.id, skills=dict(person.skills), languages=tuple(person.languages), site=person.site_id
    )


def staff(tx: Connection, tools: Tools, question: CheckStaff) -> StaffFacts:
    """How many people could take such a call."""
    service = tools.content.services[question.service]
    need = Need(skill=service.skill, level=service.level, language=question.language)
    return count_staff(tx, need)


def count_staff(tx: Connection, need: Need) -> StaffFacts:
    """How many people could take a call with this need, now or after their present one, and how many now."""
    _, at_work, ready = routing.store.count_staff(tx, need)
    return StaffFacts(on_duty=at_work, ready=ready)


def crowd_facts(tx: Connection, tools: Tools, question: LookAtCrowd, call_id: str, now: datetime) -> CrowdFacts | None:
    """How a service stands against its limits, for one call; None when it has none."""
    service = tools.content.services.get(question.service)
    if service is None or not service.limits.exits():
        return None
    wait = routing.store.wait_of(tx, call_id)
    ahead, since = crowd_store.before(tx, question.service, wait.place_ms if wait else None)
    need = Need(skill=service.skill, level=service.level, language=question.language)
    logged_in, on_duty, ready = routing.store.count_staff(tx, need)
    longest = int((now - since).total_seconds()) if since else 0
    return CrowdFacts(ahead, longest, logged_in, on_duty, ready)


def wait_facts(tx: Connection, tools: Tools, call_id: str, now: datetime) -> WaitFacts:
    """How a call's wait stands."""
    wait = routing.store.wait_of(tx, call_id)
    if wait is None:
        return WaitFacts(state="none", waited_seconds=0, on_duty=0)
    return WaitFacts(
        state=wait.state,
        waited_seconds=int((now - wait.joined_at).total_seconds()),
        on_duty=count_staff(tx, wait.need).on_duty,
        own_alone=wait.need.whom == "own" and wait.rung == 0,
        hers_later=appointments.hers_later(tx, tools, wait.need.own, call_id, now),
        moved_to=wait.need.moved_to,
    )


def outlook_facts(tx: Connection, call_id: str, now: datetime) -> OutlookFacts | None:
    """How it stands for a call; None when nobody looked lately."""
    wait = routing.store.wait_of(tx, call_id)
    found = outlook(tx, wait.id, now - OUTLOOK_TELLS) if wait else None
    return OutlookFacts(found.position, found.wait) if found else None


def offer_facts(tx: Connection, tools: Tools, offer_id: int, now: datetime) -> OfferFacts | None:
    """An offer, and whom it is about; None when there is no such offer."""
    offer = routing.store.offer(tx, offer_id)
    wait = routing.store.wait(tx, offer.wait_id) if offer else None
    person = directory.store.clinician(tx, offer.clinician_id) if offer else None
    if offer is None or wait is None or person is None:
        return None
    record = calls.store.call(tx, wait.call_id) or {}
    patient, level = record.get("patient_id"), int(record.get("level") or 0)
    if wait.callback_id:  # a promise may be shared by two who use one phone: then it is nobody's in particular
        promise = callbacks.store.request(tx, wait.callback_id)
        patient = promise.patient_id if promise else None
        level = level if patient else 0
    ringing = offer.state == "offered"
    person_now = routing.store.presence_of(tx, offer.clinician_id) if ringing else None
    return OfferFacts(
        state=offer.state,
        clinician_given=person.given,
        patient_shown=_shown(tx, tools, patient),
        own=wait.need.own == offer.clinician_id,
        level=level,
        service=str(record.get("service") or ""),
        waited_seconds=int((now - wait.joined_at).total_seconds()),
        room=offer.room,
        talk_started=offer.talk_started_at is not None,
        for_callback=wait.kind == "callback",
        language=wait.need.language,
        proxy_shown=directory.store.proxy_shown(tx, tools.vault, str(record.get("proxy_id") or "")),
        sets_away=ringing and person_now is not None and sets_away(person_now),
        was_set_away=ringing and person_now is not None and was_set_away(person_now),
        red=str(record.get("red_flag") or ""),
    )


def guest_facts(tx: Connection, tools: Tools, guest_id: int, now: datetime) -> GuestFacts | None:
    """An invitation, and the talk it is into; None when nobody was asked so."""
    guest = guests_store.guest(tx, guest_id)
    offer = routing.store.offer(tx, guest.offer_id) if guest else None
    talk = offer_facts(tx, tools, offer.id, now) if offer else None
    if guest is None or offer is None or talk is None:
        return None
    return GuestFacts(
        is_asked=guest.state in guests.OPEN and guest.state is not guests.State.IN_ROOM,
        is_in=guest.state is guests.State.IN_ROOM,
        interpreter=guest.kind is guests.Kind.INTERPRETER,
        asked_by=guest.asked_by,
        listens=guest.part is guests.Part.LISTEN,
        coaches=guest.part is guests.Part.COACH,
        room=offer.room,
        patient_shown=talk.patient_shown if talk.level >= PROVED else "",
        clinician_sid=offer.sid or "",
    )


def _shown(tx: Connection, tools: Tools, patient: object) -> str:
    card = directory.store.patient_card(tx, tools.vault, str(patient)) if patient else None
    return card.shown if card else ""


def caller_facts(tx: Connection, tools: Tools, call_id: str, now: datetime) -> CallerFacts:
    """How far it is known who calls."""
    record = calls.store.call(tx, call_id) or {}
    sealed = record.get("caller_sealed")
    believed = bool(sealed) and bool(record.get("attested"))  # a number that anybody may show hints at nobody
    hint = believed and directory.store.hint(tx, tools.vault, tools.vault.open(str(sealed)), now)
    return CallerFacts(level=int(record.get("level") or 0), hint=hint, red=str(record.get("red_flag") or ""))


def attempt_facts(tx: Connection, tools: Tools, attempt_id: int, now: datetime) -> AttemptFacts | None:
    """An attempt to ring back, whether he may be spoken to now, and whether its clinician still waits in the room."""
    attempt = callbacks.store.attempt(tx, attempt_id)
    offer = routing.store.offer(tx, attempt.offer_id) if attempt else None
    promise = callbacks.store.request(tx, attempt.request_id) if attempt else None
    if attempt is None or offer is None or promise is None:
        return None
    service, number = tools.content.services.get(promise.service), attempt.number
    return AttemptFacts(
        state=attempt.state,
        room=offer.room,
        language=promise.language,
        clinician_waits=offer.state == "accepted",
        offer=offer.id,
        may_leave_message=appointments.may_leave_message(tx, tools, promise),
        in_window=appointments.may_ring_now(tx, promise, now),
        slow=bool(promise.patient_id) and directory.store.wishes(tx, str(promise.patient_id)).slow,
        again_at=callbacks.policy.next_due_at_front(number, now, promise.zones, callbacks.store.wished(tx, promise)),
        zone=appointments.told_in(tx, tools, promise),
        he_called=promise.asked_by != callbacks.requests.OUTSIDE,
        **({"hold_seconds": service.callback_hold_seconds} if service else {}),
    )
