"""Dial against the reference, 1.2, 1.3, 3.1 (Dial, Number) and 5.5: who rings how long, what is told and follows.

Longer than 300 lines because the rules of one verb are read together.
"""

import pytest

from tests.emulator_outside.box import ABSENT, ANA, CENTER, DANA, JOE, LUIS, SOME, Box, agrees

DIAL = '<Say>One moment</Say><Dial action="/dialed" timeout="10">{}</Dial><Say>After the dial</Say>'
EVENTS = "initiated ringing answered completed"


@pytest.fixture
def dialing(box: Box) -> Box:
    """An application that dials Ana and then goes on with an action."""
    box.app.says("/voice", DIAL.format(ANA))
    box.app.says("/dialed", "<Say>That was the dial</Say>")
    return box


def test_a_completed_dial_tells_the_leg_its_length_and_that_it_was_bridged(dialing):
    joe = dialing.dials()
    dialing.waits(4)
    ana = dialing.at(ANA).answers()
    assert dialing.hear_each_other(JOE, ANA)
    dialing.waits(21)
    ana.hangs_up()
    dialing.waits(3)
    agrees(
        dialing.app.visits(),
        [
            ("/voice", {"CallStatus": "ringing", "ParentCallSid": ABSENT}),
            (
                "/dialed",
                {"CallSid": joe.sid, "CallStatus": "in-progress", "DialCallStatus": "completed",
                 "DialCallSid": ana.sid, "DialCallDuration": "21", "DialBridged": "true", "RecordingUrl": ABSENT},
            ),
        ],
    )  # fmt: skip
    assert joe.heard == ["One moment", "That was the dial"]
    child = ana.rest
    assert (child.parent_call_sid, child.direction, child.status) == (joe.sid, "outbound-dial", "completed")
    assert (child.from_formatted, child._from) and child._from == JOE


@pytest.mark.parametrize(
    ("script", "status"),
    [({"busy": True}, "busy"), ({"no_answer": True}, "no-answer"), ({"decline_after_s": 2}, "busy")],
)
def test_a_dial_nobody_answers_tells_why(dialing, script, status):
    dialing.acts(ANA, **script)
    joe = dialing.dials()
    dialing.waits(25)
    agrees(
        dialing.app.visits("/dialed"),
        [("/dialed", {"DialCallStatus": status, "DialCallSid": SOME, "DialBridged": {"false"}})],
    )
    assert joe.heard == ["One moment", "That was the dial"]


def test_a_number_that_cannot_be_dialed_fails(box):
    box.app.says("/voice", DIAL.format("+1312"))
    box.app.says("/dialed", "")
    joe = box.dials()
    box.waits(5)
    assert box.app.only("/dialed")["DialCallStatus"] == "failed"
    assert {"13223", "13224"} & set(joe.errors)


def test_a_phone_rings_five_seconds_longer_than_the_timeout_says(dialing):
    dialing.dials()
    dialing.waits(3)
    assert dialing.rings(ANA)
    dialing.waits(10)
    assert dialing.rings(ANA)
    dialing.waits(4)
    assert not dialing.rings(ANA)
    assert dialing.at(ANA).rest.status == "no-answer"


def test_the_default_timeout_is_30_seconds_and_five(box):
    box.app.says("/voice", f"<Dial>{ANA}</Dial>")
    box.dials()
    box.waits(33)
    assert box.rings(ANA)
    box.waits(4)
    assert not box.rings(ANA)


def test_without_an_action_the_next_verb_follows_whatever_came_of_it(box):
    box.app.says("/voice", f'<Dial timeout="5">{ANA}</Dial><Say>Nobody</Say>')
    joe = box.dials()
    box.waits(20)
    assert (box.app.paths(), joe.heard, joe.status) == (["/voice"], ["Nobody"], "completed")


def test_without_an_action_and_a_next_verb_the_call_ends_after_the_talk(box):
    box.app.says("/voice", f"<Dial>{ANA}</Dial>")
    joe = box.dials()
    box.waits(2)
    box.at(ANA).answers()
    box.waits(5)
    box.at(ANA).hangs_up()
    box.waits(1)
    assert joe.status == "completed"


def test_the_dialed_ends_with_the_caller(dialing):
    joe = dialing.dials()
    dialing.waits(3)
    ana = dialing.at(ANA).answers()
    dialing.waits(5)
    joe.hangs_up()
    dialing.waits(1)
    assert (joe.rest.status, ana.rest.status) == ("completed", "completed")


