"""The finer print of the reference: methods, defaults, attribute errors, other nouns, caching, texts.

Longer than 300 lines because the small print of all verbs is read together.
"""

import time
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException

from tests.emulator_outside.application import Answer, Asked
from tests.emulator_outside.box import ABSENT, ANA, CENTER, JOE, LUIS, SOME, Box, Leg, agrees

# --- attributes out of their range: a notification of the verb's own, and the call goes on

WRONG = {
    "gather timeout": ('<Gather timeout="soon" action="/x"/>', range(13310, 13344)),
    "gather finish key": ('<Gather finishOnKey="long" action="/x"/>', range(13310, 13344)),
    "gather digits": ('<Gather numDigits="none" action="/x"/>', range(13310, 13344)),
    "gather auto": ('<Gather input="speech" speechTimeout="auto" action="/x"/>', range(13335, 13336)),
    "say voice": ('<Say voice="nobody">Hi</Say>', range(13510, 13522)),
    "say loop": ('<Say loop="often">Hi</Say>', range(13510, 13522)),
    "say too long": (f"<Say>{'word ' * 900}</Say>", range(13521, 13522)),
    "record length": ('<Record maxLength="-5" playBeep="false" timeout="1"/>', range(13610, 13623)),
    "redirect method": ('<Redirect method="PUT">/next</Redirect>', range(13710, 13711)),
    "pause length": ('<Pause length="long"/>', range(13910, 13911)),
    "dial timeout": (f'<Dial timeout="soon">{ANA}</Dial>', range(13210, 13228)),
    "dial method": (f'<Dial method="PUT" action="/x">{ANA}</Dial>', range(13210, 13228)),
    "conference beep": ('<Dial><Conference beep="loud">Room</Conference></Dial>', range(13230, 13241)),
    "conference coach": ('<Dial><Conference coach="nobody">Room</Conference></Dial>', range(13240, 13241)),
    "enqueue method": ('<Enqueue method="PUT" waitUrl="">support</Enqueue>', range(14201, 14207)),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_attribute_leaves_a_notification_of_its_verb(box, case):
    document, codes = WRONG[case]
    box.app.says("/voice", document)
    box.app.says("/next", "")
    joe = box.dials()
    box.waits(1)
    assert {int(code) for code in joe.errors} & set(codes), joe.errors


def test_a_reject_with_a_wrong_reason_is_13810(box):
    box.app.says("/voice", '<Reject reason="tired"/>')
    assert "13810" in box.dials().errors


# --- methods


def test_every_method_attribute_is_honoured(box):
    box.app.says("/voice", '<Enqueue action="/left" method="GET" waitUrl="/wait" waitUrlMethod="GET">support</Enqueue>')
    box.app.says("/wait", "<Leave/>")
    box.app.says("/left", '<Dial action="/dialed" method="GET"><Number url="/whisper" method="GET" '
                 'statusCallback="/told" statusCallbackMethod="GET">+13125550161</Number></Dial>')  # fmt: skip
    box.app.says("/whisper", "")
    box.app.says("/dialed", '<Record action="/recorded" method="GET" recordingStatusCallback="/told-recording" '
                 'recordingStatusCallbackMethod="GET"/>')  # fmt: skip
    box.app.says("/recorded", "")
    joe = box.dials()
    box.waits(3)
    box.at(ANA).answers()
    box.waits(2)
    box.at(ANA).hangs_up()
    box.waits(2)
    joe.says("a few words")
    box.waits(2)
    joe.presses("1")
    box.waits(5)
    assert [one.path for one in box.app.visits() if one.method != "GET"] == ["/voice"]
    assert {"/wait", "/left", "/whisper", "/told", "/dialed", "/recorded", "/told-recording"} <= {
        one.path for one in box.app.visits()
    }


def test_a_wait_method_of_a_conference_is_post_for_an_own_document(box):
    box.app.says("/voice", '<Dial><Conference waitUrl="/wait">A</Conference></Dial>')
    box.app.says("/wait", "")
    box.dials()
    assert box.app.only("/wait").method == "POST"


def test_a_number_asked_by_get_carries_its_parameters_in_the_query(box):
    box.points(voice_method="GET")
    box.app.says("/voice", "")
    joe = box.dials()
    asked = box.app.only("/voice")
    assert (asked.method, asked.form, asked["CallSid"]) == ("GET", {}, joe.sid)


# --- caching


def test_a_document_with_an_etag_is_asked_again_conditionally(box):
    def page(asked: Asked) -> Answer:
        known = asked.headers.get("if-none-match") == '"7"'
        body = "" if known else "<Response><Say>Cached words</Say></Response>"
        return Answer(body, 304 if known else 200, None if known else "text/xml", (("ETag", '"7"'),))

    box.points(voice_method="GET")
    box.app.serve("/voice", page)
    calls = []
    for _ in range(2):
        calls.append(box.dials(JOE))
        box.waits(3)
    assert [leg.heard for leg in calls] == [["Cached words"]] * 2
    assert all(leg.errors == [] for leg in calls)


# --- music and beeps


def test_a_queue_without_a_wait_url_plays_music_that_nobody_is_asked_for(box):
    box.app.says("/voice", "<Enqueue>support</Enqueue>")
    joe = box.dials()
    box.waits(30)
    assert box.app.paths() == ["/voice"]
    assert joe.heard or any(caption["kind"] == "hold" for caption in joe.seen["captions"])
    assert joe.status == "in-progress"


@pytest.mark.parametrize(
    ("attribute", "entry", "leaving"),
    [("", True, True), ('beep="false"', False, False), ('beep="onEnter"', True, False), ('beep="onExit"', False, True)],
)
def test_a_beep_is_heard_when_somebody_comes_or_goes(box, attribute, entry, leaving):
    box.app.says("/voice", f'<Dial><Conference waitUrl="" {attribute}>A</Conference></Dial>')
    joe, ana = box.dials(JOE), box.dials(ANA)
    luis = box.dials(LUIS)
    box.waits(2)
    assert (beeps(joe) > 0) == entry
    before = beeps(joe)
    luis.hangs_up()
    box.waits(2)
    assert (beeps(joe) > before) == leaving
    ana.hangs_up()


def beeps(leg: Leg) -> int:
    return sum(caption["kind"] == "beep" for caption in leg.seen["captions"])


# --- other nouns


def test_a_client_is_dialed_by_its_identity(box):
    box.app.says("/voice", '<Dial action="/dialed"><Client statusCallback="/told">ana</Client></Dial>')
    box.app.says("/dialed", "")
    joe = box.dials()
    box.waits(2)
    (child,) = box.client.calls.list(parent_call_sid=joe.sid)
    assert child.to == "client:ana"
    ana = box.at("client:ana").answers()
    box.waits(5)
    assert box.hear_each_other(JOE, "client:ana")
    ana.hangs_up()
    box.waits(1)
    agrees(
        box.app.visits("/dialed"),
        [("/dialed", {"DialCallStatus": "completed", "DialBridged": "true", "DialCallDuration": "5"})],
    )
    agrees(box.app.visits("/told"), [("/told", {"To": "client:ana", "CallStatus": "completed"})])


def test_a_sip_address_is_dialed(box):
    box.app.says("/voice", '<Dial action="/dialed"><Sip url="/whisper">sip:ana@example.com</Sip></Dial>')
    box.app.says("/whisper", "<Say>A call for you</Say>")
    box.app.says("/dialed", "")
    joe = box.dials()
    box.waits(2)
    (child,) = box.client.calls.list(parent_call_sid=joe.sid)
    assert child.to == "sip:ana@example.com"
    ana = Leg(box, child.sid).answers()
    box.waits(4)
    assert ana.heard == ["A call for you"]
    ana.hangs_up()
    box.waits(1)
    assert box.app.only("/dialed")["DialCallStatus"] == "completed"


def test_a_client_is_called_over_rest(box):
    box.app.says("/answered", "<Say>Hello</Say>")
    leg = box.calls("client:ana")
    box.waits(2)
    ana = leg.answers()
    box.waits(2)
    assert (leg.rest.to, ana.heard) == ("client:ana", ["Hello"])


# --- conferences


@pytest.fixture
def room(box: Box) -> Box:
    """An application whose callers meet in a room that tells its events."""
    events = 'statusCallback="/told" statusCallbackEvent="start end join leave modify"'
    box.app.says("/voice", f'<Dial><Conference waitUrl="" {events}>Room</Conference></Dial>')
    return box


def told(box: Box, event: str) -> list[Asked]:
    """The conference's events of one kind."""
    return [one for one in box.app.visits("/told") if one.get("StatusCallbackEvent") == event]


def test_the_end_of_a_conference_tells_a_reason_in_words_too(room):
    legs = [room.dials(JOE), room.dials(ANA)]
    room.waits(1)
    for leg in legs:
        leg.hangs_up()
    room.waits(1)
    agrees(
        told(room, "conference-end"), [("/told", {"Reason": SOME, "ReasonConferenceEnded": "last-participant-left"})]
    )


def test_who_is_moved_out_over_rest_left_by_update(room):
    joe, _ = room.dials(JOE), room.dials(ANA)
    room.waits(1)
    room.client.calls(joe.sid).update(twiml='<Response><Say>Out</Say><Pause length="9"/></Response>')
    room.settles()
    room.waits(2)
    assert joe.heard == ["Out"]
    (left,) = told(room, "participant-leave")
    assert (left["CallSid"], left["ReasonParticipantLeft"]) == (joe.sid, "participant_updated_via_api")
    assert left["ParticipantCallStatus"] == "in-progress"


def test_a_conference_made_over_rest_tells_start_and_end_by_default(box):
    for number in (ANA, LUIS):
        box.client.conferences("Fresh").participants.create(
            from_=CENTER, to=number, conference_status_callback=box.app.base + "/told"
        )
    box.settles()
    box.waits(2)
    legs = [box.at(number).answers() for number in (ANA, LUIS)]
    box.waits(2)
    assert box.hear_each_other(ANA, LUIS)
    for leg in legs:
        leg.hangs_up()
    box.waits(1)
    assert [one["StatusCallbackEvent"] for one in box.app.visits("/told")] == ["conference-start", "conference-end"]


def test_a_failing_conference_callback_is_16011_and_harms_nobody(box):
    box.app.serve("/bad", Answer("", 500))
    box.app.says(
        "/voice", '<Dial><Conference waitUrl="" statusCallback="/bad" statusCallbackEvent="join">A</Conference></Dial>'
    )
    joe, _ = box.dials(JOE), box.dials(ANA)
    box.waits(2)
    assert box.hear_each_other(JOE, ANA)
    assert "16011" in joe.errors


def test_a_label_with_odd_characters_names_a_participant(room):
    joe = room.dials(JOE)
    (conference,) = room.client.conferences.list()
    room.client.conferences(conference.sid).participants.create(from_=CENTER, to=ANA, label="Ana Ruíz +1")
    room.settles()
    room.waits(2)
    room.at(ANA).answers()
    party = room.client.conferences(conference.sid).participants("Ana Ruíz +1")
    assert party.fetch().label == "Ana Ruíz +1"
    assert party.update(muted=True).muted is True
    assert party.delete() is True
    assert joe.status == "in-progress"


def test_a_participants_end_and_beep_settings_are_told_as_modified(room):
    joe, ana = room.dials(JOE), room.dials(ANA)
    room.waits(1)
    (conference,) = room.client.conferences.list()
    room.client.conferences(conference.sid).participants(ana.sid).update(end_conference_on_exit=True)
    room.settles()
    (modified,) = told(room, "participant-modify")
    assert (modified["CallSid"], modified["EndConferenceOnExit"]) == (ana.sid, "true")
    ana.hangs_up()
    room.waits(1)
    assert joe.status == "completed"


def test_hold_music_starts_again_when_its_document_ends(room):
    room.dials(JOE)
    ana = room.dials(ANA)
    room.waits(1)
    (conference,) = room.client.conferences.list()
    hold = room.app.says("/hold", '<Say>On hold</Say><Pause length="5"/>')
    party = room.client.conferences(conference.sid).participants(ana.sid)
    party.update(hold=True, hold_url=hold, hold_method="POST")
    room.settles()
    room.waits(20)
    assert len(room.app.visits("/hold")) >= 2
    assert {one.method for one in room.app.visits("/hold")} == {"POST"}


def test_an_announcement_with_a_forbidden_verb_is_13238(room):
    joe, _ = room.dials(JOE), room.dials(ANA)
    room.waits(1)
    (conference,) = room.client.conferences.list()
    words = room.app.says("/announce", f"<Dial>{LUIS}</Dial>")
    room.client.conferences(conference.sid).participants(joe.sid).update(announce_url=words)
    room.settles()
    room.waits(2)
    assert "13238" in joe.errors
    assert room.hear_each_other(JOE, ANA)


def test_a_participant_may_be_judged_a_machine(room):
    room.dials(JOE)
    room.acts(ANA, voicemail={"answer_after_s": 2, "greeting": "Leave a message", "greeting_s": 6})
    (conference,) = room.client.conferences.list()
    room.client.conferences(conference.sid).participants.create(
        from_=CENTER, to=ANA, machine_detection="Enable", amd_status_callback=room.app.base + "/told-amd"
    )
    room.settles()
    room.waits(20)
    agrees(room.app.visits("/told-amd"), [("/told-amd", {"AnsweredBy": "machine_start", "CallSid": SOME})])


# --- calls


def test_calls_are_found_by_when_they_ended(box):
    box.app.says("/voice", "")
    joe = box.dials()
    box.waits(1)
    day = joe.rest.end_time
    assert [one.sid for one in box.client.calls.list(end_time=day)] == [joe.sid]
    assert [one.sid for one in box.client.calls.list(start_time=day)] == [joe.sid]
    assert box.client.calls.list(end_time_before=day.replace(year=2020)) == []


def test_a_call_may_get_a_new_fallback_and_time_limit(box):
    box.app.says("/answered", '<Pause length="600"/>')
    box.app.serve("/broken", Answer("", 500))
    leg = box.calls()
    box.waits(2)
    ana = box.at(ANA).answers()
    fallback = box.app.says("/fallback", '<Say>Rescued</Say><Pause length="600"/>')
    box.client.calls(leg.sid).update(fallback_url=fallback, time_limit=30)
    box.client.calls(leg.sid).update(url=box.app.base + "/broken")
    box.settles()
    box.waits(3)
    assert ana.heard == ["Rescued"]
    box.waits(40)
    assert ana.status == "completed"


def test_a_withheld_number_arrives_as_a_word(box):
    box.app.says("/voice", "")
    sid = box.control.post("/control/calls", {"from": "anonymous", "to": CENTER})["sid"]
    box.settles()
    assert (box.app.only("/voice")["From"], box.app.only("/voice")["CallSid"]) == ("anonymous", sid)


def test_a_number_with_a_wrong_form_is_warned_of_and_dialed(box):
    box.app.says("/voice", "<Dial>(312) 555-0161</Dial>")
    joe = box.dials()
    box.waits(2)
    assert {"13223", "13224"} & set(joe.errors) or box.rings(ANA)


def test_every_attempt_is_bounded_in_total(box):
    def slow(asked: Asked) -> str:
        time.sleep(0.5)  # real time: timeouts of requests are real
        return ""

    box.points(
        voice_url=box.app.base + "/voice#rt=100&rc=5&rp=rt&tt=300",
        voice_fallback_url=box.app.says("/fallback", "<Say>Rescued</Say>"),
    )
    box.app.serve("/voice", slow)
    joe = box.dials()
    box.waits(2)
    assert joe.heard == ["Rescued"]
    assert 2 <= len(box.app.visits("/voice")) <= 3


# --- texts


def test_a_text_beyond_its_time_or_without_a_body_is_refused_and_a_later_one_waits(box):
    refused: Any
    with pytest.raises(TwilioRestException) as refused:
        box.client.messages.create(to=JOE, from_=CENTER, body="Hi", validity_period=99_999)
    assert refused.value.status == 400
    made = box.client.messages.create(to=JOE, from_=CENTER, body="x" * 400)
    assert made.num_segments == "3"


def test_a_text_that_arrives_is_told_to_the_number_and_answered(box):
    (number,) = box.client.incoming_phone_numbers.list(phone_number=CENTER)
    number.update(sms_url=box.app.serve("/sms", "<Response><Message>We call you</Message></Response>"))
    made = box.control.post("/control/messages", {"from": JOE, "to": CENTER, "body": "Call me"})
    box.settles()
    agrees(
        box.app.visits("/sms"),
        [("/sms", {"MessageSid": made["sid"], "SmsSid": SOME, "From": JOE, "To": CENTER, "Body": "Call me",
                   "NumMedia": "0", "NumSegments": "1", "CallSid": ABSENT})],
    )  # fmt: skip
    (reply,) = box.client.messages.list(to=JOE)
    assert (reply.body, reply.direction) == ("We call you", "outbound-reply")
