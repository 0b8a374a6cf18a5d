"""Work: how an item may change, and that it never is without an owner's list and a due time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls import work, work_store
from calls.work import Item, Kind, State
from config.columns import metadata, new_id
from config.database import Database

NOW = datetime(2026, 3, 3, 18, tzinfo=UTC)
ITEM = Item(
    "w1", Kind.MESSAGE, "v1", "c1", None, None, None, "therapy", "en", "ana", State.OPEN, None, None, None, None,
    NOW, NOW + timedelta(hours=4), None, None, None, None, 1,
)  # fmt: skip
LATE = NOW + timedelta(hours=5)


def given_(item: Item | None) -> Item:
    assert item is not None
    return item


def test_what_one_has_another_cannot_take_or_put_off() -> None:
    mine = given_(work.claimed(ITEM, "ana", NOW))
    assert (mine.state, mine.claimed_by, mine.version) == (State.CLAIMED, "ana", 2)
    assert work.claimed(mine, "luis", NOW) is None
    assert work.snoozed(mine, "luis", LATE, NOW) is None
    assert work.released(mine, "luis") is None
    assert given_(work.released(mine, "ana")).state is State.OPEN


def test_a_sleep_ends_with_the_due_time_at_the_latest_and_what_is_late_does_not_sleep() -> None:
    asleep = given_(work.snoozed(ITEM, "ana", LATE, NOW))
    assert asleep.snoozed_until == ITEM.due_at
    assert work.woken(asleep, NOW) is None
    assert given_(work.woken(asleep, ITEM.due_at)).state is State.OPEN
    assert work.snoozed(ITEM, "ana", LATE + timedelta(hours=1), LATE) is None


def test_what_is_late_is_the_teams_and_a_claim_holds_half_an_hour_longer() -> None:
    assert work.escalated(ITEM, NOW) is None
    late = given_(work.escalated(ITEM, LATE))
    assert (late.owner_id, late.escalated_at) == (None, LATE)
    assert work.escalated(late, LATE) is None
    held = given_(work.escalated(given_(work.claimed(ITEM, "ana", NOW)), ITEM.due_at))
    assert (held.state, held.owner_id) == (State.CLAIMED, None)
    freed = given_(work.escalated(held, ITEM.due_at + work.CLAIM_HOLDS))
    assert (freed.state, freed.claimed_by) == (State.OPEN, None)


def test_what_is_taken_on_late_is_held_for_half_an_hour_from_then() -> None:
    very_late = ITEM.due_at + timedelta(hours=5)
    escalated = given_(work.escalated(ITEM, very_late))
    mine = given_(work.claimed(escalated, "ana", very_late))
    assert work.escalated(mine, very_late + timedelta(minutes=29)) is None
    assert given_(work.escalated(mine, very_late + work.CLAIM_HOLDS)).claimed_by is None


def test_work_is_given_to_a_colleague_or_to_the_team() -> None:
    hers = given_(work.given(ITEM, "mia", "ana", NOW))
    assert (hers.owner_id, hers.state, hers.claimed_by, hers.due_at) == ("mia", State.CLAIMED, "mia", ITEM.due_at)
    assert work.given(hers, "luis", "ana", NOW) is None, "it is hers now"
    teams = given_(work.given(hers, None, None, NOW))
    assert (teams.owner_id, teams.state, teams.claimed_by) == (None, State.OPEN, None)
    assert work.given(given_(work.done(ITEM, "ana", work.REACHED, NOW)), "mia", None, NOW) is None


@pytest.mark.parametrize("outcome", work.BY_HAND)
def test_done_is_done(outcome: str) -> None:
    ended = given_(work.done(ITEM, "luis", outcome, NOW))
    assert (ended.state, ended.outcome, ended.done_by) == (State.DONE, outcome, "luis")
    changes = (
        work.claimed(ended, "ana", NOW), work.released(ended, "ana"), work.snoozed(ended, "ana", LATE, NOW),
        work.done(ended, "ana", outcome, NOW), work.escalated(ended, LATE), work.woken(ended, LATE),
    )  # fmt: skip
    assert changes == (None,) * 6


def test_who_left_hospital_lately_comes_first() -> None:
    items = {days: replace(ITEM, discharged_at=NOW - timedelta(days=days)) for days in (2, 20, 90)}
    order = sorted(items, key=lambda days: work.urgency(items[days], NOW))
    assert order == [2, 20, 90]
    assert work.urgency(items[90], NOW) == work.urgency(ITEM, NOW)
    assert [work.days_since_discharge(items[2]), work.days_since_discharge(ITEM)] == [2, None]


def changed(item: Item, what: str, who: str, now: datetime) -> Item | None:
    """One step of a random history."""
    every = {
        "claim": work.claimed(item, who, now),
        "give": work.given(item, "mia", who, now),
        "to team": work.given(item, None, None, now),
        "release": work.released(item, who),
        "snooze": work.snoozed(item, who, now + timedelta(minutes=30), now),
        "done": work.done(item, who, work.REACHED, now),
        "escalate": work.escalated(item, now),
        "wake": work.woken(item, now),
    }
    return every[what]


STEPS = st.sampled_from(["claim", "give", "to team", "release", "snooze", "done", "escalate", "wake"])


@given(st.lists(st.tuples(STEPS, st.sampled_from(["ana", "luis"]), st.integers(0, 400)), max_size=20))
def test_no_item_is_ever_without_a_due_time_and_every_change_counts(steps: list[tuple[str, str, int]]) -> None:
    item, now = ITEM, NOW
    for what, who, minutes in steps:
        now += timedelta(minutes=minutes)
        after = changed(item, what, who, now)
        if after is None:
            continue
        assert after.version == item.version + 1 and after.due_at == ITEM.due_at
        assert item.state is not State.DONE
        assert (after.claimed_by is not None) <= (after.state in (State.CLAIMED, State.DONE))
        assert (after.snoozed_until is not None) == (after.state is State.SNOOZED)
        item = after


def test_of_two_who_claim_at_once_one_has_it(database_url: str) -> None:
    database = Database(database_url)
    metadata.create_all(database.engine, tables=[work_store.ITEMS])
    key = new_id()
    values = {name: getattr(ITEM, name) for name in ("call_id", "patient_id", "number_hash", "number_sealed")}
    with database.transaction() as tx:
        for _ in range(2):  # the same message twice is one item
            work_store.open_item(
                tx, item_id=new_id() if _ else key, kind=Kind.MESSAGE, subject="v1", service="therapy", language="en",
                owner_id=None, discharged_at=None, due_at=ITEM.due_at, now=NOW, **values,
            )  # fmt: skip
    with database.transaction() as tx:
        (seen,) = work_store.undone(tx, NOW)

    def stale(_item: Item) -> Item | None:
        """Another took it between our look and our write."""
        work_store.change(tx, key, lambda now_is: work.claimed(now_is, "luis", NOW))
        return work.claimed(seen, "ana", NOW)

    with database.transaction() as tx:
        assert work_store.change(tx, key, stale) is None
        found = work_store.item(tx, key)
        assert found is not None and found.claimed_by == "luis"
    with database.reading() as tx:
        assert work_store.due(tx, NOW) == []
        assert [item.id for item in work_store.due(tx, LATE)] == [key]
        assert work_store.undone(tx, NOW, owner_id="ana", services=["nurse"]) == []
        assert [item.id for item in work_store.undone(tx, NOW, owner_id="ana", services=["therapy"])] == [key]
    database.close()
