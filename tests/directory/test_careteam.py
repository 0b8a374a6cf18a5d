"""Whose patient he is: the rule over dated evidence, by examples and against a slow second version of it."""

import os
import random
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from directory.care_records import (
    AUTHORSHIP,
    BOOKED,
    CARE_TEAM,
    OPEN_ENCOUNTER,
    RECENT_PAST,
    REFERRAL,
    UNIT,
    CareRecord,
    Evidence,
    Person,
    Role,
    packed,
    unpacked,
)
from directory.careteam import Answer, Elsewhere, decide, passed_over, team
from tests.directory.histories import NOW, PT, at, random_record, record, therapist
from tests.directory.slow_rule import slow_answer

HISTORIES = int(os.environ.get("CARE_HISTORIES", "10000"))


def evidence(
    clinician: str, level: int, start: float | None = None, end: float | None = None, **more: object
) -> Evidence:
    starts = at(start) if start is not None else None
    ends = at(end) if end is not None else None
    more.setdefault("source", f"X/{clinician}")
    return Evidence(level=level, clinician=clinician, starts=starts, ends=ends, **more)  # type: ignore[arg-type]


def member(clinician: str, start: float | None = None, end: float | None = None, **more: object) -> Evidence:
    return evidence(clinician, CARE_TEAM, start, end, named=(PT,), **more)


def answer(found: CareRecord, now: datetime = NOW) -> tuple[object, ...]:
    decided = decide(found, PT, now)
    if isinstance(decided, Answer):
        return decided.clinician, decided.level, decided.sure
    return None, decided.level, decided.unit


def test_nothing_on_record_is_the_pool_or_the_operator():
    assert answer(record(pool=1)) == (None, 8, "")
    assert answer(record()) == (None, 9, "")


def test_whom_we_do_not_serve_has_nobody():
    assert answer(CareRecord(served=False, evidence=(member("a"),), people={"a": therapist("a")})) == (None, 0, "")
    assert team(CareRecord(served=False, evidence=(member("a"),), people={"a": therapist("a")}), PT, NOW) == ()


def test_a_care_team_whose_role_agrees_with_the_persons_own_is_sure_and_comes_first():
    loose, agreed = evidence("a", CARE_TEAM, -1), member("b", -9)
    assert answer(record(loose, agreed)) == ("b", 1, "sure")
    assert answer(record(loose)) == ("a", 1, "likely")
    assert answer(record(member("a"), people=(Person("a"),))) == ("a", 1, "likely")
    assert team(record(loose, agreed), PT, NOW) == ("b", "a")


def test_of_two_members_the_later_start_wins_then_the_open_episode_then_the_latest_visit_then_the_lower_id():
    assert answer(record(member("a", -9), member("z", -6)))[0] == "z"
    assert answer(record(member("a", -6), member("z", -6, episode=("", ""))))[0] == "z"
    assert answer(record(member("a", -6), member("z", -6, episode=("", at(-1).isoformat()))))[0] == "a"
    visits = evidence("z", RECENT_PAST, -1), evidence("a", RECENT_PAST, -2)
    assert answer(record(member("a", -6), member("z", -6), *visits))[0] == "z"
    assert answer(record(member("b", -6), member("z", -6)))[0] == "b"


def test_a_care_team_counts_from_its_first_to_its_last_instant():
    found = record(member("a", -5, 0.5, since=at(-4)))
    assert answer(found)[0] == "a"
    assert answer(found, NOW + timedelta(hours=12))[0] is None
    assert answer(found, at(-4.5))[0] is None
    assert answer(found, at(-6))[0] is None


def test_a_team_that_ended_is_passed_over_and_said_so():
    found = record(member("a", -20, -7), member("b", 2), member("c", -3), people=tuple(map(therapist, "ab")))
    assert answer(found)[0] is None
    assert passed_over(found, PT, NOW) == [("X/a", "a", "ended"), ("X/b", "b", "ahead")]


def test_an_assistant_is_never_the_therapist_though_a_team_says_so():
    assistant = Person("a", roles=(Role("r", "a", skills=frozenset({"pt_assistant"}), bars=frozenset({PT})),))
    assert answer(record(member("a"), people=(assistant,)))[0] is None
    both = replace(assistant, roles=(*assistant.roles, Role("s", "a", skills=frozenset({PT}))))
    assert answer(record(member("a"), people=(both,))) == ("a", 1, "sure")


def test_the_sites_word_stands_above_the_codes():
    assert answer(record(member("a"), people=(replace(therapist("a"), local={PT: 0}),)))[0] is None
    assert answer(record(evidence("a", BOOKED, 1), people=(Person("a", local={PT: 2}),)))[0] == "a"


def test_an_organisation_in_a_team_means_its_people_of_the_skill():
    found = record(
        evidence("", CARE_TEAM, -3, unit="Organization/o", named=(PT,)),
        people=(therapist("b"), therapist("a"), Person("n")),
        unit_roles={"Organization/o": ("a-role", "b-role")},
    )
    assert answer(found) == ("a", 1, "sure")
    assert team(found, PT, NOW) == ("a", "b")


def test_the_soonest_booked_visit_within_thirty_days_comes_second():
    visits = evidence("a", BOOKED, 9), evidence("b", BOOKED, 2), evidence("c", OPEN_ENCOUNTER, -1)
    assert answer(record(*visits)) == ("b", 2, "sure")
    assert answer(record(evidence("a", BOOKED, 31)))[0] is None
    assert answer(record(evidence("a", BOOKED, -1)))[0] is None