def test_a_caller_who_gives_up_cancels_the_ringing(dialing):
    joe = dialing.dials()
    dialing.waits(3)
    ana = dialing.at(ANA)
    joe.hangs_up()
    dialing.waits(1)
    assert not dialing.rings(ANA)
    assert ana.rest.status in ("canceled", "no-answer")


def test_of_several_numbers_the_first_answer_wins_and_the_others_stop(box):
    nouns = "".join(
        f'<Number statusCallback="/told/{who}" statusCallbackEvent="{EVENTS}">{number}</Number>'
        for who, number in (("ana", ANA), ("luis", LUIS), ("dana", DANA))
    )
    box.app.says("/voice", f'<Dial action="/dialed">{nouns}</Dial>')
    box.app.says("/dialed", "")
    box.dials()
    box.waits(3)
    assert all(map(box.rings, (ANA, LUIS, DANA)))
    luis = box.at(LUIS).answers()
    box.waits(2)
    assert not box.rings(ANA)
    assert not box.rings(DANA)
    assert box.hear_each_other(JOE, LUIS)
    for who in ("ana", "dana"):
        assert box.app.visits(f"/told/{who}")[-1]["CallStatus"] in ("canceled", "no-answer")
    luis.hangs_up()
    box.waits(1)
    agrees(box.app.visits("/dialed"), [("/dialed", {"DialCallStatus": "completed", "DialCallSid": luis.sid})])


def test_a_sequential_dial_tries_one_after_the_other(box):
    box.acts(ANA, busy=True)
    box.acts(LUIS, no_answer=True)
    nouns = f"<Number>{ANA}</Number><Number>{LUIS}</Number><Number>{DANA}</Number>"
    box.app.says("/voice", f'<Dial sequential="true" timeout="5" action="/dialed">{nouns}</Dial>')
    box.app.says("/dialed", "")
    box.dials()
    box.waits(3)
    assert box.rings(LUIS)
    assert not box.rings(DANA)
    box.waits(10)
    assert not box.rings(LUIS)
    dana = box.at(DANA).answers()
    box.waits(5)
    dana.hangs_up()
    box.waits(1)
    agrees(box.app.visits("/dialed"), [("/dialed", {"DialCallStatus": "completed", "DialCallSid": dana.sid})])


def test_a_star_of_the_caller_drops_the_dialed_only_with_hangup_on_star(box):
    box.app.says("/voice", f'<Dial hangupOnStar="true" action="/dialed">{ANA}</Dial>')
    box.app.says("/dialed", '<Say>Again</Say><Pause length="30"/>')
    joe = box.dials()
    box.waits(2)
    ana = box.at(ANA).answers()
    box.waits(4)
    ana.presses("*")
    assert box.hear_each_other(JOE, ANA)
    joe.presses("*")
    box.waits(1)
    assert ana.status == "completed"
    assert (joe.status, joe.heard) == ("in-progress", ["Again"])
    assert box.app.only("/dialed")["DialCallStatus"] == "completed"


def test_a_star_does_nothing_by_default(dialing):
    joe = dialing.dials()
    dialing.waits(3)
    dialing.at(ANA).answers()
    joe.presses("*")
    dialing.waits(1)
    assert dialing.hear_each_other(JOE, ANA)


def test_the_time_limit_ends_the_talk_and_the_action_goes_on(box):
    box.app.says("/voice", f'<Dial timeLimit="60" action="/dialed">{ANA}</Dial>')
    box.app.says("/dialed", "<Say>Time is up</Say>")
    joe = box.dials()
    box.waits(2)
    box.at(ANA).answers()
    box.waits(58)
    assert box.hear_each_other(JOE, ANA)
    box.waits(5)
    agrees(box.app.visits("/dialed"), [("/dialed", {"DialCallStatus": "completed", "DialCallDuration": "60"})])
    assert joe.heard == ["Time is up"]


def test_the_default_time_limit_is_four_hours(box):
    box.app.says("/voice", f"<Dial>{ANA}</Dial>")
    box.dials()
    box.waits(2)
    box.at(ANA).answers()
    box.waits(4 * 3600 - 10)
    assert box.hear_each_other(JOE, ANA)
    box.waits(20)
    assert not box.hear_each_other(JOE, ANA)


