"""An offer's life: which states it has, and which may follow which.

The open states are the predicate of the unique indexes (`routing.tables.OPEN_OFFER`); a test holds the two together.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class State(StrEnum):
    """How an offer stands, or how it ended."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    FINISHED = "finished"  # they talked
    DECLINED = "declined"
    NO_KEY = "no_key"  # somebody or something answered, and pressed nothing
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    FAILED = "failed"  # the carrier could not ring
    HUNG_UP = "hung_up"  # the clinician's leg ended before the talk
    EXPIRED = "expired"  # nothing was heard in time
    RESCINDED = "rescinded"  # the caller left
    LOST = "lost"  # the clinician's leg ended after the offer was accepted


OPEN = frozenset({State.OFFERED, State.ACCEPTED})
TERMINAL = frozenset(State) - OPEN
GIVEN_BACK = TERMINAL - {State.FINISHED, State.RESCINDED}  # the caller waits again

TRANSITIONS: Mapping[State, frozenset[State]] = {
    State.OFFERED: (TERMINAL | {State.ACCEPTED}) - {State.FINISHED},
    State.ACCEPTED: frozenset({State.FINISHED, State.LOST, State.HUNG_UP, State.FAILED, State.RESCINDED}),
    **{state: frozenset() for state in TERMINAL},
}
LET_RING = GIVEN_BACK - {State.FAILED, State.EXPIRED, State.LOST}  # he let it ring
DECLINED_FOR = ("in_a_session", "documenting", "emergency_here", "phone_trouble", "other")  # asked on the page
FROM_TALK = frozenset({State.FINISHED, State.LOST})  # once they talk, nothing else is left
# These endings are known from elsewhere than the clinician's leg, which may still ring or stand in the room.
LEG_MAY_LIVE = frozenset({State.EXPIRED, State.FAILED, State.LOST, State.RESCINDED})


@dataclass(frozen=True)
class Offer:
    """One reservation of one clinician for one wait, as SQL has it. `id` is the fence."""

    id: int
    wait_id: str
    call_id: str
    clinician_id: str
    state: State
    rung: int
    why: Mapping[str, object]
    room: str
    dialling: str  # due | dialling | placed | unknown | not_placed
    sid: str | None  # the clinician's leg
    created_at: datetime
    expires_at: datetime
    accepted_at: datetime | None = None
    patient_in_at: datetime | None = None
    clinician_in_at: datetime | None = None
    talk_started_at: datetime | None = None
    held_at: datetime | None = None  # since then the patient hears music instead of the talk
    muted_at: datetime | None = None  # since then nobody hears the clinician
    ended_at: datetime | None = None


def may_become(offer: Offer, state: State) -> bool:
    """Whether this offer may go to this state now."""
    talking = offer.talk_started_at is not None
    return state in TRANSITIONS[offer.state] and (state in FROM_TALK or not talking)
