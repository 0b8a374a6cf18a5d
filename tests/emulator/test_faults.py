"""Faults on demand: each one of the list can be asked for by its name, and is seen to happen over HTTP.

Long because every fault of the list has its own story.
"""

from __future__ import annotations

import asyncio
import base64
from typing import Any

import aiohttp
import pytest

from emulator.chance import draw
from emulator.faults_named import NAMED
from emulator.signature import sign
from tests.emulator.box import ANA, CENTER, JOE, REST, SID, TOKEN, Box, play

LUIS = "+13125550162"
EVENTS = ["initiated", "ringing", "answered", "completed"]
ROOM = ("<Dial><Conference statusCallback='/room' statusCallbackEvent='start end join leave'>room</Conference></Dial>")


async def fault(box: Box, name: str, **more: Any) -> Any:
    return await box.control("POST", "/faults", {"name": name, **more}, status=200)


async def happened(box: Box) -> int:
    return sum(one["happened"] for one in (await box.control("GET", "/faults"))["faults"])


async def person(box: Box, number: str, **script: Any) -> None:
    await box.control("POST", "/people", {"number": number, "script": script}, status=200)


async def calls_ana(box: Box, **more: Any) -> str:
    """The application calls Ana, who answers after a second, and hears of all events."""
    await person(box, ANA, answer_after_s=1)
    form = {"To": ANA, "From": CENTER, "Url": box.says("/ana", "<Pause length='5'/>"),
            "StatusCallback": box.says("/status", ""), "StatusCallbackEvent": EVENTS, **more}
    return str((await box.rest("POST", "/Calls.json", status=201, **form))["sid"])


def told(box: Box, path: str = "/status", key: str = "CallStatus") -> list[str]:
    return [one[key] for one in box.asked(path)]


async def raw(box: Box, form: dict[str, str], timeout_s: float = 0.4) -> int:
    """The status of a REST POST from an impatient client. Raises what the client notices."""
    key = base64.b64encode(f"{SID}:{TOKEN}".encode()).decode()
    limit = aiohttp.ClientTimeout(total=timeout_s)
    async with aiohttp.ClientSession(timeout=limit) as session, session.post(
            box.url + REST + "/Calls.json", data=form, headers={"Authorization": f"Basic {key}"}) as response:
        return response.status


def call_form(box: Box) -> dict[str, str]:
    return {"To": ANA, "From": CENTER, "Url": box.says("/ana", "<Pause length='5'/>")}


def test_f1_repeats_callbacks_and_documents_with_one_token():
    async def story(box: Box) -> None:
        await fault(box, "F1")
        await calls_ana(box)
        await box.advance(60)
        assert sorted(told(box)) == sorted(["initiated", "ringing", "in-progress", "completed"] * 3)
        documents = [one for one in box.heard if one.path == "/ana"]
        assert len(documents) == 2
        assert len({one.headers["I-Twilio-Idempotency-Token"] for one in documents}) == 1
        by_event = {one.params["SequenceNumber"]: set[str]() for one in box.heard if one.path == "/status"}
        for one in box.heard:
            if one.path == "/status":
                by_event[one.params["SequenceNumber"]].add(one.headers["I-Twilio-Idempotency-Token"])
        assert [len(tokens) for tokens in by_event.values()] == [1, 1, 1, 1]
        assert all(one.signed for one in box.heard)

    play(story)


def test_f2_brings_ringing_after_completed_and_can_shuffle_all():
    async def story(box: Box) -> None:
        await fault(box, "F2")
        await calls_ana(box)
        await box.advance(30)
        assert told(box) == ["initiated", "in-progress", "completed", "ringing"]
        await box.control("DELETE", "/faults")
        await fault(box, "F2", window_s=30)
        box.heard.clear()
        await calls_ana(box)
        await box.advance(60)
        assert sorted(told(box, key="SequenceNumber")) == ["0", "1", "2", "3"] != told(box, key="SequenceNumber")

    play(story, seed=1)


