"""Reads and writes messages that callers left, and their sound, which arrives and leaves sealed."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Table, delete, insert, select, update

from calls.store import ANSWERED, LEGS, VOICEMAILS, insert_once
from calls.tables import StoredSound

SOUNDS: Table = StoredSound.__table__  # type: ignore[attr-defined]
AT_ONCE = 50  # messages whose sound one round of retention erases
LEGS_AT_ONCE = 2000  # whose documents one round erases: the first round of a full database must not be its last


class Sound(StrEnum):
    """Where the sound of a message is."""

    WANTED = "wanted"  # at the carrier, to be fetched
    KEPT = "kept"  # here, sealed; deleted at the carrier
    LOST = "lost"  # the carrier has none, or gave none
    ERASED = "erased"  # kept here as long as it may be


@dataclass(frozen=True)
class Message:
    """A message as it was left."""

    id: str
    call_id: str
    recording: str  # the carrier's id
    seconds: int
    service: str
    language: str
    patient_id: str | None
    sound: Sound
    left_at: datetime


_COLUMNS = [VOICEMAILS.c[name] for name in Message.__dataclass_fields__]


def keep(tx: Connection, **values: Any) -> bool:
    """A message was left; False if this recording is one already."""
    return insert_once(tx, VOICEMAILS, [{"sound": Sound.WANTED.value, **values}]) == 1


def is_kept(tx: Connection, recording: str) -> bool:
    """Whether a recording is a message already."""
    return tx.execute(select(VOICEMAILS.c.id).where(VOICEMAILS.c.recording == recording)).first() is not None


def message(tx: Connection, message_id: str) -> Message | None:
    """One message."""
    row = tx.execute(select(*_COLUMNS).where(VOICEMAILS.c.id == message_id)).mappings().first()
    return Message(**{**row, "sound": Sound(row["sound"])}) if row else None


def store_sound(tx: Connection, message_id: str, sealed: str) -> bool:
    """The sound is here, sealed. False if it was here already, or is not wanted any more."""
    if not _becomes(tx, message_id, Sound.WANTED, Sound.KEPT):
        return False
    tx.execute(insert(SOUNDS).values(voicemail_id=message_id, sound_sealed=sealed))
    return True


def lose_sound(tx: Connection, message_id: str) -> bool:
    """There will be no sound."""
    return _becomes(tx, message_id, Sound.WANTED, Sound.LOST)


def sound(tx: Connection, message_id: str) -> str | None:
    """The sealed sound; None where there is none (any more)."""
    found: str | None = tx.execute(select(SOUNDS.c.sound_sealed).where(SOUNDS.c.voicemail_id == message_id)).scalar()
    return found


def erase_sounds(tx: Connection, left_before: datetime) -> list[Message]:
    """Erase the sound of messages left before an instant; the messages whose sound was erased. Their rows stay."""
    old = (VOICEMAILS.c.left_at < left_before) & VOICEMAILS.c.sound.in_((Sound.KEPT.value, Sound.WANTED.value))
    rows = tx.execute(select(*_COLUMNS).where(old).order_by(VOICEMAILS.c.left_at).limit(AT_ONCE)).mappings().all()
    for row in rows:
        tx.execute(delete(SOUNDS).where(SOUNDS.c.voicemail_id == row["id"]))
        tx.execute(update(VOICEMAILS).where(VOICEMAILS.c.id == row["id"]).values(sound=Sound.ERASED.value))
    return [Message(**{**row, "sound": Sound.ERASED}) for row in rows]


def erase_documents(tx: Connection, ended_before: datetime) -> int:
    """Erase what was said on legs that ended before an instant, on so many of them at once; how many documents."""
    old = select(ANSWERED.c.sid).join(LEGS, LEGS.c.sid == ANSWERED.c.sid).where(LEGS.c.ended_at < ended_before)
    over = old.distinct().limit(LEGS_AT_ONCE)
    return tx.execute(delete(ANSWERED).where(ANSWERED.c.sid.in_(over))).rowcount


def _becomes(tx: Connection, message_id: str, was: Sound, new: Sound) -> bool:
    still = (VOICEMAILS.c.id == message_id) & (VOICEMAILS.c.sound == was.value)
    return tx.execute(update(VOICEMAILS).where(still).values(sound=new.value)).rowcount == 1
