"""Dial connects the caller with numbers, clients, SIP addresses, a queue or a conference.

No `action` goes on with the next verb; with one its document takes over. `method` POST; `timeout` 30 s (5 to 600, and
5 more are always added); `timeLimit` 14400 s; `hangupOnStar` false: the caller's star drops the callee only;
`callerId` the caller's, else a number of the account or of the call (13247); `record` do-not-record, or
record-from-answer or -ringing, each also -dual, `true` and `false` as aliases; `trim` do-not-trim; `recordingTrack`
both; `recordingStatusCallback` with Event `completed`; `answerOnBridge` false; `ringTone`; `sequential` false;
`referUrl`, `callReason` up to 50 characters. Number: `sendDigits`, `url` (a whisper), `statusCallback` with Event
`completed`, machine detection with `amdStatusCallback`. Client and Sip have the same, Client with Identity and
Parameter children, Sip with `username` and `password`. Up to ten are rung, the first answer wins. Bad values are
warnings 13210 to 13223 and 13241 to 13250.
"""

from __future__ import annotations

from typing import Any

import pytest

from emulator.nouns import Detection, read_client, read_dial, read_number, read_sip
from tests.emulator.box import ANA, CENTER, JOE, Box, play
from tests.emulator.verbs.reading import read, read_noun, values

LUIS = "+13125550162"
EVENTS = "statusCallbackEvent='initiated ringing answered completed' statusCallback"


def test_defaults():
    dial, codes = read(read_dial, "<Dial>+13125550161</Dial>")
    assert values(dial, "action method timeout time_limit hangup_on_star caller_id") == [
        None, "POST", 30, 14400, False, None]
    names = "answer_on_bridge sequential ring_tone record track trims recording_callback text channels"
    assert values(dial, names) == [
        False, False, "", "do-not-record", "both", False, None, "+13125550161", 1]
    assert codes == []
    number, more = read_noun(read_number, "<Number>312-555-0161</Number>")
    assert values(number, "number url method send_digits callback detection amd_callback") == [
        ANA, None, "POST", None, None, None, None]
    assert more == []


@pytest.mark.parametrize(("attributes", "field", "value"), [
    ("action='/x'", "action", "/x"), ("method='GET'", "method", "GET"), ("timeout='600'", "timeout", 600),
    ("timeout='5'", "timeout", 5), ("timeLimit='86400'", "time_limit", 86400),
    ("hangupOnStar='true'", "hangup_on_star", True),
    ("callerId='bob'", "caller_id", "bob"), ("record='true'", "record", "record-from-answer"),
    ("record='false'", "record", "do-not-record"), ("record='record-from-answer'", "channels", 1),
    ("record='record-from-ringing-dual'", "channels", 2), ("trim='trim-silence'", "trims", True),
    ("recordingTrack='inbound'", "track", "inbound"), ("answerOnBridge='true'", "answer_on_bridge", True),
    ("ringTone='uk'", "ring_tone", "uk"), ("ringTone='us-old'", "ring_tone", "us-old"),
    ("sequential='true'", "sequential", True),
    (f"callReason='{'x' * 50}' referUrl='/r' referMethod='GET' events='call-progress'", "timeout", 30)])
def test_accepted_values(attributes: str, field: str, value: object):
    dial, codes = read(read_dial, f"<Dial {attributes}>1</Dial>")
    assert (getattr(dial, field), codes) == (value, [])


@pytest.mark.parametrize(("attributes", "code", "field", "value"), [
    ("method='PUT'", 13210, "method", "POST"), ("timeout='4'", 13212, "timeout", 30),
    ("timeout='601'", 13212, "timeout", 30), ("hangupOnStar='x'", 13213, "hangup_on_star", False),
    ("timeLimit='0'", 13216, "time_limit", 14400), ("record='x'", 13217, "record", "do-not-record"),
    ("sequential='x'", 13218, "sequential", False), ("answerOnBridge='x'", 13219, "answer_on_bridge", False),
    ("ringTone='bells'", 13220, "ring_tone", ""), ("recordingTrack='x'", 13622, "track", "both"),
    ("recordingStatusCallback='ftp://x'", 13256, "recording_callback", None),
    (f"callReason='{'x' * 51}'", 12200, "timeout", 30), ("trim='x'", 12200, "trims", False)])
