"""Ringing out where two patients share a phone, or two clinicians one patient: nothing of another's is taken."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert

import appointments
import callbacks.store
import clock as clock_door
import deeds
import ringing_out
from callbacks.requests import Request
from calling_out import NOT_YOUR_TALK, CallingOut
from calls import work_store
from calls.store import CALLS
from calls.work import Kind
from directory import reaching_store
from directory.reaching_store import SiteWish
from directory.wished_hours import read_hours
from ivr.effects import RingPatient
from ivr.knowledge import Unrung
from legs import Outrun
from owing import Owing
from ringing_out import ANOTHERS, COLLEAGUES, NO_SERVICE, NOT_HIS_HOURS, RingingOut
from tests.scenarios.orders import CENTER, Center, change, told

WALTER, IRENE, HOUSE, ELSEWHERE = "patient-103", "patient-104", "+13125550144", "+13125550149"


def message(
    center: Center, key: str, patient: str | None, *, call: str = "", service: str = "therapy", rings: str = HOUSE
) -> str:
    """A message that a patient left from the phone of his house; of another message's call, if it is named."""
    vault, now, call_id = center.tools.vault, center.clock.at, call or f"call-{key}"
    number = {"number_hash": vault.digest("number", rings), "number_sealed": vault.seal(rings)}
    about: dict[str, Any] = {"patient_id": patient, "service": service, "language": "en"}
    with center.database.transaction() as tx:
        if not call:
            whose = {"caller_hash": number["number_hash"], "caller_sealed": number["number_sealed"]}
            times = {"arrived_at": now, "ended_at": now}
            level = 2 if patient else 0
            row = {"id": call_id, "dialled": CENTER, "level": level, "content": "", "quiet": False, "staff": False}
            tx.execute(insert(CALLS).values(**row, attested=True, **about, **whose, **times))
        work_store.open_item(
            tx,
            item_id=key,
            kind=Kind.MESSAGE,
            subject=f"sound-{key}",
            call_id=call_id,
            owner_id=None,
            discharged_at=None,
            due_at=now + timedelta(hours=4),
            now=now,
            **about,
            **number,
        )
    return key


def promises(center: Center) -> list[Request]:
    with center.database.reading() as tx:
        return callbacks.store.open_requests(tx)


@pytest.mark.parametrize(("of", "service"), [(IRENE, "therapy"), (WALTER, "nurse")])
def test_what_the_phone_is_promised_for_somebody_or_something_else_is_not_hers(
    center: Center, of: str, service: str
) -> None:
    """At a number on nobody's record there is one promise, whatever it is about."""
    change(center, "DELETE FROM patient_numbers")
    out = CallingOut(center.tools)
    assert out.for_work(message(center, "first", of, service=service), "dana", "user:dana") == ""
    (before,) = promises(center)
    assert out.for_work(message(center, "second", WALTER), "ana", "user:ana") == ANOTHERS
    assert promises(center) == [before]
    assert told(center, "SELECT claimed_by FROM work_items WHERE id = 'second'") == [(None,)]


def test_two_clinicians_do_not_ring_one_patient(center: Center) -> None:
    out, mine, luiss = CallingOut(center.tools), message(center, "one", WALTER), message(center, "two", WALTER)
    assert out.for_work(mine, "ana", "user:ana") == ""
    assert out.for_work(luiss, "luis", "user:luis") == COLLEAGUES
    assert out.for_work(mine, "ana", "user:ana") == "", "a second click changes nothing"
    assert [promise.own_id for promise in promises(center)] == ["ana"]


def test_of_two_promises_out_of_one_call_each_has_its_turn_in_line(center: Center) -> None:
    message(center, "one", WALTER)
    message(center, "two", WALTER, call="call-one", service="nurse", rings=ELSEWHERE)
    out = CallingOut(center.tools)
    assert out.for_work("one", "ana", "user:ana") == ""
    clock_door.due_promises(center.tools)
    assert out.for_work("two", "dana", "user:dana") == ""
    clock_door.due_promises(center.tools)
    by_service = {promise.service: promise for promise in promises(center)}
    assert (by_service["therapy"].state, by_service["nurse"].state) == ("waiting", "booked")
    assert Owing(center.tools).end_callback(by_service["nurse"].id, "not_needed", "user:dana") == ""
    assert told(center, "SELECT callback_id FROM waits WHERE ended_at IS NULL") == [(by_service["therapy"].id,)]


