"""A canary patient goes through every flow; nothing of him is found where it does not belong.

His name, number and birth date are looked for in logs, addresses, metrics, Redis (keys, lines, jobs), on the wall board
and in every column of the database that is not sealed.
"""

import logging
import re
from collections.abc import Iterator

import pytest
from sqlalchemy import inspect, text, update

import app
from directory.tables import Patient
from tests.phone import Phone
from tests.scenarios.test_joe_routing import joe_asks_for_therapy
from tests.scenarios.world import ANA, CENTER, JOE, World

pytestmark = pytest.mark.scenario
GIVEN, FAMILY = "Zebulon", "Quagmire"
CANARIES = (GIVEN, FAMILY, JOE.removeprefix("+1"), "555-0142", "03141957", "1957-03-14", "14/03/1957")
PASSWORD = "exercise-day-9"


def renamed(world: World) -> None:
    """Joe gets a name that nobody and nothing else has."""
    seal, patients = world.tools.vault.seal, Patient.__table__  # type: ignore[attr-defined]
    named = {"given_sealed": seal(GIVEN), "family_sealed": seal(FAMILY)}
    with world.tools.database.transaction() as tx:
        assert tx.execute(update(patients).where(patients.c.id == "patient-101").values(named)).rowcount == 1


def talks(world: World) -> None:
    ana, joe = world.phone(ANA), joe_asks_for_therapy(world)
    ana.rings().answers().hears("press 1").presses("1")
    joe.talks_with(ana)
    assert GIVEN in world.heard_on(ANA), "she who takes the call hears who calls"
    ana.hangs_up()
    joe.hangs_up()


def fails_to_prove_himself(world: World) -> None:
    joe = world.phone(JOE).dials(CENTER).hears("English").presses("1").hears("press 1").presses("1")
    joe.hears("birth").presses("03141957").hears("PIN").presses("9999#").hears("match")
    joe.hangs_up()


def is_called_back(world: World) -> None:
    world.nobody_free()
    joe = joe_asks_for_therapy(world)
    world.passes(20)
    joe.presses("2").hears("0, 1, 4, 2").presses("1")
    joe.hears("will call the number")
    joe.hangs_up()
    world.presence("ana", "ready")
    world.phone(ANA).rings(within=120).answers().hears("press 1").presses("1")
    back: Phone = world.phone(JOE).rings(within=60).answers().hears("press 1").presses("1")
    world.passes(5)
    back.hangs_up()


def leaves_a_message(world: World) -> None:
    world.act.set_hours("closed", None, "test")
    joe = world.phone(JOE).dials(CENTER).hears("English").presses("1").hears("press 2").presses("2")
    joe.hears("press 1").presses("1")
    world.passes(6)
    joe.says(f"This is {GIVEN}")
    world.passes(5)
    joe.hangs_up()


def in_redis(world: World) -> Iterator[str]:
    """Every key and every value."""
    client = world._redis
    for key in client.scan_iter(count=1000):
        yield repr(key)
        match client.type(key):
            case b"string":
                yield repr(client.get(key))
            case b"hash":
                yield repr(client.hgetall(key))
            case b"list":
                yield repr(client.lrange(key, 0, -1))
            case b"set":
                yield repr(client.smembers(key))
            case b"zset":
                yield repr(client.zrange(key, 0, -1))


def in_the_database(world: World) -> Iterator[str]:
    """Every row of every table, as it is stored."""
    with world.tools.database.reading() as tx:
        for table in inspect(tx).get_table_names():
            if table not in ("alembic_version", "contents"):
                yield from (f"{table}: {row}" for row in tx.execute(text(f"SELECT * FROM {table}")))


def on_the_wall(world: World) -> str:
    """The supervisor's board and the history, as a browser gets them."""
    browser = app.create_desk(world.tools).test_client()
    page = browser.get("/sign-in").get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    signed_in = browser.post("/sign-in", data={"csrf_token": token[1], "login": "sam", "password": PASSWORD})
    assert signed_in.status_code == 303
    pages = [browser.get(path) for path in ("/board", "/history", "/calls", "/history.csv", "/figures/answered")]
    assert {page.status_code for page in pages} == {200}
    return "\n".join(page.get_data(as_text=True) for page in pages)


def found_in(words: str) -> list[str]:
    return [canary for canary in CANARIES if canary in words]


def test_nothing_of_a_patient_is_where_it_does_not_belong(
    world: World, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    for logger in (None, "werkzeug"):
        caplog.set_level(logging.INFO, logger=logger)
    renamed(world)
    for flow in (talks, fails_to_prove_himself, is_called_back, leaves_a_message):
        flow(world)
        world.passes(40)
    metrics = app.create_web(world.tools).test_client().get("/metrics").get_data(as_text=True)
    said = capsys.readouterr()
    sinks = {
        "logs": said.out + said.err + "\n".join(f"{each.getMessage()} {each.__dict__}" for each in caplog.records),
        "metrics": metrics,
        "redis": "\n".join(in_redis(world)),
        "the database": "\n".join(in_the_database(world)),
        "the board": on_the_wall(world),
    }
    assert len(caplog.records) > 50, "requests are logged, with their addresses"
    assert {name: found for name, words in sinks.items() if (found := found_in(words))} == {}
