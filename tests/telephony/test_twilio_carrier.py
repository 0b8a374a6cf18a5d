"""What goes over the wire to the carrier, and what each way of failing there means to us."""

import socket
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from telephony.carrier import CarrierError, LiveCall
from telephony.twilio_carrier import RedirectedClient, TwilioCarrier
from tests.telephony.rest_stub import CLOSE, HANG, Asked, Stub, rest_stub

ACCOUNT, TOKEN = "AC" + "0" * 32, "carrier-test-token-01"
CENTER, ANA = "+13125550100", "+13125550161"
SID, NUMBER_SID = "CA" + "1" * 32, "PN" + "3" * 32
ROOT = f"/2010-04-01/Accounts/{ACCOUNT}"
URL, STATUS_URL, FALLBACK_URL = "https://c.example/voice/offer/5#rc=3", "https://c.example/s", "https://b.example/f"
CALL = {"sid": SID, "status": "queued", "to": ANA}

Request = Callable[[TwilioCarrier], Any]


@pytest.fixture
def stub() -> Iterator[Stub]:
    with rest_stub() as served:
        yield served


@pytest.fixture
def carrier(stub: Stub) -> TwilioCarrier:
    return at(stub.base)


def at(base: str | None) -> TwilioCarrier:
    return TwilioCarrier(account=ACCOUNT, token=TOKEN, base_url=base, center=CENTER)


def ring(carrier: TwilioCarrier, fallback_url: str | None = None) -> str:
    return carrier.ring(to=ANA, url=URL, status_url=STATUS_URL, fallback_url=fallback_url, seconds=20)


def point(carrier: TwilioCarrier, fallback_url: str | None = None) -> None:
    carrier.point_number(CENTER, voice_url=URL, status_url=STATUS_URL, fallback_url=fallback_url)


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
    assert verdict(caught.value) == (True, False, False)
    assert CENTER not in str(caught.value)


# --- what a failure means

REQUESTS: dict[str, Request] = {
    "ring": ring,
    "move": lambda carrier: carrier.move(SID, URL),
    "hang_up": lambda carrier: carrier.hang_up(SID),
    "look": lambda carrier: carrier.look(SID),
    "calls_to": lambda carrier: carrier.calls_to(ANA),
    "point_number": point,
}


def verdict(error: CarrierError) -> tuple[bool, bool, bool]:
    """(permanent, maybe done, gone)"""
    return error.permanent, error.maybe_done, error.gone


def failure(carrier: TwilioCarrier, what: str = "ring") -> CarrierError:
    with pytest.raises(CarrierError) as caught:
        REQUESTS[what](carrier)
    return caught.value


REFUSALS = [
    (400, 21211, (True, False, False)),
    (400, 21220, (True, False, True)),
    (401, 20003, (True, False, False)),
    (403, 20403, (True, False, False)),
    (404, 20404, (True, False, True)),
    (408, 20408, (False, True, False)),
    (429, 20429, (False, False, False)),
    (500, 20500, (False, True, False)),
    (502, 20502, (False, True, False)),
    (503, 20503, (False, True, False)),
]


@pytest.mark.parametrize(("status", "code", "expected"), REFUSALS)
def test_what_a_refusal_means(
    carrier: TwilioCarrier, stub: Stub, status: int, code: int, expected: tuple[bool, bool, bool]
) -> None:
    stub.will_refuse(status, code)
    error = failure(carrier)
    assert verdict(error) == expected
    assert str(error) == f"the carrier answered {status}, code {code}"
    assert len(stub.asked) == 1, "the client must never repeat a request by itself"


@pytest.mark.parametrize(("status", "code", "expected"), REFUSALS)
def test_a_refusal_in_the_form_of_a_problem_document_means_the_same(
    carrier: TwilioCarrier, stub: Stub, status: int, code: int, expected: tuple[bool, bool, bool]
) -> None:
    stub.will_answer((status, {"type": "about:blank", "title": "No", "status": status, "code": code}))
    assert verdict(failure(carrier)) == expected


@pytest.mark.parametrize("what", ["calls_to", "point_number"])
@pytest.mark.parametrize(("status", "code", "expected"), REFUSALS)
def test_a_refused_list_is_judged_by_its_status(
    carrier: TwilioCarrier, stub: Stub, what: str, status: int, code: int, expected: tuple[bool, bool, bool]
) -> None:
    stub.will_refuse(status, code)
    error = failure(carrier, what)
    assert (error.permanent, error.maybe_done) == expected[:2]


