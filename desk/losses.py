"""Why callers who have a clinician of their own did not speak with him, and how long they had waited. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from calls.occupancy import Change
from calls.stays import Ending, Stay, ended_in
from desk import words
from desk.reports import Material


@dataclass(frozen=True)
class Lost:
    """One caller who has a clinician of his own and did not speak with him, by the first cause that fits."""

    stay: Stay
    cause: str


@dataclass(frozen=True)
class Loss:
    """One way in which callers did not speak with their own clinician: how many, and how long they had waited."""

    cause: str
    callers: int
    minutes: str


def lost(of: Material) -> list[Lost]:
    """Callers who have a clinician of their own and did not speak with him."""
    begins, ends = of.over[0].begins, of.over[-1].ends
    return [
        Lost(stay, _cause(stay, of.changes))
        for stay in ended_in(filter(of.belongs(), of.made.stays), begins, ends)
        if stay.own and stay.clinician != stay.own
    ]


def losses(of: Material) -> tuple[Loss, ...]:
    """How many did not speak with their own clinician, cause by cause."""
    found: dict[str, list[Stay]] = {}
    for each in lost(of):
        found.setdefault(each.cause, []).append(each.stay)
    return tuple(
        Loss(cause, len(stays), waited_on_average(stays))
        for cause, stays in sorted(found.items(), key=lambda pair: -len(pair[1]))
    )


def waited_on_average(stays: Sequence[Stay]) -> str:
    """How long those had waited, in words."""
    return words.span(round(sum(stay.seconds for stay in stays) / len(stays))) if stays else "none"


INTO = {
    "callback": "the patient preferred to be called back",
    "message": "the patient left a message",
    "operator": "the patient asked for the operator",
    "closed": "the center closed",
}
WITH_ANOTHER = frozenset({"talking", "offered", "wrapping_up"})


def _cause(stay: Stay, changes: Sequence[Change]) -> str:
    """The first cause that fits: the patient's choice, he did not take the call, he was busy or absent."""
    if stay.chose_next:
        return "the patient preferred the next available"
    if stay.ending is Ending.GAVE_UP:
        return "the patient hung up"
    if stay.ending is Ending.FLOWED_OUT:
        return INTO.get(stay.into, "the patient left for something else")
    if stay.own_not_taken:
        return "did not take the call"
    return _absence(_state_at(stay, changes))


def _absence(state: str) -> str:
    if state == "in_visit":
        return "in a visit"
    if state in WITH_ANOTHER:
        return "busy with another patient"
    return "free, but another was chosen" if state == "ready" else "away or not signed in"


def _state_at(stay: Stay, changes: Sequence[Change]) -> str:
    """What his own clinician did when he joined the lines."""
    known = [change for change in changes if change.clinician == stay.own and change.at <= stay.entered_at]
    return max(known, key=lambda change: change.at).state if known else "offline"
