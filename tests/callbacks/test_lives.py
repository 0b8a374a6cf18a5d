"""The life of promises under random histories, 50,000 steps; `python -m bench.callback_lives` lives a million steps."""

from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest

from callbacks import policy, store
from config.columns import metadata
from config.database import Database
from tests.callbacks.lives import HAPPENINGS, TABLES, Broken, live

HISTORIES, STEPS, PLANTED = 10, 5_000, 1_200


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path}/lives.db")
    metadata.create_all(database.engine, tables=TABLES)
    yield database
    database.close()


@pytest.mark.parametrize("seed", range(11, 11 + HISTORIES))
def test_no_history_drops_a_promise_dials_twice_or_rings_at_night(database: Database, seed: int) -> None:
    lives = live(database, seed, STEPS)
    assert {happening.__name__ for happening in HAPPENINGS} == set(lives.done)
    assert {"reached", "to_person", "cancelled"} == set(lives.ended.values())


@pytest.mark.parametrize(
    ("owner", "name", "instead"),
    [
        (policy, "rings_in_window", lambda *_told: True),
        (policy, "DIAL_WITHIN", policy.WINDOW),
        (store, "open_attempt", lambda *_told: None),
    ],
    ids=["the window is ignored", "who slept dials all the same", "what is taken back rings on"],
)
def test_a_planted_mistake_is_seen(database: Database, owner: object, name: str, instead: object) -> None:
    with patch.object(owner, name, instead), pytest.raises(Broken):
        for seed in range(20, 26):
            live(database, seed, PLANTED)
