"""Single lines of lists and boards: a clinician, a call, a promise, a message. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from calls.work import RECENT, Item, Kind, State, days_since_discharge
from desk import words
from desk.rows import CallbackRow, CallRow, ClinicianRow, WorkRow
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

    id: str
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
    may_call: bool = True  # of a promise: nobody is calling for it now


def staff(row: ClinicianRow, moment: Moment) -> Staff:
    """One clinician's line."""
    return Staff(
        id=row.id,
        name=row.name,
        title=row.title or ", ".join(words.plain(skill) for skill in row.skills),
        state=row.state,
        word=words.state(row.state),
        note=presence_note(row, moment),
        seconds=None if row.state == "offline" or row.since is None else moment.since(row.since),
    )


REASONS = {"cool_down": "Pausing after a call not taken", "missed_calls": "Set away after missed calls"}
FREE_LATER = "free_later"
PUT_OFF = "then:"  # routing.presence keeps a choice made during a talk as "then:<state>:<reason>"


def presence_note(row: ClinicianRow, moment: Moment) -> str:
    """Why, and until when; during a talk, what he chose to do after it."""
    if (row.reason or "").startswith(PUT_OFF):
        then, _, why = str(row.reason).removeprefix(PUT_OFF).partition(":")
        if why == FREE_LATER:
            return f"then {_free_later(row, moment)}"
        return f"then {words.state(then).lower()}{f', {words.plain(why).lower()}' if why else ''}"
    if row.reason == FREE_LATER:
        return _free_later(row, moment)
    if row.reason == "duty_over":
        return "the time for taking calls is over"
    until = f"until {moment.when(row.until)}" if row.until and row.state in ("away", "in_visit") else ""
    reason = REASONS.get(row.reason or "", words.plain(row.reason)) if row.state == "away" else ""
    free = f"takes calls until {moment.when(row.free_until)}" if row.free_until and row.state != "offline" else ""
    why = "when working hours end" if free and row.reason == "hours_end" else ""
    return ", ".join(part for part in (reason, until, free, why) if part)


def _free_later(row: ClinicianRow, moment: Moment) -> str:
    begins = f"free from {moment.when(row.until)}" if row.until else "free later"
    return f"{begins} to {moment.when(row.free_until)}" if row.free_until else begins


def call_line(row: CallRow, moment: Moment) -> Listed:
    """One recent call, without a word about who called."""
    return Listed(
        id=row.id,
        call_id=row.id,
        title=f"{moment.when(row.arrived_at)}, {words.plain(row.service) or 'nothing chosen yet'}",
        note=words.language(row.language),
        badge=OUTCOMES.get(row.outcome or "", "Ended") if row.ended_at else "In progress",
    )


BEING_CALLED = "calling"


def callback_line(row: CallbackRow, whom: str, moment: Moment, *, due: bool = True) -> Listed:
    """One promise. `due`: its note says by when."""
    by = f", by {moment.when(row.promise_by)}" if due else ""
    tries = f", tried {row.attempts} of 3" if row.attempts else ""
    state = {"calling": "Calling now", "waiting": "In line"}.get(row.state, "Promised")
    return Listed(
        id=row.id,
        call_id=row.call_id,
        title=f"{words.plain(row.service)}, {whom}",
        note=f"{words.language(row.language)}{by}{tries}",
        badge="Late" if row.promise_by < moment.now else state,
        late=row.promise_by < moment.now,
        may_call=row.state != BEING_CALLED,
    )


KINDS = {Kind.MESSAGE: "Message", Kind.GAVE_UP: "Gave up waiting", Kind.PROMISE: "Callback we could not keep"}
NO_SOUND = {"wanted": "recording on its way", "lost": "no recording", "erased": "recording erased"}


@dataclass(frozen=True)
class Owed:
    """One thing owed to a patient, and what may be done about it. `message` is the id of a message with a sound."""

    id: str
    call_id: str
    title: str
    note: str
    badge: str
    late: bool
    message: str | None
    mine: bool  # he who looks has taken it on
    free: bool  # it can be taken on


def owed(
    row: WorkRow, whom: str, viewer: str, names: Mapping[str, str], moment: Moment, *, due: bool = True
) -> Owed:
    """One line of the list of work, for the eyes of `viewer` (a clinician's or a user's id).

    `due`: its note says by when.
    """
    item = row.item
    mine = item.state is State.CLAIMED and item.claimed_by == viewer
    return Owed(
        id=item.id,
        call_id=item.call_id,
        title=f"{KINDS[item.kind]}: {words.plain(item.service)}, {whom}",
        note=", ".join(_about(row, moment, due=due)),
        badge=_standing(item, mine, names, moment),
        late=item.due_at < moment.now,
        message=item.subject if row.sound == "kept" else None,
        mine=mine,
        free=item.state is not State.CLAIMED,
    )


def _about(row: WorkRow, moment: Moment, *, due: bool) -> Iterator[str]:
    item = row.item
    yield words.language(item.language)
    if row.seconds is not None:
        yield words.span(row.seconds)
    if row.sound in NO_SOUND:
        yield NO_SOUND[row.sound]
    yield f"since {moment.when(item.opened_at)}"
    if due:
        yield f"due by {moment.when(item.due_at)}"
    days = days_since_discharge(item)
    if days is not None and days <= RECENT.days:
        yield f"left hospital {days} days before"


def _standing(item: Item, mine: bool, names: Mapping[str, str], moment: Moment) -> str:
    """In a word: whose it is, or how late."""
    if mine:
        return "Yours"
    if item.state is State.CLAIMED:
        return f"Taken by {names.get(item.claimed_by or '', 'a supervisor')}"
    if item.due_at < moment.now:
        return "Late"
    asleep = item.state is State.SNOOZED and item.snoozed_until
    return f"Put off until {moment.when(asleep)}" if asleep else "New"
