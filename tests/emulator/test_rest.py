"""The REST API: credentials, errors, paging, and the states it refuses; also by the official client."""

from __future__ import annotations

import asyncio
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from tests.emulator.box import ANA, CENTER, JOE, REST, SID, TOKEN, Box, play

ERROR = {"type": "object", "additionalProperties": False, "required": ["code", "message", "more_info", "status"],
         "properties": {"code": {"type": "integer"}, "message": {"type": "string", "minLength": 1},
                        "more_info": {"type": "string", "pattern": "^https://www.twilio.com/docs/errors/[0-9]+$"},
                        "status": {"type": "integer", "minimum": 400, "maximum": 599}}}
GOOD = {"To": ANA, "From": CENTER, "Url": "http://127.0.0.1:9/x"}
BAD_CALLS = [
    ({"To": None}, 21201), ({"To": "soon"}, 21211), ({"From": None}, 21213), ({"From": "me"}, 21212),
    ({"From": JOE}, 21210), ({"Url": None}, 21205), ({"Url": "ftp://x"}, 21205), ({"To": "+15005550001"}, 21217),
    ({"SendDigits": "1" * 33}, 21206), ({"Url": None, "Twiml": "x" * 4001}, 32018), ({"Timeout": "soon"}, 20001),
    ({"Timeout": "601"}, 20001), ({"SendDigits": "hello"}, 21206), ({"Method": "PUT"}, 21403),
    ({"FallbackUrl": "x"}, 21205), ({"StatusCallback": "x"}, 21609), ({"ApplicationSid": "AP0"}, 21218),
    ({"StatusCallback": "http://x/", "StatusCallbackEvent": "sneezed"}, 21626), ({"CallerId": JOE}, 21210),
    ({"MachineDetection": "Maybe"}, 21234), ({"MachineDetectionTimeout": "61"}, 21234),
    ({"MachineDetectionSpeechThreshold": "999"}, 21234), ({"MachineDetectionSpeechEndThreshold": "499"}, 21234),
    ({"MachineDetectionSilenceTimeout": "10001"}, 21234), ({"RecordingChannels": "three"}, 20001),
    ({"RecordingTrack": "left"}, 20001), ({"Trim": "x"}, 20001), ({"Record": "perhaps"}, 20001),
    ({"TimeLimit": "0"}, 20001), ({"To": "+15005550002"}, 21214), ({"To": "+15005550003"}, 21215),
    ({"To": "+15005550004"}, 21216), ({"From": "client:"}, 21212)]


@pytest.mark.parametrize(("change", "code"), BAD_CALLS)
def test_a_bad_call_is_refused_with_the_code_of_what_is_wrong(change: dict[str, Any], code: int):
    """400 codes on bad input; the error body of section 4."""

    async def story(box: Box) -> None:
        form = {key: value for key, value in {**GOOD, **change}.items() if value is not None}
        error = await box.rest("POST", "/Calls.json", status=400, **form)
        jsonschema.validate(error, ERROR)
        assert (error["code"], error["status"]) == (code, 400)

    play(story)


def test_unknown_names_and_wrong_credentials_are_refused():
    """404/20404 and 401/20003."""

    async def story(box: Box) -> None:
        for path in ("/Calls/CA0.json", "/Queues/QU0.json", "/Conferences/CF0.json", "/Messages/SM0.json",
                     "/Recordings/RE0.json", "/IncomingPhoneNumbers/PN0.json", "/Nonsense.json"):
            error = await box.rest("GET", path, status=404)
            jsonschema.validate(error, ERROR)
            assert error["code"] == 20404
        async with box.session.get(f"{box.url}{REST}/Calls.json") as response:
            assert (response.status, (await response.json())["code"]) == (401, 20003)

    play(story)


def test_a_live_call_can_be_completed_and_an_ended_one_neither_moved_nor_cancelled():
    """Wrong state: 400/21220."""

    async def story(box: Box) -> None:
        box.says("/voice", "<Pause length='60'/>")
        sid = await box.dials_in()
        await box.rest("DELETE", f"/Calls/{sid}.json", status=400)
        refused = await box.rest("POST", f"/Calls/{sid}.json", status=400, Status="canceled")
        assert refused["code"] == 21220
        await box.advance(5)
        ended = await box.rest("POST", f"/Calls/{sid}.json", status=200, Status="completed")
        assert (ended["status"], ended["duration"]) == ("completed", "5")
        for change in ({"Url": "http://x/"}, {"Status": "completed"}):
            assert (await box.rest("POST", f"/Calls/{sid}.json", status=400, **change))["code"] == 21220
        await box.rest("DELETE", f"/Calls/{sid}.json", status=204)
        await box.rest("GET", f"/Calls/{sid}.json", status=404)

    play(story)


def test_a_call_that_only_rings_cannot_be_redirected():
    """Update Url redirects the live leg; a leg that rings is not in progress: 21220."""

    async def story(box: Box) -> None:
        made = await box.rest("POST", "/Calls.json", status=201, **GOOD)
        refused = await box.rest("POST", f"/Calls/{made['sid']}.json", status=400, Url="http://x/")
        assert refused["code"] == 21220

    play(story)


