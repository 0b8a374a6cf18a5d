"""REST beyond calls: recordings, applications, numbers, texts, keys, and the debugger, as Twilio describes them.

Longer than 300 lines because the resources of an account are read together.
"""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.emulator.box import ANA, CENTER, JOE, SID, Box, play
from tests.emulator.test_openapi import checked

pytestmark = pytest.mark.shared
OTHER = "+13125550155"


async def talking(box: Box) -> str:
    box.says("/voice", "<Pause length='600'/>")
    return await box.dials_in()


def test_a_live_call_is_recorded_paused_resumed_and_stopped():
    """Calls/{sid}/Recordings: create, Twilio.CURRENT, PauseBehavior skip leaves the pause out, stopped ends it."""

    async def story(box: Box) -> None:
        joe = await talking(box)
        told = box.says("/told", "")
        base = f"/Calls/{joe}/Recordings"
        made = await checked(box, "POST", f"{base}.json", 201, RecordingChannels="dual", RecordingStatusCallback=told,
                             RecordingStatusCallbackEvent="in-progress completed")
        assert (made["source"], made["channels"], made["duration"]) == ("StartCallRecordingAPI", 2, "-1")
        await box.advance(4)
        current = f"{base}/Twilio.CURRENT.json"
        paused = await checked(box, "POST", current, 200, Status="paused", PauseBehavior="skip")
        await box.advance(10)
        resumed = await checked(box, "POST", current, 200, Status="in-progress")
        await box.advance(3)
        await checked(box, "POST", f"{base}/{made['sid']}.json", 200, Status="stopped")
        await box.advance(2)
        assert (paused["status"], resumed["status"]) == ("paused", "in-progress")
        assert [one["RecordingStatus"] for one in box.asked("/told")] == ["in-progress", "completed"]
        done = await checked(box, "GET", f"{base}/{made['sid']}.json", 200)
        assert (done["status"], done["duration"]) == ("completed", "7")
        late = await box.rest("POST", f"{base}/{made['sid']}.json", status=400, Status="paused")
        assert late["code"] == 16114
        await box.rest("GET", current, status=404)
        await checked(box, "DELETE", f"{base}/{made['sid']}.json", 204)
        assert (await box.rest("GET", f"{base}.json"))["recordings"] == []
        kept = await box.rest("GET", "/Recordings.json", IncludeSoftDeleted="true")
        assert [one["sid"] for one in kept["recordings"]] == [made["sid"]]

    play(story)


def test_a_recording_over_rest_ends_with_its_call_and_holds_both_voices():
    """The sound has a tone where the caller or the application spoke, each on its channel."""

    async def story(box: Box) -> None:
        box.says("/voice", "<Pause length='2'/><Say>One two three four five</Say><Pause length='60'/>")
        joe = await box.dials_in(plan={"speech": [{"after_s": 6, "text": "Hello"}], "hang_up_after_s": 9})
        await box.rest("POST", f"/Calls/{joe}/Recordings.json", status=201, RecordingChannels="dual",
                       Trim="do-not-trim")
        await box.advance(12)
        (one,) = (await checked(box, "GET", "/Recordings.json", 200))["recordings"]
        assert (one["status"], one["duration"]) == ("completed", "9")
        async with box.session.get(one["media_url"] + ".wav") as answer:
            body = await answer.read()
        frames = body[44:]
        assert (len(frames), set(frames[:8000]), len(set(frames[16000 * 2:16000 * 3:2])), len(set(
            frames[16000 * 2 + 1:16000 * 3:2])) > 3) == (9 * 16000, {0x80}, 1, True)

    play(story)


@pytest.mark.parametrize(("form", "code"), [
    ({"RecordingChannels": "three"}, 20001), ({"RecordingTrack": "left"}, 20001), ({"Trim": "x"}, 20001),
    ({"RecordingStatusCallback": "x"}, 21609),
    ({"RecordingStatusCallback": "http://x/", "RecordingStatusCallbackEvent": "never"}, 21626)])
