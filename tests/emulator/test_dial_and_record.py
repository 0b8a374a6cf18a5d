"""Dial to phones, whispers, outbound calls and their events, and recordings."""

from __future__ import annotations

import io
import wave
from typing import Any

from tests.emulator.box import ANA, CENTER, JOE, Box, play

LUIS = "+13125550162"
EVENTS = ["initiated", "ringing", "answered", "completed"]


async def joe_dials_ana(box: Box, script: dict[str, Any], whisper: str = "") -> str:
    url = "url='/whisper'" if whisper else ""
    box.says("/voice", f"<Dial action='/dialed' timeout='20'><Number {url}>{ANA}</Number></Dial>")
    box.says("/dialed", "<Say>Dial is over</Say>")
    box.says("/whisper", whisper)
    await box.control("POST", "/people", {"number": ANA, "script": script})
    return await box.dials_in()


def test_a_dialed_phone_that_answers_is_bridged_and_the_action_tells_how_it_went():
    """Dial action: DialCallStatus, DialCallSid, DialCallDuration, DialBridged."""

    async def story(box: Box) -> None:
        await joe_dials_ana(box, {"answer_after_s": 2, "hang_up_after_s": 30})
        await box.advance(3)
        child = await box.child_of(ANA)
        call = await box.rest("GET", f"/Calls/{child}.json", status=200)
        assert (call["direction"], call["from"]) == ("outbound-dial", JOE)
        await box.advance(30)
        told = box.asked("/dialed")[0]
        assert (told["DialCallStatus"], told["DialCallSid"], told["DialCallDuration"], told["DialBridged"]) == (
            "completed", child, "30", "true")

    play(story)


def test_nobody_answering_takes_the_timeout_and_five_seconds():
    """Dial timeout adds 5 s."""

    async def story(box: Box) -> None:
        await joe_dials_ana(box, {"no_answer": True})
        await box.advance(25.4)
        assert box.asked("/dialed") == []
        await box.advance(0.2)
        assert box.asked("/dialed")[0]["DialCallStatus"] == "no-answer"

    play(story)


def test_a_busy_phone_is_told_as_busy():
    """DialCallStatus values: busy."""

    async def story(box: Box) -> None:
        await joe_dials_ana(box, {"busy": True})
        await box.advance(1)
        assert box.asked("/dialed")[0]["DialCallStatus"] == "busy"

    play(story)


def test_a_whisper_is_heard_before_the_legs_meet_and_its_key_lets_them():
    """`<Number url>`: whisper to the callee before bridging; its end bridges the legs."""

    async def story(box: Box) -> None:
        accept = "<Gather numDigits='1' action='/accepted'><Say>Press 1</Say></Gather><Hangup/>"
        await joe_dials_ana(box, {"answer_after_s": 1, "keys": [{"after_s": 3, "digits": "1"}]}, accept)
        box.says("/accepted", "")
        await box.advance(2)
        assert box.asked("/whisper")[0]["ParentCallSid"]
        hears = f"/hears?a={JOE.replace('+', '%2B')}&b={ANA.replace('+', '%2B')}"
        assert not (await box.control("GET", hears))["hear_each_other"]
        await box.advance(3)
        assert (await box.control("GET", hears))["hear_each_other"]

    play(story)


def test_a_whisper_that_hangs_up_was_never_a_bridge():
    """Whisper hang-up = not bridged (`DialBridged=false`)."""

    async def story(box: Box) -> None:
        machine = {"voicemail": {"answer_after_s": 1, "greeting": "Leave a message", "greeting_s": 4}}
        whisper = "<Gather numDigits='1' timeout='3'><Say>Press 1</Say></Gather><Hangup/>"
        await joe_dials_ana(box, machine, whisper)
        await box.advance(10)
        told = box.asked("/dialed")[0]
        assert (told["DialBridged"], "DialCallDuration" in told) == ("false", False)

    play(story)


def test_the_first_answer_cancels_the_other_phones():
    """First answer wins and cancels siblings."""

    async def story(box: Box) -> None:
        box.says("/voice", f"<Dial><Number>{ANA}</Number><Number>{LUIS}</Number></Dial>")
        await box.control("POST", "/people", {"number": LUIS, "script": {"answer_after_s": 1}})
        await box.dials_in()
        await box.advance(0.6)
        ana = await box.child_of(ANA)
        await box.advance(2)
        assert (await box.leg(ana))["status"] == "canceled"

    play(story)


def test_a_caller_who_hangs_up_while_it_rings_takes_the_phone_down_with_him():
    """The Dial action is told although nobody executes its answer."""

    async def story(box: Box) -> None:
        joe = await joe_dials_ana(box, {"no_answer": True})
        await box.advance(3)
        ana = await box.child_of(ANA)
        await box.do(joe, "hangup")
        assert (await box.leg(ana))["status"] == "canceled"
        told = box.asked("/dialed")[0]
        assert (told["DialCallStatus"], told["CallStatus"]) == ("canceled", "completed")

    play(story)


