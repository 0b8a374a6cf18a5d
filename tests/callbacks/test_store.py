"""A promise is booked once, tried one call at a time, and always ends: reached, cancelled or with a person.

Longer than 300 lines because it follows one promise from its booking to each of its ends.
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import text

import calls.store
from callbacks import policy, store
from callbacks.requests import Attempt, AttemptState, RequestState, Resting
from tests.callbacks.desk import JOE, NOON, ZONE, Desk

MANY = 50


def test_a_promise_keeps_what_was_asked_and_hides_the_number(desk: Desk) -> None:
    promise = desk.book(place_ms=777).request
    assert (promise.state, promise.own_id, promise.team) == (RequestState.BOOKED, "ana", ("luis", "mia"))
    assert (promise.place_ms, promise.due_at) == (777, NOON)
    with desk.database.reading() as tx:
        assert JOE[2:] not in str(tx.execute(text("SELECT * FROM callback_requests")).all())


def test_a_second_wish_for_the_same_number_and_service_is_the_same_promise(desk: Desk) -> None:
    first, second = desk.book(place_ms=900), desk.book(place_ms=800)
    assert (first.created, second.created) == (True, False)
    assert second.request.id == first.request.id
    assert second.request.place_ms == 800


def test_another_service_is_another_promise(desk: Desk) -> None:
    assert desk.book().created
    assert desk.book(service="nurse").created


def test_a_number_that_no_proof_stands_behind_has_one_promise_whatever_the_service(desk: Desk) -> None:
    first = desk.book(patient_id=None, slot="").request
    other = desk.book(patient_id=None, slot="", service="nurse")
    assert (other.created, other.request.id, other.request.service) == (False, first.id, "therapy")


def test_a_patient_who_gives_another_number_is_rung_there_alone(desk: Desk) -> None:
    first = desk.book().request
    again = desk.book(number="+13125550151", patient_id="joe", slot="")
    assert (again.created, again.request.id) == (False, first.id)
    attempt = desk.tried_again(first.id)
    with desk.database.reading() as tx:
        assert store.number(tx, desk.vault, attempt.id) == "+13125550151"


def test_an_ended_promise_makes_room_for_a_new_one(desk: Desk) -> None:
    promise = desk.book().request
    with desk.database.transaction() as tx:
        assert store.cancel(tx, promise.id, "changed_mind", NOON)
    assert desk.book().created


def test_the_same_turn_told_twice_books_once(desk: Desk) -> None:
    first = desk.book(request_id="r" * 32)
    with desk.database.transaction() as tx:
        store.cancel(tx, first.request.id, "changed_mind", NOON)
    again = desk.book(request_id="r" * 32, number=JOE)
    assert (again.created, again.request.id) == (False, first.request.id)


def test_only_promises_whose_time_has_come_stand_in_line_best_place_first(desk: Desk) -> None:
    late = desk.book(number="+13125550151", place_ms=3000).request
    early = desk.book(number="+13125550152", place_ms=2000).request
    desk.book(number="+13125550153", due_at=NOON + timedelta(minutes=1))
    assert [promise.id for promise in desk.due()] == [early.id, late.id]
    assert desk.due() == []


def test_a_promise_in_line_can_be_put_off(desk: Desk) -> None:
    promise = desk.book().request
    desk.due()
    with desk.database.transaction() as tx:
        assert store.postpone(tx, promise.id, NOON + timedelta(hours=20), NOON)
        assert not store.postpone(tx, promise.id, NOON + timedelta(hours=30), NOON)
    assert desk.request(promise.id).due_at == NOON + timedelta(hours=20)


def test_an_attempt_carries_its_number_fence_and_deadline(desk: Desk) -> None:
    attempt = desk.intended()
    assert (attempt.number, attempt.offer_id, attempt.state) == (1, 1, AttemptState.INTENDED)
    assert attempt.deadline == NOON + timedelta(seconds=20) + policy.TO_SETTLE
    assert desk.request(attempt.request_id).state is RequestState.CALLING


def test_a_promise_not_in_line_cannot_be_tried(desk: Desk) -> None:
    promise = desk.book().request
    assert desk.intend(promise.id) is None
    assert desk.request(promise.id).attempts == 0


def test_of_fifty_who_try_one_promise_at_once_one_wins(desk: Desk) -> None:
    promise = desk.book().request
    desk.due()
    together = Barrier(MANY)

    def race(offer: int) -> Attempt | None:
        together.wait()
        with desk.database.transaction() as tx:
            return store.intend(tx, request_id=promise.id, offer_id=offer, now=NOON, ring_seconds=20)

    with ThreadPoolExecutor(MANY) as pool:
        made = [attempt for attempt in pool.map(race, range(MANY)) if attempt]
    assert len(made) == 1
    assert desk.request(promise.id).attempts == 1


def test_the_database_itself_refuses_a_second_open_attempt(desk: Desk) -> None:
    attempt = desk.intended()
    with desk.database.transaction() as tx:  # as if the compare-and-set had not been there
        tx.execute(text("UPDATE callback_requests SET state = 'waiting'"))
    assert desk.intend(attempt.request_id) is None
    assert desk.request(attempt.request_id).state is RequestState.WAITING


def test_of_two_jobs_one_dials(desk: Desk) -> None:
    attempt = desk.intended()
    with desk.database.transaction() as tx:
        assert store.start_dialling(tx, attempt.id, NOON)
    with desk.database.transaction() as tx:
        assert not store.start_dialling(tx, attempt.id, NOON)


def test_the_number_is_opened_to_dial(desk: Desk) -> None:
    attempt = desk.intended()
    with desk.database.reading() as tx:
        assert store.number(tx, desk.vault, attempt.id) == JOE
        assert store.number(tx, desk.vault, attempt.id + 1) is None


def test_a_call_of_unknown_outcome_introduces_itself(desk: Desk) -> None:
    attempt = desk.intended()
    with desk.database.transaction() as tx:
        store.start_dialling(tx, attempt.id, NOON)
        assert desk.adopt(tx, attempt, "CA7")
    known = desk.attempt(attempt.id)
    assert (known.state, known.sid) == (AttemptState.PLACED, "CA7")


def test_a_second_call_of_the_same_attempt_is_not_adopted(desk: Desk) -> None:
    attempt = desk.placed(desk.intended(), "CA1")
    with desk.database.transaction() as tx:
        assert desk.adopt(tx, attempt, "CA1")
        assert not desk.adopt(tx, attempt, "CA2")
    assert desk.attempt(attempt.id).sid == "CA1"


def test_the_carriers_answer_may_come_after_the_patients(desk: Desk) -> None:
    attempt = desk.intended()
    with desk.database.transaction() as tx:
        store.start_dialling(tx, attempt.id, NOON)
        desk.adopt(tx, attempt, "CA1")
        assert store.answered(tx, attempt.id, True, NOON)
        assert desk.adopt(tx, attempt, "CA1")
    assert desk.attempt(attempt.id).state is AttemptState.ANSWERED


def test_a_talk_keeps_the_promise(desk: Desk) -> None:
    attempt = desk.placed(desk.intended())
    with desk.database.transaction() as tx:
        assert store.answered(tx, attempt.id, True, NOON)
        assert store.reached_by_offer(tx, attempt.offer_id, NOON)
        assert not store.reached(tx, attempt.id, NOON)
        assert not store.reached_by_offer(tx, attempt.offer_id, NOON)
    promise = desk.request(attempt.request_id)
    assert (promise.state, promise.ended_at) == (RequestState.REACHED, NOON)
    assert desk.missed(attempt) is None


def test_a_missed_patient_is_tried_again_half_an_hour_later_from_the_same_place(desk: Desk) -> None:
    promise = desk.missed(desk.placed(desk.intended(place_ms=55)))
    assert promise is not None
    assert (promise.state, promise.attempts, promise.place_ms) == (RequestState.BOOKED, 1, 55)
    assert promise.due_at == NOON + timedelta(minutes=30)


def test_the_same_miss_told_twice_counts_once(desk: Desk) -> None:
    attempt = desk.placed(desk.intended())
    desk.missed(attempt)
    assert desk.missed(attempt) is None
    assert desk.request(attempt.request_id).attempts == 1


def test_after_the_third_miss_a_person_decides(desk: Desk) -> None:
    attempt = desk.placed(desk.intended(), "CA1")
    desk.missed(attempt)
    for sid in ("CA2", "CA3"):
        attempt = desk.placed(desk.tried_again(attempt.request_id), sid)
        desk.missed(attempt)
    promise = desk.request(attempt.request_id)
    assert (attempt.number, promise.attempts, promise.state) == (3, 3, RequestState.TO_PERSON)
    with desk.database.reading() as tx:
        assert [found.id for found in store.handed_over(tx)] == [promise.id]


def test_a_dial_that_never_rang_does_not_count(desk: Desk) -> None:
    attempt = desk.intended()
    with desk.database.transaction() as tx:
        store.start_dialling(tx, attempt.id, NOON)
    promise = desk.missed(attempt, "not_placed")
    assert promise is not None
    assert (promise.state, promise.attempts) == (RequestState.BOOKED, 0)
    assert promise.due_at == NOON + timedelta(minutes=1)
    assert desk.attempt(attempt.id).state is AttemptState.NOT_PLACED


def test_a_number_that_can_never_be_dialled_ends_with_a_person(desk: Desk) -> None:
    attempt = desk.intended()
    for _ in range(policy.MAX_UNPLACED - 1):
        desk.missed(attempt, "not_placed")
        attempt = desk.tried_again(attempt.request_id)
    desk.missed(attempt, "not_placed")
    assert desk.request(attempt.request_id).state is RequestState.TO_PERSON


def test_tries_that_never_rang_are_forgotten_once_one_rings(desk: Desk) -> None:
    attempt = desk.intended()
    desk.missed(attempt, "not_placed")
    desk.missed(desk.placed(desk.tried_again(attempt.request_id)))
    again = desk.tried_again(attempt.request_id)
    promise = desk.missed(again, "not_placed")
    assert promise is not None
    assert promise.due_at == desk.now + timedelta(minutes=1)
    assert promise.attempts == 1


def test_a_call_we_never_heard_of_again_is_not_dialled_again(desk: Desk) -> None:
    attempt = desk.intended()
    with desk.database.transaction() as tx:
        store.start_dialling(tx, attempt.id, NOON)
    promise = desk.missed(attempt, "expired")
    assert promise is not None
    assert promise.state is RequestState.TO_PERSON
    with desk.database.transaction() as tx:
        assert not desk.adopt(tx, attempt, "CA9")


def test_a_miss_in_the_evening_is_tried_again_next_morning(desk: Desk) -> None:
    attempt = desk.placed(desk.intended())
    desk.now = NOON + timedelta(hours=7, minutes=45)
    promise = desk.missed(attempt)
    assert promise is not None
    assert policy.may_dial(promise.due_at, (ZONE,))
    assert promise.due_at == NOON + timedelta(hours=20)


def test_an_attempt_past_its_deadline_is_found(desk: Desk) -> None:
    attempt = desk.intended()
    with desk.database.reading() as tx:
        assert store.overdue(tx, attempt.deadline - timedelta(seconds=1)) == []
        assert [found.id for found in store.overdue(tx, attempt.deadline)] == [attempt.id]
    desk.missed(attempt, "expired")
    with desk.database.reading() as tx:
        assert store.overdue(tx, attempt.deadline) == []


def test_an_answer_without_the_key_is_due_at_once_and_one_with_it_has_time_to_meet(desk: Desk) -> None:
    joe = desk.placed(desk.intended(), "CA1")
    mary = desk.placed(desk.intended(number="+13125550151"), "CA2")
    with desk.database.transaction() as tx:
        store.answered(tx, joe.id, False, NOON)
        store.answered(tx, mary.id, True, NOON)
        assert [found.id for found in store.overdue(tx, NOON)] == [joe.id]
    assert desk.attempt(mary.id).deadline == NOON + policy.TO_MEET


@pytest.mark.parametrize("ends", ["booked", "waiting"])
def test_a_patient_may_take_his_promise_back(desk: Desk, ends: str) -> None:
    promise = desk.book().request
    if ends == "waiting":
        desk.due()
    with desk.database.transaction() as tx:
        taken = store.cancel(tx, promise.id, "called_in", NOON)
        assert taken is not None
        assert (taken.request.state, taken.sid) == (RequestState.CANCELLED, None)
        assert store.cancel(tx, promise.id, "called_in", NOON) is None


def test_taking_a_promise_back_names_the_leg_that_still_rings(desk: Desk) -> None:
    attempt = desk.placed(desk.intended(), "CA5")
    with desk.database.transaction() as tx:
        taken = store.cancel(tx, attempt.request_id, "called_in", NOON)
    assert taken is not None
    assert taken.sid == "CA5"
    assert desk.attempt(attempt.id).state is AttemptState.MISSED
    assert desk.missed(attempt) is None
    assert desk.request(attempt.request_id).state is RequestState.CANCELLED


def test_a_promise_taken_back_before_the_dial_is_never_dialled(desk: Desk) -> None:
    attempt = desk.intended()
    with desk.database.transaction() as tx:
        store.cancel(tx, attempt.request_id, "called_in", NOON)
        assert not store.start_dialling(tx, attempt.id, NOON)


def test_lists_hold_open_promises_by_place_and_by_owner(desk: Desk) -> None:
    joe = desk.book(place_ms=2).request
    mary = desk.book(place_ms=1, number="+13125550151", own_id="luis").request
    gone = desk.book(place_ms=0, number="+13125550152").request
    with desk.database.transaction() as tx:
        store.cancel(tx, gone.id, "changed_mind", NOON)
    with desk.database.reading() as tx:
        assert [promise.id for promise in store.open_requests(tx)] == [mary.id, joe.id]
        assert [promise.id for promise in store.of_clinician(tx, "ana")] == [joe.id]


@pytest.mark.parametrize(
    "resting",
    [
        Resting(services=("nurse",)),
        Resting(by_line=("therapy",), numbers=("+13235550111",)),
        Resting(("nurse",), ("therapy",), ("+13125550100",), all_but=True),
        Resting(("therapy", "nurse")),
    ],
)
def test_what_rests_is_the_same_in_the_words_of_the_database(desk: Desk, resting: Resting) -> None:
    told = dict[str, bool]()
    for service in ("therapy", "nurse"):
        for at, dialled in enumerate(("+13125550100", "+13235550111", "")):
            name = f"{service}-{at}"
            with desk.database.transaction() as tx:
                calls.store.open_call(
                    tx, call_id=name, dialled=dialled, caller_hash=None, caller_sealed=None, language="en", now=desk.now
                )
            desk.book(request_id=name, call_id=name, number=f"+131255502{len(told):02}", service=service, slot=service)
            told[name] = resting.rests(service, dialled)
    with desk.database.transaction() as tx:
        assert set(store.due_ids(tx, desk.now, 100, but=resting)) == {name for name, rests in told.items() if not rests}
