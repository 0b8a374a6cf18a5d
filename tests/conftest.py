"""What all tests share: no other machine is reached, skips are counted by name, servers come as fixtures."""

import gc
import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest
import redis

import migrations
from config import valkey
from config.reading import read_content
from config.settings import ROOT
from tests.resources import (
    DATABASES,
    RESOURCES,
    fresh_database,
    missing,
    postgres_server,
    required,
)

if TYPE_CHECKING:
    from tests.scenarios.orders import Center


SELDOM = 20_000  # objects until the garbage collector looks for cycles: it was a tenth of the run
ASKS_OUT = frozenset({"socket.connect", "socket.sendto", "socket.getaddrinfo"})


class OutboundRefused(RuntimeError):
    """A test tried to reach another machine. No OSError, so that no retry swallows it."""


def refuse_outbound(event: str, arguments: tuple[Any, ...]) -> None:
    """An audit hook: Python calls it before every connection and look-up, whichever library asks."""
    if event not in ASKS_OUT:  # Python tells it of whatever happens, thousands of times a second
        return
    if event == "socket.getaddrinfo":
        host = arguments[0]
    else:
        host = arguments[1][0] if isinstance(arguments[1], tuple) else None
    if not _is_here(host):
        raise OutboundRefused(f"tests reach only this machine; {event} wanted {host}")


def _is_here(host: object) -> bool:
    """Whether a host is this machine. A path (a Unix socket) and no host at all are."""
    if isinstance(host, bytes):
        host = host.decode(errors="replace")
    if not isinstance(host, str) or host in ("", "localhost"):
        return True
    try:
        return ip_address(host.partition("%")[0]).is_loopback or ip_address(host).is_unspecified
    except ValueError:
        return False


def pytest_configure(config: pytest.Config) -> None:
    """Guard the network for the whole run: an audit hook cannot be removed, so it is added once."""
    if not getattr(sys, "_outbound_refused", False):
        sys.addaudithook(refuse_outbound)
        sys._outbound_refused = True  # type: ignore[attr-defined]
    gc.set_threshold(SELDOM)
    unknown = required() - set(RESOURCES)
    if unknown:
        raise pytest.UsageError(f"REQUIRE names {', '.join(sorted(unknown))}; accepted: {', '.join(RESOURCES)}")


LONGEST = (  # few tests of a minute each, or very many: begun last, one worker would play them while the others rest
    "chaos/test_kill_campaign.py",
    "contract/test_foreign_carrier.py",
    "desk/test_browser.py",
    "scenarios/test_joe.py",
    "scenarios/test_joe_callbacks.py",
    "proving/test_safety.py",
    "callbacks/test_lives.py",
    "scenarios/test_callback_order.py",
    "scenarios/test_patient_first.py",
    "scenarios/test_care_team.py",
    "scenarios/test_joe_routing.py",
    "scenarios/test_dialin.py",
    "scenarios/test_joe_identity.py",
    "emulator/test_phone_page.py",
    "scenarios/test_messages.py",
    "chaos/test_promises.py",
    "desk/test_access.py",
    "ivr/test_no_dead_air.py",
    "test_run.py",
    "test_starting.py",
)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first, the others as they are found."""
    places = {Path(__file__).parent / name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path, len(places)))


def pytest_collection_finish() -> None:
    """What is loaded by now stays to the end: the garbage collector need not look at it again and again."""
    gc.collect()
    gc.freeze()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test whose resource is missing, or fail it where that resource is required."""
    for resource in RESOURCES:
        reason = missing(resource) if item.get_closest_marker(resource) else None
        if reason:
            without(resource, reason)


def without(resource: str, reason: str) -> NoReturn:
    """End this test because `resource` is missing: skipped and counted, or failed where it is required."""
    if resource in required():
        pytest.fail(f"needs {resource}, which REQUIRE demands here: {reason}", pytrace=False)
    pytest.skip(f"needs {resource}: {reason}")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name what did not run here, so that nobody takes a skip for a pass."""
    skipped: dict[str, list[str]] = {}
    for report in terminalreporter.stats.get("skipped", []):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        skipped.setdefault(reason.removeprefix("Skipped: "), []).append(report.nodeid)
    terminalreporter.section(f"skipped: {sum(map(len, skipped.values()))}")
    for reason, tests in sorted(skipped.items()):
        terminalreporter.write_line(f"{len(tests)} - {reason}")
        for test in sorted(tests):
            terminalreporter.write_line(f"    {test}")


@pytest.fixture(scope="session")
def _valkey_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One bundled server for each worker of the test run."""
    with valkey.running(tmp_path_factory.mktemp("v")) as server:
        yield server.url


@pytest.fixture
def valkey_url(_valkey_server: str) -> str:
    """An empty Redis."""
    with redis.Redis.from_url(_valkey_server) as client:
        client.flushall()
    return _valkey_server


@pytest.fixture(scope="session")
def _postgres_server() -> Iterator[str]:
    """One PostgreSQL server for each worker of the test run."""
    with ExitStack() as stack:
        try:
            url = stack.enter_context(postgres_server())
        except Exception as error:
            without("postgres", f"the server did not start ({type(error).__name__}: {error})")
        yield url


@pytest.fixture
def postgres_url(_postgres_server: str) -> Iterator[str]:
    """A new empty PostgreSQL database, as SQLAlchemy's URL. Mark the test with `postgres`."""
    with fresh_database(_postgres_server) as url:
        yield url


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A new empty database, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/test.db"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture(scope="session")
def _migrated_postgres(_postgres_server: str) -> Iterator[str]:
    """A PostgreSQL database with the present schema, for each worker of the test run."""
    with fresh_database(_postgres_server) as url:
        migrations.upgrade(url)
        yield url


@pytest.fixture(scope="session")
def _demo_rows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a database with the demo world in it, for each worker of the test run."""
    from tests.scenarios.orders import prepared

    folder = tmp_path_factory.mktemp("demo-rows")
    prepared(folder, read_content(ROOT / "config"))
    return folder


@pytest.fixture
def center(_demo_rows: Path, tmp_path: Path) -> "Iterator[Center]":
    """A switchboard over a copy of the demo world's rows, with the shipped content."""
    from tests.scenarios.orders import Center

    for file in _demo_rows.glob("orders.db*"):
        shutil.copy(file, tmp_path)
    made = Center(tmp_path, read_content(ROOT / "config"))
    yield made
    made.database.close()
