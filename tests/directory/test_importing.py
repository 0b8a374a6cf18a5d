"""An import as a whole: atomic, repeatable, told before it is done, and nothing local is lost by it.

Longer than 300 lines because each rule of an import is read beside those it must not break.
"""

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlmodel import SQLModel

from config.catalogue import SHIPPED, read_catalogue
from config.database import Database
from config.vault import Vault
from directory import local_store, store
from directory.demo import import_at, load_demo
from directory.fhir import Import, Rules
from directory.staging_store import PATIENTS, Difference
from tests.directory.conftest import DEMO
from tests.directory.test_fhir import care_team, patient, practitioner, role

NOW = datetime(2026, 11, 23, 16, tzinfo=UTC)
RULES = Rules(read_catalogue(SHIPPED), NOW)
SKILL = "physical_therapy"


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(database_url)
    SQLModel.metadata.create_all(opened.engine)
    yield opened
    opened.close()


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Database]:
    """SQLite alone, for what does not depend on the database."""
    opened = Database(f"sqlite:///{tmp_path}/small.db")
    SQLModel.metadata.create_all(opened.engine)
    yield opened
    opened.close()


def world(**changes: Any) -> list[dict[str, Any]]:
    """Ten patients of Ana and Bea, as resources."""
    people = [practitioner("ana"), practitioner("bea"), role("Practitioner/ana"), role("Practitioner/bea", id="b")]
    for number in range(10):
        people.append(patient(id=f"p{number}"))
        who = {"reference": f"Patient/p{number}"}
        people.append(care_team(f"Practitioner/{'ana' if number % 2 else 'bea'}", id=f"t{number}", subject=who))
    return [changes.get(f"{found['resourceType']}_{found['id']}", found) for found in people]


def bring(database: Database, vault: Vault, *resources: dict[str, Any], **how: bool) -> Difference:
    imported = Import(RULES)
    imported.read_texts([("a.ndjson", "\n".join(map(json.dumps, resources)))])
    options = {"whole": True, "many_gone": False, "dry": False} | how
    return store.import_into(database, vault, imported, now=NOW, **options)


def own(database: Database, patient_id: str) -> object:
    with database.reading() as tx:
        return store.who(tx, patient_id, SKILL, NOW)["clinician"]


def content(database: Database) -> list[object]:
    """All that an import may change, as it stands."""
    tables = ("sites", "clinicians", "clinician_skills", "clinician_roles", "patients", "patient_numbers", "care_books")
    with database.reading() as tx:
        return [sorted(map(repr, tx.execute(text(f"SELECT * FROM {table}")).all())) for table in tables]


def test_importing_twice_changes_nothing(database, vault):
    assert bring(database, vault, *world()).total == 2 + 2 + 10 + 10
    before = content(database)
    assert bring(database, vault, *reversed(world())).lines() == ["nothing would change"]
    assert content(database) == before


def test_a_dry_run_tells_the_difference_and_makes_none(database, vault):
    bring(database, vault, *world())
    before = content(database)
    changed = [*world(Patient_p3=patient(id="p3", active=False))[:-2], patient(id="new")]
    told = bring(database, vault, *changed, dry=True).lines()
    assert told == [
        "changed in care_books: 1 (p9)",
        "changed in patients: 1 (p3)",
        "closed in patients: 1 (p9)",
        "new in patients: 1 (new)",
    ]
    assert content(database) == before


def test_who_vanished_is_closed_and_who_comes_back_is_open_again(database, vault):
    bring(database, vault, *world())
    without_p9 = [found for found in world() if found["id"] not in ("p9", "t9")]
    bring(database, vault, *without_p9)
    with database.reading() as tx:
        active = select(PATIENTS.c.active).where(PATIENTS.c.id == "p9")
        assert tx.execute(active).scalar() is False
    assert own(database, "p9") is None
    bring(database, vault, *world())
    assert own(database, "p9") == "ana"


def test_the_wrong_file_does_not_empty_the_directory(small, vault):
    bring(small, vault, *world())
    before = content(small)
    with pytest.raises(store.ImportRefused, match="would close 9 of 10 patients"):
        bring(small, vault, practitioner("ana"), practitioner("bea"), patient(id="p0"))
    assert content(small) == before
    bring(small, vault, practitioner("ana"), practitioner("bea"), patient(id="p0"), many_gone=True)
    assert own(small, "p1") is None


