"""When we fail inside, whoever is on the line still hears something that leads to a person."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

import switchboard
from emulator.twiml import parse
from telephony.urls import OVERRIDES
from tests.webhooks.door import ACCOUNT, FETCHES, NOTICES, OPERATOR, ORIGIN, SIGNED, STATIC, Heard, send


def failing(*_: Any) -> str:
    raise RuntimeError("the database is gone")


def top(response: TestResponse) -> list[str]:
    """The verbs of a document that the carrier would accept without a remark."""
    verbs, notices = parse(response.data)
    assert notices == ()
    return [verb.name for verb in verbs]


TO_A_PERSON = [*["Say"] * 6, "Dial", "Say", "Say", "Record"]  # each thing in both languages
IN_THE_QUEUE = ["Say", "Say", "Pause", "Redirect"]
LET_GO = ["Say", "Hangup"]
RESCUES = {
    "voice.call_arrives": TO_A_PERSON,
    "voice.next_turn": TO_A_PERSON,
    "voice.left_queue": TO_A_PERSON,
    "voice.moved": TO_A_PERSON,
    "voice.return_answered": TO_A_PERSON,
    "voice.next_wait": IN_THE_QUEUE,
    "voice.next_staff_turn": LET_GO,
    "voice.told_why": LET_GO,
    "voice.offer_answered": LET_GO,
    "voice.operator_answered": LET_GO,
    "voice.guest_answered": LET_GO,
    "voice.clinician_calls": LET_GO,
}


@pytest.mark.parametrize("endpoint", sorted(FETCHES))
def test_a_turn_that_fails_is_still_answered(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, endpoint: str
) -> None:
    monkeypatch.setattr(switchboard, "take_turn", failing)
    response = send(client, SIGNED[endpoint])
    assert (response.status_code, response.mimetype) == (200, "text/xml")
    assert top(response) == RESCUES[endpoint]


@pytest.mark.parametrize("endpoint", sorted(FETCHES))
@pytest.mark.parametrize("sid", ["", "C" * 65])
def test_a_fetch_that_cannot_be_read_is_still_answered(
    client: FlaskClient, heard: Heard, endpoint: str, sid: str
) -> None:
    response = send(client, SIGNED[endpoint], {"CallSid": sid, "AccountSid": ACCOUNT})
    assert response.status_code == 200
    assert top(response) == RESCUES[endpoint]
    assert heard.nothing


def test_a_rescue_leads_to_the_operator_and_back_to_us(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(switchboard, "take_turn", failing)
    verbs, _ = parse(send(client, "/voice/incoming").data)
    by_name = {verb.name: verb for verb in verbs}
    assert by_name["Dial"].text == OPERATOR
    action = by_name["Record"].attributes["action"]
    assert action.startswith(f"{ORIGIN}/voice/turn/0/again-")
    assert action.endswith(OVERRIDES)


def test_every_rescue_leads_back_by_a_way_of_its_own(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(switchboard, "take_turn", failing)
    actions = set()
    for _ in range(2):
        verbs, _text = parse(send(client, "/voice/incoming").data)
        actions |= {verb.attributes["action"] for verb in verbs if verb.name == "Record"}
    assert len(actions) == 2, "the second would be given the first one's stored document"


def test_a_rescue_in_the_queue_asks_for_the_same_again(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(switchboard, "take_turn", failing)
    verbs, _ = parse(send(client, "/voice/wait/3/tick").data)
    assert verbs[-1].text == f"{ORIGIN}/voice/wait/3/tick?tries=1{OVERRIDES}"


def test_a_caller_in_the_queue_is_not_kept_there_for_ever(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(switchboard, "take_turn", failing)
    verbs, _ = parse(send(client, "/voice/wait/3/tick?tries=5").data)
    assert [verb.name for verb in verbs] == ["Say", "Say", "Leave"], "what leaves the queue is rescued like any other"


@pytest.mark.parametrize("path", ["/voice/staff/3/keys", "/voice/move/5/gone", "/voice/offer/5"])
def test_a_clinician_is_never_rescued_as_a_patient(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr(switchboard, "take_turn", failing)
    verbs, _ = parse(send(client, path).data)
    assert [verb.name for verb in verbs] == ["Say", "Hangup"]


@pytest.mark.parametrize("endpoint", sorted(NOTICES))
def test_a_notice_that_fails_is_not_taken_for_heard(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, endpoint: str
) -> None:
    monkeypatch.setattr(switchboard, "hear", failing)
    assert send(client, SIGNED[endpoint]).status_code == 500


def test_a_notice_that_cannot_be_read_is_let_go(client: FlaskClient, heard: Heard) -> None:
    assert send(client, "/voice/status", {"AccountSid": ACCOUNT}).status_code == 204
    assert heard.nothing


@pytest.mark.parametrize("endpoint", sorted(STATIC))
def test_fixed_answers_need_no_switchboard(client: FlaskClient, monkeypatch: pytest.MonkeyPatch, endpoint: str) -> None:
    monkeypatch.setattr(switchboard, "take_turn", failing)
    monkeypatch.setattr(switchboard, "hear", failing)
    assert send(client, SIGNED[endpoint]).status_code == 200
