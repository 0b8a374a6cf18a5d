"""Position among those who wait for the same people, and minutes that people say."""

from hypothesis import given
from hypothesis import strategies as st

from routing.estimates import Announcement, announced, law_of_one
from routing.outlook import FRIENDLY, Standing, friendly, positions

PT, HIP, NURSE = "pt+en", "hip+en", "nurse+en"
SERVES = {"ana": frozenset([PT, HIP, "clinician:ana"]), "luis": frozenset([PT]), "nora": frozenset([NURSE])}


def standing(id_: str, place: int, *lines: str) -> Standing:
    return Standing(id_, place, frozenset(lines))


def test_who_waits_for_other_people_is_not_before_him():
    waiting = [standing("n", 1, NURSE), standing("a", 2, PT), standing("b", 3, PT), standing("h", 4, HIP)]
    assert positions(waiting, SERVES) == {"n": 1, "a": 1, "b": 2, "h": 3}


def test_who_waits_for_ana_by_name_competes_with_all_whom_she_may_take():
    waiting = [standing("a", 1, PT), standing("own", 2, "clinician:ana"), standing("b", 3, PT)]
    assert positions(waiting, SERVES) == {"a": 1, "own": 2, "b": 3}


def test_for_a_line_that_nobody_serves_there_is_no_position():
    assert positions([standing("x", 1, "knee+en")], SERVES) == {}


@st.composite
def crowds(draw):
    lines = st.sets(st.sampled_from([PT, HIP, NURSE, "clinician:ana"]), min_size=1)
    return [standing(f"w{n}", draw(st.integers(0, 5)), *draw(lines)) for n in range(draw(st.integers(0, 12)))]


@given(crowds())
def test_positions_are_those_of_a_plain_count(crowd):
    def rival(a: Standing, b: Standing) -> bool:
        return any(a.lines & theirs and b.lines & theirs for theirs in SERVES.values())

    plain = {
        each.id: 1 + sum(rival(each, o) and (o.place_ms, o.id) < (each.place_ms, each.id) for o in crowd)
        for each in crowd
    }
    assert positions(crowd, SERVES) == plain


@given(st.floats(1, 4000), st.floats(1, 4000))
def test_what_is_said_holds_what_was_meant(one, other):
    low, high = min(one, other), max(one, other)
    said = friendly(Announcement(low, high))
    if said is None:
        assert high > FRIENDLY[-1] * 60
    else:
        assert said[0] * 60 <= low and high <= said[1] * 60 and 0 <= said[0] <= said[1] and said[1] >= 1


def test_minutes_as_people_say_them():
    assert friendly(Announcement(45, 100)) == (0, 2)
    assert friendly(Announcement(200, 480)) == (3, 8)
    assert friendly(Announcement(700, 1300)) == (10, 25)
    assert friendly(None) is None


def test_of_few_talks_nothing_is_known():
    assert law_of_one(0, 300, 2) is None
    few, many = law_of_one(0, 300, 3), law_of_one(0, 300, 300)
    assert few is not None and many is not None
    assert few.mean == many.mean == 300 and few.p80 > many.p80
    assert announced(many) is not None
