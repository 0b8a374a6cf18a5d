"""The house rules of the design, read from the imports: floors, pure files, and one home for each outside library.

A failure says which line breaks which rule, and where such an import belongs.

Longer than 300 lines because every home of a library and every exception stands here with its reason.
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache

import pytest

from tests.resources import ROOT

# From the ground up. A room imports its own floor and those below it, never one above.
FLOORS: tuple[frozenset[str], ...] = tuple(
    frozenset(rooms.split())
    for rooms in (
        "directory calls config",
        "routing",
        "callbacks",
        "ivr",
        "proving",
        "telephony",
        "migrations",
        "tools refused",
        "appointments duty",
        "ringing_out",
        "dialin",
        "facts editions",
        "legs alarms workload",
        "promising booking",
        "deeds",
        "notices estimating messages rooms texting watching",
        "errands",
        "carrying",
        "switchboard actions answering gatherings noting owing overseeing administering settling",
        "calling_out",
        "webhooks jobs clock desk health",
        "app",
        "publishing rehearsing seeding smoke telling forecasting importing accounts previewing",
        "demo",
        "cli",
    )
)
FLOOR = {room: height for height, rooms in enumerate(FLOORS) for room in rooms}
APART = "emulator"

PURE_ROOMS = ("ivr", "proving", "routing", "directory", "callbacks", "calls")
READERS = ("directory/fhir.py", "directory/importer.py", "directory/demo.py")
IMPURE_FILES = ("*/store.py", "*/*_store.py", "*/tables.py", *READERS)
OUTSIDE = frozenset(
    [
        *("flask", "werkzeug", "flask_login", "flask_wtf", "twilio", "requests", "redis", "rq", "structlog", "logging"),
        *("sqlmodel", "sqlalchemy", "alembic", "psycopg", "os", "time", "random", "secrets", "uuid"),
        *("socket", "subprocess", "threading"),
    ]
)
STORES = ("store", "tables", "fhir", "importer")


@dataclass(frozen=True)
class Home:
    """Where a library lives, and the sentence that sends others there."""

    libraries: tuple[str, ...]
    files: tuple[str, ...]
    advice: str


HOMES = (
    Home(
        ("flask", "flask_login", "flask_wtf", "werkzeug", "wtforms"),
        ("app.py", "webhooks.py", "desk/*"),
        "requests belong in webhooks.py (the carrier) or desk/ (people)",
    ),
    Home(("twilio", "requests"), ("telephony/*",), "the carrier is known only in telephony/; use its Carrier protocol"),
    Home(("redis",), ("app.py", "*/store.py"), "Redis belongs in routing/lines.py, or in a small adapter named here"),
    Home(("rq",), ("app.py", "cli.py", "jobs.py"), "jobs are queued through Tools.nudge, which app.py wires"),
    Home(
        ("sqlmodel", "sqlalchemy", "alembic", "psycopg"),
        ("*/tables.py", "*/store.py", "*/*_store.py", "migrations/*", "app.py"),
        "rows belong in tables.py, questions to the database in store.py",
    ),
    Home(("phonenumbers",), ("directory/numbers.py",), "numbers are read and judged by directory/numbers.py"),
    Home(("pyotp",), ("directory/second_factor.py",), "codes are judged by directory/second_factor.py"),
    Home(("segno",), ("desk/account.py",), "pictures of keys are drawn in desk/account.py"),
    Home(("random",), ("app.py",), "chance is injected; config/columns.py makes ids"),
)
# A file that needs a library outside its home, and why. One that no longer needs it must leave this table.
NAMED: Mapping[tuple[str, str], str] = {
    ("flask", "health.py"): "a door for load balancers and monitoring",
    ("redis", "config/valkey.py"): "asks the server it starts whether it answers",
    ("redis", "config/scripts.py"): "scripts of every match, called in one round trip",
    ("redis", "routing/lines.py"): "the lines and the duty board live there",
    ("redis", "clock.py"): "goes on when Redis is away",
    ("redis", "errands.py"): "goes on when Redis is away",
    ("redis", "health.py"): "says whether Redis is away",
    ("redis", "desk/limits.py"): "counts sign-ins, and goes on when Redis is away",
    ("redis", "telephony/pace.py"): "one pace for all workers",
    ("redis", "desk/stream.py"): "hears that something changed, and goes on when Redis is away",
    ("sqlalchemy", "config/columns.py"): "the column types that all tables share",
    ("sqlmodel", "config/columns.py"): "the column types that all tables share",
    ("sqlalchemy", "config/database.py"): "transactions that mean the same on both databases",
    ("sqlalchemy", "config/statements.py"): "statements of every turn, compiled once",
    ("sqlalchemy", "routing/rows.py"): "the part of the store that locks and compares",
    ("sqlalchemy", "routing/changes.py"): "the part of the store that changes three rows together",
    ("sqlalchemy", "appointments.py"): "hands the turn's transaction to stores",
    ("sqlalchemy", "dialin.py"): "hands the turn's transaction to stores",
    ("sqlalchemy", "duty.py"): "hands the transaction of a turn or an action to stores",
    ("sqlalchemy", "booking.py"): "hands a request's transaction to stores",
    ("sqlalchemy", "promising.py"): "hands the turn's transaction to stores",
    ("sqlalchemy", "texting.py"): "hands a text's transaction to stores",
    ("sqlalchemy", "facts.py"): "hands the turn's transaction to stores",
    ("sqlalchemy", "importing.py"): "hands a sheet's transaction to stores",
    ("sqlalchemy", "estimating.py"): "hands a reading transaction to stores",
    ("sqlalchemy", "errands.py"): "hands an entry's transaction to stores",
    ("sqlalchemy", "telling.py"): "hands a reading transaction to stores",
    ("sqlalchemy", "editions.py"): "hands the turn's transaction to stores",
    ("sqlalchemy", "legs.py"): "hands the turn's transaction to stores",
    ("sqlalchemy", "alarms.py"): "hands the turn's transaction to stores",
    ("sqlalchemy", "deeds.py"): "hands the turn's transaction to stores",
    ("sqlalchemy", "notices.py"): "hands a notice's transaction to stores",
    ("sqlalchemy", "actions.py"): "hands an action's transaction to stores",
    ("sqlalchemy", "answering.py"): "hands an action's transaction to stores",
    ("sqlalchemy", "calling_out.py"): "hands an action's transaction to stores",
    ("sqlalchemy", "ringing_out.py"): "hands the turn's transaction to stores",
    ("sqlalchemy", "gatherings.py"): "hands an action's transaction to stores",
    ("sqlalchemy", "noting.py"): "hands an action's transaction to stores",
    ("sqlalchemy", "owing.py"): "hands an action's transaction to stores",
    ("sqlalchemy", "carrying.py"): "hands an action's transaction to stores",
    ("sqlalchemy", "overseeing.py"): "hands an action's transaction to stores",
    ("sqlalchemy", "administering.py"): "hands an action's transaction to stores",
    ("sqlalchemy", "rooms.py"): "hands an errand's transaction to stores",
    ("sqlalchemy", "workload.py"): "hands the turn's transaction to stores",
    ("sqlalchemy", "messages.py"): "hands an errand's transaction to stores",
    ("sqlalchemy", "watching.py"): "hands a reading transaction to stores",
    ("sqlalchemy", "switchboard.py"): "owns the turn's transaction",
    ("sqlalchemy", "clock.py"): "hands a sweep's transaction to stores",
    ("sqlalchemy", "health.py"): "asks whether the database answers",
}
READS = {  # what reaches around the injected clock and settings -> the files that may
    "datetime.now": ("app.py", "config/settings.py", "config/clocks.py"),
    "datetime.utcnow": (),
    "datetime.today": (),
    "date.today": (),
    "time.time": ("config/clocks.py",),
    # demo.py hands it to the children it starts, and children.py puts what they were given in its place in a fork.
    "os.environ": ("app.py", "config/settings.py", "demo.py", "config/children.py"),
    "os.getenv": (),
}
READ_NAMES = {name.partition(".")[2] for name in READS}
READ_ADVICE = "the clock and the settings are injected: take them from Tools or as an argument"


@dataclass(frozen=True)
class Import:
    """One import of one file: the module by its full name, and the line it stands on."""

    file: str
    module: str
    line: int

    @property
    def room(self) -> str:
        """The package, or the file at the top, that imports."""
        return self.file.split("/")[0].removesuffix(".py")

    @property
    def top(self) -> str:
        """The package that is imported."""
        return self.module.split(".")[0]


def product_files() -> dict[str, str]:
    """Source by path, of the product, the emulator and their like; not of tests and benchmarks."""
    rooms = [*FLOOR, APART]
    tops = [path for path in ROOT.glob("*.py") if path.name != "conftest.py"]
    inner = [path for room in rooms for path in (ROOT / room).rglob("*.py")]
    return {path.relative_to(ROOT).as_posix(): path.read_text("utf-8") for path in [*tops, *inner]}


def imports(files: Mapping[str, str]) -> list[Import]:
    """All imports, wherever in a file they stand. `from a import b` counts as `a.b`: b may be a module."""
    return [found for file, source in sorted(files.items()) for found in _imports_of(file, source)]


@cache
def _nodes(source: str) -> tuple[ast.AST, ...]:
    """All that is in a source: read once for all rules."""
    return tuple(ast.walk(ast.parse(source)))


@cache
def _imports_of(file: str, source: str) -> tuple[Import, ...]:
    return tuple(_import_statements(file, source))


def _import_statements(file: str, source: str) -> Iterator[Import]:
    for node in _nodes(source):
        if isinstance(node, ast.Import):
            yield from (Import(file, alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _base(file, node)
            yield from (Import(file, f"{base}.{alias.name}", node.lineno) for alias in node.names)


def _base(file: str, node: ast.ImportFrom) -> str:
    """The module an import starts from; a relative one is counted from its file."""
    above = file.split("/")[: -node.level] if node.level else []
    return ".".join([*above, *([node.module] if node.module else [])])


def broken_floors(files: Mapping[str, str]) -> list[str]:
    return [
        f"{found.file}:{found.line} imports {found.module}: {found.room} is below {found.top}; "
        f"move what is shared down, or the caller up"
        for found in imports(files)
        if found.top in FLOOR and FLOOR.get(found.room, 0) < FLOOR[found.top]
    ]


def rooms_without_a_floor(files: Mapping[str, str]) -> list[str]:
    rooms = {file.split("/")[0].removesuffix(".py") for file in files} - {APART}
    return [f"{room} has no floor: give it one in FLOORS, as low as it can be" for room in sorted(rooms - set(FLOOR))]


def crossings(files: Mapping[str, str]) -> list[str]:
    """Imports between the emulator and the product, which meet only over HTTP."""
    return [
        f"{found.file}:{found.line} imports {found.module}: product and emulator speak HTTP only"
        for found in imports(files)
        if (found.room == APART and (found.top in FLOOR or found.top == "twilio"))
        or (found.room != APART and found.top == APART)
    ]


def is_pure(file: str) -> bool:
    """Whether a file belongs to the functional core."""
    exempt = any(fnmatch(file, pattern) for pattern in IMPURE_FILES) or file in _named_files()
    return file.split("/")[0] in PURE_ROOMS and not exempt


def impurities(files: Mapping[str, str]) -> list[str]:
    return [
        f"{found.file}:{found.line} imports {found.module}, but is pure; "
        f"that belongs in {found.room}/store.py or in the shell, which hands over what is needed"
        for found in imports(files)
        if is_pure(found.file) and (found.top in OUTSIDE or _is_store(found.module))
    ]


def _is_store(module: str) -> bool:
    room, _, rest = module.partition(".")
    name = rest.split(".")[0]
    return room in PURE_ROOMS and (name in STORES or name.endswith("_store") or f"{room}/{name}.py" in _named_files())


@cache
def _named_files() -> set[str]:
    return {file for _, file in NAMED}


def homeless(files: Mapping[str, str]) -> list[str]:
    """Imports of an outside library away from its home."""
    return [
        f"{found.file}:{found.line} imports {found.module}: {home.advice}"
        for found in imports(files)
        for home in HOMES
        if found.room != APART
        and found.top in home.libraries
        and not any(fnmatch(found.file, pattern) for pattern in home.files)
        and (found.top, found.file) not in NAMED
    ]


def needless_exceptions(files: Mapping[str, str]) -> list[str]:
    used = {(found.top, found.file) for found in imports(files)}
    return [f"{file} no longer imports {library}: remove it from NAMED" for library, file in NAMED.keys() - used]


def reads_around(files: Mapping[str, str]) -> list[str]:
    """Reads of the machine's clock and environment outside the few files that may."""
    return [
        f"{file}:{node.lineno} reads {ast.unparse(node)}: {READ_ADVICE}"
        for file, source in files.items()
        if not file.startswith(APART)
        for node in _nodes(source)
        if isinstance(node, ast.Attribute)
        and node.attr in READ_NAMES
        and file not in READS.get(_last_two(node), (file,))
    ]