def test_a_recording_that_is_not_accepted(form: dict[str, str], code: int):
    """400 with the code of what is wrong; a call that has ended cannot be recorded (21220)."""

    async def story(box: Box) -> None:
        joe = await talking(box)
        assert (await box.rest("POST", f"/Calls/{joe}/Recordings.json", status=400, **form))["code"] == code
        await box.do(joe, "hangup")
        assert (await box.rest("POST", f"/Calls/{joe}/Recordings.json", status=400))["code"] == 21220

    play(story)


def test_an_application_serves_numbers_calls_and_clients():
    """VoiceApplicationSid on a number, ApplicationSid on a call, and a client that calls with its own parameters."""

    async def story(box: Box) -> None:
        url = box.says("/app", "<Pause length='60'/>")
        made = await checked(box, "POST", "/Applications.json", 201, FriendlyName="desk", VoiceUrl=url,
                             StatusCallback=box.says("/over", ""))
        one = f"/Applications/{made['sid']}.json"
        await checked(box, "GET", "/Applications.json", 200, FriendlyName="desk")
        number = box.exchange.numbers[0].sid
        await checked(box, "POST", f"/IncomingPhoneNumbers/{number}.json", 200, VoiceApplicationSid=made["sid"])
        joe = await box.dials_in()
        assert (box.asked("/app")[0]["CallSid"], box.asked("/app")[0]["ApplicationSid"]) == (joe, made["sid"])
        await box.do(joe, "hangup")
        assert box.asked("/over")[0]["CallStatus"] == "completed"
        await box.control("POST", "/people", {"number": ANA, "script": {"answer_after_s": 1}})
        await box.rest("POST", "/Calls.json", status=201, To=ANA, From=CENTER, ApplicationSid=made["sid"])
        call = {"application": made["sid"], "params": {"case": "7"}}
        await box.control("POST", "/clients/jane/calls", call, status=201)
        await box.advance(2)
        assert [one["From"] for one in box.asked("/app")] == [JOE, "client:jane", CENTER]
        assert box.asked("/app")[1]["case"] == "7"
        await checked(box, "POST", one, 200, VoiceUrl=url + "/new", FriendlyName="renamed")
        assert (await checked(box, "GET", one, 200))["friendly_name"] == "renamed"
        await checked(box, "DELETE", one, 204)
        refused = await box.rest("POST", "/Calls.json", status=400, To=ANA, From=CENTER, ApplicationSid=made["sid"])
        assert refused["code"] == 21218

    play(story)


def test_numbers_are_found_bought_and_released():
    """AvailablePhoneNumbers, buying by number and by area code, 21421, 21422, 21405, 21420, and giving back."""

    async def story(box: Box) -> None:
        free = await checked(box, "GET", "/AvailablePhoneNumbers/US/Local.json", 200, AreaCode="415", PageSize="2")
        await checked(box, "GET", "/AvailablePhoneNumbers.json", 200)
        await checked(box, "GET", "/AvailablePhoneNumbers/US.json", 200)
        await box.rest("GET", "/AvailablePhoneNumbers/XX.json", status=404)
        wanted = free["available_phone_numbers"][0]["phone_number"]
        assert wanted == "+14155550100"
        bought = await checked(box, "POST", "/IncomingPhoneNumbers.json", 201, PhoneNumber=wanted, FriendlyName="new")
        again = await box.rest("POST", "/IncomingPhoneNumbers.json", status=400, PhoneNumber=wanted)
        bad = await box.rest("POST", "/IncomingPhoneNumbers.json", status=400, PhoneNumber="x")
        assert (again["code"], bad["code"]) == (21422, 21421)
        second = await checked(box, "POST", "/IncomingPhoneNumbers/Local.json", 201, AreaCode="415")
        assert second["phone_number"] == "+14155550101"
        found = await checked(box, "GET", "/IncomingPhoneNumbers.json", 200, PhoneNumber="+141555501**")
        assert len(found["incoming_phone_numbers"]) == 2
        one = f"/IncomingPhoneNumbers/{bought['sid']}.json"
        for form, code in (({"VoiceFallbackUrl": "http://x/"}, 21405), ({"SmsFallbackUrl": "http://x/"}, 21406),
                           ({"VoiceApplicationSid": "AP0"}, 21420), ({"VoiceMethod": "PUT"}, 21403)):
            assert (await box.rest("POST", one, status=400, **form))["code"] == code
        await checked(box, "DELETE", one, 204)
        await box.rest("GET", one, status=404)

    play(story)


