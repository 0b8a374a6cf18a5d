"""The short form of `python -m bench.callback_days`: some days around each change of the clock, in five zones."""

from datetime import date
from unittest.mock import patch

import pytest

from bench.callback_days import CHANGES, span
from callbacks import policy, rows_store
from callbacks.ledger import STILL_OPEN

DAYS, A_DAY = 2, 2


def _always(*_told: object) -> bool:
    return True


@pytest.mark.parametrize("change", CHANGES, ids=["spring", "autumn"])
def test_every_promise_is_accounted_for_and_the_ledger_equals_the_journal(change: date) -> None:
    found = span(change, DAYS, A_DAY, seed=5)
    assert found.wrong == []
    ended = {how for ends in found.ends.values() for how in ends}
    assert found.promised.total() >= 5 and found.calls >= 5 and not ended & {how.value for how in STILL_OPEN}


def test_a_phone_that_rings_at_night_is_seen() -> None:
    with patch.object(policy, "may_dial", _always), patch.object(policy, "rings_in_window", _always):
        assert any("rang at" in each for each in span(CHANGES[0], DAYS, A_DAY, seed=5).wrong)


def test_a_promise_that_is_not_told_to_the_journal_is_seen() -> None:
    with patch.object(rows_store, "tell_attempt", lambda *_told: None):
        assert any("the journal to" in each for each in span(CHANGES[0], DAYS, A_DAY, seed=5).wrong)
