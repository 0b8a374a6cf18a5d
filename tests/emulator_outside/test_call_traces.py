"""Calls against the reference, 1.1, 1.3, 1.6, 4.1, 5.1 and 5.2: created, answered or not, changed, told.

Longer than 300 lines because the states of a call are read together.
"""

from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException

from tests.emulator_outside.application import Asked
from tests.emulator_outside.box import (
    ABSENT,
    ACCOUNT,
    ANA,
    CENTER,
    DANA,
    JOE,
    LUIS,
    OTHER,
    SOME,
    Box,
    Leg,
    agrees,
    running,
)
from tests.emulator_outside.description import undescribed

EVENTS = ["initiated", "ringing", "answered", "completed"]
STAY = '<Say>Hello</Say><Pause length="60"/>'


@pytest.fixture
def calling(box: Box) -> Box:
    """An application that calls Ana and says hello."""
    box.app.says("/answered", STAY)
    return box


def calls(box: Box, **settings: Any) -> Leg:
    """A call whose every event is told."""
    return box.calls(status_callback=box.app.base + "/told", status_callback_event=EVENTS, **settings)


def told(box: Box) -> list[Asked]:
    return sorted(box.app.visits("/told"), key=lambda one: int(one["SequenceNumber"]))


# --- created calls


def test_a_created_call_is_told_in_order_and_asks_its_url_once_answered(calling):
    leg = calls(calling)
    calling.waits(3)
    assert calling.app.visits("/answered") == []
    assert leg.rest.status == "ringing"
    calling.at(ANA).answers()
    calling.waits(61)
    common = {"CallSid": leg.sid, "AccountSid": ACCOUNT, "From": CENTER, "To": ANA, "Direction": "outbound-api",
              "ApiVersion": "2010-04-01", "ParentCallSid": ABSENT}  # fmt: skip
    agrees(calling.app.visits("/answered"), [("/answered", {**common, "CallStatus": "in-progress"})])
    event = {**common, "CallbackSource": "call-progress-events", "Timestamp": SOME}
    agrees(
        told(calling),
        [
            ("/told", {**event, "CallStatus": "initiated", "SequenceNumber": 0, "CallDuration": ABSENT}),
            ("/told", {**event, "CallStatus": "ringing", "SequenceNumber": 1, "CallDuration": ABSENT}),
            ("/told", {**event, "CallStatus": "in-progress", "SequenceNumber": 2, "Duration": ABSENT}),
            ("/told", {**event, "CallStatus": "completed", "SequenceNumber": 3, "CallDuration": {"60", "61"},
                       "Duration": "2", "SipResponseCode": "200"}),
        ],
    )  # fmt: skip
    ended = leg.rest
    assert (ended.status, ended.duration in ("60", "61"), ended.direction) == ("completed", True, "outbound-api")


def test_the_end_alone_is_told_without_a_list_of_events(calling):
    calling.calls(status_callback=calling.app.base + "/told", status_callback_method="GET")
    calling.waits(2)
    calling.at(ANA).answers().hangs_up()
    calling.waits(1)
    agrees(calling.app.visits("/told"), [("/told", {"CallStatus": "completed", "SequenceNumber": 0})])
    assert calling.app.only("/told").method == "GET"


@pytest.mark.parametrize(
    ("script", "status", "sip"),
    [
        ({"busy": True}, "busy", "486"),
        ({"no_answer": True}, "no-answer", "487"),
        ({"decline_after_s": 2}, "busy", {"486", "603"}),
    ],
)
def test_a_call_nobody_takes_ends_as_what_happened(calling, script, status, sip):
    calling.acts(ANA, **script)
    leg = calls(calling, timeout=20)
    calling.waits(40)
    assert leg.rest.status == status
    assert calling.app.visits("/answered") == []
    agrees(
        told(calling)[-1:],
        [("/told", {"CallStatus": status, "CallDuration": "0", "SipResponseCode": sip})],
    )
    assert told(calling)[0]["CallStatus"] == "initiated"


def test_the_timeout_of_a_created_call_is_60_by_default(calling):
    leg = calling.calls()
    calling.waits(58)
    assert leg.rest.status == "ringing"
    calling.waits(10)
    assert leg.rest.status == "no-answer"


def test_inline_twiml_is_done_without_a_request(box):
    box.calls(twiml="<Response><Say>Inline</Say></Response>")
    box.waits(2)
    ana = box.at(ANA).answers()
    box.waits(3)
    assert (ana.heard, box.app.asked) == (["Inline"], [])