def test_lists_are_paged_and_filtered():
    """List envelope; filters To, From, Status, StartTime."""

    async def story(box: Box) -> None:
        box.says("/voice", "<Hangup/>")
        sids = [await box.dials_in() for _ in range(3)]
        first = await box.rest("GET", "/Calls.json", status=200, PageSize="2")
        assert [row["sid"] for row in first["calls"]] == [sids[2], sids[1]]
        assert (first["start"], first["end"], first["page_size"], first["previous_page_uri"]) == (0, 1, 2, None)
        second = await box.rest("GET", first["next_page_uri"].removeprefix(REST), status=200)
        assert [row["sid"] for row in second["calls"]] == [sids[0]]
        assert second["next_page_uri"] is None
        assert len((await box.rest("GET", "/Calls.json", Status="in-progress"))["calls"]) == 0
        assert len((await box.rest("GET", "/Calls.json", From=JOE, To=CENTER, Status="completed"))["calls"]) == 3
        assert len((await box.rest("GET", "/Calls.json", **{"StartTime>": "2099-01-01"}))["calls"]) == 0

    play(story)


def test_too_many_requests_at_once_are_not_processed():
    """20429 (429): too many concurrent requests, never processed, safe to retry."""

    async def story(box: Box) -> None:
        error = await box.rest("POST", "/Calls.json", status=429, **GOOD)
        assert error["code"] == 20429
        assert box.exchange.legs == {}

    play(story, max_concurrent=0)


def test_a_fault_can_strike_before_or_after_the_effect():
    """rest_status(path_contains, status, times, before_effect)."""

    async def story(box: Box) -> None:
        fault = {"kind": "rest_status", "path_contains": "/Calls", "status": 500, "times": 1}
        await box.control("POST", "/faults", {**fault, "before_effect": True}, status=200)
        await box.rest("POST", "/Calls.json", status=500, **GOOD)
        assert len(box.exchange.legs) == 0
        await box.control("POST", "/faults", {**fault, "before_effect": False}, status=200)
        await box.rest("POST", "/Calls.json", status=500, **GOOD)
        assert len(box.exchange.legs) == 1
        await box.rest("POST", "/Calls.json", status=201, **GOOD)

    play(story)


def test_a_number_is_found_and_told_where_to_call():
    """IncomingPhoneNumbers: list with PhoneNumber filter, fetch, update."""

    async def story(box: Box) -> None:
        found = await box.rest("GET", "/IncomingPhoneNumbers.json", status=200, PhoneNumber=CENTER)
        sid = found["incoming_phone_numbers"][0]["sid"]
        url = box.says("/other", "<Say>Other</Say>")
        changed = await box.rest("POST", f"/IncomingPhoneNumbers/{sid}.json", status=200, VoiceUrl=url)
        assert changed["voice_url"] == url
        assert await box.captions(await box.dials_in()) == ["Other"]
        refused = await box.rest("POST", f"/IncomingPhoneNumbers/{sid}.json", status=400, VoiceUrl="nowhere")
        assert refused["code"] == 21402

    play(story)


def test_a_text_is_sent_and_reported_but_not_its_first_status():
    """No callback for the initial status (`queued`)."""

    async def story(box: Box) -> None:
        url = box.says("/text", "")
        made = await box.rest("POST", "/Messages.json", status=201, To=JOE, From=CENTER, Body="We called you",
                              StatusCallback=url)
        await box.advance(3)
        assert [one["MessageStatus"] for one in box.asked("/text")] == ["sent", "delivered"]
        assert (await box.rest("GET", f"/Messages/{made['sid']}.json"))["status"] == "delivered"
        assert (await box.control("GET", f"/phones/{JOE}"))["messages"][0]["text"] == "We called you"

    play(story)


def test_the_official_client_understands_every_answer():
    """The official SDK must parse our answers (one seam: get_hostname)."""

    async def story(box: Box) -> None:
        box.says("/agent", "<Enqueue>line</Enqueue>")
        box.says("/events", "")
        await box.control("POST", "/people", {"number": ANA, "script": {"answer_after_s": 1}})
        sid = await asyncio.to_thread(_with_sdk, box.url, box.app_url)
        await box.advance(2)
        await asyncio.to_thread(_read_with_sdk, box.url, sid)
        assert (await box.leg(sid))["ended_ms"] is not None

    play(story)


def _client(url: str) -> Any:
    from twilio.http.http_client import TwilioHttpClient
    from twilio.rest import Client

    class Local(Client):  # type: ignore[misc]
        def get_hostname(self, uri: str) -> str:
            return url + uri[len("https://api.twilio.com"):]

    return Local(SID, TOKEN, http_client=TwilioHttpClient(timeout=10), environment={"none": ""})


def _with_sdk(url: str, app_url: str) -> str:
    client = _client(url)
    call = client.calls.create(to=ANA, from_=CENTER, url=app_url + "/agent", status_callback=app_url + "/events",
                               status_callback_event=["initiated", "completed"], timeout=20)
    assert call.status == "queued"
    text = client.messages.create(to=JOE, from_=CENTER, body="Hello")
    assert text.num_segments == "1"
    number = client.incoming_phone_numbers.list(phone_number=CENTER)[0]
    assert number.update(voice_url=app_url + "/voice").voice_url == app_url + "/voice"
    queue = client.queues.create("named", max_size=10)
    assert (queue.max_size, client.queues(queue.sid).delete()) == (10, True)
    return str(call.sid)


def _read_with_sdk(url: str, sid: str) -> None:
    from twilio.base.exceptions import TwilioRestException

    client = _client(url)
    assert client.calls(sid).fetch().status == "in-progress"
    queue = next(one for one in client.queues.list() if one.friendly_name == "line")
    assert client.queues(queue.sid).members("Front").fetch().call_sid == sid
    assert client.calls(sid).update(status="completed").status == "completed"
    assert len(client.calls.list(status="completed")) == 1
    assert client.conferences.list() == client.recordings.list() == client.calls(sid).notifications.list() == []
    with pytest.raises(TwilioRestException) as refused:
        client.calls(sid).update(url="http://127.0.0.1:9/")
    assert refused.value.code == 21220