def test_numbers_of_others_may_be_shown_once_they_are_verified():
    """OutgoingCallerIds: verified at once here; then From and callerId may name it."""

    async def story(box: Box) -> None:
        form = {"To": ANA, "From": OTHER, "Url": "http://127.0.0.1:9/x"}
        assert (await box.rest("POST", "/Calls.json", status=400, **form))["code"] == 21210
        told = await checked(box, "POST", "/OutgoingCallerIds.json", 200, PhoneNumber=OTHER, FriendlyName="desk")
        assert len(told["validation_code"]) == 6
        await box.rest("POST", "/Calls.json", status=201, **form)
        (row,) = (await checked(box, "GET", "/OutgoingCallerIds.json", 200))["outgoing_caller_ids"]
        await checked(box, "DELETE", f"/OutgoingCallerIds/{row['sid']}.json", 204)
        assert (await box.rest("POST", "/Calls.json", status=400, **form))["code"] == 21210

    play(story)


def test_a_text_that_arrives_is_answered_with_messaging_twiml():
    """1.7: the parameters; Message, Redirect, plain text; the reply's status is told; cookies are kept."""

    async def story(box: Box) -> None:
        number = box.exchange.numbers[0]
        number.sms_url = box.says("/sms", "<Message statusCallback='/told'><Body>Hello</Body></Message>"
                                          "<Redirect>/more</Redirect>")
        box.says("/more", "<Sms>And goodbye</Sms><Dial/>")
        box.says("/told", "")
        made = await box.control("POST", "/messages", {"from": JOE, "to": CENTER, "body": "Hi there"}, status=201)
        await box.advance(3)
        told = box.asked("/sms")[0]
        assert (told["MessageSid"], told["SmsSid"], told["From"], told["To"], told["Body"], told["NumMedia"],
                told["NumSegments"]) == (made["sid"], made["sid"], JOE, CENTER, "Hi there", "0", "1")
        assert all(one.signed for one in box.heard)
        rows = (await checked(box, "GET", "/Messages.json", 200, To=JOE))["messages"]
        assert [(one["body"], one["direction"], one["status"]) for one in rows] == [
            ("And goodbye", "outbound-reply", "delivered"), ("Hello", "outbound-reply", "delivered")]
        assert [one["MessageStatus"] for one in box.asked("/told")] == ["sent", "delivered"]
        notes = (await checked(box, "GET", "/Notifications.json", 200))["notifications"]
        assert [one["error_code"] for one in notes] == ["14110"]
        await checked(box, "GET", f"/Notifications/{notes[0]['sid']}.json", 200)

    play(story)


def test_a_text_whose_answer_fails_goes_to_the_fallback_and_stop_is_heeded():
    """SmsFallbackUrl with ErrorCode and ErrorUrl; a receiver who texted STOP cannot be texted (21610) until START."""

    async def story(box: Box) -> None:
        number = box.exchange.numbers[0]
        number.sms_url = box.app_url + "/gone"
        number.sms_fallback_url = box.says("/rescue", "<Message>Later</Message>")
        await box.control("POST", "/messages", {"from": JOE, "to": CENTER, "body": "stop"}, status=201)
        await box.advance(3)
        told = box.asked("/rescue")[0]
        assert (told["ErrorCode"], told["ErrorUrl"]) == ("11200", box.app_url + "/gone")
        form = {"To": JOE, "From": CENTER, "Body": "x"}
        assert (await box.rest("POST", "/Messages.json", status=400, **form))["code"] == 21610
        await box.control("POST", "/messages", {"from": JOE, "to": CENTER, "body": "START"}, status=201)
        await box.rest("POST", "/Messages.json", status=201, **form)

    play(story)


