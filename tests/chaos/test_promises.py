"""The short form of the kill campaign of callbacks; `python -m tests.chaos.callbacks` tells all of its stories."""

from collections.abc import Iterator
from unittest.mock import patch

import pytest

from tests.chaos.callbacks import world
from tests.chaos.callbacks.campaign import Campaign, Cell, Told, sample
from tests.chaos.callbacks.planted import planted

FAULTS = ("none", "500 after create", "timeout, not created")
STORIES, OFTEN = 12, 2


@pytest.fixture(scope="module")
def campaign() -> Iterator[Campaign]:
    with Campaign() as open_campaign:
        yield open_campaign


@pytest.fixture(scope="module")
def cells(campaign: Campaign) -> list[Cell]:
    return campaign.cells(FAULTS, habits=[()])


def test_a_promise_is_kept_once_whoever_dies_at_whichever_line(campaign: Campaign, cells: list[Cell]) -> None:
    told = [campaign.tell(cell) for cell in sample(cells, STORIES)]
    wrong = [f"{one.cell.name}: {one.end}; {'; '.join(one.wrong)}" for one in told if one.wrong]
    assert not wrong, "\n".join(wrong)
    assert sum(not one.missed for one in told) >= STORIES * 3 // 4


@pytest.mark.parametrize(
    ("bug", "fault", "rule"),
    [
        ("what may have happened is done again", "500 after create", "twice"),
        ("nobody settles", "timeout, not", "dropped"),
    ],
)
def test_a_planted_mistake_is_seen(campaign: Campaign, cells: list[Cell], bug: str, fault: str, rule: str) -> None:
    such = sample([cell for cell in cells if cell.fault.startswith(fault) and cell.victim == "clock"], OFTEN)
    with planted(bug), patch.object(world, "MOST_ROUNDS", 80):
        told: Iterator[Told] = map(campaign.tell, such)
        assert any(getattr(one, rule) for one in told), f"{bug} went unseen"
