"""The moves of promises and attempts agree with the tables, and merging two wishes never names the wrong patient."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from callbacks.requests import (
    ATTEMPT_MOVES,
    REQUEST_MOVES,
    AttemptState,
    Kind,
    Request,
    RequestState,
    Wish,
    leading_to,
    merged,
    unfinished,
)
from callbacks.tables import OPEN_ATTEMPT, OPEN_REQUEST
from tests.callbacks.desk import NOON

HAVE = Request(
    id="r1",
    call_id="c1",
    patient_id="joe",
    slot="therapy",
    service="therapy",
    language="en",
    zones=(),
    kind=Kind.PLACE,
    asked_by="patient",
    texts=False,
    own_id="ana",
    team=("luis",),
    owned_until=None,
    state=RequestState.BOOKED,
    paused_by=None,
    message_left=False,
    attempts=0,
    version=1,
    place_ms=1000,
    booked_at=NOON,
    due_at=NOON,
    promised_from=NOON,
    promise_by=NOON + timedelta(hours=2),
    ended_at=None,
)
SAME = Wish("joe", "ana", ("luis",), 1000, NOON, NOON, NOON + timedelta(hours=2))


def test_every_state_has_its_moves_written_down() -> None:
    assert set(REQUEST_MOVES) == set(RequestState)
    assert set(ATTEMPT_MOVES) == set(AttemptState)


def test_open_in_the_database_means_unfinished_here() -> None:
    assert set(re.findall(r"'(\w+)'", OPEN_REQUEST)) == set(unfinished(REQUEST_MOVES))
    assert set(re.findall(r"'(\w+)'", OPEN_ATTEMPT)) == set(unfinished(ATTEMPT_MOVES))


def test_every_open_promise_can_still_end_with_a_person() -> None:
    assert leading_to(REQUEST_MOVES, RequestState.TO_PERSON) == unfinished(REQUEST_MOVES)


def test_a_dial_that_may_have_rung_never_goes_back_to_intended() -> None:
    assert leading_to(ATTEMPT_MOVES, AttemptState.INTENDED) == []


def test_the_same_wish_again_changes_nothing() -> None:
    assert merged(HAVE, SAME) == {}


def test_a_better_place_and_an_earlier_time_are_kept() -> None:
    sooner = replace(SAME, place_ms=500, due_at=NOON - timedelta(minutes=5))
    assert merged(replace(HAVE, due_at=NOON), sooner) == {"place_ms": 500, "due_at": NOON - timedelta(minutes=5)}


def test_a_worse_place_and_a_later_time_are_not() -> None:
    assert merged(HAVE, replace(SAME, place_ms=2000, due_at=NOON + timedelta(hours=1))) == {}


@pytest.mark.parametrize("busy", [{"state": RequestState.WAITING}, {"state": RequestState.CALLING}, {"attempts": 1}])
def test_time_and_place_stay_once_somebody_works_on_it(busy: dict[str, object]) -> None:
    have = replace(HAVE, **busy)  # type: ignore[arg-type]
    assert merged(have, replace(SAME, place_ms=1, due_at=NOON - timedelta(hours=1))) == {}


def test_two_patients_behind_one_number_make_the_promise_nobodys_own() -> None:
    assert merged(HAVE, replace(SAME, patient_id="mary", own_id="luis")) == {
        "patient_id": None,
        "own_id": None,
        "team": (),
    }


def test_a_proved_patient_gives_an_unproved_promise_his_own_clinician() -> None:
    unproved = replace(HAVE, patient_id=None, own_id=None, team=())
    assert merged(unproved, SAME) == {"patient_id": "joe", "own_id": "ana", "team": ("luis",)}


def test_an_unproved_caller_leaves_a_proved_promise_as_it_is() -> None:
    assert merged(HAVE, replace(SAME, patient_id=None, own_id=None, team=())) == {}
