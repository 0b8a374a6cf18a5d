"""What goes over the wire to the carrier, and to whom."""

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
