"""Single lines of lists and boards: a clinician, a call, a promise, a message. Pure."""

from dataclasses import dataclass

from desk import words
from desk.rows import CallbackRow, CallRow, ClinicianRow, VoicemailRow
from desk.words import Moment

OUTCOMES = {
    "person": "Spoke with a person",
    "callback": "Callback promised",
    "voicemail": "Left a message",
    "operator": "Went to the operator",
    "hung_up": "Hung up",
}


@dataclass(frozen=True)
class Staff:
    """One clinician on the board."""

    name: str
    title: str
    state: str
    word: str
    note: str
    seconds: int | None


@dataclass(frozen=True)
class Listed:
    """One line of a list: what it is about, what is known of it, and whether it is late."""

    id: str
    call_id: str
    title: str
    note: str
    badge: str = ""
    late: bool = False


def name_of(row: ClinicianRow) -> str:
    """A clinician's full name."""
    return f"{row.given} {row.family}"


def staff(row: ClinicianRow, moment: Moment) -> Staff:
    """One clinician's line."""
    return Staff(
        name=name_of(row),
        title=row.title or ", ".join(words.plain(skill) for skill in row.skills),
        state=row.state,
        word=words.state(row.state),
        note=presence_note(row, moment),
        seconds=None if row.state == "offline" or row.since is None else moment.since(row.since),
    )


REASONS = {"cool_down": "Pausing after a call not taken", "missed_calls": "Set away after missed calls"}
PUT_OFF = "then:"  # routing.presence keeps a choice made during a talk as "then:<state>:<reason>"


def presence_note(row: ClinicianRow, moment: Moment) -> str:
    """Why, and until when; during a talk, what he chose to do after it."""
    if (row.reason or "").startswith(PUT_OFF):
        then, _, why = str(row.reason).removeprefix(PUT_OFF).partition(":")
        return f"then {words.state(then).lower()}{f', {words.plain(why).lower()}' if why else ''}"
    until = f"until {moment.when(row.until)}" if row.until and row.state in ("away", "in_visit") else ""
    reason = REASONS.get(row.reason or "", words.plain(row.reason)) if row.state == "away" else ""
    return ", ".join(part for part in (reason, until) if part)


def call_line(row: CallRow, moment: Moment) -> Listed:
    """One recent call, without a word about who called."""
    return Listed(
        id=row.id,
        call_id=row.id,
        title=f"{moment.when(row.arrived_at)}, {words.plain(row.service) or 'nothing chosen yet'}",
        note=words.language(row.language),
        badge=OUTCOMES.get(row.outcome or "", "Ended") if row.ended_at else "In progress",
    )


def callback_line(row: CallbackRow, whom: str, moment: Moment) -> Listed:
    """One promise."""
    tries = f", tried {row.attempts} of 3" if row.attempts else ""
    state = {"calling": "Calling now", "waiting": "In line", "to_person": "Needs a person"}.get(row.state, "Promised")
    return Listed(
        id=row.id,
        call_id=row.call_id,
        title=f"{words.plain(row.service)}, {whom}",
        note=f"{words.language(row.language)}, by {moment.when(row.promise_by)}{tries}",
        badge="Late" if row.promise_by < moment.now else state,
        late=row.promise_by < moment.now,
    )


def voicemail_line(row: VoicemailRow, whom: str, moment: Moment) -> Listed:
    """One message."""
    left, due = moment.when(row.left_at), moment.when(row.due_at)
    return Listed(
        id=row.id,
        call_id=row.call_id,
        title=f"{words.plain(row.service)}, {whom}",
        note=f"{words.language(row.language)}, {words.span(row.seconds)}, left {left}, answer by {due}",
        badge="Late" if row.due_at < moment.now else "New",
        late=row.due_at < moment.now,
    )
