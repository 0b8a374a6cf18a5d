"""Reads what the pages show; writes nothing."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Select, Table, case, func, select, true
from sqlmodel import SQLModel

from callbacks.tables import CallbackRequest
from calls import work_store
from calls.metrics import Entry
from calls.stays import STAYS_READ
from calls.tables import Call, JournalEntry, Voicemail
from desk.rows import (
    CallbackRow,
    CallRow,
    ClinicianRow,
    GuestRow,
    Mine,
    OverrideRow,
    PatientName,
    TalkRow,
    WaitRow,
    WorkRow,
)
from desk.sessions import Person
from directory.tables import Clinician, ClinicianSkill, HoursOverride, Patient, User
from routing.guests import OPEN
from routing.tables import Guest, Offer, Presence, Wait

T = TypeVar("T")
MOST_LISTED = 50
COUNTED = (*STAYS_READ, "message_kept")


def _table(model: type[SQLModel]) -> Table:
    table: Table = model.__table__  # type: ignore[attr-defined]
    return table


GUESTS = _table(Guest)
USERS, CLINICIANS, SKILLS = _table(User), _table(Clinician), _table(ClinicianSkill)
PATIENTS, HOURS = _table(Patient), _table(HoursOverride)
CALLS, JOURNAL, VOICEMAILS = _table(Call), _table(JournalEntry), _table(Voicemail)
WAITS, OFFERS, PRESENCES, CALLBACKS = _table(Wait), _table(Offer), _table(Presence), _table(CallbackRequest)


def _all(tx: Connection, wanted: Select[Any], into: Callable[..., T]) -> list[T]:
    return [into(*row) for row in tx.execute(wanted)]


def person(tx: Connection, user_id: str) -> Person | None:
    """The user as he is now, active or not."""
    wanted = select(
        USERS.c.id,
        USERS.c.login,
        USERS.c.role,
        USERS.c.clinician_id,
        USERS.c.active,
        USERS.c.sessions_from,
        USERS.c.totp_sealed.is_not(None),
    ).where(USERS.c.id == user_id)
    return next(iter(_all(tx, wanted, Person)), None)


def phone_of(tx: Connection, user_id: str) -> str | None:
    """The sealed number of the phone that this user sits in from."""
    return tx.execute(select(USERS.c.phone_sealed).where(USERS.c.id == user_id)).scalar()


def clinicians(tx: Connection) -> list[ClinicianRow]:
    """Everybody who takes calls, with what he does now and his skills."""
    skills: dict[str, list[str]] = {}
    counting = select(SKILLS.c.clinician_id, SKILLS.c.skill).where(SKILLS.c.level > 0).order_by(SKILLS.c.skill)
    for clinician_id, skill in tx.execute(counting):
        skills.setdefault(clinician_id, []).append(skill)
    wanted = (
        select(
            CLINICIANS.c.id,
            CLINICIANS.c.given,
            CLINICIANS.c.family,
            CLINICIANS.c.title,
            func.coalesce(PRESENCES.c.state, "offline"),
            PRESENCES.c.reason,
            PRESENCES.c.since,
            PRESENCES.c.until,
        )
        .select_from(CLINICIANS.outerjoin(PRESENCES, PRESENCES.c.clinician_id == CLINICIANS.c.id))
        .where(CLINICIANS.c.active)
        .order_by(CLINICIANS.c.given, CLINICIANS.c.family)
    )
    return [ClinicianRow(*row, skills=tuple(skills.get(row[0], ()))) for row in tx.execute(wanted)]


def open_waits(tx: Connection) -> list[WaitRow]:
    """Everybody who waits, is being offered or talks; no names."""
    wanted = (
        select(
            WAITS.c.kind,
            WAITS.c.state,
            CALLS.c.service,
            CALLS.c.language,
            WAITS.c.joined_at,
        )
        .select_from(WAITS.outerjoin(CALLS, CALLS.c.id == WAITS.c.call_id))
        .where(WAITS.c.state.in_(("waiting", "offered", "connected")))
        .order_by(WAITS.c.place_ms)
    )
    return _all(tx, wanted, WaitRow)


def recent_calls(tx: Connection, most: int = 15) -> list[CallRow]:
    """The latest calls, newest first."""
    wanted = CALL_ROWS.order_by(CALLS.c.arrived_at.desc()).limit(most)
    return _all(tx, wanted, CallRow)


def one_call(tx: Connection, call_id: str) -> CallRow | None:
    """One call, or None."""
    return next(iter(_all(tx, CALL_ROWS.where(CALLS.c.id == call_id), CallRow)), None)


CALL_ROWS = select(
    CALLS.c.id,
    CALLS.c.patient_id,
    CALLS.c.level,
    CALLS.c.language,
    CALLS.c.service,
    CALLS.c.outcome,
    CALLS.c.arrived_at,
    CALLS.c.ended_at,
).where(~CALLS.c.staff)


def open_callbacks(tx: Connection, own_id: str | None = None) -> list[CallbackRow]:
    """Promises not yet kept, the most urgent first; with `own_id` only those owed by that clinician."""
    mine: ColumnElement[bool] = CALLBACKS.c.own_id == own_id if own_id else true()
    wanted = (
        select(
            CALLBACKS.c.id,
            CALLBACKS.c.call_id,
            CALLBACKS.c.patient_id,
            CALLBACKS.c.service,
            CALLBACKS.c.language,
            CALLBACKS.c.own_id,
            CALLBACKS.c.state,
            CALLBACKS.c.attempts,
            CALLBACKS.c.due_at,
            CALLBACKS.c.promise_by,
        )
        .where(CALLBACKS.c.state.in_(("booked", "waiting", "calling")) & mine)
        .order_by(CALLBACKS.c.promise_by)
        .limit(MOST_LISTED)
    )
    return _all(tx, wanted, CallbackRow)


def owed(tx: Connection, now: datetime, *, owner_id: str | None = None, services: Sequence[str] = ()) -> list[WorkRow]:
    """What is owed to patients, the most urgent first; with `owner_id` his own, then that of these services' teams."""
    items = work_store.undone(tx, now, owner_id=owner_id, services=services)[:MOST_LISTED]
    wanted = select(VOICEMAILS.c.id, VOICEMAILS.c.seconds, VOICEMAILS.c.sound)
    messages = {row[0]: row[1:] for row in tx.execute(wanted.where(VOICEMAILS.c.id.in_([it.subject for it in items])))}
    return [WorkRow(item, *messages.get(item.subject, ())) for item in items]


