"""Guests of a talk: colleagues, interpreters and supervisors who are asked into its room, stay a while and leave. Pure.

A guest's phone is rung like any other, and nothing is said of the patient before a key is pressed. While a guest is
in the room it outlives whoever leaves it, so a clinician may hand over and go; when one person is left, it ends.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    """Why somebody is asked in."""

    COLLEAGUE = "colleague"
    INTERPRETER = "interpreter"
    SUPERVISOR = "supervisor"


class Part(StrEnum):
    """What a guest does in the room."""

    TALK = "talk"
    LISTEN = "listen"  # hears all, is heard by nobody
    COACH = "coach"  # hears all, is heard by the clinician alone


class State(StrEnum):
    """Where an invitation stands."""

    ASKED = "asked"
    DIALLING = "dialling"  # the carrier was asked, or is about to be: a call may exist
    PLACED = "placed"
    IN_ROOM = "in_room"
    LEFT = "left"
    NOT_COME = "not_come"


OPEN = frozenset({State.ASKED, State.DIALLING, State.PLACED, State.IN_ROOM})
MOVES: Mapping[State, frozenset[State]] = {
    State.ASKED: frozenset({State.DIALLING, State.NOT_COME}),
    State.DIALLING: frozenset({State.PLACED, State.IN_ROOM, State.NOT_COME}),
    State.PLACED: frozenset({State.IN_ROOM, State.NOT_COME}),
    State.IN_ROOM: frozenset({State.LEFT}),
    State.LEFT: frozenset(),
    State.NOT_COME: frozenset(),
}
MOST_GUESTS = 3  # with patient and clinician, five people in a room


@dataclass(frozen=True)
class Guest:
    """One invitation as stored. `was` is what a colleague does again afterwards; "" if he never stopped."""

    id: int
    offer_id: int
    call_id: str
    kind: Kind
    part: Part
    clinician_id: str | None
    language: str  # an interpreter's; "" for others
    asked_by: str  # the name that the guest hears
    state: State
    sid: str | None
    was: str
    asked_at: datetime
    deadline: datetime  # of ringing
    number_sealed: str | None = None  # whom no directory knows: a supervisor's phone
    ended_at: datetime | None = None
    outcome: str = ""

    @property
    def is_heard(self) -> bool:
        """Whether the patient hears him in the room."""
        return self.part is Part.TALK


def before(target: State) -> list[State]:
    """The states that may move to `target`."""
    return [state for state, targets in MOVES.items() if target in targets]


@dataclass(frozen=True)
class Room:
    """Who is in a talk's room, as far as our record knows."""

    patient: bool
    clinician: bool
    guests: int  # in the room
    coming: int  # asked, and not there yet
    met: bool  # the last guest who is no guest any more had come, or there was none
    heard: int  # guests in the room whom the patient hears

    @property
    def people(self) -> int:
        """Everybody who is in it."""
        return self.patient + self.clinician + self.guests

    @property
    def nobody_heard(self) -> bool:
        """Whether the patient is there, and nobody whom he could hear: a supervisor who listens is no company."""
        return self.patient and not self.clinician and not self.heard


class Fate(StrEnum):
    """What is to become of a room."""

    STAYS = "stays"  # whoever leaves, the others go on
    ENDS_WITH_ANYBODY = "ends_with_anybody"  # the patient and the clinician alone: one leaves, the talk is over
    OVER = "over"
    GIVE_BACK = "give_back"  # the patient is alone, and whom he was handed to did not come


def fate(room: Room) -> Fate:
    """What is to become of a room with these people."""
    if not room.people:
        return Fate.OVER  # whoever is on his way would be alone
    if (room.people <= 1 or room.nobody_heard) and not room.coming:
        return Fate.GIVE_BACK if room.patient and not room.met else Fate.OVER
    if room.guests or room.coming:
        return Fate.STAYS
    return Fate.ENDS_WITH_ANYBODY


def may_invite(room: Room, kinds: Collection[Kind], kind: Kind) -> str:
    """Why nobody more may be asked in; "" if one may."""
    if not room.people:
        return "nobody is in the room"
    if len(kinds) >= MOST_GUESTS:
        return f"{len(kinds)} guests are in the room or on their way; {MOST_GUESTS} is the most"
    if kind is Kind.INTERPRETER and Kind.INTERPRETER in kinds:
        return "an interpreter is in the room or on his way"
    return ""
