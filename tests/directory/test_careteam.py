"""Whose patient he is: the rule over dated evidence."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from directory.careteam import (
    BOOKED,
    CARE_TEAM,
    OPEN_ENCOUNTER,
    RECENT_PAST,
    CareRelation,
    own_clinician,
    team,
)

NOW = datetime(2026, 11, 23, 16, tzinfo=UTC)
TODAY = NOW.date()


def day(offset: int) -> date:
    return TODAY + timedelta(days=offset)


def relation(
    clinician: str,
    level: int,
    start: int | None = None,
    end: int | None = None,
    *,
    agree: bool = False,
    evidence: str = "e",
    zone: str = "UTC",
) -> CareRelation:
    starts = day(start) if start is not None else None
    ends = day(end) if end is not None else None
    return CareRelation(clinician, level, starts, ends, evidence, both_agree=agree, zone=zone)


def answer(*relations: CareRelation, now: datetime = NOW) -> tuple[str, int, str] | None:
    found = own_clinician(relations, now)
    return (found.clinician, found.level, found.sure) if found else None


def test_nothing_on_record_is_nobody():
    assert answer() is None


def test_a_care_team_whose_role_agrees_with_the_persons_own_is_sure_and_comes_first():
    loose, agreed = relation("a", CARE_TEAM, -1), relation("b", CARE_TEAM, -9, agree=True)
    assert answer(loose, agreed) == ("b", 1, "sure")
    assert answer(loose) == ("a", 1, "likely")
    assert team([loose, agreed], NOW) == ("b", "a")


def test_of_two_members_the_later_start_wins_then_the_lower_id():
    late, early = relation("z", CARE_TEAM, -6, agree=True), relation("a", CARE_TEAM, -9, agree=True)
    assert answer(early, late) == ("z", 1, "sure")
    assert answer(relation("b", CARE_TEAM, -6, agree=True), late) == ("b", 1, "sure")


def test_a_care_team_counts_from_its_first_to_its_last_day():
    member = relation("a", CARE_TEAM, -5, 0, agree=True)
    assert answer(member) is not None
    assert answer(member, now=NOW + timedelta(days=1)) is None
    assert answer(member, now=NOW - timedelta(days=6)) is None


def test_the_day_is_the_one_at_the_clinicians_site():
    evening = datetime(2026, 11, 24, 3, tzinfo=UTC)  # still the 23rd in Chicago
    assert answer(relation("a", CARE_TEAM, -5, 0, agree=True, zone="America/Chicago"), now=evening) is not None
    assert answer(relation("a", CARE_TEAM, -5, 0, agree=True, zone="UTC"), now=evening) is None


def test_the_soonest_booked_visit_within_thirty_days_comes_second():
    assert answer(relation("a", BOOKED, 9), relation("b", BOOKED, 2), relation("c", OPEN_ENCOUNTER, -1)) == (
        "b",
        2,
        "sure",
    )
    assert answer(relation("a", BOOKED, 31)) is None
    assert answer(relation("a", BOOKED, -1)) is None


def test_an_open_encounter_comes_third_and_is_stale_after_180_days():
    assert answer(relation("a", OPEN_ENCOUNTER, -180), relation("b", RECENT_PAST, -1, -1)) == ("a", 3, "sure")
    assert answer(relation("a", OPEN_ENCOUNTER, -181)) == ("a", 3, "stale")
    assert answer(relation("a", OPEN_ENCOUNTER, -20, -1)) is None


def test_the_recent_past_is_only_likely_and_ends_after_180_days():
    assert answer(relation("a", RECENT_PAST, -180, -180)) == ("a", 4, "likely")
    assert answer(relation("a", RECENT_PAST, -181, -181)) is None


def test_of_two_seen_within_thirty_days_the_one_seen_more_often_wins():
    often = [relation("b", RECENT_PAST, -days, -days, evidence=f"e{days}") for days in (20, 15)]
    latest = relation("a", RECENT_PAST, -2, -2)
    assert answer(latest, *often) == ("b", 4, "likely")
    assert answer(latest, often[0]) == ("a", 4, "likely")


def test_nothing_that_lies_ahead_counts_but_bookings():
    ahead = [relation("a", level, 1, 2, agree=True) for level in (CARE_TEAM, OPEN_ENCOUNTER, RECENT_PAST)]
    assert answer(*ahead) is None


relations = st.lists(
    st.builds(
        CareRelation,
        clinician=st.sampled_from("abc"),
        level=st.integers(1, 4),
        starts_on=st.none() | st.dates(date(2026, 4, 1), date(2027, 1, 31)),
        ends_on=st.none() | st.dates(date(2026, 4, 1), date(2027, 1, 31)),
        evidence=st.sampled_from(("x", "y")),
        both_agree=st.booleans(),
    ),
    max_size=6,
)


@settings(max_examples=100, deadline=None)
@given(found=relations, data=st.data())
def test_the_answer_does_not_depend_on_the_order_of_the_records(found, data):
    shuffled = data.draw(st.permutations(found))
    first, second = own_clinician(found, NOW), own_clinician(shuffled, NOW)
    assert (first and (first.clinician, first.level, first.evidence, first.sure)) == (
        second and (second.clinician, second.level, second.evidence, second.sure)
    )
    assert team(found, NOW) == team(shuffled, NOW)