_PROMISED = WAITS.c.callback_id.is_not(None)  # one promise may stand for two who share a phone: then for nobody by name


def talk_of(tx: Connection, clinician_id: str) -> TalkRow | None:
    """The offer that this clinician has taken and not ended; nothing of one that only rings."""
    wanted = (
        select(
            OFFERS.c.id,
            OFFERS.c.call_id,
            OFFERS.c.why,
            WAITS.c.need,
            OFFERS.c.accepted_at,
            OFFERS.c.talk_started_at,
            WAITS.c.kind,
            WAITS.c.joined_at,
            case((_PROMISED, CALLBACKS.c.patient_id), else_=CALLS.c.patient_id).label("patient_id"),
            case((_PROMISED & CALLBACKS.c.patient_id.is_(None), 0), else_=CALLS.c.level).label("level"),
            CALLS.c.service,
            CALLS.c.language,
            OFFERS.c.held_at,
            OFFERS.c.muted_at,
        )
        .select_from(
            OFFERS.join(WAITS, WAITS.c.id == OFFERS.c.wait_id)
            .outerjoin(CALLS, CALLS.c.id == OFFERS.c.call_id)
            .outerjoin(CALLBACKS, CALLBACKS.c.id == WAITS.c.callback_id)
        )
        .where((OFFERS.c.clinician_id == clinician_id) & (OFFERS.c.state == "accepted"))
    )
    return next(iter(_all(tx, wanted, TalkRow)), None)


