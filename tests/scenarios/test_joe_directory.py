"""Joe's call when his clinical data change: a care team that ended, and two therapists on one team."""

import json
from datetime import timedelta
from typing import Any

import pytest

import directory.store
from config.catalogue import read_catalogue
from directory.fhir import Import, Rules
from tests.scenarios.test_joe import joe_asks_for_therapy
from tests.scenarios.world import ANA, LUIS, World

pytestmark = pytest.mark.scenario

THERAPIST = {"coding": [{"system": "http://snomed.info/sct", "code": "36682004"}]}


def member(who: str, start: str) -> dict[str, Any]:
    """A therapist of the team from a day on."""
    return {"role": [THERAPIST], "member": {"reference": f"Practitioner/{who}"}, "period": {"start": start}}


def joes_team(*members: dict[str, Any], **period: str) -> dict[str, Any]:
    """The care team of Joe's operation."""
    return {
        "resourceType": "CareTeam",
        "id": "team-101",
        "status": "active",
        "subject": {"reference": "Patient/patient-101"},
        "period": period,
        "participant": list(members),
    }


def visit(kind: str, identity: str, status: str, who: str, start: str) -> dict[str, Any]:
    """An appointment or encounter of Joe's with somebody."""
    joe, clinician = {"reference": "Patient/patient-101"}, {"reference": f"Practitioner/{who}"}
    if kind == "Appointment":
        people: dict[str, Any] = {"start": start, "participant": [{"actor": joe}, {"actor": clinician}]}
    else:
        people = {"subject": joe, "period": {"start": start}, "participant": [{"individual": clinician}]}
    return {"resourceType": kind, "id": identity, "status": status, **people}


def imported(world: World, *resources: dict[str, Any]) -> None:
    """The clinic's system sends these resources anew."""
    now = world.tools.now()
    found = Import(Rules(read_catalogue(world.settings.clinic_config), now))
    found.read_texts([("changes.ndjson", "\n".join(map(json.dumps, resources)))])
    directory.store.import_into(
        world.tools.database, world.tools.vault, found, now=now, whole=False, many_gone=False, dry=False
    )
    found.spool.close()


def day(world: World, offset: int) -> str:
    """The day so many days from now."""
    return (world.tools.now() + timedelta(days=offset)).date().isoformat()


def own(world: World) -> dict[str, object]:
    """Joe's own therapist, with what was passed over."""
    with world.tools.database.reading() as tx:
        return directory.store.who(tx, "patient-101", "physical_therapy", world.tools.now())


def test_28_when_his_care_team_ended_last_week_any_therapist_of_the_clinic_takes_joe(world: World) -> None:
    ended = joes_team(
        member("ana", day(world, -60)), member("luis", day(world, -60)), start=day(world, -60), end=day(world, -7)
    )
    imported(world, ended, visit("Appointment", "visit-101", "cancelled", "ana", day(world, 2)))
    answer = own(world)
    unit_of_his_stay = 7  # whose people are anybody of the skill
    assert (answer["clinician"], answer["level"], answer["team"]) == (None, unit_of_his_stay, [])
    assert answer["passed_over"] == [
        {"evidence": "CareTeam/team-101", "clinician": who, "why": "ended"} for who in ("ana", "luis")
    ]
    world.only_on_duty("luis")
    joe, luis = joe_asks_for_therapy(world), world.phone(LUIS)
    luis.rings(within=90).answers().hears("press 1").presses("1")
    joe.talks_with(luis)
    assert world.first_offer()["why"]["relation"] not in ("own", "team")


def test_29_of_two_therapists_on_the_team_the_one_seen_last_takes_joe(world: World) -> None:
    """Both joined on one day; the rule's next tie is the latest visit, whoever stands lower in the alphabet."""
    since = day(world, -9)
    team = joes_team(member("ana", since), member("luis", since), start=since)
    visits = [
        visit("Encounter", "seen-ana", "finished", "ana", day(world, -5)),
        visit("Encounter", "seen-luis", "finished", "luis", day(world, -2)),
    ]
    imported(world, team, *visits)
    answer = own(world)
    assert (answer["clinician"], answer["level"], answer["sure"], answer["team"]) == ("luis", 1, "sure", ["ana"])
    joe, luis = joe_asks_for_therapy(world), world.phone(LUIS)
    luis.rings().answers().hears("press 1").presses("1")
    joe.talks_with(luis)
    assert world.first_offer()["why"]["relation"] == "own"
    assert "Joe" not in world.heard_on(ANA)
