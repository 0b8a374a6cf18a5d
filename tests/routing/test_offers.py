"""An offer's life: which states may follow which."""

from dataclasses import replace

import pytest

from routing.offers import OPEN, TERMINAL, TRANSITIONS, Offer, State, may_become
from tests.routing.world import NOON, after

RINGING = Offer(1, "w", "c", "ana", State.OFFERED, 0, {}, "room", "due", None, NOON, after(20))
ACCEPTED = replace(RINGING, state=State.ACCEPTED)
TALKING = replace(ACCEPTED, talk_started_at=NOON)


def test_every_state_is_open_or_terminal_and_terminal_states_absorb() -> None:
    assert set(State) == OPEN | TERMINAL == set(TRANSITIONS)
    assert all(not TRANSITIONS[state] for state in TERMINAL)


@pytest.mark.parametrize(
    ("offer", "may"),
    [
        (RINGING, set(State) - {State.OFFERED, State.FINISHED}),
        (ACCEPTED, {State.FINISHED, State.LOST, State.HUNG_UP, State.FAILED, State.RESCINDED}),
        (TALKING, {State.FINISHED, State.LOST}),
    ],
)
def test_what_may_follow(offer: Offer, may: set[State]) -> None:
    assert {state for state in State if may_become(offer, state)} == may
