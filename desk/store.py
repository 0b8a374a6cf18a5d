"""Reads what the pages show; writes nothing.

Longer than 300 lines because every question that a page asks of the rows stands here, a few lines each.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Select, Table, bindparam, case, func, select, text, true
from sqlmodel import SQLModel

from callbacks.tables import OPEN_REQUEST, CallbackRequest
from calls import alarms_store, notes_store, work_store
from calls.alarms import Alarm, Kind
from calls.metrics import Entry
from calls.stays import STAYS_READ
from calls.tables import Call, JournalEntry, Voicemail
from config.content import Content, Hours
from desk.rows import (
    CallbackRow,
    CallRow,
    CardRow,
    ClinicianRow,
    EndRow,
    GuestRow,
    HelpRow,
    Mine,
    OverrideRow,
    PatientName,
    RingRow,
    SkillRow,
    TalkRow,
    WaitRow,
    WorkRow,
)
from desk.sessions import Person
from directory import care_store
from directory.store import hours_kept
from directory.tables import Clinician, ClinicianSkill, HoursOverride, Patient, User
from routing.guests import OPEN
from routing.rows import OPEN_WAITS
from routing.tables import Guest, Offer, Presence, Wait

T = TypeVar("T")
MOST_LISTED = 50
MOST_WORK = work_store.MOST_LISTED  # on the page that is for nothing else
PROVED = 2  # the level from which a patient is known
NOTED_LATE = timedelta(hours=4)  # for so long a talk asks to be noted
EARLIER_NOTES = EARLIER_CALLS = 3
COUNTED = (*STAYS_READ, "message_kept")


def _table(model: type[SQLModel]) -> Table:
    table: Table = model.__table__  # type: ignore[attr-defined]
    return table


GUESTS = _table(Guest)
USERS, CLINICIANS, SKILLS = _table(User), _table(Clinician), _table(ClinicianSkill)
PATIENTS, HOURS = _table(Patient), _table(HoursOverride)
CALLS, JOURNAL, VOICEMAILS = _table(Call), _table(JournalEntry), _table(Voicemail)
FACT = func.coalesce(JOURNAL.c.fact, "")  # not the column, whose index would find the facts of all time
WAITS, OFFERS, PRESENCES, CALLBACKS = _table(Wait), _table(Offer), _table(Presence), _table(CallbackRequest)


def _all(tx: Connection, wanted: Select[Any], into: Callable[..., T]) -> list[T]:
    return [into(*row) for row in tx.execute(wanted)]


_USERS = select(
    USERS.c.id,
    USERS.c.login,
    USERS.c.role,
    USERS.c.clinician_id,
    USERS.c.active,
    USERS.c.sessions_from,
    USERS.c.totp_sealed.is_not(None),
)


def person(tx: Connection, user_id: str) -> Person | None:
    """The user as he is now, active or not."""
    return next(iter(_all(tx, _USERS.where(USERS.c.id == user_id), Person)), None)


def people(tx: Connection) -> dict[str, Person]:
    """All active users as they are now, by id: the others may see nothing."""
    return {each.id: each for each in _all(tx, _USERS.where(USERS.c.active), Person)}


def phone_of(tx: Connection, user_id: str) -> str | None:
    """The sealed number of the phone that this user sits in from."""
    return tx.execute(select(USERS.c.phone_sealed).where(USERS.c.id == user_id)).scalar()


def clinicians(tx: Connection) -> list[ClinicianRow]:
    """Everybody who takes calls, with what he does now and his skills."""
    skills: dict[str, list[str]] = {}
    counting = select(SKILLS.c.clinician_id, SKILLS.c.skill).where(SKILLS.c.level > 0).order_by(SKILLS.c.skill)
    for clinician_id, skill in tx.execute(counting):
        skills.setdefault(clinician_id, []).append(skill)
    wanted = _PEOPLE.order_by(CLINICIANS.c.given, CLINICIANS.c.family)
    return [replace(row, skills=tuple(skills.get(row.id, ()))) for row in _all(tx, wanted, ClinicianRow)]


def names(tx: Connection) -> dict[str, str]:
    """Full names of everybody who takes calls, by id."""
    return {row.id: row.name for row in clinicians(tx)}


_PEOPLE = (
    select(
        CLINICIANS.c.id,
        CLINICIANS.c.given,
        CLINICIANS.c.family,
        CLINICIANS.c.title,
        func.coalesce(PRESENCES.c.state, "offline"),
        PRESENCES.c.reason,
        PRESENCES.c.since,
        PRESENCES.c.until,
        PRESENCES.c.free_until,
        CLINICIANS.c.languages,
    )
    .select_from(CLINICIANS.outerjoin(PRESENCES, PRESENCES.c.clinician_id == CLINICIANS.c.id))
    .where(CLINICIANS.c.active)
)


def one_clinician(tx: Connection, clinician_id: str) -> ClinicianRow | None:
    """One clinician with what he does now, or None."""
    return next(iter(_all(tx, _PEOPLE.where(CLINICIANS.c.id == clinician_id), ClinicianRow)), None)


def levels_of(tx: Connection, clinician_id: str) -> list[SkillRow]:
    """The skills of one clinician, those that he does not do too."""
    usual = func.coalesce(SKILLS.c.local_level, SKILLS.c.imported_level, SKILLS.c.level)
    said = case((SKILLS.c.lapsed_at.is_not(None), 0), else_=usual)
    only_today = SKILLS.c.local_level.is_(None) & SKILLS.c.imported_level.is_(None) & SKILLS.c.today_level.is_not(None)
    counts = case((only_today, 0), else_=said)
    wanted = select(SKILLS.c.skill, SKILLS.c.level, counts, SKILLS.c.today_level)
    return _all(tx, wanted.where(SKILLS.c.clinician_id == clinician_id).order_by(SKILLS.c.skill), SkillRow)


def wait_state(tx: Connection, call_id: str) -> str | None:
    """How a caller on the phone waits: waiting, or offered; None if he does not."""
    wanted = select(WAITS.c.state).where(WAITS.c.call_id == call_id, WAITS.c.kind == "call", OPEN_WAITS)
    state = tx.execute(wanted).scalar()
    return state if state in ("waiting", "offered") else None


def open_waits(tx: Connection) -> list[WaitRow]:
    """Everybody who waits, is being offered or talks, in the order of the lines; no names."""
    wanted = (
        select(
            WAITS.c.kind,
            WAITS.c.state,
            CALLS.c.service,
            CALLS.c.language,
            WAITS.c.joined_at,
            WAITS.c.call_id,
        )
        .select_from(WAITS.outerjoin(CALLS, CALLS.c.id == WAITS.c.call_id))
        .where(OPEN_WAITS)
        .order_by(WAITS.c.place_ms, WAITS.c.id)
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
    mine: ColumnElement[bool] = _OWN.in_([own_id]) if own_id else true()
    return _all(tx, _OPEN_CALLBACKS.where(mine).limit(MOST_LISTED), CallbackRow)


_OWN = func.coalesce(CALLBACKS.c.own_id, "")  # not the column: his are sought among the open, not the open among his
_OPEN_CALLBACKS = (  # in the words of the partial index: no redraw of a board reads the promises of years
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
    .where(text(OPEN_REQUEST))
    .order_by(CALLBACKS.c.promise_by)
)


def callbacks_of_all(tx: Connection, owner_id: str | None = None, services: Sequence[str] = ()) -> list[CallbackRow]:
    """Open promises by due time; with `owner_id` those owed by that clinician, or by the teams of these services."""
    team = CALLBACKS.c.own_id.is_(None) & CALLBACKS.c.service.in_(list(services))
    mine = _OWN.in_([owner_id]) | team if owner_id else true()
    return _all(tx, _OPEN_CALLBACKS.where(mine).limit(work_store.MOST_LISTED), CallbackRow)


def skills_of(tx: Connection, clinician_id: str) -> frozenset[str]:
    """The skills of one clinician."""
    wanted = select(SKILLS.c.skill).where(SKILLS.c.clinician_id == clinician_id, SKILLS.c.level > 0)
    return frozenset(tx.execute(wanted).scalars())


def owed(
    tx: Connection,
    now: datetime,
    *,
    owner_id: str | None = None,
    services: Sequence[str] = (),
    most: int = MOST_LISTED,
) -> list[WorkRow]:
    """What is owed to patients, the most urgent first; with `owner_id` his own, then that of these services' teams."""
    items = work_store.undone(tx, now, owner_id=owner_id, services=services)[:most]
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


