"""The door for other programs: who may knock, and what he is told."""

import json
from typing import Any

import pytest
from werkzeug.test import TestResponse

from callbacks.outside import Asked, NotAccepted, OtherBody, TooMany, Wrong, signature
from tests.desk.world import World

ASKS = {"patient": "joe", "service": "therapist", "reason": "glucose-trend"}
KEY = "observation-0001"


def ask(world: World, body: Any = ASKS, *, secret: str = "m" * 40, signed: str | None = None, late: int = 0,
        **headers: str) -> TestResponse:  # fmt: skip
    """A request as docs/api.md tells how to make one."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    given = {"X-Client": "monitor", "X-Timestamp": str(int(world.clock.now().timestamp()) - late)}
    given |= {"Idempotency-Key": KEY, "Content-Type": "application/json"}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    made = signature(secret, given["X-Timestamp"], given["Idempotency-Key"], data)
    given["X-Signature"] = made if signed is None else signed
    return world.app.test_client().post("/api/callbacks", data=data, headers=given)


def problem(answer: TestResponse) -> dict[str, Any]:
    assert answer.mimetype == "application/problem+json"
    told: dict[str, Any] = answer.get_json(force=True)
    assert told["status"] == answer.status_code
    return told


def test_a_signed_request_books_without_a_cookie(world: World) -> None:
    answer = ask(world)
    assert (answer.status_code, answer.get_json()) == (201, {"promise": "p1", "joined": False})
    asked = Asked("joe", None, "therapist", False, None, "glucose-trend", None)
    assert world.act.done == [("ask_for_callback", "monitor", KEY, asked)]
    assert "Set-Cookie" not in answer.headers


def test_asked_again_it_is_told_that_nothing_new_was_made(world: World) -> None:
    world.act.keys.add(KEY)
    assert ask(world).status_code == 200


@pytest.mark.parametrize(
    "how",
    [
        {"secret": "c" * 40}, {"signed": ""}, {"signed": "0" * 64}, {"X_Client": "nobody"}, {"X_Client": ""},
        {"late": 301}, {"late": -301}, {"X_Timestamp": "yesterday"},
    ],
)  # fmt: skip
def test_who_is_not_known_by_his_signature_of_now_changes_nothing(world: World, how: dict[str, Any]) -> None:
    assert problem(ask(world, **how))["status"] == 401
    assert world.act.done == []


@pytest.mark.parametrize(
    ("how", "status"),
    [
        ({"body": b"{"}, 422), ({"body": {"service": "x"}}, 422), ({"Idempotency_Key": ""}, 400),
        ({"Idempotency_Key": "a b c d e f"}, 400), ({"Content_Type": "text/plain"}, 415),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_as_a_problem(world: World, how: dict[str, Any], status: int) -> None:
    assert problem(ask(world, **how))["status"] == status
    assert world.act.done == []


def test_a_field_that_is_wrong_is_named_with_what_is_accepted(world: World) -> None:
    (wrong,) = problem(ask(world, {**ASKS, "service": "surgery"}))["errors"]
    assert wrong == {"field": "service", "found": "'surgery'", "accepted": "nurse, therapist"}


@pytest.mark.parametrize(
    ("raised", "status"),
    [(OtherBody(), 409), (TooMany(), 429), (NotAccepted(Wrong("number", "none", "one")), 422)],
)
def test_what_cannot_be_booked_is_told(world: World, raised: Exception, status: int) -> None:
    world.act.problem = raised
    told = ask(world)
    assert problem(told)["status"] == status
    assert ("Retry-After" in told.headers) is (status == 429)


def test_one_client_cannot_ask_without_end(world: World) -> None:
    answers = [ask(world).status_code for _ in range(125)]
    assert (answers[0], answers[-1]) == (201, 429)


def test_a_browser_of_another_site_gets_nowhere(world: World) -> None:
    assert ask(world, Sec_Fetch_Site="cross-site").status_code == 403
    assert world.app.test_client().get("/api/callbacks").status_code == 405
