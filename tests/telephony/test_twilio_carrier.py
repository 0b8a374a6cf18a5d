"""What goes over the wire to the carrier, and to whom."""

from datetime import UTC, datetime

import pytest

from telephony.carrier import CarrierError, LiveCall
from telephony.twilio_carrier import RedirectedClient, TwilioCarrier
from tests.telephony.carrier_requests import (
    ACCOUNT,
    ANA,
    CENTER,
    FALLBACK_URL,
    NUMBER_SID,
    ROOT,
    SID,
    STATUS_URL,
    TOKEN,
    URL,
    at,
    point,
    ring,
)
from tests.telephony.rest_stub import Asked, Stub

CALL = {"sid": SID, "status": "queued", "to": ANA}


def asked(method: str, path: str, **fields: str | list[str]) -> Asked:
    """A request of ours as it should arrive."""
    lists = {name: value if isinstance(value, list) else [value] for name, value in fields.items()}
    return Asked(method, f"{ROOT}{path}", lists, f"{ACCOUNT}:{TOKEN}")


RUNG = {"To": ANA, "From": CENTER, "Url": URL, "StatusCallback": STATUS_URL, "Timeout": "20"}


# --- what is asked


def test_ringing_names_everything_the_call_needs(carrier: TwilioCarrier, stub: Stub) -> None:
    stub.will_answer((201, CALL))
    assert ring(carrier, FALLBACK_URL) == SID
    events = ["ringing", "completed"]
    expected = asked("POST", "/Calls.json", **RUNG, FallbackUrl=FALLBACK_URL, StatusCallbackEvent=events)
    assert stub.asked == [expected]


def test_no_fallback_is_named_where_there_is_none(carrier: TwilioCarrier, stub: Stub) -> None:
    stub.will_answer((201, CALL))
    ring(carrier)
    assert stub.asked == [asked("POST", "/Calls.json", **RUNG, StatusCallbackEvent=["ringing", "completed"])]


def test_moving_gives_the_leg_a_new_document(carrier: TwilioCarrier, stub: Stub) -> None:
    stub.will_answer((200, CALL))
    carrier.move(SID, URL)
    assert stub.asked == [asked("POST", f"/Calls/{SID}.json", Url=URL, Method="POST")]


def test_hanging_up_completes_the_call(carrier: TwilioCarrier, stub: Stub) -> None:
    stub.will_answer((200, CALL))
    carrier.hang_up(SID)
    assert stub.asked == [asked("POST", f"/Calls/{SID}.json", Status="completed")]


def test_looking_fetches_one_call(carrier: TwilioCarrier, stub: Stub) -> None:
    stub.will_answer((200, {**CALL, "status": "no-answer"}))
    call = carrier.look(SID)
    assert call == LiveCall(SID, "no-answer", ANA)
    assert call.is_over
    assert stub.asked == [asked("GET", f"/Calls/{SID}.json")]


@pytest.mark.parametrize("status", ["queued", "initiated", "ringing", "in-progress"])
def test_a_call_that_lives_is_not_over(status: str) -> None:
    assert not LiveCall(SID, status, ANA).is_over


def test_the_newest_calls_to_a_number_come_in_one_page(carrier: TwilioCarrier, stub: Stub) -> None:
    other = {"sid": "CA" + "2" * 32, "status": "busy", "to": ANA}
    stub.will_answer((200, {"calls": [CALL, other], "page": 0, "page_size": 20, "next_page_uri": None}))
    assert carrier.calls_to(ANA) == [LiveCall(SID, "queued", ANA), LiveCall("CA" + "2" * 32, "busy", ANA)]
    assert stub.asked == [asked("GET", "/Calls.json", To=ANA, PageSize="20")]


def test_a_number_is_pointed_at_us(carrier: TwilioCarrier, stub: Stub) -> None:
    found = {"incoming_phone_numbers": [{"sid": NUMBER_SID, "account_sid": ACCOUNT, "phone_number": CENTER}]}
    stub.will_answer((200, found), (200, {"sid": NUMBER_SID}))
    point(carrier, FALLBACK_URL)
    looked, set_up = stub.asked
    assert looked == asked("GET", "/IncomingPhoneNumbers.json", PhoneNumber=CENTER, PageSize="1")
    voice = {"VoiceUrl": URL, "VoiceMethod": "POST", "VoiceFallbackUrl": FALLBACK_URL, "VoiceFallbackMethod": "POST"}
    status = {"StatusCallback": STATUS_URL, "StatusCallbackMethod": "POST"}
    assert set_up == asked("POST", f"/IncomingPhoneNumbers/{NUMBER_SID}.json", **voice, **status)