def helps(tx: Connection, alarms: Sequence[Alarm]) -> list[HelpRow]:
    """The talks in which somebody asks for help, of these alarms."""
    asked = [int(alarm.subject) for alarm in alarms if alarm.kind is Kind.HELP]
    if not asked:
        return []
    return _all(tx, select(OFFERS.c.id, OFFERS.c.call_id, OFFERS.c.clinician_id).where(OFFERS.c.id.in_(asked)), HelpRow)


def card_of(tx: Connection, talk: TalkRow, patient_id: str, now: datetime) -> CardRow:
    """What a clinician may know of the proved patient whom he talks with."""
    own, team = care_store.care(tx, patient_id, str(talk.need["skill"]), now)
    his = (CALLS.c.patient_id == patient_id, CALLS.c.level >= PROVED, CALLS.c.id != talk.call_id)
    before = CALL_ROWS.where(*his).order_by(CALLS.c.arrived_at.desc()).limit(EARLIER_CALLS)
    return CardRow(
        language=tx.scalar(select(PATIENTS.c.language).where(PATIENTS.c.id == patient_id)),
        discharged_at=care_store.discharged_at(tx, patient_id, now),
        own_id=own.clinician if own else None,
        team=team,
        calls=_all(tx, before, CallRow),
    )


def ringing_at(tx: Connection, clinician_id: str) -> RingRow | None:
    """The offer that rings at this clinician."""
    wanted = (
        select(OFFERS.c.id, WAITS.c.kind, WAITS.c.need)
        .select_from(OFFERS.join(WAITS, WAITS.c.id == OFFERS.c.wait_id))
        .where((OFFERS.c.clinician_id == clinician_id) & (OFFERS.c.state == "offered"))
    )
    row = tx.execute(wanted).first()
    return RingRow(row.id, row.kind == "call" and row.need.get("own") == clinician_id) if row else None