def test_f3_loses_an_event():
    async def story(box: Box) -> None:
        await fault(box, "F3")
        sid = await calls_ana(box)
        await box.advance(30)
        assert (await box.leg(sid))["status"] == "completed"
        assert told(box) == ["initiated", "ringing", "in-progress"]

    play(story)


def test_f4_delivers_ten_minutes_late():
    async def story(box: Box) -> None:
        await fault(box, "F4", event="completed")
        await calls_ana(box)
        await box.advance(600)
        assert told(box)[-1] == "in-progress"
        await box.advance(10)
        assert told(box)[-1] == "completed"

    play(story)


@pytest.mark.parametrize("after_s", [0, 0.25, 0.999])
def test_f5_hangs_up_while_the_other_phone_rings(after_s):
    async def story(box: Box) -> None:
        box.says("/voice", f"<Dial callerId='{CENTER}'>{ANA}</Dial>")
        await person(box, ANA, answer_after_s=1)
        await fault(box, "F5", number=JOE, other=ANA, after_s=after_s)
        joe = await box.dials_in()
        await box.advance(10)
        seen = await box.control("GET", "/observer")
        ana = next(one for one in seen["legs"] if one["number"] == ANA)
        ended = (await box.leg(joe))["ended_ms"]
        assert (ended - ana["ringing_ms"], ana["status"], seen["talks"]) == (after_s * 1000, "canceled", [])

    play(story)


def test_f6_ends_the_call_just_before_the_update_that_moves_it():
    async def story(box: Box) -> None:
        box.says("/voice", "<Pause length='60'/>")
        joe = await box.dials_in()
        await fault(box, "F6", number=JOE)
        error = await box.rest("POST", f"/Calls/{joe}.json", status=400, Url=box.app_url + "/other")
        assert error["code"] == 21220
        assert (await box.leg(joe))["ended_by"] == "fault"

    play(story)


def test_f7_asks_for_the_action_of_the_interrupted_dial_and_for_the_target():
    async def story(box: Box) -> None:
        box.says("/voice", f"<Dial callerId='{CENTER}' action='/dialed'>{ANA}</Dial>")
        box.says("/dialed", "<Say>Not executed</Say>")
        await person(box, ANA, answer_after_s=1)
        await fault(box, "F7", number=JOE, url=box.says("/moved", "<Say>Moved</Say>"), after_s=2)
        joe = await box.dials_in()
        await box.advance(10)
        assert told(box, "/dialed", "DialCallStatus") == ["completed"]
        assert len(box.asked("/moved")) == 1
        assert await box.captions(joe) == ["Moved"]

    play(story)


@pytest.mark.parametrize(("name", "silent", "says"), [("F8", False, 1), ("F8", True, 0), ("F46", False, 1)])
def test_f8_and_f46_have_a_machine_answer(name, silent, says):
    async def story(box: Box) -> None:
        sid = await calls_ana(box)
        await fault(box, name, number=ANA, silent=silent)
        await box.advance(18)
        assert (await box.leg(sid))["status"] == "in-progress"
        assert len(await box.captions(sid, "speech")) == says

    play(story)


@pytest.mark.parametrize(("how", "status"), [
    ("no_answer", "no-answer"), ("busy", "busy"), ("decline", "busy"), ("unreachable", "failed")])
def test_f9_keeps_a_phone_from_being_answered(how, status):
    async def story(box: Box) -> None:
        await calls_ana(box, Timeout=20)
        await fault(box, "F9", number=ANA, how=how)
        await box.advance(30)
        assert told(box)[-1] == status

    play(story)


def test_f10_answers_and_does_nothing():
    async def story(box: Box) -> None:
        sid = await calls_ana(box)
        await fault(box, "F10", number=ANA)
        await box.advance(5)
        leg = await box.control("GET", f"/observer/legs/{sid}")
        assert (leg["status"], leg["entered"]) == ("in-progress", [])

    play(story)


