"""Presence: what each event makes of a clinician, and when a timer makes him ready."""

from dataclasses import replace
from datetime import datetime

import pytest

from routing import offers, presence
from routing.needs import epoch_ms
from routing.presence import Presence, State
from tests.routing.world import NOON, after

READY = Presence("ana", State.READY, NOON, idle_since_ms=7)
OFFERED = presence.reserve(READY, 1, NOON)
TALKING = presence.talk(OFFERED, NOON)
Cause = offers.State


@pytest.mark.parametrize(
    ("cause", "seconds"),
    [
        (Cause.DECLINED, 10),
        (Cause.BUSY, 60),
        (Cause.NO_ANSWER, 30),
        (Cause.NO_KEY, 30),
        (Cause.FAILED, 30),
        (Cause.EXPIRED, 30),
        (Cause.HUNG_UP, 10),
        (Cause.LOST, 30),
    ],
)
def test_he_cools_down_by_cause(cause: Cause, seconds: int) -> None:
    cooling = presence.after(OFFERED, cause, NOON)
    assert (cooling.state, cooling.reason, cooling.until) == (State.AWAY, "cool_down", after(seconds))
    assert not presence.is_due(cooling, after(seconds - 1))
    assert presence.is_due(cooling, after(seconds))
    assert presence.when_due(cooling, after(seconds)).state is State.READY
    assert presence.is_on_duty(cooling)


def test_every_cause_of_giving_back_has_its_cool_down() -> None:
    assert set(presence.COOL_DOWN_SECONDS) == offers.GIVEN_BACK


@pytest.mark.parametrize("cause", sorted(presence.MISSES))
def test_the_second_miss_sends_him_away_until_he_returns(cause: Cause) -> None:
    once = presence.when_due(presence.after(OFFERED, cause, NOON), after(30))
    twice = presence.after(presence.reserve(once, 2, after(30)), cause, after(60))
    assert (twice.state, twice.reason, twice.until) == (State.AWAY, "missed_calls", None)
    assert not presence.is_on_duty(twice)


@pytest.mark.parametrize("cause", sorted(offers.GIVEN_BACK - presence.MISSES))
def test_what_is_not_his_fault_is_not_a_miss(cause: Cause) -> None:
    person = READY
    for _ in range(5):
        person = presence.when_due(presence.after(presence.reserve(person, 1, NOON), cause, NOON), after(99))
    assert person.misses == 0


def test_taking_a_call_forgets_an_earlier_miss() -> None:
    once = presence.when_due(presence.after(OFFERED, Cause.NO_ANSWER, NOON), after(30))
    assert once.misses == 1
    assert presence.talk(presence.reserve(once, 2, NOON), NOON).misses == 0


@pytest.mark.parametrize("before", [OFFERED, TALKING])
def test_a_caller_who_leaves_costs_him_nothing(before: Presence) -> None:
    freed = presence.after(before, Cause.RESCINDED, NOON)
    assert (freed.state, freed.idle_since_ms, freed.offer_id) == (State.READY, 7, None)


def test_who_did_not_take_a_call_goes_behind_his_colleagues_but_not_for_our_faults() -> None:
    assert presence.after(OFFERED, Cause.NO_ANSWER, NOON).idle_since_ms == epoch_ms(NOON)
    assert presence.after(OFFERED, Cause.FAILED, NOON).idle_since_ms == 7


def test_after_a_talk_he_wraps_up_and_then_begins_a_new_turn() -> None:
    wrapping = presence.after_talk(TALKING, NOON, 45)
    assert (wrapping.state, wrapping.until) == (State.WRAPPING_UP, after(45))
    ready = presence.when_due(wrapping, after(46))
    assert (ready.state, ready.idle_since_ms, ready.until) == (State.READY, epoch_ms(after(46)), None)


def test_without_wrap_up_he_is_ready_at_once() -> None:
    assert presence.after_talk(TALKING, NOON, 0).state is State.READY


@pytest.mark.parametrize("until", [None, after(600)])
def test_what_he_chooses_while_talking_comes_after_the_talk(until: datetime | None) -> None:
    chosen = presence.choose(TALKING, State.IN_VISIT, "home visit", until, NOON)
    assert chosen.state is State.TALKING
    then = presence.after_talk(chosen, after(60), 45)
    assert (then.state, then.reason, then.until) == (State.IN_VISIT, "home visit", until)
    lost = presence.after(chosen, Cause.LOST, after(60))
    assert lost.state is State.IN_VISIT


