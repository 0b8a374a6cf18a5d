"""A text takes a promise back only where its patient reads the answer, and a word of his restores it."""

from dataclasses import fields, replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy

import callbacks.store
import switchboard
from callbacks.requests import Kind, Request, RequestState, Wish
from telephony.inbound import TextArrived
from tests.callbacks.test_booking import book, promises
from tests.scenarios.orders import CENTER, JOE, Center, told

STATES = "SELECT state FROM callback_requests ORDER BY booked_at, state"


def says(center: Center, body: str) -> str:
    """Somebody who shows Joe's number sends a text; what is answered to Joe's phone."""
    sid = f"SM{len(told(center, 'SELECT * FROM journal'))}{center.clock.at.timestamp()}{body}"
    return switchboard.hear_text(TextArrived(sid, JOE, CENTER, body), center.tools)


def promised(center: Center, *, texts: bool = True, key: str = "key-0001") -> str:
    told_ = book(center, key).told
    with center.database.transaction() as tx:
        tx.execute(sqlalchemy.text("UPDATE callback_requests SET texts = :texts"), {"texts": texts})
    return str(told_["promise"])


def test_who_asked_for_texts_takes_it_back_by_one_and_hears_the_word_that_restores_it(center: Center) -> None:
    first = promised(center)
    center.clock.sleep(600)
    assert "reply K" in says(center, "C")
    assert told(center, STATES) == [("cancelled",)]
    center.clock.sleep(600)
    assert "we will call you after all" in says(center, "k")
    (again,) = promises(center)
    with center.database.reading() as tx:
        before = callbacks.store.request(tx, first)
    assert before is not None and before.state is RequestState.CANCELLED
    assert (again.place_ms, again.own_id, again.patient_id) == (before.place_ms, before.own_id, before.patient_id)
    assert (again.promised_from, again.promise_by, again.texts) == (before.promised_from, before.promise_by, True)
    assert "after all" in says(center, "K"), "said twice, promised once"
    assert len(promises(center)) == 1


@pytest.mark.parametrize(
    ("language", "said", "untrue"),
    [("en", "Our other call to you still stands", "we will not call"), ("es", "Otra llamada", "no le llamaremos")],
)
def test_who_takes_back_one_of_two_is_not_told_that_nobody_calls(
    center: Center, language: str, said: str, untrue: str
) -> None:
    first = promised(center)
    with center.database.transaction() as tx:
        promise = callbacks.store.request(tx, first)
        assert promise is not None
        tx.execute(sqlalchemy.text("UPDATE callback_requests SET language = :language"), {"language": language})
        callbacks.store.book(
            tx,
            center.tools.vault,
            request_id="another",
            call_id="another-call",
            number=JOE,
            service="nurse",
            language=language,
            wish=replace(as_wished(promise), patient_id=None, own_id=None),
            now=center.clock.at,
        )
    answer = says(center, "C")
    assert said in answer and untrue not in answer and " K " in answer
    assert [each.id for each in promises(center)] == ["another"]


def test_a_text_that_shows_the_number_of_one_who_gets_none_takes_nothing_back(center: Center) -> None:
    promised(center, texts=False)
    answer = says(center, "C")
    assert "please call us" in answer and "Reply C" not in answer
    assert told(center, STATES) == [("booked",)]


def test_what_was_not_taken_back_by_a_text_or_long_ago_is_not_restored_by_one(center: Center) -> None:
    assert "please call us" in says(center, "K")
    promise = promised(center)
    with center.database.transaction() as tx:
        callbacks.store.cancel(tx, promise, "by_patient", center.clock.at)
    assert "please call us" in says(center, "K")
    promised(center, key="key-0002")
    says(center, "C")
    center.clock.sleep(24 * 3600 + 1)
    assert "please call us" in says(center, "K")
    assert promises(center) == []