def test_f11_has_two_people_press_in_the_same_instant():
    async def story(box: Box) -> None:
        url = box.says("/offer", "<Gather numDigits='1' action='/taken' timeout='60'/>")
        box.says("/taken", "<Pause length='9'/>")
        await person(box, ANA, answer_after_s=1)
        await person(box, LUIS, answer_after_s=4)
        await fault(box, "F11", numbers=[ANA, LUIS])
        for number in (ANA, LUIS):
            await box.rest("POST", "/Calls.json", status=201, To=number, From=CENTER, Url=url)
        await box.advance(20)
        taken = [one for one in box.heard if one.path == "/taken"]
        assert {one.params["To"] for one in taken} == {ANA, LUIS}
        assert len({one.at_ms for one in taken}) == 1

    play(story)


def test_f16_refuses_a_burst_with_429():
    async def story(box: Box) -> None:
        await fault(box, "F16", times=2)
        codes = [(await box.rest("GET", "/Calls.json")).get("code") for _ in range(3)]
        assert codes == [20429, 20429, None]

    play(story)


def test_f17_creates_the_call_and_answers_500():
    async def story(box: Box) -> None:
        await fault(box, "F17")
        assert (await box.rest("POST", "/Calls.json", status=500, **call_form(box)))["code"] == 20500
        assert len((await box.rest("GET", "/Calls.json"))["calls"]) == 1

    play(story)


@pytest.mark.parametrize("effect", [0, 1])
def test_f18_never_answers_with_and_without_an_effect(effect):
    async def story(box: Box) -> None:
        await fault(box, "F18", effect=effect)
        with pytest.raises(TimeoutError):
            await raw(box, call_form(box), timeout_s=0.3)
        assert len((await box.rest("GET", "/Calls.json"))["calls"]) == effect

    play(story)


def test_f18_can_answer_late():
    async def story(box: Box) -> None:
        await fault(box, "F18", after_s=0.1)
        assert await raw(box, call_form(box), timeout_s=20) == 201

    play(story)


def test_f19_refuses_connections_until_it_is_over():
    async def story(box: Box) -> None:
        await fault(box, "F19", for_s=0.4)
        await asyncio.sleep(0.1)  # the door shuts a moment after the answer
        with pytest.raises(aiohttp.ClientConnectorError):
            await raw(box, call_form(box))
        status = 0
        while not status:
            try:
                status = await raw(box, call_form(box))
            except aiohttp.ClientConnectorError:
                await asyncio.sleep(0.02)
        assert status == 201

    play(story)


def test_a_connection_can_be_cut_after_the_effect():
    async def story(box: Box) -> None:
        await box.control("POST", "/faults", {"kind": "rest_reset", "effect": 1}, status=200)
        with pytest.raises(aiohttp.ClientError):
            await raw(box, call_form(box))
        assert len((await box.rest("GET", "/Calls.json"))["calls"]) == 1

    play(story)


@pytest.mark.parametrize("code", [21220, 20404, 21202, 21216, 21211, 21214, 13223, 10004])
def test_f20_refuses_with_the_code_asked_for(code):
    async def story(box: Box) -> None:
        await fault(box, "F20", code=code, status=404 if code == 20404 else 400)
        assert (await box.rest("POST", "/Calls.json", **call_form(box)))["code"] == code
        assert (await box.rest("GET", "/Calls.json"))["calls"] == []

    play(story)


def test_f21_keeps_a_created_call_queued():
    async def story(box: Box) -> None:
        await fault(box, "F21", number=ANA)
        sid = await calls_ana(box)
        await box.advance(179)
        assert (await box.leg(sid))["status"] == "queued"
        await box.advance(3)
        assert (await box.leg(sid))["status"] == "in-progress"

    play(story)


def test_f22_is_down_for_a_while_and_then_delivers_its_backlog():
    async def story(box: Box) -> None:
        await calls_ana(box)
        await fault(box, "F22", for_s=300)
        assert (await box.rest("GET", "/Calls.json", status=503))["code"] == 20503
        await box.advance(299)
        assert told(box) == ["initiated"]
        await box.advance(2)
        assert sorted(told(box)) == ["completed", "in-progress", "initiated", "ringing"]
        await box.rest("GET", "/Calls.json", status=200)

    play(story)


