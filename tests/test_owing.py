"""Work and promised callbacks change hands, in the rows: the due time stays, the story and the audit trail say it."""

from datetime import timedelta

import pytest
import sqlalchemy
from sqlalchemy import insert

import callbacks.store
import clock as clock_door
from calls import work_store
from calls.work import Kind
from directory.tables import Avoidance
from owing import Owing
from ringing_out import BEING_RUNG, CHANGED
from tests.callbacks.test_booking import book, promises
from tests.scenarios.orders import Center, told

JOE = "patient-101"


def owed(center: Center) -> None:
    """A message of Joe's, on Ana's list."""
    now = center.clock.at
    with center.database.transaction() as tx:
        work_store.open_item(
            tx, item_id="w1", kind=Kind.MESSAGE, subject="v1", call_id="c1", patient_id=JOE, number_hash=None,
            number_sealed=None, service="therapy", language="en", owner_id="ana", discharged_at=None,
            due_at=now + timedelta(hours=4), now=now,
        )  # fmt: skip


def avoids(center: Center, clinician: str) -> None:
    with center.database.transaction() as tx:
        tx.execute(insert(Avoidance.__table__).values(patient_id=JOE, clinician_id=clinician))  # type: ignore[attr-defined]


def test_work_is_given_and_it_is_told_and_audited(center: Center) -> None:
    owed(center)
    assert Owing(center.tools).give_work("w1", "luis", "shift_ends", "ana", "user:ana") == ""
    (row,) = told(center, "SELECT owner_id, state, claimed_by FROM work_items")
    assert row == ("luis", "claimed", "luis")
    (fact,) = told(center, "SELECT details FROM journal WHERE fact = 'work_given'")
    assert '"shift_ends"' in str(fact[0])
    assert told(center, "SELECT actor, subject FROM audit WHERE action = 'give_work'") == [("user:ana", JOE)]
    assert Owing(center.tools).give_work("w1", "mia", "too_much", "ana", "user:ana") == CHANGED, "it is his now"
    assert Owing(center.tools).give_work("w1", "", "right_skill", None, "user:sam") == ""
    assert told(center, "SELECT owner_id, state FROM work_items") == [(None, "open")]


def test_work_is_given_to_nobody_who_is_not_there_or_whom_the_patient_avoids(center: Center) -> None:
    owed(center)
    avoids(center, "luis")
    give = Owing(center.tools).give_work
    assert "is not to be called by Luis" in give("w1", "luis", "shift_ends", "ana", "user:ana")
    assert "Nobody of that name" in give("w1", "nobody", "shift_ends", "ana", "user:ana")
    assert "Say why" in give("w1", "mia", "because", "ana", "user:ana")
    assert give("w9", "mia", "shift_ends", "ana", "user:ana") == CHANGED
    assert told(center, "SELECT owner_id, version FROM work_items") == [("ana", 1)]


def test_a_promise_is_given_before_its_time_and_in_line_and_is_then_the_others_first(center: Center) -> None:
    book(center)
    (promise,) = promises(center)
    assert Owing(center.tools).give_callback(promise.id, "luis", "knows_patient", "user:ana") == ""
    (given,) = promises(center)
    assert (given.own_id, given.promise_by, given.owned_until) == ("luis", promise.promise_by, promise.promise_by)
    clock_door.due_promises(center.tools)
    assert told(center, "SELECT state FROM waits") == [("waiting",)]
    assert Owing(center.tools).give_callback(promise.id, "ana", "speaks_language", "user:sam") == ""
    assert [row[0] for row in told(center, "SELECT state FROM waits")] == ["left"]
    clock_door.due_promises(center.tools)
    (need,) = told(center, "SELECT need FROM waits WHERE state = 'waiting'")
    assert '"own": "ana"' in str(need[0])
    assert len(told(center, "SELECT 1 FROM journal WHERE fact = 'callback_given'")) == 2
    assert Owing(center.tools).give_callback(promise.id, "", "right_skill", "user:sam") == ""
    (teams,) = promises(center)
    assert (teams.own_id, teams.owned_until) == (None, None)


@pytest.mark.parametrize(
    ("outcome", "state"), [("reached", "reached"), ("arranged", "cancelled"), ("not_needed", "cancelled")]
)
def test_a_promise_is_ended_by_a_person_and_leaves_its_line(center: Center, outcome: str, state: str) -> None:
    book(center)
    (promise,) = promises(center)
    clock_door.due_promises(center.tools)
    assert Owing(center.tools).end_callback(promise.id, outcome, "user:ana") == ""
    assert told(center, "SELECT state FROM callback_requests") == [(state,)]
    assert told(center, "SELECT state FROM waits") == [("left",)]
    assert told(center, "SELECT actor, subject FROM audit WHERE action = 'end_callback'") == [("user:ana", JOE)]
    assert Owing(center.tools).end_callback(promise.id, outcome, "user:ana") == CHANGED
    assert Owing(center.tools).give_callback(promise.id, "luis", "shift_ends", "user:ana") == CHANGED


def test_a_promise_for_which_a_phone_rings_is_left_alone(center: Center) -> None:
    book(center)
    (promise,) = promises(center)
    with center.database.transaction() as tx:
        callbacks.store.stand_in_line(tx, promise.id, center.clock.at)
        tx.execute(sqlalchemy.text("UPDATE callback_requests SET state = 'calling'"))
    assert Owing(center.tools).give_callback(promise.id, "luis", "shift_ends", "user:ana") == BEING_RUNG
    assert Owing(center.tools).end_callback(promise.id, "reached", "user:ana") == BEING_RUNG