def test_the_dialed_hears_the_whisper_first_and_the_caller_none_of_it(box):
    box.app.says("/voice", f'<Dial><Number url="/whisper">{ANA}</Number></Dial>')
    box.app.says("/whisper", "<Say>A patient calls about his hip</Say>")
    joe = box.dials()
    box.waits(2)
    ana = box.at(ANA).answers()
    agrees(
        box.app.visits("/whisper"),
        [("/whisper", {"CallSid": ana.sid, "ParentCallSid": joe.sid, "Direction": "outbound-dial",
                       "CallStatus": "in-progress", "From": JOE, "To": ANA})],
    )  # fmt: skip
    assert not box.hear_each_other(JOE, ANA)
    box.waits(5)
    assert box.hear_each_other(JOE, ANA)
    assert (ana.heard, joe.heard) == (["A patient calls about his hip"], [])


def test_a_whisper_may_screen_the_call_and_a_hangup_leaves_the_legs_apart(box):
    box.app.says("/voice", f'<Dial action="/dialed"><Number url="/screen">{ANA}</Number></Dial>')
    box.app.says("/screen", '<Gather numDigits="1" action="/take"><Say>Press 1</Say></Gather><Hangup/>')
    box.app.says("/dialed", "<Say>She cannot come</Say>")
    joe = box.dials()
    box.waits(2)
    box.at(ANA).answers()
    box.waits(10)
    agrees(box.app.visits("/dialed"), [("/dialed", {"DialBridged": "false"})])
    box.waits(2)
    assert joe.heard == ["She cannot come"]


def test_a_screened_call_is_bridged_when_the_documents_of_the_whisper_end(box):
    box.app.says("/voice", f'<Dial><Number url="/screen">{ANA}</Number></Dial>')
    box.app.says("/screen", '<Gather numDigits="1" action="/take"><Say>Press 1</Say></Gather><Hangup/>')
    box.app.says("/take", "<Say>Here you are</Say>")
    box.dials()
    box.waits(2)
    ana = box.at(ANA).answers()
    ana.presses("1")
    box.waits(3)
    assert box.app.only("/take")["Digits"] == "1"
    assert box.hear_each_other(JOE, ANA)


def test_a_dial_inside_a_whisper_is_13201(box):
    box.app.says("/voice", f'<Dial><Number url="/whisper">{ANA}</Number></Dial>')
    box.app.says("/whisper", f"<Dial>{LUIS}</Dial>")
    box.dials()
    box.waits(2)
    ana = box.at(ANA).answers()
    box.waits(3)
    assert not box.rings(LUIS)
    assert "13201" in ana.errors


def test_the_inbound_leg_stays_ringing_until_the_bridge_with_answer_on_bridge(box):
    box.app.says("/voice", f'<Dial answerOnBridge="true">{ANA}</Dial>')
    joe = box.dials()
    box.waits(4)
    assert joe.rest.status == "ringing"
    box.at(ANA).answers()
    box.waits(1)
    assert joe.rest.status == "in-progress"


def test_answer_on_bridge_after_another_verb_means_nothing(box):
    box.app.says("/voice", f'<Say>Hi</Say><Dial answerOnBridge="true">{ANA}</Dial>')
    joe = box.dials()
    box.waits(4)
    assert joe.rest.status == "in-progress"


def test_every_asked_event_of_a_dialed_number_is_told_in_sequence(box):
    box.app.says("/voice", f'<Dial><Number statusCallback="/told" statusCallbackEvent="{EVENTS}">{ANA}</Number></Dial>')
    joe = box.dials()
    box.waits(3)
    ana = box.at(ANA).answers()
    box.waits(65)
    ana.hangs_up()
    box.waits(1)
    common = {"CallSid": ana.sid, "ParentCallSid": joe.sid, "Direction": "outbound-dial", "To": ANA,
              "CallbackSource": "call-progress-events", "Timestamp": SOME}  # fmt: skip
    told = sorted(box.app.visits("/told"), key=lambda one: int(one["SequenceNumber"]))
    agrees(
        told,
        [
            ("/told", {**common, "CallStatus": "initiated", "SequenceNumber": 0, "CallDuration": ABSENT}),
            ("/told", {**common, "CallStatus": "ringing", "SequenceNumber": 1, "CallDuration": ABSENT}),
            ("/told", {**common, "CallStatus": "in-progress", "SequenceNumber": 2, "Duration": ABSENT}),
            ("/told", {**common, "CallStatus": "completed", "SequenceNumber": 3, "CallDuration": "65",
                       "Duration": "2", "SipResponseCode": "200"}),
        ],
    )  # fmt: skip