def test_f38_leads_to_the_fallback_with_its_error_code():
    async def story(box: Box) -> None:
        box.exchange.numbers[0].voice_fallback_url = box.says("/fallback", "<Say>Back again</Say>")
        box.says("/voice", "<Say>Hello</Say>")
        await fault(box, "F38")
        sid = await box.dials_in()
        await box.advance(5)
        (asked,) = box.asked("/fallback")
        assert (asked["ErrorCode"], asked["ErrorUrl"]) == ("11200", box.app_url + "/voice")
        assert await box.captions(sid) == ["Back again"]
        assert box.asked("/voice") == []

    play(story)


@pytest.mark.parametrize(("how", "callbacks", "seconds"), [
    ("missing", 0, None), ("late", 1, "3"), ("empty", 1, "0"), ("long", 1, "3600")])
def test_f40_spoils_a_recording(how, callbacks, seconds):
    async def story(box: Box) -> None:
        box.says("/voice", "<Record action='/done' recordingStatusCallback='/file' timeout='2' playBeep='false'/>")
        box.says("/done", "")
        box.says("/file", "")
        await fault(box, "F40", how=how)
        await box.dials_in({"speech": [{"after_s": 0, "text": "one two three four five six seven eight"}]})
        await box.advance(20)
        assert len(box.asked("/file")) == callbacks
        assert len(box.asked("/done")) == 1
        if seconds:
            assert told(box, "/file", "RecordingDuration") == [seconds]
        if how == "late":
            address = box.asked("/file")[0]["RecordingUrl"]
            assert (await status_of(box, address), await later_status_of(box, address)) == (404, 200)

    async def later_status_of(box: Box, address: str) -> int:
        await box.advance(600)
        return await status_of(box, address)

    async def status_of(box: Box, address: str) -> int:
        async with box.session.get(address) as response:
            return response.status

    play(story)


async def two_in_rooms(box: Box) -> None:
    box.says("/voice", ROOM)
    box.says("/agent", ROOM)
    box.says("/room", "")
    await person(box, ANA, answer_after_s=1, hang_up_after_s=10)
    await box.dials_in({"hang_up_after_s": 20})
    await box.rest("POST", "/Calls.json", status=201, To=ANA, From=CENTER, Url=box.app_url + "/agent")
    await box.advance(30)


def test_f41_tells_of_a_leave_before_its_join():
    async def story(box: Box) -> None:
        await fault(box, "F41", number=ANA)
        await two_in_rooms(box)
        events = [(one["StatusCallbackEvent"], one.get("CallSid")) for one in box.asked("/room")]
        ana = (await box.rest("GET", "/Calls.json", To=ANA))["calls"][0]["sid"]
        assert events.index(("participant-leave", ana)) < events.index(("participant-join", ana))

    play(story)


def test_f41_opens_a_second_conference_of_the_same_name():
    async def story(box: Box) -> None:
        await fault(box, "F41", how="twin")
        await two_in_rooms(box)
        found = (await box.rest("GET", "/Conferences.json"))["conferences"]
        assert [one["friendly_name"] for one in found] == ["room", "room"]
        assert (await box.control("GET", "/observer"))["talks"] == []

    play(story)


def test_f41_leaves_a_caller_alone_as_the_talk_begins():
    async def story(box: Box) -> None:
        await fault(box, "F41", how="alone", number=ANA, after_s=1)
        await two_in_rooms(box)
        seen = await box.control("GET", "/observer")
        assert [one["seconds"] for one in seen["talks"]] == [1]
        assert [one["number"] for one in seen["dead_air"]] == [JOE]

    play(story)


def test_f53_takes_a_new_token_for_the_old():
    async def story(box: Box) -> None:
        box.says("/voice", "<Hangup/>")
        await fault(box, "F53", token="another-token")
        assert (await box.rest("GET", "/Calls.json", status=401))["code"] == 20003
        await box.dials_in()
        (heard,) = box.heard
        pairs = list(heard.params.items())
        assert not heard.signed
        assert heard.headers["X-Twilio-Signature"] == sign("another-token", box.app_url + "/voice", pairs)

    play(story)


