"""The simulated center against Erlang's formulas, and in small stories told by hand."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from math import inf, sqrt
from random import Random
from statistics import fmean, stdev
from time import monotonic
from typing import Any

import pytest

from bench.erlang_table import ROWS, Row
from bench.regression import adjusted, solved
from bench.routing_virtual import Kept, checked, improve, mark_of_today
from bench.traces import ANYONE, NEED, poisson, pool
from bench.virtual_lane import SUMS, Lane, expected_start, expected_wait_if_alone, run_lane
from config.content import Ladder, Rung
from routing import lines
from routing.board import Board
from routing.erlang import erlang_a, erlang_c
from routing.needs import Need, OnDuty
from routing.policy import WaitEntry
from routing.simulation import Caller, Center, Outcome, Watcher, Worker

LADDERS = {**ANYONE, "own": Ladder(rungs=(Rung(serve=("own",), seconds=30), Rung(serve=("any",))))}
ANA, BEN = OnDuty("ana", {"care": 1}, ("en",)), OnDuty("ben", {"care": 1}, ("en",))


def told(callers: list[Caller], workers: list[Worker], **named: float) -> list[tuple[str, float, str | None]]:
    return [(o.caller.id, o.wait, o.clinician) for o in Center(LADDERS).run(callers, workers, **named)]


def caller(name: str, at: float, handling: float = 100, own: str | None = None, **named: Any) -> Caller:
    return Caller(name, at, Need("care", own=own), "own" if own else "anyone", handling, **named)


def lanes_of(row: Row, board: type[Board], number: int = 24, callers: int = 150) -> list[Lane]:
    return [run_lane(row, f"7:{lane}", lane, callers, board()) for lane in range(number)]


@pytest.mark.parametrize("row", [ROWS[0], ROWS[12]], ids=str)
def test_a_short_run_is_near_the_formula_and_like_the_recursion(row):
    found = checked(row, lanes_of(row, Board))
    assert found.off(found.plain) < 4
    assert found.apart == 0
    assert found.holds()


@pytest.mark.parametrize("row", [ROWS[0], ROWS[17]], ids=str)
def test_a_lane_begins_in_the_steady_state_and_its_luck_is_fair(row):
    lanes = lanes_of(row, Board, number=500, callers=2)
    for luck in zip(*(lane.inputs for lane in lanes), strict=True):
        assert abs(fmean(luck)) < 4 * stdev(luck) / sqrt(len(lanes))
    waited = [lane.found[SUMS.index("waited")] / 2 for lane in lanes]
    assert abs(fmean(waited) - row.computed().waiting) < 3 * stdev(waited) / sqrt(len(lanes))


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_what_a_lanes_luck_is_compared_with_is_what_the_formulas_say(row):
    computed, load = row.computed(), row.calls_per_hour / 3600 * row.talk
    there = load * (1 - computed.abandoned) + computed.queue
    # Who gives up as fast as he would be done with leaves the center as one of endless clinicians would.
    endless = erlang_a(row.calls_per_hour, row.talk, row.talk, row.servers, row.target)
    crowded = (computed.queue, computed.waiting, endless.queue, endless.waiting)
    assert expected_start(row) == pytest.approx((there, *crowded))
    if row.patience == inf:
        alone = erlang_c(row.calls_per_hour, row.talk / row.servers, 1, row.target)
        assert expected_wait_if_alone(row) == pytest.approx(alone.mean_wait)


class LastFirst(Board):
    """A router that serves whoever came last."""

    def __init__(self) -> None:
        super().__init__(choose=lambda heads: max(heads, key=lambda head: head.key_ms, default=None))

    def _stand(self, entry: WaitEntry) -> None:
        turned = tuple(replace(stand, key_ms=-stand.key_ms) for stand in entry.stands)
        super()._stand(replace(entry, stands=turned))


def test_a_router_that_serves_otherwise_is_found_out():
    found = checked(ROWS[0], lanes_of(ROWS[0], LastFirst, number=48))
    assert found.apart > 500
    assert not found.holds()


def test_batches_are_kept_and_gone_on_with(tmp_path):
    row, other = ROWS[0], ROWS[1]
    first = Kept(tmp_path / "kept", "memory")
    first.add(row, lanes_of(row, Board, number=6, callers=20))
    again = Kept(tmp_path / "kept", "memory")
    assert again.lanes(row) == first.lanes(row)
    assert (again.next_batch(row), again.next_batch(other)) == (1, 0)
    assert Kept(tmp_path / "kept", "lua of another day").lanes(row) == []


def test_a_batch_that_was_cut_off_is_made_again(tmp_path):
    row, path = ROWS[0], tmp_path / "kept"
    first = Kept(path, "memory")
    first.add(row, lanes_of(row, Board, number=3, callers=5))
    first.add(row, lanes_of(row, Board, number=3, callers=5))
    path.write_text(path.read_text()[:-40])
    again = Kept(path, "memory")
    assert again.next_batch(row) == 1
    again.add(row, lanes_of(row, Board, number=3, callers=5))
    assert Kept(path, "memory").next_batch(row) == 2


def test_rows_are_gone_on_with_until_they_are_done_or_the_time_is_over(tmp_path):
    kept = Kept(tmp_path / "kept", "memory")
    wanted = {ROWS[0]: 2, ROWS[1]: 0, ROWS[2]: 1}
    ran: list[tuple[Row, int]] = []

    def run(row: Row, batch: int, callers: int) -> list[Lane]:
        ran.append((row, batch))
        return lanes_of(row, Board, number=1, callers=2)

    def done(row: Row) -> bool:
        return kept.next_batch(row) >= wanted[row]

    improve(ROWS[:3], run, kept, done, until=monotonic() - 1)
    assert ran == []
    improve(ROWS[:3], run, kept, done, until=inf)
    assert ran == [(ROWS[0], 0), (ROWS[2], 0), (ROWS[0], 1)]


def test_what_was_measured_of_another_router_is_told_apart(monkeypatch):
    today = mark_of_today()
    assert today == mark_of_today()
    monkeypatch.setattr(lines, "__file__", __file__)
    assert mark_of_today() != today


def test_callers_are_served_in_turn_and_clinicians_by_who_is_idle_longest():
    seen = told([caller("a", 0), caller("b", 1), caller("c", 2), caller("d", 3)], [Worker(ANA), Worker(BEN)])
    assert seen == [("a", 0, "ana"), ("b", 0, "ben"), ("c", 98, "ana"), ("d", 98, "ben")]


def test_a_head_start_passes_those_who_came_a_little_earlier():
    seen = told([caller("a", 0), caller("b", 1), caller("c", 9, head_start=60)], [Worker(ANA)])
    assert [name for name, _, _ in seen] == ["a", "c", "b"]


def test_after_his_rung_is_over_anybody_will_do():
    seen = told([caller("a", 0, own="ana"), caller("b", 1, own="ana")], [Worker(ANA), Worker(BEN)])
    assert seen == [("a", 0, "ana"), ("b", 30, "ben")]


def test_who_waits_for_somebody_gone_home_climbs_at_once():
    seen = told([caller("a", 0, own="ana"), caller("b", 1, own="ana")], [Worker(ANA, ((0, 10),)), Worker(BEN)])
    assert seen == [("a", 0, "ana"), ("b", 9, "ben")]


def test_he_gives_up_when_his_patience_ends_and_holds_nobody():
    seen = told([caller("a", 0), caller("b", 1, patience=20), caller("c", 2)], [Worker(ANA)])
    assert seen == [("a", 0, "ana"), ("b", 20, None), ("c", 98, "ana")]


def test_who_hangs_up_while_a_phone_rings_leaves_the_clinician_his_turn():
    seen = told([caller("a", 0, ringing=10, patience=5), caller("b", 6, ringing=4)], [Worker(ANA), Worker(BEN)])
    assert seen == [("a", 5, None), ("b", 4, "ana")]


def test_a_talk_under_way_is_finished_and_nobody_follows():
    seen = told([caller("a", 0), caller("b", 1)], [Worker(ANA, ((0, 50), (400, 500)))])
    assert seen == [("a", 0, "ana"), ("b", 399, "ana")]


def test_a_shift_that_begins_again_during_a_talk_is_one_clinician_still():
    seen = told([caller("a", 0), caller("b", 1)], [Worker(ANA, ((0, 50), (60, 500)))])
    assert seen == [("a", 0, "ana"), ("b", 99, "ana")]


def test_the_same_callers_give_the_same_day():
    one, other = (list(islice(Center(ANYONE).run(_some(7), pool(3)), 200)) for _ in range(2))
    assert one == other


def test_whoever_watches_is_told_of_each_event():
    class Count(Watcher):
        def __init__(self) -> None:
            self.events: list[str] = []

        def waits(self, center, caller, entry) -> None:
            self.events.append(f"{caller.id} waits")

        def matched(self, center, match, wait, duty) -> None:
            self.events.append(f"{match.wait_id} {match.trigger}")

        def answered(self, center, outcome: Outcome) -> None:
            self.events.append(f"{outcome.caller.id} talks")

        def gave_up(self, center, outcome: Outcome) -> None:
            self.events.append(f"{outcome.caller.id} gave up")

    watcher = Count()
    list(
        Center(LADDERS, watcher=watcher).run(
            [caller("a", 0), caller("b", 1), caller("c", 2, patience=9)], [Worker(ANA)]
        )
    )
    assert watcher.events == ["a wait", "a talks", "b waits", "c waits", "c gave up", "b duty", "b talks"]


def test_what_inputs_explain_is_taken_out_of_a_mean():
    inputs = [(0.3,), (-0.1,), (0.2,), (0.4,)]
    mean = adjusted([5 + 2 * x for (x,) in inputs], inputs)
    assert mean.value == pytest.approx(5)
    assert mean.error == pytest.approx(0, abs=1e-9)
    assert solved([[0, 2], [3, 0]], [4, 6]) == [2, 2]
    with pytest.raises(ValueError, match="too few"):
        adjusted([1, 2], [(0.1,), (0.2,)])


def _some(seed: int) -> Iterator[Caller]:
    return poisson(Random(seed), per_hour=60, talk=150, patience=200, need=NEED)