def _last_two(node: ast.Attribute) -> str:
    """`datetime.now` for both `datetime.now` and `datetime.datetime.now`."""
    return ".".join(ast.unparse(node).split(".")[-2:])


RULES = {
    "rooms have a floor": rooms_without_a_floor,
    "no room imports one above it": broken_floors,
    "emulator and product are apart": crossings,
    "pure files are pure": impurities,
    "each library has one home": homeless,
    "exceptions are needed": needless_exceptions,
    "clock and environment are injected": reads_around,
}


@pytest.mark.parametrize("rule", RULES)
def test_the_house_keeps_its_rules(rule):
    broken = RULES[rule](product_files())
    assert not broken, "\n" + "\n".join(broken)


@pytest.mark.parametrize(
    ("rule", "file", "source", "advice"),
    [
        ("rooms have a floor", "attic.py", "", "give it one in FLOORS"),
        ("no room imports one above it", "routing/needs.py", "from ivr.signals import Signal", "routing is below ivr"),
        ("no room imports one above it", "directory/hours.py", "def f():\n    import routing.needs", "below routing"),
        ("no room imports one above it", "calls/journal.py", "from ..ivr import flow", "calls is below ivr"),
        ("no room imports one above it", "facts.py", "import deeds", "facts is below deeds"),
        ("emulator and product are apart", "emulator/leg.py", "from telephony import twiml", "HTTP only"),
        ("emulator and product are apart", "emulator/leg.py", "import twilio.twiml", "HTTP only"),
        ("emulator and product are apart", "telephony/carrier.py", "import emulator", "HTTP only"),
        ("pure files are pure", "ivr/flow.py", "from flask import request", "but is pure"),
        ("pure files are pure", "routing/policy.py", "from routing import store", "routing/store.py"),
        ("pure files are pure", "routing/policy.py", "from routing.lines import Lines", "but is pure"),
        ("pure files are pure", "callbacks/policy.py", "from callbacks.rows_store import claim", "but is pure"),
        ("pure files are pure", "calls/metrics.py", "import time", "but is pure"),
        ("each library has one home", "switchboard.py", "from twilio.rest import Client", "Carrier protocol"),
        ("each library has one home", "desk/boards.py", "from sqlmodel import select", "store.py"),
        ("each library has one home", "telephony/twiml.py", "import phonenumbers", "directory/numbers.py"),
        ("each library has one home", "config/content.py", "import redis", "routing/lines.py"),
        ("clock and environment are injected", "clock.py", "now = datetime.datetime.now(UTC)", "injected"),
        ("clock and environment are injected", "desk/stream.py", "import os\nos.environ['PORT']", "injected"),
    ],
)
def test_a_planted_break_is_caught_and_told_where_it_belongs(rule, file, source, advice):
    assert not [line for line in RULES[rule]({file: ""}) if file in line and "attic" not in file]
    assert advice in "\n".join(RULES[rule]({file: source}))


def test_a_needless_exception_is_caught():
    assert any("health.py no longer imports flask" in line for line in needless_exceptions({"health.py": ""}))
