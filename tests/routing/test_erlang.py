"""The Erlang functions against the reference table, and against what must hold of any of them."""

from math import inf

import pytest

from bench.erlang_table import ROWS, relative_error, units_off
from routing.erlang import Unstable, chance_of_waiting, erlang_a, erlang_b, erlang_c, servers_needed


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_each_row_of_the_reference_table_is_met_to_its_last_digit(row):
    assert units_off(row) < 1  # one figure of the table was cut off instead of rounded


@pytest.mark.parametrize("row", [row for row in ROWS if row.servers < 50], ids=str)
def test_following_a_caller_stage_by_stage_gives_the_same(row):
    assert relative_error(row) <= 1e-6


def test_known_values_of_erlang_b_and_c():
    assert erlang_b(25, 30) == pytest.approx(0.052603, abs=5e-7)
    assert chance_of_waiting(1, 2) == pytest.approx(1 / 3)


def test_the_more_patient_callers_are_the_nearer_erlang_a_comes_to_c():
    impatient, patient = erlang_a(100, 180, 1e4, 6, 20), erlang_a(100, 180, 1e8, 6, 20)
    endless = erlang_c(100, 180, 6, 20)
    assert abs(patient.level - endless.level) < abs(impatient.level - endless.level)
    assert patient.speed_of_answer == pytest.approx(endless.speed_of_answer, rel=1e-3)


def test_a_line_that_only_grows_is_refused():
    with pytest.raises(Unstable, match="cannot be served"):
        erlang_c(100, 180, 5, 20)


def test_a_great_center_is_no_trouble_for_the_arithmetic():
    found = erlang_a(12_000, 600, 300, 2000, 20)
    assert 0.9 < found.occupancy <= 1
    assert found.abandoned + found.occupancy * 2000 / 2000 == pytest.approx(1, abs=1e-9)


def test_the_fewest_who_meet_the_target_are_found():
    needed = servers_needed(240, 300, 300, target=20, level=0.8)
    assert erlang_a(240, 300, 300, needed, 20).level >= 0.8 > erlang_a(240, 300, 300, needed - 1, 20).level


def test_a_second_target_for_those_who_give_up_may_ask_for_more():
    loose = servers_needed(240, 300, 300, target=60, level=0.5)
    strict = servers_needed(240, 300, 300, target=60, level=0.5, abandoned=0.02)
    assert strict > loose
    assert erlang_a(240, 300, 300, strict, 60).abandoned <= 0.02


def test_endless_patience_needs_at_least_the_load_and_nobody_calling_needs_nobody():
    assert servers_needed(240, 300, inf, target=20, level=0.8) > 20
    assert servers_needed(0, 300, inf, target=20, level=0.8) == 0