def test_values_that_are_not_accepted(attributes: str, code: int, field: str, value: object):
    dial, codes = read(read_dial, f"<Dial {attributes}>1</Dial>")
    assert (codes, getattr(dial, field)) == ([code], value)


def test_numbers_clients_and_sip_addresses():
    """Their attributes, machine detection with its limits, Identity and Parameters, username and password."""
    tuned = ("machineDetectionTimeout='3' machineDetectionSpeechThreshold='1000' "
             "machineDetectionSpeechEndThreshold='500' machineDetectionSilenceTimeout='2000'")
    number, codes = read_noun(read_number, f"<Number machineDetection='DetectMessageEnd' {tuned}>{ANA}</Number>")
    assert (number.detection, codes) == (Detection("DetectMessageEnd", 3, 1000, 500, 2000), [])
    plain = read_noun(read_number, f"<Number machineDetection='Enable'>{ANA}</Number>")[0]
    assert plain.detection == Detection("Enable")
    keys = read_noun(read_number, f"<Number sendDigits='ww12' machineDetection='Enable'>{ANA}</Number>")[0]
    assert (keys.send_digits, keys.detection) == ("ww12", None)
    client, more = read_noun(read_client, "<Client statusCallback='/s'><Identity>jane</Identity>"
                                          "<Parameter name='a' value='b'/></Client>")
    assert (client.number, client.params, client.callback.events, more) == (
        "client:jane", (("a", "b"),), {"completed"}, [])
    assert read_noun(read_client, "<Client>joey</Client>")[0].number == "client:joey"
    assert read_noun(read_sip, "<Sip username='a' password='b'>kate@example.com</Sip>")[0].number == (
        "sip:kate@example.com")


@pytest.mark.parametrize(("reader", "noun", "code"), [
    (read_number, f"<Number method='PUT'>{ANA}</Number>", 13221),
    (read_number, f"<Number sendDigits='hello'>{ANA}</Number>", 13222),
    (read_number, f"<Number machineDetection='Maybe'>{ANA}</Number>", 21263),
    (read_number, f"<Number machineDetection='Enable' machineDetectionTimeout='61'>{ANA}</Number>", 21263),
    (read_number, f"<Number statusCallback='/s' statusCallbackEvent='sneezed'>{ANA}</Number>", 12200),
    (read_sip, "<Sip method='PUT'>sip:a@b.c</Sip>", 13241), (read_sip, "<Sip>nobody</Sip>", 13243),
    (read_sip, "<Sip username='a'>sip:a@b.c</Sip>", 13249)])
def test_nouns_that_are_not_accepted(reader: Any, noun: str, code: int):
    assert read_noun(reader, noun)[1] == [code]


async def dialled(box: Box, inside: str, attributes: str = "action='/after' timeout='20'") -> str:
    box.says("/voice", f"<Dial {attributes}>{inside}</Dial>")
    box.says("/after", "<Pause length='9'/>")
    box.says("/told", "")
    return await box.dials_in()


async def people(box: Box, **scripts: dict[str, Any]) -> None:
    for name, script in scripts.items():
        await box.control("POST", "/people", {"number": {"ana": ANA, "luis": LUIS}[name], "script": script})


def test_one_after_the_other_each_with_the_timeout_until_one_answers():
    """sequential: a busy phone and one that nobody answers are followed by the next."""

    async def story(box: Box) -> None:
        await people(box, ana={"no_answer": True}, luis={"answer_after_s": 1, "hang_up_after_s": 5})
        await dialled(box, f"<Number>{ANA}</Number><Number>{LUIS}</Number>",
                      "action='/after' timeout='5' sequential='true'")
        await box.advance(9)
        assert [leg.to for leg in box.exchange.legs.values()] == [CENTER, ANA]
        await box.advance(20)
        told = box.asked("/after")[0]
        statuses = {leg.to: leg.status for leg in box.exchange.legs.values()}
        assert (statuses[ANA], statuses[LUIS], told["DialCallStatus"]) == ("no-answer", "completed", "completed")

    play(story)


