"""The demo world with nobody on duty, for measurements in one process: real Redis and database, a carrier of paper."""

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import insert

import app
import seeding
from actions import Actions
from config.columns import new_id
from config.settings import ROOT, load_settings
from directory.store import CLINICIANS, SKILLS
from directory.tables import Clinician, ClinicianSkill
from migrations import upgrade
from tools import Tools

LANGUAGES, SKILL = "en es", "physical_therapy"


class Stopwatch:
    """A carrier that notes when it is asked to ring; nothing else of it is used."""

    def __init__(self) -> None:
        self.asked_at = 0.0

    def ring(self, **_call: Any) -> str:
        """The new leg's sid."""
        self.asked_at = time.perf_counter()
        return f"CA{new_id()}"

    def hang_up(self, _sid: str) -> None:
        """Nobody rings."""


def prepared(url: str, redis_url: str, folder: Path) -> Tools:
    """The demo world on this database, with nobody on duty and an empty Redis."""
    given = {"DATABASE_URL": url, "REDIS_URL": redis_url, "VAR_DIR": str(folder), "CARRIER_CALLS_PER_SECOND": "0"}
    given["CLINIC_CONFIG"] = str(ROOT / "config")
    settings = load_settings(given, root=folder)
    upgrade(settings.database_url.get_secret_value())
    tools = app.build_tools(settings)
    tools.lines.clear()
    seeding.seed(tools)
    for person in seeding.world().ready:
        Actions(tools).set_presence(person, "offline", None, None)
    return replace(tools, carrier=Stopwatch())  # type: ignore[arg-type]


def staffed(tools: Tools, clinicians: int) -> list[str]:
    """So many more therapists with a phone, all away; their ids."""
    people = [f"therapist-{number:03d}" for number in range(clinicians)]
    sealed = tools.vault.seal("+13125550199")
    made = [Clinician(id=each, given=each, family="T", languages=LANGUAGES, phone_sealed=sealed) for each in people]
    skilled = [ClinicianSkill(clinician_id=each, skill=SKILL) for each in people]
    with tools.database.transaction() as tx:
        tx.execute(insert(CLINICIANS), [each.model_dump() for each in made])
        tx.execute(insert(SKILLS), [each.model_dump() for each in skilled])
    for person in people:
        Actions(tools).set_presence(person, "away", None, None)
    return people