@pytest.mark.parametrize(("change", "code"), [
    ({"To": ""}, 21604), ({"From": ""}, 21603), ({"From": JOE}, 21606), ({"Body": ""}, 21602),
    ({"Body": "x" * 1601}, 21617), ({"MediaUrl": "x"}, 21620), ({"StatusCallback": "x"}, 21609),
    ({"ValidityPeriod": "36001"}, 21624), ({"ContentRetention": "x"}, 20001), ({"ScheduleType": "fixed"}, 20001),
    ({"To": "someone"}, 21211)])
def test_a_text_that_is_not_accepted(change: dict[str, str], code: int):
    """400 with the code of what is wrong."""

    async def story(box: Box) -> None:
        form = {"To": JOE, "From": CENTER, "Body": "Hello", **change}
        error = await box.rest("POST", "/Messages.json", status=400, **form)
        assert (error["code"], box.exchange.messages) == (code, {})

    play(story)


def test_a_text_is_scheduled_called_off_emptied_and_deleted():
    """SendAt with a service, Status=canceled, an empty Body, ContentRetention, media, DELETE."""

    async def story(box: Box) -> None:
        form = {"To": JOE, "MessagingServiceSid": "MG" + "0" * 32, "Body": "Tomorrow", "ScheduleType": "fixed",
                "SendAt": "2027-01-01T00:00:00Z"}
        later = await checked(box, "POST", "/Messages.json", 201, **form)
        assert later["status"] == "scheduled"
        called_off = await checked(box, "POST", f"/Messages/{later['sid']}.json", 200, Status="canceled")
        assert called_off["status"] == "canceled"
        sent = await checked(box, "POST", "/Messages.json", 201, To=JOE, From=CENTER, Body="Private",
                             MediaUrl="http://127.0.0.1:9/a.jpg", ContentRetention="discard")
        assert (sent["body"], sent["num_media"], sent["sid"][:2]) == ("", "1", "MM")
        one = f"/Messages/{sent['sid']}"
        await box.rest("DELETE", f"{one}.json", status=400)
        await box.advance(3)
        await checked(box, "GET", f"{one}/Media.json", 200)
        await checked(box, "POST", f"{one}.json", 200, Body="")
        await checked(box, "DELETE", f"{one}.json", 204)
        await box.rest("GET", f"{one}.json", status=404)

    play(story)


def test_keys_tokens_and_the_account():
    """Basic auth with a key and its secret; the account, its balance and tokens as described."""

    async def story(box: Box) -> None:
        key = await checked(box, "POST", "/Keys.json", 201, FriendlyName="worker")
        pair = base64.b64encode(f"{key['sid']}:{key['secret']}".encode()).decode()
        url, headers = f"{box.url}/2010-04-01/Accounts/{SID}/Calls.json", {"Authorization": f"Basic {pair}"}
        async with box.session.get(url, headers=headers) as answer:
            assert answer.status == 200
            assert {"Twilio-Request-Id", "Twilio-Concurrent-Requests", "Twilio-Request-Duration"} <= set(answer.headers)
        await checked(box, "GET", "/Keys.json", 200)
        await checked(box, "DELETE", f"/Keys/{key['sid']}.json", 204)
        async with box.session.get(url, headers=headers) as answer:
            assert (answer.status, (await answer.json())["code"]) == (401, 20003)
        assert (await checked(box, "GET", ".json", 200))["sid"] == SID
        assert (await checked(box, "POST", "/Tokens.json", 201))["ttl"] == "86400"
        await checked(box, "GET", "/Balance.json", 200)

    play(story)


def test_the_requests_of_a_call_are_listed():
    """Calls/{sid}/Events: what was asked on behalf of a call, and what came back."""

    async def story(box: Box) -> None:
        joe = await talking(box)
        (event,) = (await box.rest("GET", f"/Calls/{joe}/Events.json", status=200))["events"]
        assert (event["request"]["method"], event["response"]["response_code"]) == ("POST", 200)

    play(story)


@pytest.mark.parametrize(("query", "found"), [
    ({"StartTime": "2025-11-24"}, 1), ({"StartTime": "2025-11-23"}, 0), ({"StartTime<": "2025-11-24"}, 1),
    ({"StartTime>": "2025-11-24"}, 1), ({"StartTime>": "2025-11-25"}, 0), ({"EndTime<": "2025-11-23"}, 0),
    ({"Status": ""}, 1), ({"To": "312-555-0100"}, 1)])