def test_an_open_encounter_comes_third_and_is_stale_after_180_days():
    recent = evidence("b", RECENT_PAST, -1)
    assert answer(record(evidence("a", OPEN_ENCOUNTER, -180), recent)) == ("a", 3, "sure")
    assert answer(record(evidence("a", OPEN_ENCOUNTER, -181))) == ("a", 3, "stale")
    assert answer(record(evidence("a", OPEN_ENCOUNTER))) == ("a", 3, "stale")
    assert answer(record(evidence("a", OPEN_ENCOUNTER, -20, -1)))[0] is None
    assert answer(record(evidence("a", OPEN_ENCOUNTER, 5, planned=True))) == ("a", 3, "sure")


def test_the_recent_past_is_only_likely_and_ends_after_180_days():
    assert answer(record(evidence("a", RECENT_PAST, -180))) == ("a", 4, "likely")
    assert answer(record(evidence("a", RECENT_PAST, -181)))[0] is None


def test_of_two_seen_within_thirty_days_the_one_seen_more_often_wins():
    often = [evidence("b", RECENT_PAST, -days, source=f"X/b{days}") for days in (20, 15)]
    latest = evidence("a", RECENT_PAST, -2)
    assert answer(record(latest, *often)) == ("b", 4, "likely")
    assert answer(record(latest, often[0])) == ("a", 4, "likely")


def test_a_referral_names_a_person_or_a_units_queue():
    asked = evidence("a", REFERRAL, -365, named=(PT,))
    assert answer(record(asked)) == ("a", 5, "likely")
    assert answer(record(replace(asked, starts=at(-366))))[0] is None
    assert answer(record(replace(asked, named=("nurse",))))[0] is None
    assert answer(record(replace(asked, clinician="", unit="HealthcareService/7"))) == (None, 5, "HealthcareService/7")


def test_what_somebody_wrote_counts_by_instant_then_by_how_much_was_written():
    many = evidence("b", AUTHORSHIP, -10, contacts=19)
    one = evidence("a", AUTHORSHIP, -10)
    assert answer(record(one, many)) == ("b", 6, "likely")
    assert answer(record(replace(one, starts=at(-9)), many)) == ("a", 6, "likely")


def test_the_unit_of_a_stay_counts_where_it_offers_the_skill():
    stay = Evidence(level=UNIT, source="Encounter/e", unit="Organization/o", starts=at(-20))
    assert answer(record(stay, people=(therapist("a"),), unit_roles={"Organization/o": ("a-role",)}))[1:] == (
        7,
        stay.unit,
    )
    assert answer(record(stay, services=frozenset({"Organization/o"})))[1:] == (7, stay.unit)
    assert answer(record(stay, pool=1))[1] == 8


def test_nothing_that_lies_ahead_counts_but_bookings():
    levels = (CARE_TEAM, OPEN_ENCOUNTER, RECENT_PAST, REFERRAL, AUTHORSHIP)
    assert answer(record(*(evidence("a", level, 1, named=(PT,), source=f"X/{level}") for level in levels)))[1] == 9


def test_who_left_or_is_avoided_is_nobodys_own():
    assert answer(record(member("a"), people=(therapist("a", active=False),)))[0] is None
    assert answer(record(member("a"), avoided=frozenset("a")))[0] is None


def test_the_role_is_the_one_the_evidence_names_else_that_of_its_organisation_else_the_latest():
    roles = tuple(
        Role(name, "a", unit=f"Organization/{name}", skills=frozenset({PT}), starts=at(-days))
        for name, days in (("x", 30), ("y", 20), ("z", 10))
    )
    people = (therapist("a", *roles),)
    for more, wanted in (({"role": "x"}, "x"), ({"unit": "Organization/y"}, "y"), ({}, "z")):
        found = decide(record(member("a", None, None, **more), people=people), PT, NOW)
        assert isinstance(found, Answer)
        assert (found.role, found.unit) == (wanted, f"Organization/{wanted}")


def test_evidence_survives_being_packed():
    for seed in range(200):
        found = random_record(seed).evidence
        assert sorted(unpacked(packed(found)), key=repr) == sorted(found, key=repr)


def quick_answer(found: CareRecord) -> tuple[object, ...]:
    decided = decide(found, PT, NOW)
    if isinstance(decided, Elsewhere):
        return decided.level, decided.unit, decided.evidence
    return decided.level, decided.clinician, decided.evidence, decided.sure, decided.role, decided.unit


@pytest.mark.timeout(120 + HISTORIES // 100)
@pytest.mark.parametrize("part", range(4))
def test_ten_thousand_histories_agree_with_the_slow_rule(part):
    for seed in range(part, HISTORIES, 4):
        found = random_record(seed)
        assert quick_answer(found) == slow_answer(found, PT, NOW), seed


def test_neither_the_order_of_evidence_nor_ended_periods_change_an_answer():
    for seed in range(1500):
        found, chance = random_record(seed), random.Random(seed)
        more = [*found.evidence, *(member(name, -5000, -4000, source=f"A/{name}") for name in "abcd")]
        chance.shuffle(more)
        people = {
            name: replace(person, roles=(*person.roles, Role("0", name, skills=frozenset({PT}), ends=at(-1))))
            for name, person in found.people.items()
        }
        assert quick_answer(replace(found, evidence=tuple(more), people=people)) == quick_answer(found), seed


def test_the_histories_reach_every_level_and_every_trust():
    answers = [quick_answer(random_record(seed)) for seed in range(2000)]
    assert {found[0] for found in answers} == set(range(10))
    assert {found[3] for found in answers if len(found) > 3} == {"sure", "likely", "stale"}