def test_a_dialed_number_without_a_list_of_events_tells_its_end_only(box):
    box.app.says("/voice", f'<Dial timeout="5"><Number statusCallback="/told">{ANA}</Number></Dial>')
    box.dials()
    box.waits(20)
    agrees(
        box.app.visits("/told"),
        [("/told", {"CallStatus": "no-answer", "SipResponseCode": "487", "SequenceNumber": 0})],
    )


def test_a_caller_who_is_redirected_while_dialing_stops_the_ringing(dialing):
    joe = dialing.dials()
    dialing.waits(3)
    dialing.client.calls(joe.sid).update(url=dialing.app.says("/moved", "<Say>Moved</Say>"))
    dialing.settles()
    dialing.waits(3)
    assert not dialing.rings(ANA)
    assert dialing.at(ANA).rest.status in ("canceled", "no-answer")
    assert joe.heard == ["One moment", "Moved"]


def test_a_dialed_leg_that_is_redirected_leaves_its_caller_without_a_duration(dialing):
    joe = dialing.dials()
    dialing.waits(3)
    ana = dialing.at(ANA).answers()
    dialing.waits(5)
    dialing.client.calls(ana.sid).update(
        url=dialing.app.says("/elsewhere", '<Say>You are elsewhere</Say><Pause length="20"/>')
    )
    dialing.settles()
    dialing.waits(3)
    assert ana.heard == ["You are elsewhere"]
    assert ana.status == "in-progress"
    agrees(
        dialing.app.visits("/dialed"),
        [("/dialed", {"DialCallSid": ana.sid, "DialCallDuration": ABSENT, "DialBridged": "true"})],
    )
    assert joe.heard == ["One moment", "That was the dial"]


def test_the_dialed_sees_the_callers_number_or_the_caller_id(box):
    box.app.says("/voice", f'<Dial timeout="5">{ANA}</Dial><Dial callerId="{CENTER}">{LUIS}</Dial>')
    box.dials()
    box.waits(1)
    assert box.at(ANA).rest._from == JOE
    box.waits(12)
    assert box.at(LUIS).rest._from == CENTER


def test_a_caller_id_that_is_not_the_accounts_is_13247(box):
    box.app.says("/voice", f'<Dial callerId="+15745550123" action="/dialed">{ANA}</Dial>')
    box.app.says("/dialed", "")
    joe = box.dials()
    box.waits(3)
    assert not box.rings(ANA)
    assert "13247" in joe.errors


def test_a_recorded_dial_tells_the_action_and_the_callback_of_the_parent(box):
    attributes = 'record="record-from-answer-dual" recordingStatusCallback="/told/recording" action="/dialed"'
    box.app.says("/voice", f"<Dial {attributes}>{ANA}</Dial>")
    box.app.says("/dialed", "")
    joe = box.dials()
    box.waits(2)
    ana = box.at(ANA).answers()
    box.waits(12)
    ana.hangs_up()
    box.waits(10)
    assert "/Recordings/RE" in box.app.only("/dialed")["RecordingUrl"]
    agrees(
        box.app.visits("/told/recording"),
        [("/told/recording", {"CallSid": joe.sid, "RecordingSid": SOME, "RecordingUrl": SOME, "AccountSid": SOME,
                              "RecordingStatus": "completed", "RecordingDuration": "12", "RecordingChannels": "2",
                              "RecordingSource": "DialVerb", "RecordingTrack": "both", "RecordingStartTime": SOME})],
    )  # fmt: skip


def test_digits_are_sent_to_the_dialed_after_the_answer(box):
    box.app.says("/voice", f'<Dial><Number sendDigits="wW12#">{ANA}</Number></Dial>')
    box.dials()
    box.waits(2)
    ana = box.at(ANA).answers()
    box.waits(4)
    assert any("12#" in caption["text"] for caption in ana.seen["captions"])


def test_more_than_ten_numbers_are_too_many(box):
    nouns = "".join(f"<Number>+131255502{n:02}</Number>" for n in range(11))
    box.app.says("/voice", f'<Dial timeout="5">{nouns}</Dial>')
    box.dials()
    box.waits(2)
    rung = [n for n in range(11) if box.control.get(f"/control/phones/+131255502{n:02}")["legs"]]
    assert len(rung) <= 10
