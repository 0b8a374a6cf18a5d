"""The clock predicts the wait of each new caller, once, from what the last hours taught."""

from types import SimpleNamespace
from typing import Any

import pytest

import directory.store
import estimating
from calls.store import JOURNAL
from config.columns import metadata
from config.reading import read_content
from config.settings import ROOT
from routing.learning import Learned, Seen, learned_from, pool_of
from routing.needs import Need
from tests.routing.world import Center, after

NEED = Need("physical_therapy")
PERSON = SimpleNamespace(id="ana", skills={"physical_therapy": 2}, languages=("en",), site_id=None)


@pytest.fixture
def tools(database_url: str, monkeypatch) -> Any:
    from config.database import Database

    made = Database(database_url)
    metadata.create_all(made.engine)
    monkeypatch.setattr(directory.store, "clinicians", lambda tx: [PERSON])
    yield SimpleNamespace(database=made, content=read_content(ROOT / "config"), now=lambda: after(2))
    made.close()


def journalled(tools: Any) -> list[Any]:
    with tools.database.reading() as tx:
        return [row.details for row in tx.execute(JOURNAL.select())]


def test_each_new_wait_is_estimated_once(tools):
    center = Center(tools.database)
    center.ready("ana")
    center.joins("first", need=NEED)
    center.joins("second", need=NEED, at=after(0.5))
    assert estimating.estimate_waits(tools) == 2
    assert estimating.estimate_waits(tools) == 0, "nothing was done: what counts deeds until rest must not hear of one"
    first, second = journalled(tools)
    assert first["mean_s"] == 150  # one clinician, talks and patience of 300 s until something is learned
    assert first["median_s"] < first["p80_s"]
    assert second["mean_s"] > first["mean_s"]


def test_a_wait_that_is_minutes_old_or_that_nobody_serves_has_no_estimate(tools):
    center = Center(tools.database)
    center.joins("nobody", need=NEED)
    center.joins("old", need=NEED, at=after(-300))
    assert estimating.estimate_waits(tools) == 0
    assert journalled(tools) == []


# --- learning ---


def test_what_waits_teach_is_told_in_the_order_in_which_it_happened():
    waits = [
        Seen("pt+en", 1, 0, left=100, started=True, talk_ended=300),
        Seen("pt+en", 2, 10, left=40),
        Seen("pt+en", 3, 20, left=150, started=True),
        Seen("pt+en", 4, 30),
    ]
    learned = learned_from(waits, {"ana": frozenset(["pt+en"])})
    assert learned.lines["pt+en"].places == [4]
    assert learned.talk.value == pytest.approx((300 * 4 + 200) / 5, rel=0.01)
    assert learned.patience.count > 4
    assert learned.law("pt+en", 5).mean > learned.law("pt+en", 1).mean


def test_one_pool_is_people_who_all_serve_the_same_lines():
    both, one = frozenset(["a", "b"]), frozenset(["a"])
    assert pool_of("a", {"x": both, "y": both}) == (2, both)
    assert pool_of("a", {"x": both, "y": one}) is None
    assert pool_of("b", {"x": both, "y": one}) is None
    assert pool_of("c", {"x": both}) is None


def test_where_skills_overlap_the_lines_own_pace_is_learned():
    serves = {"x": frozenset(["a", "b"]), "y": frozenset(["b", "c"]), "z": frozenset(["a", "c"])}
    learned, quick = Learned(serves), Learned(serves)
    for n in range(60):
        for told, seconds in ((learned, 50), (quick, 10)):
            told.joined("a", n, n * 100.0)
            told.started("a", n, seconds, n * 100.0 + seconds)
    assert quick.law("a", 99).mean < learned.law("a", 99).mean
    with pytest.raises(ValueError, match="nobody serves"):
        learned.law("d", 0)


def test_waits_beyond_the_p80_lift_the_next_ones():
    learned = Learned({"x": frozenset(["a"])})
    before = learned.law("a", 0).p80
    for n in range(20):
        learned.joined("a", n, n)
        learned.started("a", n, 900, n + 0.5, p80=100)
    assert learned.lines["a"].reach > 0.85
    assert learned.law("a", 0).p80 > before / 2
