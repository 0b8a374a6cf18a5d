"""Promises as FHIR R4: one Task a promise, one Communication a try. Pure; who reads it back loses nothing.

What FHIR has a place for stands there; the rest are inputs and outputs with codes of our own (`CODES`). The record of
how a promise is worked on inside (its version, its fence) stays ours.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from callbacks.ledger import Kept
from callbacks.policy import MAX_ATTEMPTS
from callbacks.requests import Attempt, AttemptState, Request, RequestState

SYSTEM = "urn:access-center"
PROMISES, ATTEMPTS, CODES = f"{SYSTEM}:promise", f"{SYSTEM}:attempt", f"{SYSTEM}:code"
MODE = "http://terminology.hl7.org/CodeSystem/v3-ParticipationMode"

STATUS = {
    RequestState.BOOKED: "requested",
    RequestState.WAITING: "accepted",
    RequestState.CALLING: "in-progress",
    RequestState.REACHED: "completed",
    RequestState.TO_PERSON: "failed",
    RequestState.CANCELLED: "cancelled",
}
BUSINESS = {
    RequestState.BOOKED: "queued",
    RequestState.WAITING: "queued",
    RequestState.CALLING: "dialing",
    RequestState.REACHED: "reached",
}
SPOKEN = {AttemptState.REACHED: "completed", AttemptState.MISSED: "not-done", AttemptState.NOT_PLACED: "not-done"}


def task(kept: Kept, *, number: str, resting: bool) -> dict[str, Any]:
    """The Task of a promise. `number` is the one to ring (E.164); `resting`: it is night where the patient is."""
    promise = kept.promise
    ended = promise.ended_at is not None
    on_hold = resting and promise.state is RequestState.BOOKED
    last = kept.attempts[-1] if kept.attempts else None
    left = MAX_ATTEMPTS - promise.attempts
    return _without_nothing(
        {
            "resourceType": "Task",
            "id": promise.id,
            "identifier": [{"system": PROMISES, "value": promise.id}],
            "status": "on-hold" if on_hold else STATUS[promise.state],
            "statusReason": _text(last.outcome) if last and promise.state is RequestState.TO_PERSON else None,
            "businessStatus": _coded(_business(promise)) if _business(promise) else None,
            "intent": "order",
            "priority": "routine",
            "code": _coded("callback"),
            "for": _reference("Patient", promise.patient_id),
            "authoredOn": promise.booked_at.isoformat(),
            "lastModified": (promise.ended_at or _last_change(kept)).isoformat(),
            "requester": _reference("Patient", promise.patient_id) if promise.asked_by == "patient" else None,
            "owner": _reference("Practitioner", promise.own_id) or {"display": promise.service},
            "executionPeriod": _period(kept.attempts[0].intended_at, promise.ended_at) if kept.attempts else None,
            "restriction": _without_nothing(
                {
                    "repetitions": left if left > 0 and not ended else None,
                    "period": _period(promise.promised_from, promise.promise_by),
                }
            ),
            "input": _inputs(promise, number),
            "output": _outputs(kept),
        }
    )


def _business(promise: Request) -> str:
    """Where it stands, in the words of callback work; "" when there is nothing to add to the status."""
    left = promise.message_left and promise.state is RequestState.BOOKED
    return "left-message" if left else BUSINESS.get(promise.state, "")


def communications(kept: Kept) -> list[dict[str, Any]]:
    """One Communication for each try, in order."""
    return [_communication(kept.promise, attempt) for attempt in kept.attempts]


def _communication(promise: Request, attempt: Attempt) -> dict[str, Any]:
    status = SPOKEN.get(attempt.state, "in-progress")
    return _without_nothing(
        {
            "resourceType": "Communication",
            "id": f"attempt-{attempt.id}",
            "identifier": [{"system": ATTEMPTS, "value": str(attempt.id)}],
            "partOf": [{"reference": f"Task/{promise.id}"}],
            "status": status,
            "statusReason": _coded(attempt.outcome or attempt.state.value) if status == "not-done" else None,
            "medium": [{"coding": [{"system": MODE, "code": "PHONE"}]}],
            "subject": _reference("Patient", promise.patient_id),
            "recipient": [patient] if (patient := _reference("Patient", promise.patient_id)) else None,
            "sent": attempt.asked_at.isoformat() if attempt.asked_at else None,
            "received": attempt.ended_at.isoformat() if status == "completed" and attempt.ended_at else None,
            "note": [_note(attempt)],
        }
    )


def _note(attempt: Attempt) -> dict[str, str]:
    """Which try it was, how it stands, and since when: FHIR knows no end of a call that reached nobody."""
    ended = {"time": attempt.ended_at.isoformat()} if attempt.ended_at else {}
    return {"text": f"try {attempt.number}: {attempt.state.value}", **ended}


def _inputs(promise: Request, number: str) -> list[dict[str, Any]]:
    given: dict[str, Any] = {
        "number": number,
        "language": promise.language,
        "service": promise.service,
        "kind": promise.kind.value,
        "asked-by": promise.asked_by,
        "texts": promise.texts,
        "team": " ".join(promise.team),
        "zones": " ".join(promise.zones),
        "owned-until": promise.owned_until,
        "place": promise.place_ms,
        "due": promise.due_at,
        "contact": promise.call_id,
        "slot": promise.slot,
    }
    return [{"type": _coded(name), **_value(value)} for name, value in given.items() if value not in (None, "")]


def _outputs(kept: Kept) -> list[dict[str, Any]]:
    calls = [attempt.sid for attempt in kept.attempts if attempt.sid]
    given: dict[str, Any] = {
        "outcome": kept.promise.state.value if kept.promise.ended_at else None,
        "talked-with": kept.by,
        "attempts-counted": kept.promise.attempts or None,
        "message-left": kept.promise.message_left or None,
    }
    told = [{"type": _coded(name), **_value(value)} for name, value in given.items() if value is not None]
    return told + [{"type": _coded("call"), "valueString": sid} for sid in calls]


def _value(value: object) -> dict[str, Any]:
    match value:
        case bool():
            return {"valueBoolean": value}
        case datetime():
            return {"valueDateTime": value.isoformat()}
        case int() if abs(value) > 2**31 - 1:  # FHIR's integers have 32 bits; a place in milliseconds has more
            return {"valueDecimal": value}
        case int():
            return {"valueInteger": value}
        case _:
            return {"valueString": str(value)}


def _last_change(kept: Kept) -> datetime:
    return max([kept.promise.booked_at, *(attempt.ended_at or attempt.intended_at for attempt in kept.attempts)])


def _period(start: datetime, end: datetime | None) -> dict[str, str]:
    return {"start": start.isoformat(), **({"end": end.isoformat()} if end else {})}


def _reference(kind: str, key: str | None) -> dict[str, str] | None:
    return {"reference": f"{kind}/{key}"} if key else None


def _coded(code: str) -> dict[str, Any]:
    return {"coding": [{"system": CODES, "code": code}], "text": code.replace("-", " ").replace("_", " ")}


def _text(text: str | None) -> dict[str, str] | None:
    return {"text": text.replace("_", " ")} if text else None


def _without_nothing(resource: Mapping[str, Any]) -> dict[str, Any]:
    """No empty elements: FHIR has none."""
    return {name: value for name, value in resource.items() if value not in (None, [], {}, "")}