def test_the_url_beats_inline_twiml(calling):
    calling.client.calls.create(
        to=ANA, from_=CENTER, url=calling.app.base + "/answered", twiml="<Response><Say>Inline</Say></Response>"
    )
    calling.settles()
    calling.waits(2)
    ana = calling.at(ANA).answers()
    calling.waits(2)
    assert ana.heard == ["Hello"]


def test_a_relative_action_of_inline_twiml_is_15004(box):
    leg = box.calls(twiml='<Response><Gather numDigits="1" action="/keys"/></Response>')
    box.waits(2)
    box.at(ANA).answers().presses("1")
    box.waits(2)
    assert "15004" in leg.errors


def test_digits_are_sent_to_whoever_answers(calling):
    calling.calls(send_digits="ww12#")
    calling.waits(2)
    ana = calling.at(ANA).answers()
    calling.waits(4)
    assert any("12#" in caption["text"] for caption in ana.seen["captions"])


def test_the_time_limit_ends_a_created_call(calling):
    leg = calling.calls(time_limit=20)
    calling.waits(2)
    calling.at(ANA).answers()
    calling.waits(18)
    assert leg.rest.status == "in-progress"
    calling.waits(4)
    assert (leg.rest.status, leg.rest.duration) == ("completed", "20")


# --- a call changed in every state


def change(box: Box, leg: Any, **settings: Any) -> Any:
    changed = box.client.calls(leg.sid).update(**settings)
    box.settles()
    return changed


def test_a_call_canceled_at_once_is_told_nothing_or_all(calling):
    """Whether it is still queued is the carrier's affair; a call that was told to begin is told to end."""
    made = calling.client.calls.create(
        to=ANA, from_=CENTER, url=calling.app.base + "/answered",
        status_callback=calling.app.base + "/told", status_callback_event=EVENTS,
    )  # fmt: skip
    assert made.status == "queued"
    assert change(calling, made, status="canceled").status == "canceled"
    calling.waits(5)
    assert [one["CallStatus"] for one in told(calling)] in ([], ["initiated", "canceled"])
    assert not calling.rings(ANA)


def test_calls_are_paced_and_one_that_waits_is_canceled_without_a_callback():
    with running("--calls-per-second", "1") as box:
        settings = {"status_callback": box.app.base + "/told", "status_callback_event": EVENTS}
        legs = [box.calls(to, twiml="<Response/>", **settings) for to in (ANA, LUIS, DANA)]
        assert [leg.rest.status for leg in legs[1:]] == ["queued", "queued"]
        change(box, legs[1], status="canceled")
        assert legs[1].rest.status == "canceled"
        box.waits(0.9)
        assert legs[2].rest.status == "queued"
        box.waits(3)
        assert legs[2].rest.status == "ringing"
        assert {one["CallSid"] for one in told(box)} == {legs[0].sid, legs[2].sid}
        assert int(legs[2].rest.queue_time) >= 900
        assert undescribed(box.ledger) == []


def test_a_ringing_call_is_canceled(calling):
    leg = calls(calling)
    calling.waits(2)
    assert change(calling, leg, status="canceled").status == "canceled"
    assert not calling.rings(ANA)
    assert told(calling)[-1]["CallStatus"] == "canceled"
    assert calling.app.visits("/answered") == []


def test_a_ringing_call_is_completed(calling):
    leg = calling.calls()
    calling.waits(2)
    change(calling, leg, status="completed")
    assert not calling.rings(ANA)
    assert leg.rest.status in ("canceled", "completed", "no-answer")


def test_a_live_call_is_completed(calling):
    leg = calls(calling)
    calling.waits(2)
    ana = calling.at(ANA).answers()
    calling.waits(7)
    assert change(calling, leg, status="completed").status == "completed"
    assert ana.status == "completed"
    agrees(told(calling)[-1:], [("/told", {"CallStatus": "completed", "CallDuration": "7"})])


def test_a_live_call_is_led_elsewhere_by_url_and_method(calling):
    leg = calling.calls()
    calling.waits(2)
    ana = calling.at(ANA).answers()
    url = calling.app.says("/new", "<Say>New words</Say>")
    assert change(calling, leg, url=url, method="GET").status == "in-progress"
    calling.waits(2)
    assert calling.app.only("/new").method == "GET"
    assert ana.heard == ["Hello", "New words"]


def test_a_live_call_is_led_elsewhere_by_twiml(calling):
    leg = calling.calls()
    calling.waits(2)
    ana = calling.at(ANA).answers()
    change(calling, leg, twiml="<Response><Say>New words</Say></Response>")
    calling.waits(2)
    assert ana.heard == ["Hello", "New words"]
    assert ana.status == "completed"


