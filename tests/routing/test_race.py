"""Processes race for one caller, and for one clinician, while Redis loses its data: exactly one wins.

A short form: `python -m bench.race` lets a hundred processes race.
"""

import pytest

from config.database import Database
from tests.routing.race import race


@pytest.mark.parametrize("shared", ["caller", "clinician"])
def test_of_many_processes_exactly_one_wins(
    database: Database, database_url: str, valkey_url: str, shared: str
) -> None:
    race(12, database, database_url, valkey_url, shared)