def mine(
    tx: Connection, clinician_id: str, skill_of_service: Mapping[str, str], now: datetime
) -> Mine | None:
    """Everything of one clinician's page; None when there is no such clinician any more."""
    everybody = clinicians(tx)
    me = next((row for row in everybody if row.id == clinician_id), None)
    if me is None:
        return None
    services = [service for service, skill in skill_of_service.items() if skill in me.skills]
    talk = talk_of(tx, clinician_id)
    callbacks = open_callbacks(tx, own_id=clinician_id)
    work = owed(tx, now, owner_id=clinician_id, services=services)
    patients = {row.patient_id for row in callbacks} | {row.item.patient_id for row in work}
    wanted = [key for key in (*patients, talk.patient_id if talk else None) if key]
    colleagues = {row.id: f"{row.given} {row.family}" for row in everybody}
    guests = guests_of(tx, talk.offer_id) if talk else []
    return Mine(me, talk, callbacks, work, patient_names(tx, wanted), colleagues, guests)


def guests_of(tx: Connection, offer_id: int) -> list[GuestRow]:
    """Those who are asked into a talk, or in it."""
    wanted = select(
        GUESTS.c.id, GUESTS.c.kind, GUESTS.c.part, GUESTS.c.clinician_id, GUESTS.c.language, GUESTS.c.state
    ).where(GUESTS.c.offer_id == offer_id, GUESTS.c.state.in_(sorted(OPEN)))
    return _all(tx, wanted.order_by(GUESTS.c.id), GuestRow)


def talk_under_way(tx: Connection, call_id: str) -> int | None:
    """The offer of a call whose two talk now; None when they do not."""
    wanted = select(OFFERS.c.id).where(
        OFFERS.c.call_id == call_id, OFFERS.c.state == "accepted", OFFERS.c.talk_started_at.is_not(None)
    )
    return tx.execute(wanted).scalar()


def clinicians_of_offers(tx: Connection, call_id: str) -> dict[int, str]:
    """Who was offered this call: clinician ids by offer id."""
    rows = tx.execute(select(OFFERS.c.id, OFFERS.c.clinician_id).where(OFFERS.c.call_id == call_id))
    return {row[0]: row[1] for row in rows}


def patient_names(tx: Connection, patient_ids: Sequence[str]) -> dict[str, PatientName]:
    """The sealed names of these patients, by id."""
    wanted = select(PATIENTS.c.id, PATIENTS.c.given_sealed, PATIENTS.c.family_sealed)
    rows = tx.execute(wanted.where(PATIENTS.c.id.in_(list(patient_ids)))) if patient_ids else ()
    return {row[0]: PatientName(row[1], row[2]) for row in rows}


def override(tx: Connection, now: datetime) -> OverrideRow | None:
    """The forced state that holds now; None when the center follows its hours."""
    row = tx.execute(
        select(HOURS.c.state, HOURS.c.until, HOURS.c.set_at, HOURS.c.set_by).order_by(HOURS.c.id.desc()).limit(1)
    ).first()
    if row is None or row[0] == "normal" or (row[1] is not None and row[1] <= now):
        return None
    return OverrideRow(*row)


def counted_entries(tx: Connection, since: datetime) -> list[Entry]:
    """The journal since an instant, as far as it counts."""
    wanted = select(JOURNAL.c.at, JOURNAL.c.call_id, JOURNAL.c.fact, JOURNAL.c.details)
    counts = (JOURNAL.c.at >= since) & JOURNAL.c.fact.in_(COUNTED)
    return _all(tx, wanted.where(counts).order_by(JOURNAL.c.id), Entry)