def test_a_number_of_somebody_else_is_not_pointed(carrier: TwilioCarrier, stub: Stub) -> None:
    stub.will_answer((200, {"incoming_phone_numbers": []}))
    with pytest.raises(CarrierError) as caught:
        point(carrier)
    assert (caught.value.permanent, caught.value.maybe_done) == (True, False)
    assert CENTER not in str(caught.value)


# --- whom it asks


def test_the_machines_edge_and_region_change_nothing(stub: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWILIO_EDGE", "sydney")
    monkeypatch.setenv("TWILIO_REGION", "au1")
    stub.will_answer((201, CALL))
    assert ring(at(stub.base)) == SID
    assert RedirectedClient(ACCOUNT, TOKEN, None).get_hostname("https://api.twilio.com/x") == "https://api.twilio.com/x"


def test_the_machines_account_changes_nothing(stub: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", "AC" + "9" * 32)
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "somebody-elses-token")
    stub.will_answer((201, CALL))
    ring(at(stub.base))
    assert stub.asked[0].login == f"{ACCOUNT}:{TOKEN}"


def test_an_emulator_is_asked_directly_whatever_proxy_the_machine_has(
    stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    stub.will_answer((201, CALL))
    assert ring(at(stub.base)) == SID


def test_every_address_goes_to_the_base_and_keeps_its_path_and_query() -> None:
    client = RedirectedClient(ACCOUNT, TOKEN, "http://127.0.0.1:8001")
    assert client.get_hostname("https://api.twilio.com/a/b.json?c=%2B1") == "http://127.0.0.1:8001/a/b.json?c=%2B1"
    assert client.get_hostname("https://taskrouter.twilio.com/v1/x") == "http://127.0.0.1:8001/v1/x"


SOUND = "RE" + "0a" * 16


def test_a_sound_is_fetched_from_our_account_at_our_carrier_with_our_credentials(
    carrier: TwilioCarrier, stub: Stub
) -> None:
    stub.will_answer((200, "RIFF and so on"))
    assert carrier.recording(SOUND) == b"RIFF and so on"
    (asked,) = stub.asked
    assert asked.path.endswith(f"/Recordings/{SOUND}.wav") and "/Accounts/AC" in asked.path
    assert asked.login.startswith("AC")


@pytest.mark.parametrize("name", ["", "RE123", f"{SOUND}/../../x", f"../{SOUND}", "http://10.0.0.1/x", SOUND.upper()])
def test_what_is_no_name_of_a_recording_is_never_asked_for(carrier: TwilioCarrier, stub: Stub, name: str) -> None:
    with pytest.raises(CarrierError) as caught:
        carrier.recording(name)
    assert caught.value.permanent and stub.asked == []


@pytest.mark.parametrize("status", [301, 302, 307, 401, 404, 500])
def test_a_sound_that_lies_elsewhere_is_not_followed(carrier: TwilioCarrier, stub: Stub, status: int) -> None:
    stub.will_answer((status, ""))
    with pytest.raises(CarrierError) as caught:
        carrier.recording(SOUND)
    assert (len(stub.asked), caught.value.gone) == (1, status == 404)


def test_a_sound_too_long_to_keep_is_not_read_to_its_end(
    carrier: TwilioCarrier, stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("telephony.twilio_carrier.MOST_SOUND_BYTES", 1000)
    stub.will_answer((200, "x" * 2000))
    with pytest.raises(CarrierError, match="too long"):
        carrier.recording(SOUND)


def test_recordings_that_go_on_or_were_not_asked_for_by_a_document_are_told_apart(
    carrier: TwilioCarrier, stub: Stub
) -> None:
    row = {"sid": SOUND, "call_sid": "CA1", "status": "completed", "source": "RecordVerb", "duration": "12"}
    began = {"start_time": "Mon, 23 Nov 2026 16:00:00 +0000"}
    rows = [
        {**row, **began},
        {**row, "status": "processing", "duration": "-1"},
        {**row, **began, "source": "Conference"},
    ]
    stub.will_answer((200, {"recordings": rows, "page": 0, "page_size": 50, "next_page_uri": None}))
    first, going_on, of_a_talk = carrier.recordings_since(datetime(2026, 11, 22, tzinfo=UTC))
    assert first.ended_at == datetime(2026, 11, 23, 16, 0, 12, tzinfo=UTC) and first.by_verb
    assert going_on.ended_at is None and not of_a_talk.by_verb