def test_after_a_quiet_call_no_machine_hears_us(center: Center) -> None:
    CallingOut(center.tools).for_work(message(center, "one", WALTER), "ana", "user:ana")
    (promise,) = promises(center)
    with center.database.reading() as tx:
        assert appointments.may_leave_message(tx, center.tools, promise)
    change(center, "UPDATE calls SET quiet = 1")
    with center.database.reading() as tx:
        assert not appointments.may_leave_message(tx, center.tools, promise)


def test_work_about_what_is_offered_no_longer_is_refused_in_words(center: Center) -> None:
    item = message(center, "one", WALTER)
    change(center, "UPDATE work_items SET service = 'acupuncture'")
    assert CallingOut(center.tools).for_work(item, "ana", "user:ana") == NO_SERVICE


def test_every_refusal_has_a_name_for_the_phone_and_what_may_be_done_has_none(center: Center) -> None:
    sentences = {value for name, value in vars(ringing_out).items() if name.isupper() and isinstance(value, str)}
    assert set(ringing_out.HEARD_AS) == sentences
    assert set(ringing_out.HEARD_AS.values()) == set(Unrung)

    def why_not(clinician: str) -> Unrung | None:
        with center.database.transaction() as tx:
            return RingingOut(tx, center.tools, clinician, center.clock.at).why_not("one")

    message(center, "one", WALTER)
    assert why_not("ana") is None
    assert promises(center) == [], "to ask changes nothing"
    assert CallingOut(center.tools).for_work("one", "ana", "user:ana") == ""
    assert (why_not("ana"), why_not("luis")) == (None, Unrung.COLLEAGUES)
    change(center, "DELETE FROM work_items")
    assert why_not("ana") is Unrung.CHANGED


def test_a_talk_of_long_ago_or_of_somebody_else_rings_nobody(center: Center) -> None:
    out = CallingOut(center.tools)
    assert out.after_talk(77, 0, "ana", "user:ana") == NOT_YOUR_TALK
    now = center.clock.at.replace(tzinfo=None)
    long_ago = now - timedelta(hours=13)
    center.joe_waits(for_whom="ana")
    offer, _, _ = center.rung()
    change(center, f"UPDATE offers SET state = 'finished', talk_started_at = '{long_ago}', ended_at = '{long_ago}'")
    assert out.after_talk(offer, 0, "ana", "user:ana") == NOT_YOUR_TALK
    assert promises(center) == []


@pytest.mark.parametrize("patient", [WALTER, None])
def test_for_nobody_in_particular_the_wishes_of_all_who_have_the_phone_count(
    center: Center, patient: str | None
) -> None:
    """It is ten in the morning."""
    assert CallingOut(center.tools).for_work(message(center, "one", patient), "ana", "user:ana") == ""
    (promise,) = promises(center)
    hours = SiteWish(hours=read_hours("15:00-16:00"), no_messages=True)
    with center.database.transaction() as tx:
        reaching_store.set_site_wish(tx, center.tools.vault, WALTER, hours)
        assert callbacks.store.wished(tx, promise) != ()
        assert not appointments.may_leave_message(tx, center.tools, promise)
    change(center, "UPDATE calls SET red_flag = 'nurse'")
    with center.database.reading() as tx:
        any_hour = callbacks.store.wished(tx, promise) == ()
    assert any_hour is (patient is None), "danger does not wait for the afternoon"
    change(center, "DELETE FROM callback_attempts")
    change(center, "DELETE FROM callback_requests")
    assert CallingOut(center.tools).for_work("one", "ana", "user:ana") == NOT_HIS_HOURS


def test_asked_for_by_phone_and_overtaken_the_turn_is_decided_anew(center: Center) -> None:
    with pytest.raises(Outrun), center.database.transaction() as tx:
        deeds._ring_patient(tx, RingPatient("ana", "gone"), center.tools, center.clock.at)
