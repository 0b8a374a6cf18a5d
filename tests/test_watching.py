"""What the center is watched for, at every tick: so it may not cost a question for each who waits."""

import pytest
from sqlalchemy import Connection, create_engine

import facts
import watching
from ivr.knowledge import StaffFacts
from routing.needs import Need


def test_cover_is_counted_once_for_all_who_need_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Need] = []

    def count(_tx: Connection, need: Need) -> StaffFacts:
        asked.append(need)
        here = need.language == "en" and "ana" not in need.avoid
        return StaffFacts(on_duty=int(here or need.own == "mia"), ready=0)

    monkeypatch.setattr(facts, "count_staff", count)
    of_their_own = [Need("pt", own=f"clinician-{number}") for number in range(50)]
    spanish, hers = Need("pt", language="es"), Need("pt", language="es", own="mia")
    needs = [*of_their_own, spanish, spanish, hers, Need("pt", avoid=("ana",)), Need("pt", avoid=("ben",))]
    with create_engine("sqlite://").connect() as tx:
        assert watching.uncovered(tx, needs) == 3, "two who speak Spanish, and one who avoids the only one"
    assert len(asked) == 5