def test_a_kind_of_which_an_import_has_nothing_is_left_alone(small, vault):
    bring(small, vault, *world())
    assert bring(small, vault, *(found for found in world() if found["resourceType"] == "Patient")).total == 0
    assert own(small, "p1") == "ana"


def test_a_partial_import_knows_the_people_of_an_earlier_one(database, vault):
    bring(database, vault, *world())
    moved = care_team("PractitionerRole/b", id="t1", subject={"reference": "Patient/p1"})
    assert bring(database, vault, moved, whole=False).lines() == ["changed in care_books: 1 (p1)"]
    assert own(database, "p1") == "bea"
    assert own(database, "p3") == "ana"


def test_what_a_resource_no_longer_says_is_forgotten(small, vault):
    bring(small, vault, *world())
    silent = care_team(id="t1", status="inactive", subject={"reference": "Patient/p1"})
    bring(small, vault, *world(CareTeam_t1=silent))
    assert own(small, "p1") is None


def test_local_facts_survive_the_next_import(database, vault):
    bring(database, vault, *world())
    with database.transaction() as tx:
        store.confirm_phone(tx, vault, "ana", "+13125550161")
        local_store.set_level(tx, "ana", SKILL, 5)
        local_store.set_level(tx, "bea", SKILL, 0)
        local_store.set_level(tx, "bea", "nurse", 2)
        local_store.set_languages(tx, "ana", ("es", "pl"))
        local_store.set_pin(tx, vault, "p1", "4821")
    changed = {f"Practitioner_{name}": practitioner(name) | {"name": [{"family": "New"}]} for name in ("ana", "bea")}
    changed |= {"Patient_p1": patient(id="p1", birthDate="1960-01-01")}
    bring(database, vault, *world(**changed))
    with database.reading() as tx:
        people = {found.id: found for found in store.clinicians(tx)}
        assert (people["ana"].family, dict(people["ana"].skills), people["ana"].languages) == (
            "New",
            {SKILL: 5},
            ("es", "pl"),
        )
        assert dict(people["bea"].skills) == {"nurse": 2}
        assert store.clinician_phone(tx, vault, "ana", NOW) == "+13125550161"
        proved = store.check_identity(tx, vault, birth_date="1960-01-01", second="4821", caller=None, now=NOW)
    assert proved.patient == "p1"
    assert own(database, "p0") is None  # the site says that Bea does not do it
    with database.transaction() as tx:
        local_store.set_level(tx, "bea", SKILL, None)
    assert own(database, "p0") == "bea"


def test_an_import_that_another_one_overtook_is_not_written(small, vault, monkeypatch):
    from directory import saving_store

    bring(small, vault, *world())
    begin = saving_store.write

    def overtaken(tx, staged, now):
        tx.execute(text("INSERT INTO directory_imports (at, changed) VALUES ('2026-11-23', 1)"))
        begin(tx, staged, now)

    monkeypatch.setattr(saving_store, "write", overtaken)
    before = content(small)
    with pytest.raises(store.ImportRefused, match="another import"):
        bring(small, vault, *world(Patient_p3=patient(id="p3", active=False)))
    assert content(small) == before


def test_the_demo_loaded_beside_a_directory_closes_nobody(small, vault):
    bring(small, vault, *world())
    with small.transaction() as tx:
        store.save_import(tx, vault, import_at(load_demo(DEMO), NOW), NOW)
    assert own(small, "p1") == "ana"
    assert own(small, "patient-101") == "ana"


# --- the same content in another shape gives the same directory -------------------------------------------------------


def shapes(resources: list[dict[str, Any]], chance: random.Random) -> Iterator[list[tuple[str, str]]]:
    """The resources in files of different shapes, with references written in different ways."""
    shuffled = chance.sample(resources, len(resources))
    yield [("a.ndjson", "\n".join(map(json.dumps, shuffled)))]
    yield [(f"{number}.json", json.dumps(found)) for number, found in enumerate(shuffled)]
    absolute = json.dumps(shuffled).replace('"reference": "', '"reference": "https://fhir.example/r4/')
    yield [
        ("b.json", json.dumps({"resourceType": "Bundle", "entry": [{"resource": one} for one in json.loads(absolute)]}))
    ]
    text_form = json.dumps(shuffled)
    for number, found in enumerate(resources):
        key = f"{found['resourceType']}/{found['id']}"
        text_form = text_form.replace(f'"reference": "{key}"', f'"reference": "urn:uuid:{number:012}"')
    numbers = {(found["resourceType"], found["id"]): number for number, found in enumerate(resources)}
    entries = [
        {"fullUrl": f"urn:uuid:{numbers[one['resourceType'], one['id']]:012}", "resource": one}
        for one in json.loads(text_form)
    ]
    half = len(entries) // 2
    yield [
        (name, json.dumps({"resourceType": "Bundle", "entry": part}))
        for name, part in (("c.json", entries[:half]), ("d.json", entries[half:]))
    ]


