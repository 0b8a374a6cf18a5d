"""The ledger: every promise is accounted for, and the rows come to the same as the journal, which is counted apart."""

import random
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import event

from callbacks import ledger, ledger_store, store
from callbacks.ledger import Kept, Standing
from callbacks.requests import Attempt, RequestState
from tests.callbacks.desk import NOON, Desk

OTHERS = [f"+131255501{number}" for number in range(51, 60)]


def told(desk: Desk) -> list[Kept]:
    with desk.database.reading() as tx:
        return ledger_store.ledger(tx)


def both(desk: Desk) -> tuple[ledger.Totals, ledger.Totals]:
    """Counted from the rows, and from the journal."""
    with desk.database.reading() as tx:
        return ledger.totals(ledger_store.ledger(tx), desk.now), ledger.recount(ledger_store.told(tx), desk.now)


def standing(desk: Desk) -> Standing:
    return ledger.standing(told(desk)[0].promise, desk.now)


def reaches(desk: Desk, attempt: Attempt) -> None:
    with desk.database.transaction() as tx:
        store.answered(tx, attempt.id, True, desk.now)
        assert store.reached(tx, attempt.id, desk.now)


def test_a_promise_kept_in_time_is_kept_and_one_kept_late_is_not_called_so(desk: Desk) -> None:
    reaches(desk, desk.placed(desk.intended(), "CA1"))
    desk.now += timedelta(seconds=1)
    late = desk.intended(number=OTHERS[0], patient_id=None)
    desk.now = NOON + timedelta(hours=3)
    reaches(desk, desk.placed(late, "CA2"))
    assert [ledger.standing(each.promise, desk.now) for each in told(desk)] == [Standing.KEPT, Standing.KEPT_LATE]
    assert ledger.why(told(desk)[0], desk.now) == "they talked"
    rows, journal = both(desk)
    assert (rows.kept, rows.kept_late, rows.kept_share) == (1, 1, 0.5)
    assert rows == journal


def test_a_promise_is_decided_when_it_ends_or_its_time_does(desk: Desk) -> None:
    desk.book()
    promise = told(desk)[0].promise

    def at(state: RequestState, hours: float | None, now: float) -> datetime | None:
        ended = None if hours is None else NOON + timedelta(hours=hours)
        return ledger.decided_at(replace(promise, state=state, ended_at=ended), NOON + timedelta(hours=now))

    assert promise.promise_by == NOON + timedelta(hours=2)
    assert at(RequestState.REACHED, 1, 5) == at(RequestState.TO_PERSON, 1, 5) == NOON + timedelta(hours=1)
    assert at(RequestState.REACHED, 3, 5) == at(RequestState.BOOKED, None, 5) == promise.promise_by
    assert at(RequestState.BOOKED, None, 2) is None, "it may still be kept"
    assert at(RequestState.CANCELLED, 1, 5) is at(RequestState.CANCELLED, 3, 5) is None


def test_an_alarm_comes_before_a_promise_breaks(desk: Desk) -> None:
    desk.book()
    desk.now = NOON + timedelta(minutes=95)
    assert standing(desk) is Standing.OPEN
    desk.now = NOON + timedelta(minutes=96)
    assert standing(desk) is Standing.AT_RISK
    desk.now = NOON + timedelta(hours=2, seconds=1)
    assert standing(desk) is Standing.LATE
    assert ledger.why(told(desk)[0], desk.now) == "its time is over; nobody was free"


def test_a_promise_whose_next_try_comes_too_late_is_at_risk_at_once(desk: Desk) -> None:
    attempt = desk.placed(desk.intended(promise_by=NOON + timedelta(minutes=20)))
    desk.missed(attempt, "busy")
    assert standing(desk) is Standing.AT_RISK
    assert ledger.why(told(desk)[0], desk.now) == "the next try comes too late"


def test_what_is_late_comes_first_then_what_is_at_risk(desk: Desk) -> None:
    safe = desk.book(number=OTHERS[0], patient_id=None, promise_by=NOON + timedelta(hours=9)).request
    risky = desk.book(number=OTHERS[1], patient_id=None, promise_by=NOON + timedelta(minutes=61)).request
    late = desk.book(number=OTHERS[2], patient_id=None, promise_by=NOON + timedelta(minutes=10)).request
    desk.now = NOON + timedelta(hours=1)
    order = [each.promise.id for each in ledger.in_order(told(desk), desk.now)]
    assert order == [late.id, risky.id, safe.id]


def test_the_story_of_one_promise_is_read_without_those_of_others(desk: Desk) -> None:
    mine = desk.book().request
    desk.book(number=OTHERS[0], patient_id=None)
    with desk.database.reading() as tx:
        read: list[str] = []
        event.listen(tx, "before_cursor_execute", lambda *args: read.append(args[2]))
        (entry,) = ledger_store.told(tx, mine.id)
    assert (entry.details["promise"], entry.call_id) == (mine.id, mine.call_id)
    assert "journal.call_id = " in read[-1], "found by its index, whatever else the journal holds"


@pytest.mark.parametrize("seed", range(2))
def test_rows_and_journal_come_to_the_same_whatever_happened(desk: Desk, seed: int) -> None:
    chance = random.Random(seed)
    for number in OTHERS:
        happens(desk, number, chance)
        desk.now += timedelta(minutes=chance.randrange(90))
    rows, journal = both(desk)
    assert rows == journal
    assert rows.promised == len(OTHERS)
    ended = rows.kept + rows.kept_late + rows.cancelled + rows.to_person
    assert ended + rows.open + rows.late == rows.promised


def happens(desk: Desk, number: str, chance: random.Random) -> None:
    """One promise, and what becomes of it."""
    promise = desk.book(
        number=number, patient_id=None, due_at=desk.now, promise_by=desk.now + timedelta(hours=2)
    ).request
    fate = chance.choice(["nothing", "cancelled", "reached", "busy", "refused", "never placed"])
    if fate == "cancelled":
        with desk.database.transaction() as tx:
            store.cancel(tx, promise.id, "changed_mind", desk.now)
    if fate in ("nothing", "cancelled") or not desk.due():
        return
    attempt = desk.intend(promise.id)
    assert attempt is not None
    if fate == "refused" or fate == "never placed":
        desk.missed(attempt, "refused" if fate == "refused" else "not_placed")
        return
    desk.placed(attempt, f"CA{number}")
    reaches(desk, attempt) if fate == "reached" else desk.missed(attempt, "busy")


def test_a_missing_fact_is_noticed(desk: Desk) -> None:
    reaches(desk, desk.placed(desk.intended()))
    with desk.database.reading() as tx:
        entries = ledger_store.told(tx)
    rows, _ = both(desk)
    assert ledger.recount(entries[:-1], desk.now) != rows
