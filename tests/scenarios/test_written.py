"""Scenario files as whole calls: what is played in memory comes true on the emulator, with webhooks and a database too.

Some of the files in every run; all of them with WHOLE_SCENARIOS=all. A file that names its whole call is proved there.
"""

import os

import pytest

import directory.store
from proving.scenarios import NOBODY, read_scenarios
from tests.resources import ROOT
from tests.scenarios.world import World
from tests.scenarios.written import RECORDS, WholeCall

pytestmark = [pytest.mark.scenario, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]

FOLDER = ROOT / "config" / "scenarios"
SCENARIOS, _ = read_scenarios({path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.yaml")})
ALL = {scenario.file: scenario for scenario in SCENARIOS if not scenario.head.whole_call}
SOME = ("joe-01.yaml", "joe-03.yaml", "joe-18.yaml")
PLAYED = sorted(ALL) if os.environ.get("WHOLE_SCENARIOS") == "all" else SOME


@pytest.mark.parametrize("file", PLAYED)
def test_a_scenario_file_comes_true_as_a_whole_call(world: World, file: str) -> None:
    WholeCall(ALL[file], world).play()


def test_the_people_of_the_scenarios_are_those_of_the_demo(world: World) -> None:
    (joe_01,) = (scenario for scenario in SCENARIOS if scenario.file == "joe-01.yaml")
    people, tools = joe_01.people, world.tools
    with tools.database.reading() as tx:
        for name, record in RECORDS.items():
            patient = people.patients[name]
            born = patient.born.isoformat()
            match = directory.store.check_identity(
                tx, tools.vault, birth_date=born, second=patient.pin, caller=None, now=tools.now()
            )
            assert match.patient == record
            for service, (own, *team) in patient.clinicians.items():
                skill = tools.content.services[service].skill
                found, colleagues = directory.store.care(tx, record, skill, tools.now())
                assert (found.clinician if found else NOBODY, list(colleagues)) == (own, team), (name, service)
        for name, clinician in people.clinicians.items():
            known = directory.store.clinician(tx, name)
            assert known is not None
            assert known.given == clinician.given
            assert clinician.skills.items() <= dict(known.skills).items()
            assert set(known.languages) == set(clinician.speaks)