def test_what_is_no_number_is_an_error_and_what_may_not_be_shown_too():
    """13224 invalid number, 13247 invalid caller ID, 13223 nobody to call: the Dial fails, the action hears it."""

    async def story(box: Box) -> None:
        box.says("/voice", "<Dial action='/one'>nobody</Dial>")
        box.says("/one", f"<Dial action='/two' callerId='+13125550199'>{ANA}</Dial>")
        box.says("/two", "<Dial action='/three'/>")
        box.says("/three", "<Pause length='9'/>")
        joe = await box.dials_in()
        assert [box.asked(path)[0]["DialCallStatus"] for path in ("/one", "/two", "/three")] == ["failed"] * 3
        assert await box.codes(joe) == ["13224", "13247", "13223"]

    play(story)


def test_a_client_and_a_sip_address_ring_and_are_told_of():
    """Mixed nouns ring together; a client's own parameters travel with its requests; callbacks of four events."""

    async def story(box: Box) -> None:
        client = (f"<Client url='/whisper' {EVENTS}='/told'><Identity>jane</Identity>"
                  "<Parameter name='case' value='7'/></Client>")
        box.says("/whisper", "<Say>For you</Say>")
        await dialled(box, f"{client}<Sip>sip:kate@example.com</Sip>")
        await box.advance(1)
        jane = next(leg for leg in box.exchange.legs.values() if leg.to == "client:jane")
        await box.do(jane.sid, "answer")
        await box.advance(3)
        assert (box.asked("/whisper")[0]["case"], box.asked("/whisper")[0]["To"]) == ("7", "client:jane")
        kate = next(leg for leg in box.exchange.legs.values() if leg.to.startswith("sip:"))
        assert kate.status == "canceled"
        await box.do(jane.sid, "hangup")
        told = sorted(box.asked("/told"), key=lambda one: int(one["SequenceNumber"]))
        assert [one["CallStatus"] for one in told] == ["initiated", "ringing", "in-progress", "completed"]
        assert box.asked("/after")[0]["DialCallStatus"] == "completed"

    play(story)


@pytest.mark.parametrize(("record", "channels", "seconds"), [
    ("record-from-answer", "1", 10), ("record-from-answer-dual", "2", 10), ("record-from-ringing", "1", 13)])
def test_a_recorded_dial(record: str, channels: str, seconds: int):
    """RecordingUrl to the action, the callback names the parent, the child's completed event too."""

    async def story(box: Box) -> None:
        callback = box.says("/recorded", "")
        await people(box, ana={"answer_after_s": 2, "hang_up_after_s": 10})
        joe = await dialled(box, f"<Number statusCallback='/told'>{ANA}</Number>",
                            f"action='/after' record='{record}' recordingStatusCallback='{callback}'")
        await box.advance(20)
        told, after, child = box.asked("/recorded")[0], box.asked("/after")[0], box.asked("/told")[0]
        assert (told["CallSid"], told["RecordingChannels"], told["RecordingSource"]) == (joe, channels, "DialVerb")
        assert int(told["RecordingDuration"]) == seconds
        assert after["RecordingUrl"] == told["RecordingUrl"] == child["RecordingUrl"]

    play(story)


@pytest.mark.parametrize(("script", "verdict"), [
    ({"answer_after_s": 1}, "human"), ({"voicemail": {"answer_after_s": 1, "greeting_s": 4}}, "machine_start"),
    ({"answered_by": "fax", "answer_after_s": 1}, "fax"), ({"answered_by": "unknown", "answer_after_s": 1}, "unknown")])