def test_a_created_call_goes_through_its_states_and_reports_each():
    """queued, initiated, ringing, in-progress, completed; SequenceNumber from 0; URL fetched after answer."""

    async def story(box: Box) -> None:
        box.says("/hello", "<Say>Hello</Say>")
        box.says("/events", "")
        await box.control("POST", "/people", {"number": ANA, "script": {"answer_after_s": 3}})
        made = await box.rest("POST", "/Calls.json", status=201, To=ANA, From=CENTER, Url=box.app_url + "/hello",
                              StatusCallback=box.app_url + "/events", StatusCallbackEvent=EVENTS)
        assert made["status"] == "queued"
        await box.advance(10)
        told = box.asked("/events")
        assert [one["CallStatus"] for one in told] == ["initiated", "ringing", "in-progress", "completed"]
        assert [one["SequenceNumber"] for one in told] == ["0", "1", "2", "3"]
        assert {one["CallbackSource"] for one in told} == {"call-progress-events"}
        assert (told[3]["CallDuration"], told[3]["Duration"], told[3]["SipResponseCode"]) == ("1", "1", "200")
        assert box.asked("/hello")[0]["CallStatus"] == "in-progress"

    play(story)


def test_a_call_cancelled_while_queued_reports_nothing():
    """A call cancelled while still `queued` produces no callback; CPS pacing queues the second call."""

    async def story(box: Box) -> None:
        box.says("/events", "")
        request = {"To": ANA, "From": CENTER, "Url": box.app_url + "/x", "StatusCallback": box.app_url + "/events"}
        await box.rest("POST", "/Calls.json", status=201, **request)
        second = await box.rest("POST", "/Calls.json", status=201, **{**request, "To": LUIS})
        gone = await box.rest("POST", f"/Calls/{second['sid']}.json", status=200, Status="canceled")
        assert gone["status"] == "canceled"
        await box.advance(5)
        assert box.asked("/events") == []
        assert (await box.rest("GET", f"/Calls/{second['sid']}.json"))["queue_time"] == "1000"

    play(story, calls_per_second=1)


def test_created_calls_are_paced():
    """One call a second per account by default; excess is queued."""

    async def story(box: Box) -> None:
        for number in (ANA, LUIS):
            await box.rest("POST", "/Calls.json", status=201, To=number, From=CENTER, Url=box.app_url + "/x")
        await box.advance(1.4)
        states = [(await box.leg(await box.child_of(number)))["status"] for number in (ANA, LUIS)]
        assert states == ["ringing", "queued"]
        await box.advance(0.2)
        assert (await box.leg(await box.child_of(LUIS)))["status"] == "ringing"

    play(story, calls_per_second=1)


def test_a_call_that_nobody_answers_ends_at_its_timeout_and_five_seconds():
    """no-answer at Timeout(+5); SipResponseCode 487 for a ring timeout."""

    async def story(box: Box) -> None:
        box.says("/events", "")
        made = await box.rest("POST", "/Calls.json", status=201, To=ANA, From=CENTER, Url=box.app_url + "/x",
                              Timeout="10", StatusCallback=box.app_url + "/events")
        await box.advance(15.4)
        assert (await box.leg(made["sid"]))["status"] == "ringing"
        await box.advance(0.2)
        assert [(one["CallStatus"], one["SipResponseCode"]) for one in box.asked("/events")] == [("no-answer", "487")]

    play(story)


def test_a_message_is_recorded_until_silence_and_its_sound_can_be_fetched():
    """Record action: RecordingUrl, RecordingDuration, Digits; the callback comes when it is complete."""

    async def story(box: Box) -> None:
        box.says("/voice", "<Record action='/recorded' timeout='4' recordingStatusCallback='/sound'/>")
        box.says("/recorded", "<Say>Thank you</Say>")
        box.says("/sound", "")
        sid = await box.dials_in(plan={"speech": [{"after_s": 2, "text": "Please call me about my new hip"}]})
        await box.advance(12)
        told = box.asked("/recorded")[0]
        assert told["Digits"] == ""
        assert told["RecordingDuration"] == "4"
        assert box.asked("/sound")[0]["RecordingStatus"] == "completed"
        async with box.session.get(told["RecordingUrl"] + ".wav") as response:
            sound = wave.open(io.BytesIO(await response.read()))  # noqa: SIM115
        assert sound.getnframes() / sound.getframerate() == 4
        listed = (await box.rest("GET", f"/Calls/{sid}/Recordings.json", status=200))["recordings"]
        await box.rest("DELETE", f"/Recordings/{listed[0]['sid']}.json", status=204)
        await box.rest("GET", f"/Recordings/{listed[0]['sid']}.json", status=404)

    play(story)


def test_hanging_up_ends_a_recording_with_the_word_hangup():
    """`Digits`: ending key, or the word `hangup`."""

    async def story(box: Box) -> None:
        box.says("/voice", "<Record action='/recorded'/>")
        sid = await box.dials_in()
        await box.advance(2)
        await box.do(sid, "speech", {"text": "It is me"})
        await box.do(sid, "hangup")
        assert box.asked("/recorded")[0]["Digits"] == "hangup"

    play(story)
