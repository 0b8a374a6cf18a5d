"""The judge is judged: it must refuse what is not described, and its list of open disagreements names real tests."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.emulator_outside.application import Asked
from tests.emulator_outside.box import ABSENT, ACCOUNT, SOME, agrees
from tests.emulator_outside.description import Exchange, problems
from tests.emulator_outside.open_disagreements import OPEN

QUEUES = f"http://127.0.0.1/2010-04-01/Accounts/{ACCOUNT}/Queues.json"
QUEUE = {
    "sid": "QU" + "1" * 32,
    "account_sid": ACCOUNT,
    "friendly_name": "support",
    "current_size": 0,
    "max_size": 100,
    "average_wait_time": 0,
    "date_created": "Mon, 23 Nov 2026 15:00:00 +0000",
    "date_updated": "Mon, 23 Nov 2026 15:00:00 +0000",
    "uri": f"/2010-04-01/Accounts/{ACCOUNT}/Queues/QU{'1' * 32}.json",
}


def exchange(status: int, body: Any, data: Any = None) -> Exchange:
    """A queue created, with this answer."""
    return Exchange("POST", QUEUES, {}, data or {"FriendlyName": "support"}, status, json.dumps(body))


def error(code: int, status: int, **more: Any) -> dict[str, Any]:
    docs = f"https://www.twilio.com/docs/errors/{code}"
    return {"code": code, "message": "No", "more_info": docs, "status": status, **more}


@pytest.mark.shared
def test_what_is_described_is_accepted():
    assert problems(exchange(201, QUEUE)) == []
    assert problems(exchange(400, error(20001, 400))) == []
    assert problems(exchange(429, error(20429, 429, details={"why": "busy"}))) == []


@pytest.mark.shared
@pytest.mark.parametrize(
    ("status", "body"),
    [
        (201, {**QUEUE, "current_size": "none"}),
        (201, {**QUEUE, "sid": "QU1"}),
        (202, QUEUE),
        (500, error(20500, 500)),
        (404, error(20003, 404)),
        (400, error(20001, 404)),
        (400, {"error": "no"}),
        (400, error(20001, 400, hint="try again")),
        (405, error(20004, 405)),
    ],
    ids=["type", "pattern", "status", "server error", "code", "status in body", "shape", "more", "405"],
)
def test_what_is_not_described_is_refused(status, body):
    assert problems(exchange(status, body)) != []


@pytest.mark.shared
def test_a_request_that_is_not_described_is_refused():
    assert problems(exchange(201, QUEUE, {"FriendlyName": "a", "MaxSize": "many"})) != []


def asked(path: str, **params: str) -> Asked:
    return Asked("POST", path, "", tuple(params.items()), {}, "", {}, True)


@pytest.mark.parametrize(
    "expected",
    [
        [("/other", {})],
        [("/voice", {}), ("/voice", {})],
        [("/voice", {"Digits": "2"})],
        [("/voice", {"Digits": ABSENT})],
        [("/voice", {"SpeechResult": SOME})],
        [("/voice", {"Digits": {"3", "4"}})],
    ],
)
def test_a_trace_that_differs_is_seen(expected):
    with pytest.raises(AssertionError):
        agrees([asked("/voice", Digits="1")], expected)


def test_a_trace_that_agrees_passes():
    agrees([asked("/voice", Digits="1")], [("/voice", {"Digits": {"1", "2"}, "SpeechResult": ABSENT})])


def test_every_open_disagreement_names_a_test():
    here = Path(__file__).parent
    lost = [
        name
        for name in OPEN
        if f"def {name.split('::')[1].split('[')[0]}(" not in (here / name.split("::")[0]).read_text()
    ]
    assert lost == []