def test_a_dialled_number_is_told_from_a_machine_beside_the_call(script: dict[str, Any], verdict: str):
    """amdStatusCallback: AccountSid, CallSid, AnsweredBy, MachineDetectionDuration, and no From or To."""

    async def story(box: Box) -> None:
        await people(box, ana=script)
        await dialled(box, f"<Number machineDetection='Enable' amdStatusCallback='/told'>{ANA}</Number>")
        await box.advance(8)
        told = box.asked("/told")[0]
        assert (told["AnsweredBy"], sorted(told)) == (
            verdict, ["AccountSid", "AnsweredBy", "CallSid", "MachineDetectionDuration"])

    play(story)


def test_machine_detection_without_a_callback_is_warning_21262():
    """Missing callback URL: 21262."""

    async def story(box: Box) -> None:
        await people(box, ana={"answer_after_s": 1})
        await dialled(box, f"<Number machineDetection='Enable'>{ANA}</Number>")
        await box.advance(3)
        child = await box.child_of(ANA)
        assert await box.codes(child) == ["21262"]

    play(story)


def test_the_eleventh_number_is_not_called_and_a_conference_is_not_mixed_with_numbers():
    """At most ten (13250); a conference beside numbers is warning 13000."""

    async def story(box: Box) -> None:
        joe = await dialled(box, "".join(f"<Number>+131255501{n:02d}</Number>" for n in range(70, 81)))
        await box.advance(1)
        assert len(box.exchange.legs) == 11
        assert await box.codes(joe) == ["13250"]

    async def mixed(box: Box) -> None:
        joe = await dialled(box, f"<Number>{ANA}</Number><Conference>room</Conference>")
        assert (await box.codes(joe), len(box.exchange.legs)) == (["13000"], 1)

    play(story)
    play(mixed)


def test_a_number_of_the_account_arrives_as_an_inbound_call():
    """Dialling the account's own number asks its voice URL; keys pass through, its words are heard by the caller."""

    async def story(box: Box) -> None:
        second = box.exchange.new_number(LUIS)
        second.voice_url = box.says("/menu", "<Gather numDigits='1' action='/chosen'><Say>Press one</Say></Gather>")
        box.says("/chosen", "<Say>Thank you</Say>")
        box.exchange.numbers.append(second)
        joe = await dialled(box, f"<Number>{LUIS}</Number>")
        await box.advance(2)
        asked = box.asked("/menu")[0]
        assert (asked["Direction"], asked["From"], asked["To"], asked["CallStatus"]) == (
            "inbound", JOE, LUIS, "ringing")
        await box.do(joe, "digits", {"digits": "1"})
        assert box.asked("/chosen")[0]["Digits"] == "1"
        await box.advance(3)
        assert await box.captions(joe, "voice") == ["Press one", "Thank you"]
        assert (box.asked("/after")[0]["DialCallStatus"], {leg.status for leg in box.exchange.legs.values()}) == (
            "completed", {"in-progress", "completed"})

    play(story)


def test_an_own_number_that_rejects_is_busy():
    """Reject reason busy reaches the caller's Dial."""

    async def story(box: Box) -> None:
        second = box.exchange.new_number(LUIS)
        second.voice_url = box.says("/no", "<Reject reason='busy'/>")
        box.exchange.numbers.append(second)
        await dialled(box, f"<Number>{LUIS}</Number>")
        await box.advance(2)
        assert box.asked("/after")[0]["DialCallStatus"] == "busy"

    play(story)


def test_a_reset_during_a_recorded_dial_reports_nothing_afterwards():
    """What is forgotten is not told."""

    async def story(box: Box) -> None:
        callback = box.says("/recorded", "")
        await people(box, ana={"answer_after_s": 1})
        await dialled(box, f"<Number>{ANA}</Number>",
                      f"record='record-from-answer' recordingStatusCallback='{callback}'")
        await box.advance(5)
        await box.control("POST", "/reset", status=200)
        await box.advance(5)
        assert box.asked("/recorded") == []

    play(story)