@pytest.mark.parametrize("what", REQUESTS)
@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (500, "<html>upstream</html>", (False, True, False)),
        (429, "", (False, False, False)),
        (200, "<html>a portal asks to sign in</html>", (False, True, False)),
        (201, "", (False, True, False)),
    ],
)
def test_an_answer_that_is_no_json_is_still_judged(
    carrier: TwilioCarrier, stub: Stub, what: str, status: int, body: str, expected: tuple[bool, bool, bool]
) -> None:
    stub.will_answer((status, body))
    assert verdict(failure(carrier, what)) == expected


@pytest.mark.parametrize("what", REQUESTS)
def test_a_closed_connection_may_have_done_it(carrier: TwilioCarrier, stub: Stub, what: str) -> None:
    stub.will_answer(CLOSE)
    assert verdict(failure(carrier, what)) == (False, True, False)
    assert len(stub.asked) == 1


@pytest.mark.parametrize("what", REQUESTS)
def test_an_answer_that_never_comes_may_have_done_it(stub: Stub, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("telephony.twilio_carrier.REST_TIMEOUT_SECONDS", 0.1)
    stub.will_answer(HANG)
    assert verdict(failure(at(stub.base), what)) == (False, True, False)


@pytest.mark.parametrize("what", REQUESTS)
def test_a_refused_connection_has_done_nothing(what: str) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # bound but not listening: nobody else gets it meanwhile
        carrier = at(f"http://127.0.0.1:{nobody.getsockname()[1]}")
        assert verdict(failure(carrier, what)) == (False, False, False)


@pytest.mark.parametrize(
    "cause", [socket.gaierror(-2, "Name or service not known"), TimeoutError(), OSError(113, "No route to host")]
)
def test_a_connection_never_made_has_done_nothing(
    carrier: TwilioCarrier, cause: OSError, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(*_: Any, **__: Any) -> None:
        raise cause

    monkeypatch.setattr("urllib3.util.connection.create_connection", unreachable)
    assert verdict(failure(carrier)) == (False, False, False)


@pytest.mark.parametrize(("status", "code"), [(400, 21220), (404, 20404)])
def test_hanging_up_what_is_over_is_no_error(carrier: TwilioCarrier, stub: Stub, status: int, code: int) -> None:
    stub.will_refuse(status, code)
    carrier.hang_up(SID)
    assert len(stub.asked) == 1


@pytest.mark.parametrize(("status", "code"), [(400, 21218), (401, 20003), (429, 20429), (500, 20500)])
def test_hanging_up_that_failed_is_told(carrier: TwilioCarrier, stub: Stub, status: int, code: int) -> None:
    stub.will_refuse(status, code)
    assert not failure(carrier, "hang_up").gone


def test_a_call_the_carrier_does_not_know_is_none(carrier: TwilioCarrier, stub: Stub) -> None:
    stub.will_refuse(404, 20404)
    assert carrier.look(SID) is None


@pytest.mark.parametrize(("status", "code"), [(400, 20001), (401, 20003), (403, 20403), (429, 20429), (500, 20500)])
def test_a_look_that_failed_does_not_say_that_there_is_no_call(
    carrier: TwilioCarrier, stub: Stub, status: int, code: int
) -> None:
    """With a wrong token every look fails; were that "no such call", a reconciliation would end every call we have."""
    stub.will_refuse(status, code)
    failure(carrier, "look")


@pytest.mark.parametrize(
    ("what", "answer"),
    [
        *[("ring", (status, {"code": code, "message": f"'{ANA}' is wrong"})) for status, code, _ in REFUSALS],
        ("ring", (400, {"type": "t", "title": ANA, "status": 400, "code": 21211, "detail": ANA})),
        ("calls_to", (500, {"code": 20500, "message": f"no list of {ANA}"})),
        ("calls_to", CLOSE),
        ("calls_to", (200, "<html>")),
        ("calls_to", HANG),
    ],
)
def test_a_failure_tells_no_number_not_even_in_its_traceback(
    stub: Stub, what: str, answer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("telephony.twilio_carrier.REST_TIMEOUT_SECONDS", 0.1)
    stub.will_answer(answer)
    told = "".join(traceback.format_exception(failure(at(stub.base), what)))
    assert ANA.removeprefix("+") not in told


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
