"""Promises as FHIR R4: the shape that the standard asks for, the states as agreed, and nothing lost on the way."""

import json
import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from callbacks import fhir_task
from callbacks.ledger import Kept
from callbacks.requests import Attempt, AttemptState, Kind, Request, RequestState
from tests.callbacks.desk import JOE, NOON
from tests.resources import SHARED

PROMISE = Request(
    id="a1" * 16,
    call_id="c1" * 16,
    patient_id="joe",
    slot="therapy",
    service="therapy",
    language="es",
    zones=("America/Chicago", "America/Denver"),
    kind=Kind.WINDOW,
    asked_by="patient",
    texts=True,
    own_id="ana",
    team=("luis", "mia"),
    owned_until=NOON + timedelta(hours=4),
    state=RequestState.BOOKED,
    paused_by=None,
    message_left=False,
    attempts=1,
    version=3,
    place_ms=1_772_560_800_123,
    booked_at=NOON - timedelta(minutes=31),
    due_at=NOON + timedelta(minutes=30),
    promised_from=NOON,
    promise_by=NOON + timedelta(hours=2),
    ended_at=None,
)
TRY = Attempt(
    7, PROMISE.id, 3, 1, AttemptState.MISSED, "CA7", NOON, NOON + timedelta(seconds=2), NOON,
    NOON + timedelta(minutes=1), "no_answer",
)  # fmt: skip
KEPT = Kept(PROMISE, (TRY,))
STATUSES = {"requested", "accepted", "in-progress", "completed", "failed", "cancelled", "on-hold"}
TASK = {
    "resourceType", "id", "identifier", "status", "statusReason", "businessStatus", "intent", "priority", "code", "for",
    "authoredOn", "lastModified", "requester", "owner", "executionPeriod", "restriction", "input", "output",
}  # fmt: skip
COMMUNICATION = {
    "resourceType", "id", "identifier", "partOf", "status", "statusReason", "medium", "subject", "recipient", "sent",
    "received", "note",
}  # fmt: skip
DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?[+-]\d\d:\d\d")
ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")


def ended(state: RequestState, **more: Any) -> Kept:
    return replace(KEPT, promise=replace(PROMISE, state=state, ended_at=NOON + timedelta(minutes=9)), **more)


def told(kept: Kept = KEPT, *, resting: bool = False) -> dict[str, Any]:
    return fhir_task.task(kept, number=JOE, resting=resting)


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("booked", "requested"), ("waiting", "accepted"), ("calling", "in-progress"), ("reached", "completed"),
        ("to_person", "failed"), ("cancelled", "cancelled"),
    ],
)  # fmt: skip
def test_states_are_those_of_the_agreement(state: str, status: str) -> None:
    assert told(replace(KEPT, promise=replace(PROMISE, state=RequestState(state))))["status"] == status


def test_a_promise_that_rests_at_night_is_on_hold_and_one_in_line_is_not() -> None:
    assert told(resting=True)["status"] == "on-hold"
    assert (
        told(replace(KEPT, promise=replace(PROMISE, state=RequestState.WAITING)), resting=True)["status"] == "accepted"
    )


def test_who_gave_up_says_why() -> None:
    assert told(ended(RequestState.TO_PERSON))["statusReason"] == {"text": "no answer"}


@pytest.mark.parametrize("state", list(RequestState))
def test_each_task_and_communication_has_the_shape_of_r4(state: RequestState) -> None:
    kept = (
        ended(state)
        if state in (RequestState.REACHED, RequestState.CANCELLED)
        else replace(KEPT, promise=replace(PROMISE, state=state, patient_id=None, own_id=None, message_left=True))
    )
    task = told(kept)
    assert TASK >= task.keys() >= {"status", "intent", "code", "authoredOn"}
    assert task["status"] in STATUSES
    assert all(len([name for name in one if name.startswith("value")]) == 1 for one in task["input"])
    assert task["restriction"].get("repetitions", 1) >= 1
    for communication in fhir_task.communications(kept):
        assert communication.keys() <= COMMUNICATION
        assert communication["status"] in ("completed", "not-done", "in-progress")
        is_r4(communication)
    is_r4(task)
    assert json.loads(json.dumps(task)) == task


