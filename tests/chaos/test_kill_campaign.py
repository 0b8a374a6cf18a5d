"""The short form of the kill campaign; `python -m tests.chaos` plays all of it."""

import time
from itertools import cycle

import pytest

from tests.chaos.campaign import LOST, Campaign, sample
from tests.chaos.center import VICTIMS
from tests.chaos.gate import Point
from tests.chaos.table import table, totals, trouble

SECONDS = 90.0
SAMPLED_POINTS = 8


@pytest.mark.scenario
@pytest.mark.timeout(300)  # the last run may begin shortly before the time is over, on a busy machine
def test_joe_ends_with_a_person_a_callback_or_a_voicemail_whoever_is_killed() -> None:
    with Campaign(rate=8.0, until=time.monotonic() + SECONDS) as campaign:
        points = campaign.points()
        names = {point.name for point, _ in points}
        assert {"journal:call_arrived", "journal:leg_answered", "carrier:ring"} <= names, "turns are checkpoints too"
        assert len(points) >= SAMPLED_POINTS, points
        cells = spread([point for point, _ in points])
        runs = list(campaign.kills(cells))
    assert runs, "no kill was played in time"
    report = "\n".join([table(points, runs), totals(runs, len(cells)), *map(trouble, runs)])
    assert not [run for run in runs if run.end == LOST or run.wrong], report


def spread(points: list[Point]) -> list[tuple[Point, str]]:
    """Points all over the call, each with the next victim, and then the other victims until the time is over."""
    chosen = sample(points, SAMPLED_POINTS)
    rounds = [VICTIMS[start:] + VICTIMS[:start] for start in range(len(VICTIMS))]
    return [(point, victim) for order in rounds for point, victim in zip(chosen, cycle(order), strict=False)]


def test_a_sample_holds_the_first_and_the_last_point() -> None:
    points = [Point("journal:digits_pressed", number) for number in range(1, 21)]
    chosen = sample(points, 8)
    assert (chosen[0], chosen[-1], len(set(chosen))) == (points[0], points[-1], 8)


def test_every_sampled_point_meets_every_victim_once() -> None:
    cells = spread([Point("journal:digits_pressed", number) for number in range(1, 21)])
    assert len(cells) == len(set(cells)) == SAMPLED_POINTS * len(VICTIMS)
    assert {victim for _, victim in cells[: len(VICTIMS)]} == set(VICTIMS)