@pytest.mark.parametrize(
    "settings",
    [{"twiml": "<Response/>"}, {"url": "http://127.0.0.1/x"}, {"status": "canceled"}],
    ids=["twiml", "url", "canceled"],
)
def test_a_call_that_ended_is_in_the_wrong_state_for_every_change(calling, settings):
    leg = calling.calls()
    calling.waits(2)
    calling.at(ANA).answers().hangs_up()
    calling.waits(1)
    with pytest.raises(TwilioRestException) as refused:
        change(calling, leg, **settings)
    assert (refused.value.status, refused.value.code) == (400, 21220)


def test_a_live_call_cannot_be_canceled(calling):
    leg = calling.calls()
    calling.waits(2)
    calling.at(ANA).answers()
    with pytest.raises(TwilioRestException) as refused:
        change(calling, leg, status="canceled")
    assert (refused.value.status, refused.value.code) == (400, 21220)


def test_a_call_update_may_name_a_new_listener(calling):
    leg = calling.calls()
    calling.waits(2)
    calling.at(ANA).answers()
    change(calling, leg, url=calling.app.base + "/answered", status_callback=calling.app.base + "/told-late")
    change(calling, leg, status="completed")
    assert calling.app.only("/told-late")["CallStatus"] == "completed"


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"to": "hello", "from_": CENTER, "twiml": "<Response/>"}, {21211, 21217}),
        ({"to": ANA, "from_": "+15745550199", "twiml": "<Response/>"}, {21210, 21212}),
        ({"to": ANA, "from_": CENTER, "url": "not a url"}, {21205}),
        ({"to": ANA, "from_": CENTER}, {21205, 21201, 20001}),
        ({"to": ANA, "from_": CENTER, "twiml": "<Response>" + "x" * 4000 + "</Response>"}, {32018}),
        ({"to": ANA, "from_": CENTER, "twiml": "<Response/>", "send_digits": "hello"}, {21206}),
        ({"to": "+15005550001", "from_": CENTER, "twiml": "<Response/>"}, {21217}),
        ({"to": "+15005550002", "from_": CENTER, "twiml": "<Response/>"}, {21214}),
        ({"to": "+15005550003", "from_": CENTER, "twiml": "<Response/>"}, {21215}),
        ({"to": "+15005550004", "from_": CENTER, "twiml": "<Response/>"}, {21216}),
    ],
    ids=["to", "from", "url", "nothing to do", "too long", "digits", "invalid", "unroutable", "geo", "blocked"],
)  # fmt: skip
def test_a_call_that_cannot_be_made_is_refused_with_its_code(box, settings, code):
    with pytest.raises(TwilioRestException) as refused:
        box.client.calls.create(**settings)
    assert (refused.value.status, refused.value.code in code) == (400, True), refused.value


# --- machine detection


MACHINE = {"voicemail": {"answer_after_s": 3, "greeting": "Please leave a message", "greeting_s": 6}}


def test_the_document_waits_for_the_verdict_on_a_machine(calling):
    calling.acts(ANA, **MACHINE)
    leg = calls(calling, machine_detection="Enable")
    calling.waits(40)
    asked = calling.app.only("/answered")
    agrees([asked], [("/answered", {"AnsweredBy": "machine_start", "CallSid": leg.sid})])
    assert leg.rest.answered_by == "machine_start"
    change(calling, leg, status="completed")
    agrees(told(calling)[-1:], [("/told", {"CallStatus": "completed", "AnsweredBy": "machine_start"})])


def test_detect_message_end_waits_for_the_end_of_the_greeting(calling):
    calling.acts(ANA, **MACHINE)
    calling.calls(machine_detection="DetectMessageEnd")
    calling.waits(6)
    assert calling.app.visits("/answered") == []
    calling.waits(30)
    verdict = calling.app.only("/answered")["AnsweredBy"]
    assert verdict in ("machine_end_beep", "machine_end_silence", "machine_end_other")


def test_a_human_is_told_as_such(calling):
    calling.acts(ANA, answer_after_s=2)
    calling.calls(machine_detection="Enable")
    calling.waits(20)
    agrees(calling.app.visits("/answered"), [("/answered", {"AnsweredBy": "human"})])


def test_an_asynchronous_verdict_is_told_beside_the_call(calling):
    calling.acts(ANA, **MACHINE)
    leg = calling.calls(
        machine_detection="Enable", async_amd="true", async_amd_status_callback=calling.app.base + "/told-amd"
    )
    calling.waits(4)
    agrees(calling.app.visits("/answered"), [("/answered", {"AnsweredBy": ABSENT})])
    calling.waits(20)
    agrees(
        calling.app.visits("/told-amd"),
        [("/told-amd", {"CallSid": leg.sid, "AccountSid": ACCOUNT, "AnsweredBy": "machine_start",
                        "MachineDetectionDuration": SOME, "From": ABSENT, "To": ABSENT})],
    )  # fmt: skip
    assert calling.app.only("/told-amd").method == "POST"