def is_r4(value: Any, name: str = "") -> None:
    """No empty element, ids and references that R4 allows, instants with a zone, integers of 32 bits."""
    assert value not in (None, "", [], {}), name
    match value:
        case dict():
            for key, inner in value.items():
                is_r4(inner, key)
        case list():
            for inner in value:
                is_r4(inner, name)
    if name == "id":
        assert ID.fullmatch(value)
    if name == "reference":
        assert re.fullmatch(r"(Patient|Practitioner|Task)/[A-Za-z0-9\-.]{1,64}", value)
    if name in ("start", "end", "sent", "received", "authoredOn", "lastModified", "valueDateTime"):
        assert DATE_TIME.fullmatch(value), value
    if name == "valueInteger":
        assert abs(value) < 2**31


@pytest.mark.shared
def test_the_standards_own_tasks_have_no_element_that_ours_puts_elsewhere() -> None:
    for path in (SHARED / "data" / "fhir" / "hl7-r4-spec").glob("task-example*.json"):
        example = json.loads(path.read_text("utf-8"))
        for name in TASK & example.keys():
            ours = told(ended(RequestState.TO_PERSON)).get(name)
            assert ours is None or isinstance(ours, type(example[name])), name


@pytest.mark.parametrize("state", [RequestState.BOOKED, RequestState.REACHED, RequestState.TO_PERSON])
def test_what_is_written_can_be_read_back_without_loss(state: RequestState) -> None:
    kept = replace(KEPT, promise=replace(PROMISE, state=state))
    if state is not RequestState.BOOKED:
        talked = replace(TRY, id=8, number=2, sid="CA8", state=AttemptState.REACHED, outcome="reached")
        kept = ended(state, attempts=(TRY, talked), by="luis")
    number, again = read_back(told(kept), fhir_task.communications(kept))
    assert number == JOE
    inside: dict[str, Any] = {"version": 0, "paused_by": None}
    assert replace(again.promise, **inside) == replace(kept.promise, **inside)
    assert again.by == kept.by
    kept_ours: dict[str, Any] = {"offer_id": 0, "deadline": NOON, "intended_at": NOON}
    assert [replace(one, **kept_ours) for one in again.attempts] == [replace(one, **kept_ours) for one in kept.attempts]


def read_back(task: dict[str, Any], communications: list[dict[str, Any]]) -> tuple[str, Kept]:
    """The promise that a Task and its Communications speak of, and the number to ring."""
    given = {one["type"]["coding"][0]["code"]: _value(one) for one in task["input"]}
    out = {one["type"]["coding"][0]["code"]: _value(one) for one in task["output"]}
    state = {status: state for state, status in fhir_task.STATUS.items()}[task["status"]]
    period, moment = task["restriction"]["period"], datetime.fromisoformat
    promise = Request(
        id=task["id"],
        call_id=given["contact"],
        patient_id=task["for"]["reference"].removeprefix("Patient/"),
        slot=given["slot"],
        service=given["service"],
        language=given["language"],
        zones=tuple(given["zones"].split()),
        kind=Kind(given["kind"]),
        asked_by=given["asked-by"],
        texts=given["texts"],
        own_id=task["owner"]["reference"].removeprefix("Practitioner/"),
        team=tuple(given["team"].split()),
        owned_until=moment(given["owned-until"]),
        state=state,
        paused_by=None,
        message_left=out.get("message-left", False),
        attempts=out.get("attempts-counted", 0),
        version=0,
        place_ms=given["place"],
        booked_at=moment(task["authoredOn"]),
        due_at=moment(given["due"]),
        promised_from=moment(period["start"]),
        promise_by=moment(period["end"]),
        ended_at=moment(task["lastModified"]) if "outcome" in out else None,
    )
    calls = [_value(one) for one in task["output"] if one["type"]["coding"][0]["code"] == "call"]
    tries = tuple(_try(one, promise.id, sid) for one, sid in zip(communications, calls, strict=True))
    return given["number"], Kept(promise, tries, out.get("talked-with"))


def _try(told: dict[str, Any], promise: str, sid: str) -> Attempt:
    number, state = re.fullmatch(r"try (\d+): (\w+)", told["note"][0]["text"]).groups()  # type: ignore[union-attr]
    over = told.get("received") or told["note"][0].get("time")
    why = told["statusReason"]["coding"][0]["code"] if "statusReason" in told else "reached"
    return Attempt(
        int(told["identifier"][0]["value"]), promise, 0, int(number), AttemptState(state), sid, NOON,
        datetime.fromisoformat(told["sent"]), NOON, datetime.fromisoformat(over), why,
    )  # fmt: skip


def _value(one: dict[str, Any]) -> Any:
    return next(value for name, value in one.items() if name.startswith("value"))