def test_lists_are_filtered_by_day(query: dict[str, Any], found: int):
    """StartTime and EndTime with < and >; a day stands for the whole day, in UTC."""

    async def story(box: Box) -> None:
        box.says("/voice", "<Hangup/>")
        await box.dials_in()
        assert len((await box.rest("GET", "/Calls.json", status=200, **query))["calls"]) == found

    play(story)


def test_what_the_network_tells_of_a_call_travels_with_every_request():
    """StirVerstat, StirPassportToken, StirStatus, ForwardedFrom; CallerName only where it is looked up."""

    async def story(box: Box) -> None:
        box.says("/voice", "<Redirect>/next</Redirect>")
        box.says("/next", "<Pause length='9'/>")
        facts = {"stir_verstat": "TN-Validation-Passed-A", "stir_passport_token": "t", "stir_status": "A",
                 "forwarded_from": OTHER, "caller_name": "JOE"}
        joe = await box.dials_in(**facts)
        for told in (*box.asked("/voice"), *box.asked("/next")):
            assert (told["StirVerstat"], told["StirPassportToken"], told["StirStatus"], told["ForwardedFrom"]) == (
                "TN-Validation-Passed-A", "t", "A", OTHER)
            assert "CallerName" not in told
        assert (await box.rest("GET", f"/Calls/{joe}.json"))["forwarded_from"] == OTHER
        box.exchange.numbers[0].voice_caller_id_lookup = True
        await box.dials_in(**facts)
        assert box.asked("/next")[-1]["CallerName"] == "JOE"

    play(story)


def test_one_number_of_the_account_calls_another_and_a_forwarded_call_is_heard_through_both():
    """A created call to an own number: keys reach its Gather; a Dial there joins the caller with whom it calls."""

    async def story(box: Box) -> None:
        second = box.exchange.new_number(OTHER)
        second.voice_url = box.says("/menu", "<Gather numDigits='1' action='/chosen' timeout='9'/>")
        box.exchange.numbers.append(second)
        box.says("/chosen", f"<Dial>{ANA}</Dial>")
        box.says("/robot", "<Play digits='w1'/><Pause length='30'/>")
        await box.control("POST", "/people", {"number": ANA, "script": {"answer_after_s": 1}})
        await box.rest("POST", "/Calls.json", status=201, To=OTHER, From=CENTER, Url=box.app_url + "/robot")
        await box.advance(3)
        assert box.asked("/chosen")[0]["Digits"] == "1"
        box.says("/voice", f"<Dial>{OTHER}</Dial>")
        box.says("/menu", f"<Dial>{ANA}</Dial>")
        joe = await box.dials_in()
        await box.advance(4)
        ana = (await box.control("GET", f"/phones/{ANA}"))["legs"][-1]["sid"]
        hears = f"/hears?a={JOE.replace('+', '%2B')}&b={ANA.replace('+', '%2B')}"
        assert (await box.control("GET", hears))["hear_each_other"]
        await box.do(ana, "speech", {"text": "Hello Joe"})
        await box.do(joe, "speech", {"text": "Hello Ana"})
        assert (await box.captions(joe, "voice"), await box.captions(ana, "voice")) == (["Hello Joe"], ["Hello Ana"])
        await box.do(joe, "hangup")
        await box.advance(1)
        assert (await box.leg(ana))["status"] == "completed"

    play(story)


def test_a_forwarded_call_shows_its_caller_with_his_token():
    """CallToken: From may be the caller of the call that the token came with."""

    async def story(box: Box) -> None:
        await talking(box)
        token = box.asked("/voice")[0]["CallToken"]
        form = {"To": ANA, "From": JOE, "Url": box.app_url + "/voice"}
        assert (await box.rest("POST", "/Calls.json", status=400, CallToken="CT0", **form))["code"] == 21210
        assert (await box.rest("POST", "/Calls.json", status=201, CallToken=token, **form))["from"] == JOE

    play(story)
