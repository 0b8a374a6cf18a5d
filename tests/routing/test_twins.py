"""The pure policy and the Lua give the same answers over the history of a whole center; a command walks further."""

import random
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from routing.lines import Lines
from tests.routing.twins import Twins, walk


@pytest.mark.parametrize("seed", range(1, 6))
def test_ten_thousand_steps_of_a_center_find_no_difference(lines: Lines, seed: int) -> None:
    assert walk(lines, seed, 10_000).matches > 1_000


def test_any_short_history_finds_no_difference(lines: Lines) -> None:
    """Slower than the walk, but what fails is shrunk to the few steps that matter."""

    class Machine(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            lines.clear()
            self.twins = Twins(lines, random.Random(0))

        @rule(chance=st.randoms(use_true_random=False), step=st.sampled_from([Twins.joins, Twins.chooses]))
        def somebody_comes(self, chance: random.Random, step: Callable[[Twins], None]) -> None:
            self.twins.chance = chance
            step(self.twins)

        @rule(
            chance=st.randoms(use_true_random=False), step=st.sampled_from([Twins.leaves, Twins.learns, Twins.hurried])
        )
        def somebody_changes(self, chance: random.Random, step: Callable[[Twins], None]) -> None:
            self.twins.chance = chance
            step(self.twins)

        @precondition(lambda self: self.twins.open)
        @rule(chance=st.randoms(use_true_random=False))
        def an_offer_is_answered(self, chance: random.Random) -> None:
            self.twins.chance = chance
            self.twins.offer_answered()

        @rule(chance=st.randoms(use_true_random=False))
        def time_passes(self, chance: random.Random) -> None:
            self.twins.chance = chance
            self.twins.time_passes()

        @rule(chance=st.randoms(use_true_random=False))
        def all_is_told(self, chance: random.Random) -> None:
            self.twins.chance = chance
            self.twins.at_rest()

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=12, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