def test_digits_to_send_switch_machine_detection_off(calling):
    calling.acts(ANA, **MACHINE)
    calling.calls(machine_detection="Enable", send_digits="1")
    calling.waits(30)
    agrees(calling.app.visits("/answered"), [("/answered", {"AnsweredBy": ABSENT})])


def test_a_dialed_number_detects_machines_too(box):
    box.acts(ANA, **MACHINE)
    noun = f'<Number machineDetection="Enable" amdStatusCallback="/told-amd">{ANA}</Number>'
    box.app.says("/voice", f"<Dial>{noun}</Dial>")
    box.dials()
    box.waits(30)
    agrees(box.app.visits("/told-amd"), [("/told-amd", {"AnsweredBy": "machine_start", "CallSid": SOME})])


# --- inbound calls


@pytest.mark.parametrize(
    ("document", "status"),
    [("<Reject/>", "no-answer"), ('<Reject reason="rejected"/>', "no-answer"), ('<Reject reason="busy"/>', "busy")],
)
def test_a_rejected_call_was_never_answered(box, document, status):
    box.points(status_callback=box.app.base + "/told")
    box.app.says("/voice", document + "<Say>Not reached</Say>")
    joe = box.dials()
    box.waits(2)
    call = joe.rest
    assert (call.status, joe.heard) == (status, [])
    agrees(box.app.visits("/told"), [("/told", {"CallStatus": status, "CallDuration": "0"})])


def test_a_reject_after_another_verb_ends_an_answered_call(box):
    box.app.says("/voice", "<Say>Sorry</Say><Reject/>")
    joe = box.dials()
    box.waits(3)
    assert (joe.heard, joe.rest.status) == (["Sorry"], "completed")


def test_hanging_up_before_the_answer(box):
    box.points(status_callback=box.app.base + "/told")
    box.app.says("/voice", f'<Dial answerOnBridge="true" action="/dialed">{ANA}</Dial>')
    joe = box.dials()
    box.waits(3)
    joe.hangs_up()
    box.waits(2)
    assert joe.rest.status in ("no-answer", "canceled")
    assert not box.rings(ANA)
    assert box.app.only("/told")["CallStatus"] == joe.rest.status


def test_hanging_up_ends_an_inbound_call(box):
    box.app.says("/voice", STAY)
    joe = box.dials()
    box.waits(9)
    joe.hangs_up()
    call = joe.rest
    assert (call.status, call.duration, call.direction) == ("completed", "9", "inbound")
    assert (call._from, call.to) == (JOE, CENTER)
    assert call.phone_number_sid


def test_a_hangup_verb_ends_the_document(box):
    box.app.says("/voice", "<Say>Bye</Say><Hangup/><Say>Not reached</Say>")
    joe = box.dials()
    box.waits(5)
    assert (joe.heard, joe.status) == (["Bye"], "completed")


def test_a_pause_lasts_its_seconds(box):
    box.app.says("/voice", '<Pause/><Pause length="7"/><Say>Now</Say>')
    joe = box.dials()
    box.waits(7)
    assert joe.heard == []
    box.waits(2)
    assert joe.heard == ["Now"]


def test_legs_of_one_call_are_found_by_their_parent(box):
    box.app.says("/voice", f"<Dial><Number>{ANA}</Number><Number>{LUIS}</Number></Dial>")
    joe = box.dials()
    box.waits(2)
    assert {one.to for one in box.client.calls.list(parent_call_sid=joe.sid)} == {ANA, LUIS}
    assert [one.sid for one in box.client.calls.list(to=CENTER, from_=JOE)] == [joe.sid]
    assert {one.status for one in box.client.calls.list(status="ringing")} == {"ringing"}


def test_another_number_of_the_account_has_its_own_urls(box):
    other = box.client.incoming_phone_numbers.list(phone_number=OTHER)[0]
    other.update(voice_url=box.app.says("/other", "<Say>The other number</Say>"), voice_method="GET")
    joe = box.dials(number=OTHER)
    box.waits(2)
    assert (joe.heard, box.app.only("/other").method) == (["The other number"], "GET")


def test_an_application_takes_the_place_of_the_numbers_urls(box):
    made = box.client.applications.create(
        friendly_name="Other", voice_url=box.app.says("/application", "<Say>The application</Say>")
    )
    number = box.client.incoming_phone_numbers.create(phone_number="+13125550178", voice_application_sid=made.sid)
    joe = box.dials(number="+13125550178")
    box.waits(2)
    assert joe.heard == ["The application"]
    assert box.client.incoming_phone_numbers(number.sid).delete() is True