def test_choosing_ready_while_talking_takes_the_earlier_choice_back() -> None:
    away = presence.choose(TALKING, State.AWAY, "lunch", None, NOON)
    back = presence.choose(away, State.READY, None, None, NOON)
    assert presence.after_talk(back, NOON, 45).state is State.WRAPPING_UP


def test_a_reason_is_cut_to_its_column() -> None:
    chosen = presence.choose(TALKING, State.IN_VISIT, "x" * 80, None, NOON)
    assert len(chosen.reason or "") == presence.REASON_CHARACTERS
    assert len(presence.choose(READY, State.AWAY, "x" * 80, None, NOON).reason or "") == presence.REASON_CHARACTERS


def test_every_change_has_a_new_version_and_ready_twice_is_no_change() -> None:
    assert presence.choose(READY, State.READY, None, None, NOON) is READY
    changes = [OFFERED, TALKING, presence.after_talk(TALKING, NOON, 1)]
    assert [person.version for person in changes] == [2, 3, 4]


@pytest.mark.parametrize("state", sorted(set(State) - presence.CHOSEN))
def test_nobody_sets_what_only_a_call_can_make(state: State) -> None:
    with pytest.raises(ValueError, match="nobody can set"):
        presence.choose(READY, state, None, None, NOON)


def test_nobody_talks_who_was_not_offered() -> None:
    with pytest.raises(ValueError, match="not followed by"):
        presence.talk(READY, NOON)
    with pytest.raises(ValueError, match="not followed by"):
        presence.reserve(TALKING, 2, NOON)


def test_who_was_set_away_is_told_by_the_next_call_that_he_takes() -> None:
    once = presence.when_due(presence.after(OFFERED, Cause.NO_ANSWER, NOON), after(30))
    assert presence.sets_away(once) and not presence.sets_away(READY)
    away = presence.after(presence.reserve(once, 2, NOON), Cause.NO_KEY, NOON)
    ready = presence.choose(away, State.READY, None, None, NOON)
    offered = presence.reserve(ready, 3, NOON)
    assert presence.was_set_away(away) and presence.was_set_away(ready) and presence.was_set_away(offered)
    assert not presence.was_set_away(presence.talk(offered, NOON))
    assert not presence.was_set_away(presence.choose(ready, State.AWAY, "lunch", None, NOON))


def test_a_wrap_up_can_be_made_longer_up_to_a_limit_and_nothing_else_can() -> None:
    wrapping = presence.after_talk(TALKING, NOON, 30)
    longer = presence.longer(wrapping, 120, after(10))
    assert longer is not None
    assert (longer.until, longer.since, longer.version) == (after(150), NOON, wrapping.version + 1)
    full = presence.longer(longer, 3600, after(20))
    assert full is not None
    assert full.until == NOON + presence.WRAP_UP_AT_MOST
    assert presence.longer(full, 120, after(30)) is None
    assert presence.longer(wrapping, 120, after(30)) is None, "it is over"
    assert presence.longer(READY, 120, NOON) is None


def test_free_for_a_while_is_ready_until_then_and_off_duty_afterwards() -> None:
    free = presence.choose(READY, State.READY, None, after(600), NOON)
    assert (free.state, free.until, free.free_until) == (State.READY, None, after(600))
    assert not presence.is_due(free, after(599))
    assert presence.is_due(free, after(600))
    off = presence.when_due(free, after(600))
    assert (off.state, off.free_until) == (State.OFFLINE, None)


def test_a_talk_goes_on_beyond_the_time_on_duty_and_nothing_rings_after_it() -> None:
    free = presence.choose(READY, State.READY, None, after(60), NOON)
    talking = presence.talk(presence.reserve(free, 1, NOON), NOON)
    assert not presence.is_due(talking, after(300))
    wrapping = presence.after_talk(talking, after(300), wrap_up_seconds=30)
    assert presence.is_due(wrapping, after(300))
    assert presence.when_due(wrapping, after(300)).state is State.OFFLINE


FREE = presence.choose(READY, State.READY, None, after(600), NOON)


def test_ready_anew_or_off_duty_ends_the_time_on_duty_that_he_named() -> None:
    for state in (State.READY, State.OFFLINE):
        assert presence.choose(FREE, state, None, None, NOON).free_until is None


