"""The clock predicts the wait of each new caller, once, from what the last hours taught."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

import directory.store
import estimating
import routing.store
from calls.store import JOURNAL
from config.columns import metadata
from config.content import Ladder, Rung
from config.reading import read_content
from config.settings import ROOT
from routing import outlook_store
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


def test_how_it_stands_is_written_for_all_who_wait_and_cleared_when_nobody_does(tools):
    center = Center(tools.database)
    center.ready("ana")
    for number, call in enumerate(["first", "second"]):
        center.joins(call, need=NEED, at=after(number / 2))
    estimating.estimate_waits(tools)
    now = tools.now()

    def stands(call: str) -> Any:
        return center.do(outlook_store.outlook, f"wait-{call}", now)

    assert (stands("first").position, stands("second").position) == (1, 2)
    assert stands("third") is None
    assert center.do(outlook_store.outlook, "wait-first", after(999)) is None, "what is old is not told"
    for call in ("first", "second"):
        center.do(routing.store.leave, call_id=call, why="hung_up", now=after(3))
    estimating.estimate_waits(tools)
    assert stands("first") is None
    assert center.do(outlook_store.written_at) is None


def test_who_waits_for_his_own_alone_has_the_range_of_her_talks(tools):
    center = Center(tools.database)
    center.ready("ana")
    for number in range(3):
        center.joins(f"past-{number}", need=NEED, at=after(-9000 + number * 1000))
        talk = center.talks(f"past-{number}", at=after(-9000 + number * 1000))
        center.do(routing.store.finish_talk, talk.id, now=after(-8400 + number * 1000), wrap_up_seconds=0)
    center.joins("now", need=NEED, at=after(-100))
    center.talks("now", at=after(-100))
    center.joins("joe", need=replace(NEED, own="ana", whom="own"), ladder=Ladder(rungs=(Rung(serve=("own",)),)))
    assert estimating.estimate_waits(tools) == 1
    law = journalled(tools)[-1]
    assert law["mean_s"] == 600, "her talks take ten minutes, and a talk has no memory"
    found = center.do(outlook_store.outlook, "wait-joe", tools.now())
    assert found is not None and (found.position, found.wait) == (1, (6, 20)), "median 371 s, P80 976 s"


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
