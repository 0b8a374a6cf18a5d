"""What each way of failing at the carrier means to us: may it have happened, and can asking again help?"""

import socket
import traceback
from typing import Any

import pytest

from telephony.carrier import CarrierError
from telephony.twilio_carrier import TwilioCarrier
from tests.telephony.carrier_requests import ANA, REQUESTS, SID, at
from tests.telephony.rest_stub import CLOSE, HANG, Stub


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