@pytest.mark.parametrize("state", [State.AWAY, State.IN_VISIT])
@pytest.mark.parametrize("until", [None, after(300)])
def test_a_break_or_a_visit_does_not_move_the_end_of_the_time_on_duty(state: State, until: datetime | None) -> None:
    resting = presence.choose(FREE, state, None, until, after(60))
    assert resting.free_until == after(600)
    back = presence.when_due(resting, after(300))
    assert (back.state, back.free_until) == (State.READY, after(600))
    assert presence.when_due(resting, after(600)).state is State.OFFLINE, "nothing rings, however long he is away"


def test_his_word_to_a_patient_goes_beyond_the_time_that_he_named() -> None:
    visiting = presence.choose(FREE, State.IN_VISIT, presence.AFTER_VISIT, after(1800), NOON)
    assert presence.when_due(visiting, after(1800)).state is State.READY


def test_free_later_is_away_until_then_and_ready_by_himself_for_as_long_as_he_said() -> None:
    later = presence.choose(READY, State.READY, None, after(1200), NOON, begins=after(600))
    assert (later.state, later.reason, later.until) == (State.AWAY, "free_later", after(600))
    assert not presence.is_on_duty(later)
    assert not presence.is_due(later, after(599))
    ready = presence.when_due(later, after(600))
    assert (ready.state, ready.reason, ready.free_until) == (State.READY, None, after(1200))
    assert presence.when_due(ready, after(1200)).state is State.OFFLINE


@pytest.mark.parametrize("begins", [NOON, after(-60)])
def test_a_time_that_has_begun_is_now(begins: datetime) -> None:
    ready = presence.choose(READY, State.READY, None, after(600), NOON, begins=begins)
    assert (ready.state, ready.free_until) == (State.READY, after(600))


def test_free_later_while_he_talks_comes_after_the_talk() -> None:
    chosen = presence.choose(TALKING, State.READY, None, after(1200), NOON, begins=after(600))
    early = presence.after_talk(chosen, after(60), 45)
    assert (early.state, early.reason, early.until, early.free_until) == (
        State.AWAY,
        "free_later",
        after(600),
        after(1200),
    )
    late = presence.after_talk(chosen, after(700), 45)
    assert (late.state, late.until, late.free_until) == (State.WRAPPING_UP, after(745), after(1200)), "it has begun"


def test_an_absence_that_would_be_over_when_the_talk_ends_is_none() -> None:
    chosen = presence.choose(TALKING, State.IN_VISIT, None, after(60), NOON)
    assert presence.after_talk(chosen, after(60), 45).state is State.WRAPPING_UP


def test_nothing_rings_beyond_the_end() -> None:
    assert not presence.is_due(FREE, after(579), 20)
    assert presence.is_due(FREE, after(580), 20)
    assert presence.when_due(FREE, after(580), 20).state is State.OFFLINE


def test_his_hours_end_the_time_on_duty_of_who_names_no_end() -> None:
    by_hours = presence.choose(READY, State.READY, None, None, NOON, hours_end=after(3600))
    assert (by_hours.free_until, by_hours.reason, by_hours.version) == (after(3600), "hours_end", READY.version + 1)
    assert presence.choose(by_hours, State.READY, None, None, NOON, hours_end=after(3600)) is by_hours
    named = presence.choose(by_hours, State.READY, None, after(600), NOON, hours_end=after(3600))
    assert (named.free_until, named.reason) == (after(600), None)


@pytest.mark.parametrize("hours_end", [None, after(3600)])
def test_ready_between_two_calls_leaves_the_end_as_it_is(hours_end: datetime | None) -> None:
    talking = presence.talk(presence.reserve(FREE, 1, NOON), NOON)
    wrapping = presence.after_talk(talking, after(60), 45)
    cooling = presence.after(presence.reserve(FREE, 1, NOON), Cause.DECLINED, NOON)
    for busy in (talking, wrapping, cooling):
        assert presence.choose(busy, State.READY, None, None, after(70), hours_end=hours_end).free_until == after(600)
    over = presence.choose(talking, State.READY, None, None, after(600), hours_end=hours_end)
    assert over.free_until == hours_end, "what he named is over: this is a new word"


def test_who_was_set_away_is_told_of_it_though_his_hours_have_an_end() -> None:
    away = presence.after(presence.reserve(replace(READY, misses=1), 2, NOON), Cause.NO_KEY, NOON)
    ready = presence.choose(away, State.READY, None, None, NOON, hours_end=after(3600))
    assert presence.was_set_away(ready) and ready.free_until == after(3600)
