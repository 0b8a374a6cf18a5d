"""Liz: the monitor that watches her glucose asks that her doctor calls her. From the signed request to the talk."""

import json
from typing import Any

import pytest

import app
from callbacks.outside import signature
from tests.scenarios.test_joe_directory import day, imported
from tests.scenarios.world import API_SECRET, World

pytestmark = pytest.mark.scenario

LIZ, GRACE = "+13125550141", "+13125550164"
DOCTOR = {"coding": [{"system": "http://snomed.info/sct", "code": "446050000"}]}


def liz_comes_to_the_clinic(world: World) -> None:
    """She is a patient of Grace, her doctor."""
    patient = {
        "resourceType": "Patient",
        "id": "liz",
        "active": True,
        "name": [{"use": "official", "family": "Moreno", "given": ["Liz"]}],
        "birthDate": "1990-05-06",
        "telecom": [{"system": "phone", "value": LIZ, "use": "mobile"}],
        "address": [{"postalCode": "60607"}],
    }
    team = {
        "resourceType": "CareTeam",
        "id": "team-liz",
        "status": "active",
        "subject": {"reference": "Patient/liz"},
        "participant": [
            {"role": [DOCTOR], "member": {"reference": "Practitioner/grace"}, "period": {"start": day(world, -30)}}
        ],
    }
    imported(world, patient, team)


def the_monitor_asks(world: World, key: str) -> Any:
    """The request of docs/api.md, by the trend's own id."""
    asks = {"patient": "liz", "service": "clinic", "clinician": "own", "reason": "glucose-trend"}
    body, timestamp = json.dumps(asks).encode(), str(int(world.tools.now().timestamp()))
    headers = {"X-Client": "monitor", "X-Timestamp": timestamp, "Idempotency-Key": key}
    headers |= {"X-Signature": signature(API_SECRET, timestamp, key, body), "Content-Type": "application/json"}
    return app.create_desk(world.tools).test_client().post("/api/callbacks", data=body, headers=headers)


def test_liz_is_called_by_her_doctor_because_her_monitor_asked(world: World) -> None:
    liz_comes_to_the_clinic(world)
    first, again = the_monitor_asks(world, "observation-77"), the_monitor_asks(world, "observation-77")
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.get_json() == first.get_json()
    grace, liz = world.phone(GRACE), world.phone(LIZ)
    world.settle()
    grace.rings().answers().hears("press 1").never_heard("Liz").presses("1")
    liz.rings().answers().hears("press 1").never_heard("glucose").never_heard("Grace")
    liz.never_heard("returning your call").presses("1")
    liz.talks_with(grace)
    assert world.promises() == ["reached"]
