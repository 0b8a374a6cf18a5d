"""The truth table of what is required, wished for and forbidden, in memory and on the Lua alike."""

from itertools import product

import pytest

from config.content import Ladder, Rung, Service
from routing.board import Board
from routing.lines import Lines
from routing.needs import Need, OnDuty, Wait, WaitState, asked_for
from routing.policy import duty_entry, wait_entry
from routing.presence import Presence, State
from tests.routing.world import NOON

LADDER = Ladder(rungs=(Rung(serve=("own", "team", "any")),))
CARE = Service(
    skill="pt", also=("hip:2",), prefer=("spanish",), ladder="l", callback_ladder="l", label="x", spoken_role="x"
)
ABILITIES = list(product([None, 0, 1, 4], [None, 1, 2], [False, True], [False, True]))  # pt, hip, wished for, forbidden


def able(pt: int | None, hip: int | None, wished: bool) -> OnDuty:
    """A clinician; a level of None is no skill at all, which is not a level of 0."""
    skills = {"pt": pt, "hip": hip, "spanish": 3 if wished else None}
    return OnDuty("cy", {skill: level for skill, level in skills.items() if level is not None}, ("en",))


def waiting(forbidden: bool, level: int = 1) -> Wait:
    need = Need("pt", level=level, also=CARE.also, prefer=CARE.prefer, avoid=("cy",) if forbidden else ())
    state = (WaitState.WAITING, need, "l", 0, None, 1, 1, NOON)
    return Wait("w", "c", "call", None, None, *state)


@pytest.mark.parametrize(("pt", "hip", "wished", "forbidden"), ABILITIES)
def test_forbidden_beats_all_required_is_required_and_a_wish_only_orders(lines, pt, hip, wished, forbidden) -> None:
    person = able(pt, hip, wished)
    ready = duty_entry(Presence("cy", State.READY, NOON), person, asked_for([CARE], person))
    wait = wait_entry(waiting(forbidden), LADDER)
    serves = pt is not None and pt >= 1 and hip is not None and hip >= 2 and not forbidden
    for where in (Board(), lines):
        assert where.apply_duty(ready, 0) is None
        match = where.apply_wait(wait, 0)
        assert (match is not None) == serves
        if match:
            assert match.group == (0 if wished else 1), "whoever has what is wished for too is the nearer"


def test_a_skill_at_level_0_meets_a_need_of_level_0_and_an_absent_one_does_not(lines: Lines) -> None:
    wait = wait_entry(waiting(False, level=0), LADDER)
    for pt, meets in ((0, True), (None, False)):
        person, board = able(pt, 2, False), Board()
        service = CARE.model_copy(update={"level": 0})
        board.apply_duty(duty_entry(Presence("cy", State.READY, NOON), person, asked_for([service], person)), 0)
        assert (board.apply_wait(wait, 0) is not None) == meets