@pytest.mark.parametrize("seed", range(3))
def test_order_files_and_reference_style_never_change_the_directory(seed):
    chance = random.Random(seed)
    visits = [
        {
            "resourceType": "Encounter",
            "id": f"e{number}",
            "status": chance.choice(("finished", "in-progress", "planned", "cancelled")),
            "subject": {"reference": f"Patient/p{chance.randrange(10)}"},
            "participant": [{"individual": {"reference": chance.choice(("PractitionerRole/r", "Practitioner/bea"))}}],
            "period": {"start": f"2026-{chance.randrange(1, 12):02}-{chance.randrange(1, 28):02}"},
        }
        for number in range(30)
    ]
    found = []
    for texts in shapes(world() + visits, chance):
        imported = Import(RULES)
        imported.read_texts(texts)
        found.append(sorted(map(repr, imported.records())))
        assert imported.report.problems == []
    assert all(records == found[0] for records in found)


def test_what_is_over_never_changes_an_answer(small, vault):
    over = {"period": {"start": "2019-01-01", "end": "2020-01-01"}}
    gone = [
        care_team("Practitioner/bea", id="old", subject={"reference": "Patient/p1"}, **over),
        role("Practitioner/bea", id="old", **over),
        practitioner("cyd"),
    ]
    bring(small, vault, *world(), *gone)
    assert own(small, "p1") == "ana"


# --- killed anywhere --------------------------------------------------------------------------------------------------

KILLED = """
import sys, json
from datetime import UTC, datetime
from pathlib import Path
from config.catalogue import SHIPPED, read_catalogue
from config.database import Database
from config.vault import Vault
from directory import saving_store, staging_store
from directory.fhir import Import, Rules
url, path, key = sys.argv[1:]
NOW = datetime(2026, 11, 23, 16, tzinfo=UTC)
step = [0]
def told(name, function):
    def call(*given, **named):
        step[0] += 1
        print(step[0], name, flush=True)
        sys.stdin.readline()
        return function(*given, **named)
    return call
for module, names in ((saving_store, ("stage", "write", "_upsert", "_replace", "_write_skills", "_write_facilities")),):
    for name in names:
        setattr(module, name, told(name, getattr(module, name)))
imported = Import(Rules(read_catalogue(SHIPPED), NOW))
imported.read_files([Path(path)])
saving_store.import_into(Database(url), Vault([key]), imported, now=NOW, whole=True, many_gone=True, dry=False)
print("done", flush=True)
"""
STEPS = (1, 2, 4, 6, 9, 11)


def killed_import(database: Database, folder: Path, step: int) -> None:
    """Another process imports, and is killed when it comes to this step."""
    changed = (*world()[:6], practitioner("zoe"), patient(id="q"))
    (folder / "new.ndjson").write_text("\n".join(map(json.dumps, changed)))
    key = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
    url = database.engine.url.render_as_string(hide_password=False)
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, url, str(folder / "new.ndjson"), key],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert process.stdin is not None
    assert process.stdout is not None
    for line in process.stdout:
        assert "done" not in line
        if line.startswith(f"{step} "):
            break
        process.stdin.write("\n")
        process.stdin.flush()
    os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=30)
    assert process.returncode == -signal.SIGKILL


def old_one_stands(database: Database, vault: Vault, folder: Path, step: int) -> None:
    """Whether a killed import leaves everything as it was, and nothing in the way of the next."""
    bring(database, vault, *world())
    before = content(database)
    killed_import(database, folder, step)
    assert content(database) == before
    assert own(database, "p1") == "ana"
    assert bring(database, vault, *world()).total == 0


@pytest.mark.parametrize("step", STEPS)
def test_an_import_killed_at_any_step_leaves_the_old_directory_whole(small, vault, tmp_path, step):
    old_one_stands(small, vault, tmp_path, step)


@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_an_import_killed_as_it_writes_leaves_the_old_directory_whole_on_postgresql(database, vault, tmp_path):
    old_one_stands(database, vault, tmp_path, STEPS[-2])
