"""All that is owed to patients in one list: messages, callers who gave up, callbacks; whose, and by when. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from calls.work import Item, Kind, State
from desk import lists
from desk.rows import CallbackRow, WorkRow
from desk.words import Moment

SORTS = ("due", "owner", "kind")
KINDS = {**{kind.value: label for kind, label in lists.KINDS.items()}, "callback": "Callback"}
MANY = {
    Kind.MESSAGE.value: "Messages",
    Kind.GAVE_UP.value: "Gave up waiting",
    Kind.PROMISE.value: "Callbacks we could not keep",
    "callback": "Callbacks",
}
GIVEN = {  # why work is given to somebody else
    "knows_patient": "Knows the patient",
    "right_skill": "Has the skill",
    "speaks_language": "Speaks the language",
    "shift_ends": "Shift ends",
    "too_much": "Too much to do",
}
_PLACE = {kind: place for place, kind in enumerate(MANY)}
MEANS = {
    "": "Everything that is owed to patients and not dealt with: messages, callers who gave up, and callbacks.",
    Kind.MESSAGE.value: "Messages that callers left and nobody has dealt with.",
    Kind.GAVE_UP.value: "Callers who hung up while they waited and have neither called again nor been called.",
    Kind.PROMISE.value: "Promised callbacks that the center could not keep by itself: a person decides how it goes on.",
    "callback": "Promised callbacks that are open: the center rings these patients by itself, by the due time.",
}


@dataclass(frozen=True)
class Line:
    """One thing owed, and what he who looks may do about it."""

    id: str
    of: str  # owed | callbacks: where its buttons lead
    kind: str
    call_id: str
    title: str
    note: str
    owner: str
    due: str
    due_at: datetime
    badge: str
    late: bool
    message: str | None = None
    mine: bool = False
    free: bool = False
    may_change: bool = True


@dataclass(frozen=True)
class Viewer:
    """Who looks: his id as a clinician or a user, whether he is a supervisor, and what he may call people."""

    id: str
    supervisor: bool
    people: Mapping[str, str]  # clinicians' full names by id
    patients: Mapping[str, str]  # short names by id; empty for a supervisor


def lines(work: Iterable[WorkRow], promises: Iterable[CallbackRow], viewer: Viewer, moment: Moment) -> tuple[Line, ...]:
    """Everything, what is due first in front."""
    found = [*(_work(row, viewer, moment) for row in work), *(_promise(row, viewer, moment) for row in promises)]
    return tuple(sorted(found, key=lambda line: (line.due_at, line.id)))


def shown(found: Sequence[Line], sort: str, kind: str) -> tuple[Line, ...]:
    """Those of one kind, or all, in the order that was asked for; within it by due time."""
    wanted = [line for line in found if kind in ("", line.kind)]
    if sort == "owner":
        wanted.sort(key=lambda line: line.owner)
    elif sort == "kind":
        wanted.sort(key=lambda line: _PLACE[line.kind])
    return tuple(wanted)


def _work(row: WorkRow, viewer: Viewer, moment: Moment) -> Line:
    item = row.item
    told = lists.owed(row, _whom(item.patient_id, viewer), viewer.id, viewer.people, moment, due=False)
    return Line(
        id=item.id,
        of="owed",
        kind=item.kind.value,
        call_id=item.call_id,
        title=told.title,
        note=told.note,
        owner=_owner(item, viewer),
        due=moment.when(item.due_at),
        due_at=item.due_at,
        badge=told.badge,
        late=told.late,
        message=told.message,
        mine=told.mine,
        free=told.free,
        may_change=told.mine or told.free or viewer.supervisor,
    )


def _owner(item: Item, viewer: Viewer) -> str:
    holds = item.claimed_by if item.state is State.CLAIMED else item.owner_id
    return _name(holds, viewer)


def _promise(row: CallbackRow, viewer: Viewer, moment: Moment) -> Line:
    told = lists.callback_line(row, _whom(row.patient_id, viewer), moment, due=False)
    return Line(
        id=row.id,
        of="callbacks",
        kind="callback",
        call_id=row.call_id,
        title=f"{KINDS['callback']}: {told.title}",
        note=told.note,
        owner=_name(row.own_id, viewer),
        due=moment.when(row.promise_by),
        due_at=row.promise_by,
        badge=told.badge,
        late=told.late,
        mine=row.own_id == viewer.id,
        may_change=told.may_call,
    )


def _whom(patient_id: str | None, viewer: Viewer) -> str:
    if viewer.supervisor:
        return "a patient" if patient_id else "caller not verified"
    return viewer.patients.get(patient_id or "", "caller not verified")


def _name(holder: str | None, viewer: Viewer) -> str:
    if holder is None:
        return "the team"
    if holder == viewer.id:
        return "you"
    return viewer.people.get(holder, "a supervisor")


def counted(found: Sequence[Line]) -> tuple[tuple[str, str, int], ...]:
    """The kinds, in words, with how many there are of each."""
    return tuple((kind, label, sum(line.kind == kind for line in found)) for kind, label in MANY.items())


def heading(kind: str) -> str:
    """What stands over those of a kind, as its number names it ("": over all)."""
    return MANY.get(kind, "Everything")


def meaning(kind: str) -> str:
    """What is counted where the number of a kind stands ("": of all); "" for a kind that there is not."""
    return MEANS.get(kind, "")
