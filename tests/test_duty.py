"""Ready, as a person presses it: until he says, else until his hours end; and what is told and promised of it."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

import appointments
import dialin
import duty
import facts
from config.columns import metadata
from config.content import Hours, Span
from config.database import Database
from directory.availability import Schedule, packed_schedule, span
from directory.staging_store import CLINICIANS, ROLES, SITES, UNITS
from ivr.knowledge import ReadyFacts
from routing import store
from routing.presence import Presence, State

MONDAY = datetime(2026, 11, 23, 16, tzinfo=UTC)  # ten in Chicago
FOUR = MONDAY + timedelta(hours=6)
ALL_DAY = Hours(zone="America/Chicago", weekly=(Span(days=("mon",), opens="08:00", closes="20:00"),))


def hours(opens: str, closes: str, *absent: tuple[datetime | None, datetime | None]) -> str:
    row = span(("mon",), opens, closes)
    assert row is not None
    return packed_schedule(Schedule(Hours(zone="America/Chicago", weekly=(row,)), absent))


@pytest.fixture
def database(database_url: str) -> Any:
    made = Database(database_url)
    metadata.create_all(made.engine)
    with made.transaction() as tx:
        tx.execute(CLINICIANS.insert().values(id="ana", given="Ana", family="Ruiz", languages="en", qualified=""))
    yield made
    made.close()


def has_role(database: Database, identity: str, **columns: Any) -> None:
    usual = {"clinician_id": "ana", "unit_id": "", "site_id": "", "skills": "pt", "bars": "", "services": ""}
    with database.transaction() as tx:
        tx.execute(ROLES.insert().values({**usual, "id": identity, "schedule": "", "active": True, **columns}))


def presses(database: Database, state: State = State.READY, now: datetime = MONDAY, **named: Any) -> Presence:
    with database.transaction() as tx:
        duty.choose(tx, "ana", state, **{"reason": None, "until": None, "now": now, **named})
        found = store.presence_of(tx, "ana")
    assert found is not None
    return found


def test_ready_without_an_end_ends_with_the_hours_of_the_directory(database: Database) -> None:
    has_role(database, "r1", schedule=hours("08:00", "16:00"))
    has_role(database, "r2")
    has_role(database, "r3", schedule=hours("08:00", "23:00"), active=False)
    ready = presses(database)
    assert (ready.free_until, ready.reason) == (FOUR, "hours_end")
    assert presses(database, now=FOUR).free_until is None, "outside her hours she has said so herself"
    named = presses(database, until=MONDAY + timedelta(minutes=10))
    assert (named.free_until, named.reason) == (MONDAY + timedelta(minutes=10), None)


def test_the_hours_of_the_service_the_place_and_an_absence_count_and_the_centers_do_not(database: Database) -> None:
    has_role(database, "r1")
    assert presses(database).free_until is None
    with database.transaction() as tx:
        place = {"id": "west", "name": "West", "zone": "America/Chicago", "schedule": hours("09:00", "15:00")}
        tx.execute(SITES.insert().values(**place, active=True))
        unit = {"id": "clinic", "name": "Clinic", "skills": "pt", "schedule": hours("08:00", "16:00")}
        tx.execute(UNITS.insert().values(**unit, active=True))
    has_role(database, "r2", services="clinic")
    assert presses(database).free_until == FOUR
    with database.transaction() as tx:
        tx.execute(ROLES.update().where(ROLES.c.id == "r2").values(site_id="west"))
    assert presses(database).free_until == FOUR - timedelta(hours=1)
    leaves = (MONDAY + timedelta(hours=2), None)
    with database.transaction() as tx:
        tx.execute(ROLES.update().where(ROLES.c.id == "r2").values(schedule=hours("08:00", "16:00", leaves)))
    assert presses(database).free_until == leaves[0]


def test_only_who_presses_ready_without_an_end_is_looked_up(database: Database) -> None:
    has_role(database, "r1", schedule=hours("08:00", "16:00"))
    asked: list[str] = []
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("directory.store.shift_ends", lambda _tx, clinician, _now: asked.append(clinician))
        presses(database, State.AWAY)
        presses(database, until=FOUR)
        assert asked == []
        presses(database)
        assert asked == ["ana"]


def looks(database: Database) -> ReadyFacts | None:
    tools = SimpleNamespace(content=SimpleNamespace(home=ALL_DAY, services={}), vault=None)
    with database.reading() as tx, pytest.MonkeyPatch.context() as patched:
        patched.setattr("directory.store.clinician_phone", lambda *_: None)
        found = dialin.duty_facts(tx, tools, "ana", MONDAY, if_ready=True)  # type: ignore[arg-type]
    return found.if_ready if found else None


def test_by_phone_he_hears_until_when_he_will_be_ready(database: Database) -> None:
    assert looks(database) == ReadyFacts(None, by_hours=False)
    has_role(database, "r1", schedule=hours("08:00", "16:00"))
    assert looks(database) == ReadyFacts(FOUR, by_hours=True)


def test_who_is_free_later_is_not_at_work_before_and_is_promised_for_then(database: Database) -> None:
    begins, ends = MONDAY + timedelta(minutes=40), MONDAY + timedelta(minutes=80)
    presses(database, begins=begins, until=ends)
    with database.reading() as tx:
        own = facts.own_clinician(tx, "ana", sure=True, now=MONDAY)
        assert own is not None and not own.at_work and own.free_at is None
        assert appointments.free_at(tx, "ana", MONDAY) == begins


def test_beyond_the_time_for_which_she_takes_calls_her_hours_decide_what_is_promised(database: Database) -> None:
    has_role(database, "r1", schedule=hours("12:00", "16:00"))
    presses(database, until=MONDAY + timedelta(minutes=10))
    tools: Any = SimpleNamespace(now=lambda: MONDAY)
    with database.reading() as tx:
        works = appointments._works(tx, tools, "ana", ALL_DAY)
        assert works(MONDAY + timedelta(minutes=9))
        assert not works(MONDAY + timedelta(minutes=10))
        assert works(MONDAY + timedelta(hours=3))
