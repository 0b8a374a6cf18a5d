"""Needs and lines: who serves what, and where a caller stands on each rung."""

import pytest

from config.content import Ladder, Rung
from routing.needs import Need, OnDuty, epoch_ms, lines_of_rung, lines_served, lines_upto
from tests.routing.world import ANA, JOE, LADDER, NOON


def test_a_need_survives_its_column() -> None:
    need = Need("pt", 2, "es", "north", "ana", ("ben", "cy"), ("dee",))
    assert Need.from_dict(need.to_dict()) == need


def test_a_clinician_serves_her_own_line_and_every_predicate_she_meets() -> None:
    served = lines_served(OnDuty("ana", {"pt": 2}, ("en",), "north"))
    predicates = {"pt:0+en", "pt+en", "pt:2+en", "pt:0+en@north", "pt+en@north", "pt:2+en@north"}
    assert served[0] == "clinician:ana"
    assert set(served[1:]) == predicates


@pytest.mark.parametrize(("level", "meets"), [(1, True), (3, True), (4, False)])
def test_the_least_level_is_part_of_the_line(level: int, meets: bool) -> None:
    (group,) = lines_of_rung(Need("pt", level), Rung(serve=("any",)))
    assert (group[0] in lines_served(ANA)) is meets


def test_groups_of_a_rung_follow_its_words() -> None:
    rung = Rung(serve=("own", "team", "site", "any"))
    need = Need("pt", site="north", own="ana", team=("ana", "ben", "ben"))
    assert lines_of_rung(need, rung) == (("clinician:ana",), ("clinician:ben",), ("pt+en@north",), ("pt+en",))


def test_a_rung_that_names_nobody_has_no_lines() -> None:
    assert lines_of_rung(Need("pt"), Rung(serve=("own", "team", "site"))) == ()


def test_a_person_to_avoid_is_never_named() -> None:
    need = Need("pt", own="ana", team=("ben", "cy"), avoid=("ana", "cy"))
    assert lines_of_rung(need, Rung(serve=("own", "team"))) == (("clinician:ben",),)


def test_higher_rungs_add_lines_and_keep_the_order_of_preference() -> None:
    assert lines_upto(JOE, LADDER, 0) == (("clinician:ana",), ("clinician:ben",))
    assert lines_upto(JOE, LADDER, 1) == (("clinician:ana",), ("clinician:ben",), ("pt+en",))


def test_a_line_stands_once_in_the_first_group_that_names_it() -> None:
    ladder = Ladder(rungs=(Rung(serve=("own",)), Rung(serve=("own", "team"))))
    assert lines_upto(JOE, ladder, 1) == (("clinician:ana",), ("clinician:ben",))


def test_time_is_whole_milliseconds() -> None:
    assert epoch_ms(NOON) == int(NOON.timestamp()) * 1000
