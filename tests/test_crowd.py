"""How a service stands against its limits is read from the rows of callers and clinicians, for one call."""

from types import SimpleNamespace
from typing import Any

import pytest

import calls.store
import facts
import routing.store
from config.columns import metadata
from config.database import Database
from ivr.knowledge import CrowdFacts, LookAtCrowd
from routing.needs import Need
from routing.store import CLINICIANS, SKILLS
from tests.ivr.test_limits import limited
from tests.routing.world import Center, after

THERAPY = LookAtCrowd("therapy", "en")


@pytest.fixture
def tools(database_url: str) -> Any:
    made = Database(database_url)
    metadata.create_all(made.engine)
    yield SimpleNamespace(database=made, content=limited("callback", "waiting"))
    made.close()


def looks(tools: Any, call: str, question: LookAtCrowd = THERAPY) -> CrowdFacts | None:
    with tools.database.reading() as tx:
        return facts.crowd_facts(tx, tools, question, call, after(60))


def calls_for(tools: Any, call: str, service: str, seconds: int, **named: Any) -> None:
    with tools.database.transaction() as tx:
        calls.store.open_call(
            tx, call_id=call, dialled="", caller_hash=None, caller_sealed=None, language="en", now=after(seconds)
        )
        calls.store.note_call(tx, call, service=service)
    Center(tools.database).joins(call, need=Need("physical_therapy"), at=after(seconds), **named)


def test_those_before_him_in_his_service_are_counted_and_nobody_else(tools):
    for call, service, seconds in (("a", "therapy", 0), ("b", "therapy", 10), ("n", "nurse", 5), ("c", "therapy", 20)):
        calls_for(tools, call, service, seconds)
    calls_for(tools, "promise", "therapy", 1, kind="callback", sid=None, callback_id="r-1")
    Center(tools.database).do(routing.store.leave, call_id="b", why="hung_up", now=after(30))
    assert looks(tools, "new") == CrowdFacts(2, 60, 0, 0, 0), "who comes stands behind everybody"
    assert looks(tools, "c") == CrowdFacts(1, 60, 0, 0, 0)
    assert looks(tools, "a") == CrowdFacts(0, 0, 0, 0, 0)


def test_who_is_logged_in_who_is_at_work_and_who_is_ready(tools):
    with tools.database.transaction() as tx:
        for person in ("ana", "ben", "cleo", "dan", "eve"):
            row = {"id": person, "given": person, "family": "X", "languages": "en", "qualified": ""}
            tx.execute(CLINICIANS.insert().values(**row, phone_sealed="sealed"))
            skill = "nurse" if person == "eve" else "physical_therapy"
            tx.execute(SKILLS.insert().values(clinician_id=person, skill=skill, level=2))
    center = Center(tools.database)
    for person, state in (
        ("ana", "ready"),
        ("ben", "away"),
        ("cleo", "in_visit"),
        ("dan", "offline"),
        ("eve", "ready"),
    ):
        center.sets(person, state)
    assert looks(tools, "new") == CrowdFacts(0, 0, logged_in=3, on_duty=2, ready=1)


def test_a_service_without_limits_is_not_looked_at(tools):
    assert looks(tools, "new", LookAtCrowd("nurse", "en")) is None
    assert looks(tools, "new", LookAtCrowd("gone", "en")) is None