def test_whose_time_is_over_is_called_as_soon_as_we_can_at_his_place(center: Center) -> None:
    begins = center.clock.at + timedelta(hours=1)
    promise = book(center, when={"from": begins.isoformat(), "to": (begins + timedelta(minutes=30)).isoformat()}).told
    with center.database.transaction() as tx:
        tx.execute(sqlalchemy.text("UPDATE callback_requests SET texts = true"))
        place = tx.scalar(sqlalchemy.text("SELECT place_ms FROM callback_requests"))
    says(center, "C")
    center.clock.sleep(2 * 3600)
    says(center, "K")
    (again,) = promises(center)
    assert again.id != promise["promise"]
    assert (again.kind, again.due_at, again.place_ms) == (Kind.PLACE, center.clock.at, place)


def test_nobody_is_played_with_for_ever(center: Center) -> None:
    promised(center)
    answers = []
    for _ in range(3):
        center.clock.sleep(60)
        says(center, "C")
        center.clock.sleep(60)
        answers.append("after all" in says(center, "K"))
    assert answers == [True, True, False]


def test_who_said_stop_restores_nothing(center: Center) -> None:
    promised(center)
    says(center, "C")
    says(center, "STOP")
    assert "please call us" in says(center, "K")
    assert promises(center) == []


def test_a_window_that_was_given_to_another_meanwhile_is_not_promised_twice(center: Center) -> None:
    begins = center.clock.at + timedelta(hours=2)
    first = windowed(center, begins)
    says(center, "C")
    with center.database.transaction() as tx:
        before = callbacks.store.request(tx, first)
        assert before is not None
        overlapping = replace(as_wished(before), patient_id="somebody", promised_from=begins + timedelta(minutes=5))
        callbacks.store.book(
            tx,
            center.tools.vault,
            request_id="another",
            call_id="another-call",
            number="+13125550177",
            service=before.service,
            language="en",
            wish=overlapping,
            now=center.clock.at,
        )
    assert "please call us" in says(center, "K")
    assert [each.id for each in promises(center)] == ["another"]


def test_another_promise_that_stands_is_not_taken_for_the_one_that_cannot_be_restored(center: Center) -> None:
    first = promised(center)
    with center.database.transaction() as tx:
        promise = callbacks.store.request(tx, first)
        assert promise is not None
        callbacks.store.book(
            tx,
            center.tools.vault,
            request_id="another",
            call_id="another-call",
            number=JOE,
            service="nurse",
            language="en",
            wish=replace(as_wished(promise), patient_id=None, own_id=None),
            now=center.clock.at,
        )
        tx.execute(sqlalchemy.text("UPDATE callback_requests SET kind = 'window', own_id = 'ana'"))
    says(center, "C")
    assert "please call us" in says(center, "K")
    assert [each.id for each in promises(center)] == ["another"]


def test_a_promise_that_was_made_after_it_is_neither_changed_nor_hidden(center: Center) -> None:
    first = windowed(center, center.clock.at + timedelta(hours=1))
    says(center, "C")
    book(center, "key-0002")
    (anew,) = promises(center)
    assert anew.id != first
    center.clock.sleep(60)
    assert "we will call you after all" in says(center, "K"), "for so we will"
    assert promises(center) == [anew]


def test_what_was_restored_once_and_kept_is_not_restored_again(center: Center) -> None:
    promised(center)
    says(center, "C")
    center.clock.sleep(60)
    assert "after all" in says(center, "K")
    (again,) = promises(center)
    with center.database.transaction() as tx:
        callbacks.store.kept_by_hand(tx, again.id, center.clock.at)
    center.clock.sleep(60)
    assert "please call us" in says(center, "K")
    assert promises(center) == []


def windowed(center: Center, begins: datetime) -> str:
    """A promise, for which texts were asked, of one window for Ana."""
    first = promised(center)
    window = {"promised_from": begins, "promise_by": begins + timedelta(minutes=15), "due_at": begins}
    with center.database.transaction() as tx:
        promise = callbacks.store.request(tx, first)
        assert promise is not None
        callbacks.store.change(tx, promise, "moved", center.clock.at, own_id="ana", kind=Kind.WINDOW, **window)
    return first


def as_wished(promise: Request) -> Wish:
    return Wish(**{field.name: getattr(promise, field.name) for field in fields(Wish)})
