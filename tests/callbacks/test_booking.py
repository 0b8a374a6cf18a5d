"""Another program books a callback: by its key once, for a living patient, at a number that he allows."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy

import booking
import callbacks.store
import directory.store
from callbacks import outside
from callbacks.outside import Answered, NotAccepted, OtherBody, TooMany
from callbacks.requests import Kind, Request
from directory import reaching_store
from directory.reaching_store import SiteWish
from tests.scenarios.orders import Center

JOE, WALTER = "patient-101", "patient-103"
ASKS = {"patient": JOE, "service": "therapy", "clinician": "own", "reason": "pain-score-rose"}


def book(center: Center, key: str = "key-0001", **changes: Any) -> Answered:
    body = json.dumps({name: value for name, value in {**ASKS, **changes}.items() if value is not ...}).encode()
    content = center.tools.content
    asked = outside.read(body, services=content.services, languages=content.languages, now=center.clock.at)
    return booking.book(center.tools, "monitor", key, body, asked)


def promises(center: Center) -> list[Request]:
    with center.database.reading() as tx:
        return callbacks.store.open_requests(tx)


def test_his_own_therapist_is_to_call_him_at_the_number_of_his_record(center: Center) -> None:
    told = book(center).told
    (promise,) = promises(center)
    assert (promise.id, promise.patient_id, promise.own_id) == (told["promise"], JOE, "ana")
    assert (promise.asked_by, promise.kind, promise.slot) == ("outside", Kind.PLACE, "therapy")
    assert told["clinician"] == "own"
    with center.database.reading() as tx:
        audit = tx.execute(sqlalchemy.text("SELECT actor, action, subject FROM audit ORDER BY id DESC LIMIT 1")).one()
        facts = tx.scalars(sqlalchemy.text("SELECT fact FROM journal")).all()
    assert tuple(audit) == ("client:monitor", "asked_for_callback", JOE)
    assert "callback_booked" in facts


def test_the_same_key_again_gets_the_same_answer_and_books_nothing(center: Center) -> None:
    first = book(center)
    center.clock.sleep(3600)
    again = book(center)
    assert (again.told, again.again, first.again) == (first.told, True, False)
    assert len(promises(center)) == 1


def test_the_same_key_with_another_body_is_refused(center: Center) -> None:
    book(center)
    with pytest.raises(OtherBody):
        book(center, reason="another-reason")
    assert len(promises(center)) == 1


def test_a_second_request_joins_the_open_promise(center: Center) -> None:
    first = book(center)
    second = book(center, "key-0002")
    assert second.told["promise"] == first.told["promise"]
    assert second.told["joined"] is True


def test_as_soon_as_possible_is_not_before_the_center_opens(center: Center) -> None:
    center.clock.at = datetime(2031, 3, 3, 18, tzinfo=UTC)  # a holiday in Illinois, at noon
    with center.database.transaction() as tx:
        directory.store.set_override(tx, state="normal", until=None, by="test", now=center.clock.at)
    book(center)
    (promise,) = promises(center)
    assert promise.promised_from == promise.due_at == datetime(2031, 3, 4, 14, tzinfo=UTC)


def test_a_window_is_promised_as_it_was_asked(center: Center) -> None:
    begins, ends = center.clock.at + timedelta(hours=2), center.clock.at + timedelta(hours=3)
    book(center, when={"from": begins.isoformat(), "to": ends.isoformat()})
    (promise,) = promises(center)
    assert (promise.kind, promise.promised_from, promise.promise_by) == (Kind.WINDOW, begins, ends)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"patient": "nobody"}, "patient"),
        ({"patient": ..., "number": "+19005550142", "clinician": "any"}, "number"),
        ({"patient": ..., "number": "+13125550100", "clinician": "any"}, "number"),
        ({"patient": ..., "number": "+13125550161", "clinician": "any"}, "number"),
        ({"patient": WALTER, "service": "nurse"}, "clinician"),
        ({"when": (17, 18)}, "when"),  # hours from ten in the morning
    ],
)
def test_what_cannot_be_promised_is_told_and_nothing_is_kept(
    center: Center, changes: dict[str, Any], field: str
) -> None:
    if "when" in changes:
        begins, ends = (center.clock.at + timedelta(hours=hours) for hours in changes["when"])
        changes = {"when": {"from": begins.isoformat(), "to": ends.isoformat()}}
    with pytest.raises(NotAccepted) as caught:
        book(center, **changes)
    assert [wrong.field for wrong in caught.value.wrong] == [field]
    assert promises(center) == []
    book(center)  # the key is still free


def test_what_the_patient_wishes_comes_first(center: Center) -> None:
    with center.database.transaction() as tx:
        reaching_store.set_site_wish(tx, center.tools.vault, JOE, SiteWish(forbidden=("+13125550142",)))
    with pytest.raises(NotAccepted):
        book(center)
    with center.database.transaction() as tx:
        reaching_store.set_site_wish(tx, center.tools.vault, JOE, SiteWish(preferred="+13125550149"))
    told = book(center).told
    with center.database.reading() as tx:
        sealed = tx.scalar(sqlalchemy.text("SELECT number_sealed FROM callback_requests"))
    assert (sealed, told["joined"]) == ("+13125550149", False)


def test_nobody_is_called_more_than_three_times_a_day(center: Center) -> None:
    for number in range(3):
        promise = str(book(center, f"key-000{number}").told["promise"])
        with center.database.transaction() as tx:
            callbacks.store.cancel(tx, promise, "changed_mind", center.clock.at)
    with pytest.raises(TooMany):
        book(center, "key-0009")