_LATEST = OFFERS.c.id.in_(
    select(OFFERS.c.id)
    .where(OFFERS.c.clinician_id == bindparam("clinician"))
    .order_by(OFFERS.c.id.desc())
    .limit(5)
    .scalar_subquery()
)


def end_of(tx: Connection, clinician_id: str, now: datetime) -> EndRow | None:
    """The latest talk of a clinician, if it goes on or ended a while ago."""
    wanted = (
        select(
            OFFERS.c.id,
            OFFERS.c.call_id,
            CALLS.c.service,
            case((_PROMISED, CALLBACKS.c.patient_id), else_=CALLS.c.patient_id),
            case((_PROMISED & CALLBACKS.c.patient_id.is_(None), 0), else_=CALLS.c.level),
            OFFERS.c.ended_at,
        )
        .select_from(
            OFFERS.join(WAITS, WAITS.c.id == OFFERS.c.wait_id)
            .join(CALLS, CALLS.c.id == OFFERS.c.call_id)
            .outerjoin(CALLBACKS, CALLBACKS.c.id == WAITS.c.callback_id)
        )
        .where(_LATEST, OFFERS.c.talk_started_at.is_not(None))
        .order_by(OFFERS.c.id.desc())
        .limit(1)
    )
    row = tx.execute(wanted, {"clinician": clinician_id}).first()
    if row is None or (row.ended_at is not None and row.ended_at < now - NOTED_LATE):
        return None
    return EndRow(*row, note=notes_store.of_talk(tx, row.id))


def mine(tx: Connection, clinician_id: str, skill_of_service: Mapping[str, str], now: datetime) -> Mine | None:
    """Everything of one clinician's page; None when there is no such clinician any more."""
    everybody = clinicians(tx)
    me = next((row for row in everybody if row.id == clinician_id), None)
    if me is None:
        return None
    services = [service for service, skill in skill_of_service.items() if skill in me.skills]
    talk = talk_of(tx, clinician_id)
    callbacks = open_callbacks(tx, own_id=clinician_id)
    work = owed(tx, now, owner_id=clinician_id, services=services)
    end = end_of(tx, clinician_id, now)
    patients = {row.patient_id for row in callbacks} | {row.item.patient_id for row in work}
    of_talks = (talk.patient_id if talk else None, end.patient_id if end else None)
    wanted = [key for key in (*patients, *of_talks) if key]
    known = talk.patient_id if talk and (talk.level or 0) >= PROVED else None
    earlier = notes_store.of_patient(tx, known, EARLIER_NOTES + 1) if known else []
    colleagues = {row.id: row.name for row in everybody}
    guests = guests_of(tx, talk.offer_id) if talk else []
    names = patient_names(tx, wanted)
    before = [note for note in earlier if talk is None or note.offer_id != talk.offer_id][:EARLIER_NOTES]
    words = notes_store.words(tx) if end or before else ()
    rings = ringing_at(tx, clinician_id) if talk is None else None
    asked = alarms_store.open_of(tx, Kind.HELP, str(talk.offer_id)) if talk else None
    card = card_of(tx, talk, known, now) if talk and known else None
    return Mine(me, talk, callbacks, work, names, colleagues, guests, end, before, words, rings, asked, card)


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


def kept_hours(tx: Connection, content: Content, now: datetime) -> Hours:
    """The hours that the board speaks of, with the days that the site keeps otherwise."""
    name = content.calendar()
    return hours_kept(tx, name, content.hours[name], now)


def override(tx: Connection, now: datetime) -> OverrideRow | None:
    """The forced state that holds now; None when the center follows its hours."""
    row = tx.execute(
        select(HOURS.c.state, HOURS.c.until, HOURS.c.set_at, HOURS.c.set_by)
        .where(HOURS.c.service == "")
        .order_by(HOURS.c.id.desc()).limit(1)
    ).first()
    if row is None or row[0] == "normal" or (row[1] is not None and row[1] <= now):
        return None
    return OverrideRow(*row)


def counted_entries(tx: Connection, since: datetime, after: int = 0) -> list[tuple[int, Entry]]:
    """The journal since an instant, as far as it counts, with ids; with `after` only entries with higher ids."""
    wanted = select(JOURNAL.c.id, JOURNAL.c.at, JOURNAL.c.call_id, JOURNAL.c.fact, JOURNAL.c.details)
    if after:  # few: those of the day are picked here, so that the database seeks none by its time
        rows = [row for row in tx.execute(wanted.where(JOURNAL.c.id > after, FACT.in_(COUNTED))) if row.at >= since]
    else:
        rows = list(tx.execute(wanted.where(JOURNAL.c.at >= since, FACT.in_(COUNTED))))
    return [(row.id, Entry(row.at, row.call_id, row.fact, row.details)) for row in rows]
