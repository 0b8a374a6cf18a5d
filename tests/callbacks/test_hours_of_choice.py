"""A patient who chose hours is rung in them alone: asked when it is promised, lined up, offered and dialled."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

import pytest
import sqlalchemy

import appointments
import callbacks.store
import clock
import directory.store
import errands
import promising
import telling
from callbacks.outside import NotAccepted
from callbacks.requests import Request, RequestState
from calling_out import CallingOut
from directory import reaching_store
from directory.reaching_store import SiteWish
from directory.wished_hours import read_hours
from ivr import callback
from ivr.knowledge import CapacityFacts, ClinicNow, FindWindows, Known, LookAtCapacity
from ivr.session import Session, Stage
from ivr.signals import DigitsPressed, Party
from ringing_out import NOT_HIS_HOURS
from tests.callbacks.test_booking import JOE, book, promises
from tests.scenarios.orders import JOE as NUMBER
from tests.scenarios.orders import Center, told

TUESDAY = datetime(2031, 3, 4, 16, tzinfo=UTC)  # ten in Chicago
HOUR = timedelta(hours=1)


@pytest.fixture
def open_center(center: Center) -> Iterator[Center]:
    """Ten on a Tuesday, and the center goes by its hours."""
    center.clock.at = TUESDAY
    with center.database.transaction() as tx:
        directory.store.set_override(tx, state="normal", until=None, by="test", now=TUESDAY)
    yield center


def wishes(center: Center, hours: str) -> None:
    with center.database.transaction() as tx:
        wish = SiteWish(hours=read_hours(hours) if hours else "")
        reaching_store.set_site_wish(tx, center.tools.vault, JOE, wish)


def stands(center: Center) -> Request:
    with center.database.reading() as tx:
        (row,) = tx.execute(sqlalchemy.text("SELECT id FROM callback_requests"))
        found = callbacks.store.request(tx, row.id)
    assert found is not None
    return found


def test_what_another_program_asks_for_begins_in_his_hours(open_center: Center) -> None:
    wishes(open_center, "tue 11:00-12:00 13:00-13:30")
    book(open_center)
    promise = stands(open_center)
    assert promise.promised_from == promise.due_at == TUESDAY + HOUR
    half_past_eleven = datetime(2031, 3, 11, 16, 30, tzinfo=UTC)  # by the clocks of summer
    assert promise.promise_by == half_past_eleven, "half an hour of the two is left for next Tuesday"


def test_a_window_outside_them_is_refused_and_so_is_one_for_whom_there_is_no_hour(open_center: Center) -> None:
    wishes(open_center, "17:00-18:00")
    at_noon = {"from": (TUESDAY + 2 * HOUR).isoformat(), "to": (TUESDAY + 3 * HOUR).isoformat()}
    with pytest.raises(NotAccepted, match="does not wish"):
        book(open_center, when=at_noon)
    wishes(open_center, "sun 10:00-12:00 mon-fri 20:30-21:30")
    with pytest.raises(NotAccepted, match="a person decides"):
        book(open_center)
    assert promises(open_center) == []


def test_hours_chosen_after_it_was_promised_let_it_rest_until_they_begin(open_center: Center) -> None:
    book(open_center)
    wishes(open_center, "12:00-13:00")
    clock.due_promises(open_center.tools)
    assert (stands(open_center).state, stands(open_center).due_at) == (RequestState.BOOKED, TUESDAY + 2 * HOUR)
    open_center.clock.at = TUESDAY + 2 * HOUR
    clock.due_promises(open_center.tools)
    assert stands(open_center).state is RequestState.WAITING


def test_where_his_hours_our_hours_and_the_day_never_meet_a_person_decides(open_center: Center) -> None:
    book(open_center)
    wishes(open_center, "sun 10:00-12:00 mon-fri 21:00-22:00")
    clock.due_promises(open_center.tools)
    assert stands(open_center).state is RequestState.TO_PERSON
    assert told(open_center, "SELECT kind FROM work_items") == [("promise",)], "somebody owns it"
    whys = told(open_center, "SELECT details FROM journal WHERE fact = 'promise'")
    assert '"no_hour"' in str(whys)


def test_nobodys_phone_rings_for_one_whose_hours_have_ended(open_center: Center) -> None:
    wishes(open_center, "tue-wed 10:00-11:00")
    book(open_center)
    clock.due_promises(open_center.tools)
    assert stands(open_center).state is RequestState.WAITING
    open_center.clock.at = TUESDAY + HOUR - timedelta(seconds=30)  # too late to ring to the end
    open_center.lines.next_clinician = "ana"
    open_center.somebody_is_free()
    assert open_center.carrier.asked == []
    assert (stands(open_center).state, stands(open_center).due_at) == (RequestState.BOOKED, TUESDAY + timedelta(days=1))
    assert told(open_center, "SELECT state FROM presences WHERE clinician_id = 'ana'") == [("ready",)]


def test_where_nobody_knows_until_when_we_are_closed_it_rests_and_no_person_need_decide(open_center: Center) -> None:
    book(open_center)
    promise = stands(open_center)
    for service in ("", promise.service):
        with open_center.database.transaction() as tx:
            tx.execute(sqlalchemy.text("UPDATE callback_requests SET state = 'waiting'"))
            directory.store.set_override(tx, state="closed", until=None, by="test", now=TUESDAY, service=service)
            rested = promising.rest_until_he_may_be_rung(tx, promise, open_center.tools, TUESDAY)
            directory.store.set_override(tx, state="normal", until=None, by="test", now=TUESDAY, service=service)
        assert rested is not None
        assert (stands(open_center).state, stands(open_center).due_at) == (RequestState.BOOKED, TUESDAY + HOUR)


def test_one_that_rests_ends_no_wait_but_its_own(open_center: Center) -> None:
    open_center.joe_waits(for_whom=None)
    book(open_center)
    wishes(open_center, "12:00-13:00")
    with open_center.database.transaction() as tx:
        of_this_call = "UPDATE callback_requests SET state = 'waiting', call_id = (SELECT call_id FROM waits)"
        tx.execute(sqlalchemy.text(of_this_call))
    promise = stands(open_center)
    with open_center.database.transaction() as tx:
        assert promising.rest_until_he_may_be_rung(tx, promise, open_center.tools, TUESDAY) == []
    assert told(open_center, "SELECT kind, state FROM waits") == [("call", "waiting")]
    assert stands(open_center).due_at == TUESDAY + 2 * HOUR


def test_it_is_asked_again_at_the_moment_of_dialling_and_when_he_answers(open_center: Center) -> None:
    book(open_center)
    promise = stands(open_center)
    assert errands._held_back(promise, NUMBER, open_center.tools, TUESDAY) is None
    wishes(open_center, "tue 15:00-16:00")
    assert errands._held_back(promise, NUMBER, open_center.tools, TUESDAY) == "not_placed"
    clock.due_promises(open_center.tools)
    with open_center.database.transaction() as tx:
        tx.execute(sqlalchemy.text("UPDATE callback_requests SET state = 'waiting'"))
        promising.dial(tx, promise.id, 1, open_center.tools, TUESDAY)
        assert not appointments.may_ring_now(tx, promise, TUESDAY)
        after = callbacks.store.missed(tx, 1, "not_placed", TUESDAY)
    assert after is not None and after.due_at == TUESDAY + 5 * HOUR


def test_offered_windows_lie_in_his_hours_the_day_and_ours(open_center: Center) -> None:
    wishes(open_center, "06:00-08:30 18:45-21:00")
    asked = FindWindows(NUMBER, JOE, None, "therapy", "center")
    with open_center.database.reading() as tx:
        found = appointments.found_windows(tx, open_center.tools, asked, TUESDAY)
    local = [((window.starts - 6 * HOUR).time(), (window.ends - 6 * HOUR).time()) for window in found]
    his = [(time(8), time(8, 30)), (time(18, 45), time(19))]
    assert found and all(any(a <= starts and ends <= b for a, b in his) for starts, ends in local)


def test_windows_of_an_hour_that_the_clocks_move_are_of_the_wall(open_center: Center) -> None:
    open_center.clock.at = datetime(2031, 3, 8, 18, tzinfo=UTC)  # Saturday; on Sunday the clocks go forward
    wishes(open_center, "mon 09:00-09:15")
    asked = FindWindows(NUMBER, JOE, None, "therapy", "center")
    with open_center.database.reading() as tx:
        found = appointments.found_windows(tx, open_center.tools, asked, open_center.clock.at)
    assert {window.starts for window in found[:1]} == {datetime(2031, 3, 10, 14, tzinfo=UTC)}


def test_a_caller_for_whom_there_is_no_hour_leaves_a_message_that_a_person_owns(open_center: Center) -> None:
    wishes(open_center, "sun 10:00-12:00")
    asked = LookAtCapacity("therapy", "en", "center", NUMBER, JOE)
    with open_center.database.reading() as tx:
        capacity = appointments.capacity(tx, open_center.tools, asked, TUESDAY)
        windows = appointments.found_windows(
            tx, open_center.tools, FindWindows(NUMBER, JOE, None, "therapy", "center"), TUESDAY
        )
    assert capacity == CapacityFacts(promised=0, left=None, his_hours="never") and windows == ()
    here = Session(Party.PATIENT, Stage.CALLBACK_CONFIRM, line="center", service="therapy", caller=NUMBER, patient=JOE)
    known = Known(number=NUMBER, capacity=capacity, windows=windows)
    now = ClinicNow(TUESDAY, open_center.tools.content, known=known)
    move = callback.hear_confirm(here, DigitsPressed("1"), now)
    assert move.session.stage is Stage.MESSAGE
    assert [phrase.key for phrase in move.before] == ["callback-no-time"]


def test_a_caller_who_may_not_be_rung_now_chooses_a_time_and_is_told_none_that_is_not_true(
    open_center: Center,
) -> None:
    wishes(open_center, "15:00-16:00")
    asked = LookAtCapacity("therapy", "en", "center", NUMBER, JOE), FindWindows(NUMBER, JOE, None, "therapy", "center")
    with open_center.database.reading() as tx:
        capacity = appointments.capacity(tx, open_center.tools, asked[0], TUESDAY)
        windows = appointments.found_windows(tx, open_center.tools, asked[1], TUESDAY)
    here = Session(Party.PATIENT, Stage.CALLBACK_CONFIRM, line="center", service="therapy", caller=NUMBER, patient=JOE)
    now = ClinicNow(TUESDAY, open_center.tools.content, known=Known(number=NUMBER, capacity=capacity, windows=windows))
    move = callback.hear_confirm(here, DigitsPressed("1"), now)
    assert move.session.stage is Stage.CALLBACK_WHEN and move.effects == ()
    assert move.session.offered[0][0] == (TUESDAY + 5 * HOUR).isoformat()


def test_a_clinician_who_would_ring_him_now_is_told_that_he_chose_other_hours(open_center: Center) -> None:
    book(open_center)
    wishes(open_center, "15:00-16:00")
    rings = CallingOut(open_center.tools)
    assert rings.for_callback(stands(open_center).id, "ana", "user:ana") == NOT_HIS_HOURS
    wishes(open_center, "09:00-16:00")
    assert rings.for_callback(stands(open_center).id, "ana", "user:ana") == ""


def test_his_task_is_on_hold_outside_his_hours(open_center: Center, tmp_path_factory: pytest.TempPathFactory) -> None:
    book(open_center)
    wishes(open_center, "15:00-16:00")
    folder = tmp_path_factory.mktemp("tasks")
    telling.export_tasks(open_center.tools, 1, folder)
    assert '"status": "on-hold"' in (folder / "Task.ndjson").read_text()
