"""Reads and writes what clinicians noted of their talks; the words arrive and leave sealed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Table, func, insert, select, update

from calls.tables import SiteOutcome, TalkNote
from config.outcomes import SiteWord

NOTES: Table = TalkNote.__table__  # type: ignore[attr-defined]
WORDS: Table = SiteOutcome.__table__  # type: ignore[attr-defined]
AT_ONCE = 200  # notes whose words one round of retention erases


@dataclass(frozen=True)
class Note:
    """What was noted of one talk. `outcome` is a code, or ""; `note_sealed` None: no words, or they were erased."""

    offer_id: int
    call_id: str
    clinician_id: str
    patient_id: str | None
    service: str
    outcome: str
    note_sealed: str | None
    talked_at: datetime
    written_at: datetime
    version: int = 1


@dataclass(frozen=True)
class NotedTalk:
    """One talk and the code with which it was noted: nothing of the patient, and none of the words."""

    call_id: str
    clinician_id: str
    service: str
    outcome: str
    talked_at: datetime


_COLUMNS = [NOTES.c[name] for name in Note.__dataclass_fields__]


def of_talk(tx: Connection, offer_id: int) -> Note | None:
    """What was noted of this talk."""
    row = tx.execute(select(*_COLUMNS).where(NOTES.c.offer_id == offer_id)).first()
    return Note(*row) if row else None


def of_call(tx: Connection, call_id: str) -> list[Note]:
    """What was noted of the talks of a call, in their order."""
    rows = tx.execute(select(*_COLUMNS).where(NOTES.c.call_id == call_id).order_by(NOTES.c.offer_id))
    return [Note(*row) for row in rows]


def of_patient(tx: Connection, patient_id: str, most: int) -> list[Note]:
    """What was noted of the latest talks with a patient, the newest first."""
    wanted = select(*_COLUMNS).where(NOTES.c.patient_id == patient_id)
    return [Note(*row) for row in tx.execute(wanted.order_by(NOTES.c.talked_at.desc()).limit(most))]


def write(tx: Connection, note: Note) -> int:
    """Write it, in the place of what was noted of the same talk before; the version it has now."""
    before = of_talk(tx, note.offer_id)
    values = {name: getattr(note, name) for name in Note.__dataclass_fields__}
    if before is None:
        tx.execute(insert(NOTES).values(values))
        return note.version
    version = before.version + 1
    tx.execute(update(NOTES).where(NOTES.c.offer_id == note.offer_id).values({**values, "version": version}))
    return version


def counts(tx: Connection, begins: datetime, ends: datetime) -> list[tuple[str, str, int]]:
    """How many talks that ended in this time were noted with which outcome: service, outcome, number."""
    wanted = (
        select(NOTES.c.service, NOTES.c.outcome, func.count())
        .where(NOTES.c.talked_at >= begins, NOTES.c.talked_at < ends, NOTES.c.outcome != "")
        .group_by(NOTES.c.service, NOTES.c.outcome)
        .order_by(NOTES.c.service, func.count().desc(), NOTES.c.outcome)
    )
    return [(service, outcome, number) for service, outcome, number in tx.execute(wanted)]


def noted_so(
    tx: Connection, begins: datetime, ends: datetime, service: str | None = None, outcome: str | None = None
) -> list[NotedTalk]:
    """The talks that `counts` counts, of one service or outcome or of any, the earliest first."""
    columns = [NOTES.c[name] for name in NotedTalk.__dataclass_fields__]
    wanted = select(*columns).where(NOTES.c.talked_at >= begins, NOTES.c.talked_at < ends, NOTES.c.outcome != "")
    if service is not None:
        wanted = wanted.where(NOTES.c.service == service)
    if outcome is not None:
        wanted = wanted.where(NOTES.c.outcome == outcome)
    return [NotedTalk(*row) for row in tx.execute(wanted.order_by(NOTES.c.talked_at, NOTES.c.offer_id))]


def erase(tx: Connection, talked_before: datetime) -> list[Note]:
    """Erase the words of notes of talks before an instant; whose they were. Who talked, and how it ended, stays."""
    old = (NOTES.c.talked_at < talked_before) & NOTES.c.note_sealed.is_not(None)
    rows = tx.execute(select(*_COLUMNS).where(old).order_by(NOTES.c.talked_at).limit(AT_ONCE)).all()
    for row in rows:
        tx.execute(update(NOTES).where(NOTES.c.offer_id == row.offer_id).values(note_sealed=None))
    return [Note(*row) for row in rows]


# --- the site's own outcomes ------------------------------------------------------------------------------------------


def words(tx: Connection) -> Sequence[SiteWord]:
    """What the site says of outcomes."""
    return [SiteWord(*row) for row in tx.execute(select(*WORDS.c).order_by(WORDS.c.service, WORDS.c.label))]


def say(tx: Connection, word: SiteWord) -> bool:
    """The site's word about one outcome of one service, from now on. Whether it changed."""
    here = (WORDS.c.service == word.service) & (WORDS.c.key == word.key)
    before = tx.execute(select(WORDS.c.label, WORDS.c.active).where(here)).first()
    if before == (word.label, word.active):
        return False
    new = {"service": word.service, "key": word.key, "label": word.label, "active": word.active}
    tx.execute(update(WORDS).where(here).values(new) if before else insert(WORDS).values(new))
    return True