def test_f54_brings_what_nobody_knows():
    async def story(box: Box) -> None:
        await fault(box, "F54", event="ringing")
        await fault(box, "F54", event="answered", status="transmogrified", upper_case=0)
        await calls_ana(box)
        await box.advance(30)
        assert told(box) == ["initiated", "RINGING", "transmogrified", "completed"]
        assert [one.get("NewField") for one in box.asked("/status")] == [None, "new", "new", None]
        assert all(one.signed for one in box.heard)

    play(story)


def test_a_slow_network_uses_up_the_time_of_a_request():
    async def story(box: Box) -> None:
        box.says("/voice", "<Hangup/>")
        box.exchange.numbers[0].voice_url = f"{box.app_url}/voice#tt=300"
        await box.control("POST", "/faults", {"kind": "slow_webhooks", "delay_s": 0.4}, status=200)
        sid = await box.dials_in()
        assert await box.codes(sid) == ["11205"]
        await box.control("POST", "/faults", {"kind": "slow_rest", "delay_s": 0.4}, status=200)
        with pytest.raises(TimeoutError):
            await raw(box, call_form(box), timeout_s=0.2)

    play(story)


def test_chance_comes_from_the_seed():
    """The same seed loses the same callbacks; another seed others."""
    lost: list[list[str]] = []

    async def story(box: Box) -> None:
        await box.control("POST", "/faults", {"kind": "drop_callbacks", "p": 0.5}, status=200)
        for _ in range(5):
            await calls_ana(box)
            await box.advance(20)
        lost.append(told(box))
        assert await happened(box) == 20 - len(lost[-1])

    play(story, seed=5)
    play(story, seed=5)
    play(story, seed=6)
    assert lost[0] == lost[1] != lost[2]
    assert 0 < len(lost[0]) < 20


def test_a_fault_concerns_only_what_its_filters_name():
    async def story(box: Box) -> None:
        await box.control("POST", "/faults", {"kind": "drop_callbacks", "number": LUIS}, status=200)
        await calls_ana(box)
        await box.advance(20)
        assert len(told(box)) == 4
        one = await box.control("POST", "/faults", {"kind": "drop_callbacks", "number": ANA, "times": 3}, status=200)
        await calls_ana(box)
        await box.advance(20)
        assert told(box)[4:] == ["completed"]
        await box.control("DELETE", f"/faults/{one['ids'][0]}", status=200)
        await box.control("DELETE", f"/faults/{one['ids'][0]}", status=404)

    play(story)


@pytest.mark.parametrize("body", [
    {"kind": "earthquake"}, {"name": "F99"}, {"name": "F5", "number": JOE}, {"kind": "drop_callbacks", "p": 2},
    {"kind": "drop_callbacks", "colour": "red"}, {"kind": "end_leg", "when": {"event": "noon"}},
    {"name": "F9", "number": ANA, "how": "loudly"}, {"name": "F16", "colour": "red"},
    {"kind": "drop_callbacks", "number": "Joe"}, {"kind": "rest_status", "status": True}])
def test_what_is_not_understood_is_refused_in_words(body):
    async def story(box: Box) -> None:
        assert (await box.control("POST", "/faults", body, status=400))["error"]

    play(story)


def test_every_fault_that_was_asked_for_has_a_name():
    wanted = [*range(1, 12), *range(16, 23), 38, 40, 41, 46, 53, 54]
    assert set(NAMED) == {f"F{number}" for number in wanted}


@pytest.mark.parametrize(("spec", "low", "high"), [
    (5, 5, 5), ({"uniform": [2, 4]}, 2.8, 3.2), ({"exponential": 100}, 90, 110), ({"choice": [1, 3]}, 1.8, 2.2),
    ({"lognormal": [100, 0.5]}, 105, 122)])
def test_lengths_of_time_have_the_mean_they_promise(spec, low, high):
    import random

    luck = random.Random(3)
    assert low <= sum(draw(spec, luck) for _ in range(4000)) / 4000 <= high
