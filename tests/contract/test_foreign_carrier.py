"""The product as a clinic runs it, on a carrier that is not our emulator: the same call, and nothing is missed."""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy

from config.settings import ROOT, variables
from tests.contract.foreign_carrier import ForeignCarrier
from tests.contract.foreign_legs import Person
from tests.phone import real_pause
from tests.ports import free_port

pytestmark = pytest.mark.timeout(300)  # three commands and four processes, each begun in earnest

ACCOUNT, TOKEN, CENTER = "AC" + "7" * 32, "foreign-token-000001", "+13125550100"
JOE, ANA = "+13125550142", "+13125550161"
COMES_WITHIN = 60.0  # real seconds, on a busy machine


@pytest.fixture
def carrier() -> Iterator[ForeignCarrier]:
    with ForeignCarrier(ACCOUNT, TOKEN, CENTER).running() as carrier:
        yield carrier


@pytest.fixture
def environ(carrier: ForeignCarrier, tmp_path: Path) -> dict[str, str]:
    """What the owner of a clinic sets, and nothing else of ours."""
    ports = [str(free_port()) for _ in range(3)]
    clean = {name: value for name, value in os.environ.items() if name not in variables()}
    return {
        **clean,
        **dict(zip(("PORT", "DESK_PORT", "EMULATOR_PORT"), ports, strict=True)),
        "TWILIO_API_BASE_URL": carrier.base,
        "TWILIO_ACCOUNT_SID": ACCOUNT,
        "TWILIO_AUTH_TOKEN": TOKEN,
        "VAR_DIR": str(tmp_path),
        "DATABASE_URL": f"sqlite:///{tmp_path}/center.db",
        "WRAP_UP_SECONDS": "1",
    }


def run(command: str, environ: Mapping[str, str]) -> None:
    """One command of the operator."""
    subprocess.run([sys.executable, "-m", "cli", command], cwd=ROOT, env=environ, check=True, timeout=COMES_WITHIN)


@contextmanager
def serving(environ: Mapping[str, str], output: Path) -> Iterator[None]:
    """All processes of the product; none is left behind."""
    argv = [sys.executable, "-m", "cli", "serve"]
    with output.open("wb") as file:
        served = subprocess.Popen(argv, cwd=ROOT, env=environ, stdout=file, stderr=file, start_new_session=True)
    try:
        comes(lambda: _answers(f"http://127.0.0.1:{environ['PORT']}/healthz"), "the product serves")
        yield
    finally:
        served.terminate()
        try:
            served.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(served.pid, signal.SIGKILL)
            served.wait()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def comes(what: Callable[[], bool], name: str, otherwise: Callable[[], object] = lambda: "") -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + COMES_WITHIN
    while not what():
        assert time.monotonic() < deadline, f"it never came: {name}; {otherwise()}"
        real_pause()


def test_joes_call_is_the_same_on_a_carrier_that_is_not_ours(
    carrier: ForeignCarrier, environ: dict[str, str], tmp_path: Path
) -> None:
    entries = [("For English", "1"), ("press 1", "1"), ("birth", "03141957"), ("PIN", "4821#")]
    carrier.people = {JOE: Person(entries, talks_seconds=3), ANA: Person([("press 1", "1")])}
    for command in ("migrate", "seed", "number"):
        run(command, environ)
    database = sqlalchemy.create_engine(environ["DATABASE_URL"])

    def told(question: str) -> list[str]:
        with database.connect() as tx:
            return [str(value) for value in tx.execute(sqlalchemy.text(question)).scalars()]

    def presence() -> list[str]:
        return told("SELECT state FROM presences WHERE clinician_id = 'ana'")

    def heard() -> object:
        legs = [(leg.number, leg.status, leg.heard) for leg in carrier.legs.values()]
        return legs, carrier.refused, (tmp_path / "output").read_text()[-3000:]

    with serving(environ, tmp_path / "output"):
        joe = carrier.dials(JOE)
        comes(lambda: frozenset({JOE, ANA}) in carrier.met, "both in one conference at once", heard)
        assert presence() == ["talking"]
        comes(lambda: joe.is_over, "the end of Joe's call", heard)
        comes(lambda: told("SELECT outcome FROM calls WHERE ended_at IS NOT NULL") == ["person"], "its record", heard)
        comes(lambda: presence() == ["ready"], "Ana ready again", heard)
        comes(lambda: all(leg.is_over for leg in carrier.legs.values()), "the end of every leg", heard)
    assert told("SELECT state FROM offers") == ["finished"]
    assert carrier.refused == []
    assert "Joe S" in " ".join(text for leg in carrier.legs.values() if leg.number == ANA for text in leg.heard)
    database.dispose()
