"""A small clinic for the tests of the pages: people, a call under way, promises and messages, and a clock to move.

Longer than 300 lines because it has a word for each thing that can be in the clinic of a page's test.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from argon2 import PasswordHasher
from cryptography.fernet import Fernet
from flask import Flask
from flask.testing import FlaskClient
from jinja2.bccache import Bucket, BytecodeCache
from pydantic import SecretStr
from sqlalchemy import insert, select, update
from sqlmodel import SQLModel

import calls.store
import desk
import routing.store
from callbacks.outside import Answered, Asked
from callbacks.tables import CallbackRequest
from calls import messages_store, work, work_store
from calls.store import Fact
from calls.tables import AuditRow, Call, Voicemail, WorkItem
from config.content import Content, Hours, Ladder, Line, Outcome, Service
from config.database import Database
from config.vault import Vault
from directory.day_spans import SpanAsked
from directory.tables import Clinician, ClinicianSkill, HoursOverride, Patient, User
from routing.tables import Offer, Presence, Wait
from tests.resources import migrated_sqlite

NOON = datetime(2031, 3, 3, 18, 0, tzinfo=UTC)  # 12:00 in Chicago, a Monday
PASSWORD = "correct horse battery"
# Weak on purpose: tests sign in often. The directory's own tests prove the real strength.
HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
PASSWORD_HASH = HASHER.hash(PASSWORD)
KEY = Fernet.generate_key().decode()


def service(skill: str, *outcomes: str) -> Service:
    ladders = {"ladder": "shipped", "callback_ladder": "shipped"}
    return Service(skill=skill, **ladders, label="l", spoken_role="r", outcomes=outcomes)


CONTENT = Content(
    languages=("en", "es"),
    lines={"center": Line(number="center", menu="m", hours="center")},
    menus={},
    services={"therapist": service("pt", "answered", "not_reached"), "nurse": service("nurse")},
    outcomes={"answered": Outcome(label="Question answered"), "not_reached": Outcome(label="Patient not reached")},
    ladders={"shipped": Ladder(rungs=())},
    hours={"center": Hours(zone="America/Chicago", weekly=())},
    prompts={},
    version="test",
)


class Compiled(BytecodeCache):
    """The templates of the pages, compiled once for all worlds of a test process."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = bucket.bytecode_to_string()


COMPILED = Compiled()


class HandClock:
    """A clock that goes only when it is moved."""

    def __init__(self) -> None:
        self.instant = NOON

    def now(self) -> datetime:
        return self.instant

    def move(self, **span: float) -> None:
        self.instant += timedelta(**span)


@dataclass(frozen=True)
class SomeSettings:
    public_base_url: str = "http://127.0.0.1:8000"
    second_factor: str = "optional"
    api_clients: tuple[tuple[str, SecretStr], ...] = (("monitor", SecretStr("m" * 40)), ("clinic", SecretStr("c" * 40)))
    secret_key: SecretStr = field(default_factory=lambda: SecretStr("a key for tests that is long enough"))


@dataclass
class Act:
    """What the pages may do, done to the stores without outbox; `done` keeps each request."""

    database: Database
    clock: HandClock
    done: list[tuple[Any, ...]] = field(default_factory=list)
    refuses: bool = False
    problem: Exception | None = None
    keys: set[str] = field(default_factory=set)  # under which was asked before

    def set_presence(
        self,
        clinician_id: str,
        state: str,
        reason: str | None,
        until_minutes: int | None,
        *,
        begins: datetime | None = None,
    ) -> bool:
        self.done.append(("set_presence", clinician_id, state, reason, until_minutes, *([begins] if begins else [])))
        if self.refuses:
            return False
        now = self.clock.now()
        until = (begins or now) + timedelta(minutes=until_minutes) if until_minutes else None
        with self.database.transaction() as tx:
            routing.store.set_presence(tx, clinician_id, state, reason=reason, until=until, now=now, begins=begins)
        return True

    def set_shift_phone(self, clinician_id: str, entry: str, by: str) -> str:
        self.done.append(("set_shift_phone", clinician_id, entry, by))
        return "That is no number that may ring you." if self.refuses else ""

    def claim_work(self, item_id: str, by: str, actor: str) -> bool:
        return self._work(("claim_work", item_id, by, actor), partial(work.claimed, by=by, now=self.clock.now()))

    def release_work(self, item_id: str, by: str, actor: str) -> bool:
        return self._work(("release_work", item_id, by, actor), partial(work.released, by=by))

    def snooze_work(self, item_id: str, minutes: int, by: str, actor: str) -> bool:
        now = self.clock.now()
        how = partial(work.snoozed, by=by, until=now + timedelta(minutes=minutes), now=now)
        return self._work(("snooze_work", item_id, minutes, by, actor), how)

    def finish_work(self, item_id: str, outcome: str, by: str, actor: str) -> bool:
        how = partial(work.done, by=by, outcome=outcome, now=self.clock.now())
        return self._work(("finish_work", item_id, outcome, by, actor), how)

    def _work(self, asked: tuple[Any, ...], how: Callable[[work.Item], work.Item | None]) -> bool:
        self.done.append(asked)
        with self.database.transaction() as tx:
            return work_store.change(tx, asked[1], how) is not None

    def ask_for_callback(self, client: str, key: str, body: bytes, asked: Asked) -> Answered:
        self.done.append(("ask_for_callback", client, key, asked))
        if self.problem:
            raise self.problem
        return Answered({"promise": "p1", "joined": False}, again=key in self.keys)

    def set_hours(self, state: str, until: datetime | None, by: str) -> bool:
        self.done.append(("set_hours", state, until, by))
        with self.database.transaction() as tx:
            row = {"state": state, "until": until, "set_at": self.clock.now(), "set_by": by}
            tx.execute(insert(table(HoursOverride)), row)
        return True


@dataclass
class Answer:
    """What is answered while it rings; `done` keeps each request, `refusal` is the answer to all."""

    done: list[tuple[Any, ...]] = field(default_factory=list)
    refusal: str = ""

    def decline(self, clinician_id: str, offer_id: int, reason: str, by: str) -> str:
        self.done.append(("decline", clinician_id, offer_id, reason, by))
        return self.refusal

    def after_visit(self, clinician_id: str, offer_id: int, minutes: int, by: str) -> str:
        self.done.append(("after_visit", clinician_id, offer_id, minutes, by))
        return self.refusal


@dataclass
class Gather:
    """What people do in talks; `done` keeps each request, `refusal` is the answer to all."""

    done: list[tuple[Any, ...]] = field(default_factory=list)
    refusal: str = ""

    def _noted(self, *request: Any) -> str:
        self.done.append(request)
        return self.refusal

    def ask_colleague(self, clinician_id: str, colleague_id: str) -> str:
        return self._noted("ask_colleague", clinician_id, colleague_id)

    def ask_interpreter(self, clinician_id: str, language: str) -> str:
        return self._noted("ask_interpreter", clinician_id, language)

    def sit_in(self, offer_id: int, part: str, number: str, by: str) -> str:
        return self._noted("sit_in", offer_id, part, number, by)

    def send_out(self, clinician_id: str, guest_id: int) -> str:
        return self._noted("send_out", clinician_id, guest_id)

    def ask_help(self, clinician_id: str, *, wanted: bool) -> str:
        return self._noted("help", clinician_id, wanted)

    def hold(self, clinician_id: str, *, held: bool) -> str:
        return self._noted("hold", clinician_id, held)

    def mute(self, clinician_id: str, *, muted: bool) -> str:
        return self._noted("mute", clinician_id, muted)

    def hand_over(self, clinician_id: str) -> str:
        return self._noted("hand_over", clinician_id)


@dataclass
class Note:
    """What is noted while one wraps up; `done` keeps each request, `refusal` is the answer to all."""

    done: list[tuple[Any, ...]] = field(default_factory=list)
    refusal: str = ""

    def note_talk(self, clinician_id: str, offer_id: int, outcome: str, words: str, by: str) -> str:
        self.done.append(("note_talk", clinician_id, offer_id, outcome, words, by))
        return self.refusal

    def longer(self, clinician_id: str) -> str:
        self.done.append(("longer", clinician_id))
        return self.refusal


@dataclass
class Owe:
    """Work that changes hands; `done` keeps each request, `refusal` is the answer to all."""

    done: list[tuple[Any, ...]] = field(default_factory=list)
    refusal: str = ""

    def give_work(self, item_id: str, to: str, reason: str, by: str | None, actor: str) -> str:
        self.done.append(("give_work", item_id, to, reason, by, actor))
        return self.refusal

    def give_callback(self, promise_id: str, to: str, reason: str, actor: str) -> str:
        self.done.append(("give_callback", promise_id, to, reason, actor))
        return self.refusal

    def end_callback(self, promise_id: str, outcome: str, actor: str) -> str:
        self.done.append(("end_callback", promise_id, outcome, actor))
        return self.refusal


@dataclass
class CallOut:
    """How clinicians ring patients; `done` keeps each request, `sentence` is the answer to all."""

    done: list[tuple[Any, ...]] = field(default_factory=list)
    sentence: str = ""

    def for_work(self, item_id: str, clinician_id: str, actor: str) -> str:
        self.done.append(("call_for_work", item_id, clinician_id, actor))
        return self.sentence

    def for_callback(self, promise_id: str, clinician_id: str, actor: str) -> str:
        self.done.append(("call_for_callback", promise_id, clinician_id, actor))
        return self.sentence

    def after_talk(self, offer_id: int, minutes: int, clinician_id: str, actor: str) -> str:
        self.done.append(("call_after_talk", offer_id, minutes, clinician_id, actor))
        return self.sentence


@dataclass
class Oversee:
    """What supervisors do; `done` keeps each request, `refusal` is the answer to all."""

    done: list[tuple[Any, ...]] = field(default_factory=list)
    refusal: str = ""

    def _noted(self, *request: Any) -> str:
        self.done.append(request)
        return self.refusal

    def set_presence(
        self,
        clinician_id: str,
        state: str,
        reason: str | None,
        minutes: int | None,
        by: str,
        *,
        begins: datetime | None = None,
    ) -> str:
        return self._noted("set_presence", clinician_id, state, reason, minutes, by, *([begins] if begins else []))

    def end_wrap_up(self, clinician_id: str, by: str) -> str:
        return self._noted("end_wrap_up", clinician_id, by)

    def hurry(self, call_id: str, seconds: int, by: str) -> str:
        return self._noted("hurry", call_id, seconds, by)

    def move(self, call_id: str, service: str, by: str) -> str:
        return self._noted("move", call_id, service, by)

    def set_today(self, clinician_id: str, skill: str, level: int | None, by: str) -> str:
        return self._noted("set_today", clinician_id, skill, level, by)

    def close_service(self, service: str, until: datetime | None, by: str) -> str:
        return self._noted("close_service", service, until, by)

    def open_service(self, service: str, by: str) -> str:
        return self._noted("open_service", service, by)


@dataclass(frozen=True)
class Done:
    changed: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    dry: bool = False
    told: str = ""


@dataclass
class Administer:
    """What administrators change; `done` keeps each request, `answer` is what became of all."""

    done: list[tuple[Any, ...]] = field(default_factory=list)
    answer: Done = Done(("ana: phone",))
    skills: tuple[str, ...] = ("nurse", "pt")

    def set_person(self, clinician_id: str, phone: str, languages: str, skills: str, by: str) -> Done:
        self.done.append(("set_person", clinician_id, phone, languages, skills, by))
        return self.answer

    def set_days(self, asked: SpanAsked, by: str, *, dry: bool) -> Done:
        self.done.append(("set_days", asked, by, dry))
        return self.answer

    def set_outcome(self, service: str, key: str, label: str, active: bool, by: str) -> Done:
        self.done.append(("set_outcome", service, key, label, active, by))
        return self.answer

    def sheet(self, name: str, text: str, by: str, *, dry: bool) -> Done:
        self.done.append(("sheet", name, text, by, dry))
        return self.answer

    def written(self, name: str, by: str) -> str:
        self.done.append(("written", name, by))
        return "clinician\nana\n"


@dataclass
class DeskTools:
    database: Database
    vault: Vault
    clock: HandClock
    redis: Any
    content: Content
    settings: Any
    act: Act
    answer: Answer
    call_out: CallOut
    gather: Gather
    note: Note
    owe: Owe
    oversee: Oversee
    administer: Administer


def table(model: type[SQLModel]) -> Any:
    return model.__table__  # type: ignore[attr-defined]


class World:
    """The desk over a database of its own, with a few words for what happens in the clinic."""

    def __init__(self, file: Path, redis: Any = None, settings: Any = None) -> None:
        self.database = Database(f"sqlite:///{file}")
        self.clock, self.vault = HandClock(), Vault([KEY])
        self.act, self.gather, self.note, self.owe = Act(self.database, self.clock), Gather(), Note(), Owe()
        self.oversee, self.administer, self.answer = Oversee(), Administer(), Answer()
        self.call_out = CallOut()
        doers = (self.act, self.answer, self.call_out, self.gather, self.note, self.owe, self.oversee, self.administer)
        self.tools = DeskTools(
            self.database, self.vault, self.clock, redis, CONTENT, settings or SomeSettings(), *doers
        )
        self.app = Flask("desk")
        self.app.testing = True
        self.app.extensions["tools"] = self.tools
        desk.init(self.app)
        self.app.jinja_env.bytecode_cache = COMPILED

    def done(self) -> list[tuple[Any, ...]]:
        """All that was asked for from the pages."""
        asked = (self.act, self.answer, self.call_out, self.gather, self.note, self.owe, self.oversee, self.administer)
        return [request for one in asked for request in one.done]

    def add(self, model: type[SQLModel], **values: Any) -> int:
        """One row; columns not named get the model's defaults. Its number, where the database gave it one."""
        row = model(**values).model_dump(exclude_none=True)
        with self.database.transaction() as tx:
            done = tx.execute(insert(table(model)), row)
            return int(done.lastrowid or 0)

    def change(self, model: type[SQLModel], key: Any, **values: Any) -> None:
        rows = table(model)
        with self.database.transaction() as tx:
            tx.execute(update(rows).where(next(iter(rows.primary_key)) == key).values(values))

    def rows(self, model: type[SQLModel]) -> list[dict[str, Any]]:
        with self.database.reading() as tx:
            return [dict(row) for row in tx.execute(select(table(model))).mappings()]

    def audits(self) -> list[tuple[str, str, str | None]]:
        rows = table(AuditRow)
        with self.database.reading() as tx:
            found = tx.execute(select(rows.c.actor, rows.c.action, rows.c.subject).order_by(rows.c.id))
            return [tuple(row) for row in found]

    # --- people ---

    def user(self, login: str, role: str, clinician_id: str | None = None) -> None:
        named = {"id": f"u-{login}", "login": login, "password_hash": PASSWORD_HASH, "role": role}
        self.add(User, **named, clinician_id=clinician_id, sessions_from=NOON)

    def clinician(self, key: str, given: str, family: str, state: str = "offline", **presence: Any) -> None:
        self.add(Clinician, id=key, given=given, family=family, title="Physical therapist")
        self.add(ClinicianSkill, clinician_id=key, skill="pt")
        if state != "offline":
            since = self.clock.now() - timedelta(minutes=7)
            self.add(Presence, **{"clinician_id": key, "state": state, "since": since} | presence)

    def patient(self, key: str, given: str, family: str) -> None:
        seal = self.vault.seal
        sealed = {"given_sealed": seal(given), "family_sealed": seal(family), "birth_date_sealed": seal("x")}
        self.add(Patient, id=key, birth_date_hash="x", **sealed)

    # --- calls ---

    def call(self, key: str, patient: str | None = None, minutes_ago: float = 2, **more: Any) -> None:
        values = {"dialled": "+13125550100", "service": "therapist", "level": 2 if patient else 0}
        arrived = self.clock.now() - timedelta(minutes=minutes_ago)
        self.add(Call, **{**values, "id": key, "patient_id": patient, "arrived_at": arrived, **more})

    def wait(self, call: str, state: str = "waiting", own: str | None = None, seconds: int = 83, **more: Any) -> None:
        joined = self.clock.now() - timedelta(seconds=seconds)
        need = {"skill": "pt", "language": "en", "own": own, "team": ["luis"]}
        values = {"id": f"w-{call}", "call_id": call, "kind": "call", "state": state, "need": need}
        self.add(Wait, **{**values, "ladder": "shipped", "rules": {}, "place_ms": 1, "joined_at": joined, **more})

    def offer(self, call: str, clinician: str, state: str, **more: Any) -> int:
        now = self.clock.now()
        values = {"wait_id": f"w-{call}", "call_id": call, "clinician_id": clinician, "state": state, "room": "r"}
        times = {"created_at": now - timedelta(seconds=70), "expires_at": now, "accepted_at": now}
        return self.add(Offer, **{**values, **times, "why": {"relation": "own", "trigger": "wait"}, **more})

    def callback(self, key: str, own: str | None, patient: str | None = None, hours: float = 2, **more: Any) -> None:
        now = self.clock.now()
        values = {"id": key, "call_id": f"call-of-{key}", "number_hash": key, "number_sealed": "x", "place_ms": 1}
        values |= {"service": "therapist", "language": "en", "state": "booked", "booked_at": now, "due_at": now}
        values["promised_from"] = now
        promise = now + timedelta(hours=hours)
        self.add(CallbackRequest, **{**values, "own_id": own, "patient_id": patient, "promise_by": promise, **more})

    def voicemail(self, key: str, owner: str | None, service: str = "therapist", **more: Any) -> None:
        now = self.clock.now()
        self.call(f"call-of-{key}", minutes_ago=30, outcome="voicemail", ended_at=now, service=service)
        values = {"id": key, "call_id": f"call-of-{key}", "recording": f"RE-{key}", "seconds": 34, "language": "en"}
        patient = more.pop("patient_id", None)
        left = {"service": service, "left_at": now - timedelta(minutes=20), "patient_id": patient}
        self.add(Voicemail, **{**values, **left, **more})
        self.owed(key, owner, service=service, patient_id=patient)

    def owed(self, key: str, owner: str | None, *, hours: float = 3, **more: Any) -> None:
        """Work: a message by default, whose id is the item's too."""
        now = self.clock.now()
        values = {"id": key, "kind": "message", "subject": key, "call_id": f"call-of-{key}", "language": "en"}
        times = {"opened_at": now - timedelta(minutes=20), "due_at": now + timedelta(hours=hours)}
        self.add(WorkItem, **{**values, **times, "service": "therapist", "owner_id": owner, **more})

    def sound(self, key: str, data: bytes) -> None:
        """The sound of a message is here."""
        with self.database.transaction() as tx:
            messages_store.store_sound(tx, key, self.vault.seal(data))

    def journal(self, call: str, *facts: tuple[str, dict[str, Any]]) -> None:
        start = self.clock.now() - timedelta(minutes=2)
        entries = [
            Fact(f"{call}-{place}", call, name, start + timedelta(seconds=9 * place), details=details)
            for place, (name, details) in enumerate(facts)
        ]
        with self.database.transaction() as tx:
            calls.store.write_journal(tx, entries)

    # --- browsing ---

    def browser(self, login: str | None = None) -> FlaskClient:
        client = self.app.test_client()
        if login:
            assert sign_in(client, login).status_code == 303
        return client


def crowd(world: World, *, waiting: int, clinicians: int) -> None:
    """So many callers wait, and so many clinicians are on duty, beside those who are there already."""
    for number in range(clinicians):
        state = ("ready", "away", "in_visit", "talking", "wrapping_up")[number % 5]
        world.clinician(f"crowd-{number}", f"Clinician {number}", "Miller", state)
    for number in range(waiting):
        service, language = ("therapist", "nurse")[number % 2], ("en", "es")[number // 2 % 2]
        need: dict[str, Any] = {"skill": "pt", "language": language, "own": None, "team": []}
        world.call(f"crowd-{number}", service=service, language=language)
        world.wait(f"crowd-{number}", seconds=number, need=need, place_ms=2 + number)
        world.owed(f"crowd-{number}", None, service=service)


def token(client: FlaskClient, path: str = "/sign-in") -> str:
    """The token of a page's first form."""
    page = client.get(path, follow_redirects=True).get_data(as_text=True)
    return page.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]


def sign_in(client: FlaskClient, login: str, password: str = PASSWORD, **more: str) -> Any:
    form = {"csrf_token": token(client), "login": login, "password": password, **more}
    return client.post("/sign-in", data=form)


def clinic(folder: Path, redis: Any = None, settings: Any = None) -> World:
    """Ana talks with Joe, who is hers; Luis is ready; others are busy in their ways; somebody waits."""
    file = folder / "desk.db"
    file.write_bytes(_file_of_clinic())
    return World(file, redis, settings)


@cache
def _file_of_clinic() -> bytes:
    """The clinic's database, filled once in each process."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "clinic.db"
        migrated_sqlite(file)
        world = World(file)
        _fill(world)
        world.database.close()
        return file.read_bytes()


def _fill(world: World) -> None:
    now = world.clock.now()
    world.clinician("ana", "Ana", "Ruiz", "talking")
    world.clinician("luis", "Luis", "Ortega", "ready")
    world.clinician("mei", "Mei", "Chen", "away", reason="lunch", until=now + timedelta(minutes=25))
    world.clinician("tom", "Tom", "Baker", "in_visit", until=now + timedelta(minutes=40))
    world.clinician("eva", "Eva", "Lind")
    for login, role, key in (("ana", "clinician", "ana"), ("luis", "clinician", "luis")):
        world.user(login, role, key)
    world.user("sam", "supervisor")
    world.user("root", "admin")
    world.user("olga", "auditor")
    world.patient("p-joe", "Joe", "Stone")
    world.patient("p-rosa", "Rosa", "Vega")
    world.call("joe", patient="p-joe", minutes_ago=4, outcome="person")
    world.wait("joe", "connected", own="ana", seconds=200)
    fence = world.offer("joe", "ana", "accepted", talk_started_at=now - timedelta(seconds=65))
    world.call("es-1", language="es")
    world.wait("es-1")
    world.call("en-2", minutes_ago=1)
    world.wait("en-2", seconds=31)
    world.callback("cb-rosa", "ana", "p-rosa")
    world.callback("cb-late", "luis", hours=-0.5, attempts=1)
    world.voicemail("vm-ana", "ana", patient_id="p-rosa")
    world.sound("vm-ana", b"RIFF" + bytes(2000))
    world.voicemail("vm-team", None)
    world.voicemail("vm-nurse", None, service="nurse")
    world.journal(
        "joe",
        ("call_arrived", {"stage": "new", "party": "patient"}),
        ("chose", {"what": "language", "choice": "en"}),
        ("chose", {"what": "service", "choice": "therapist"}),
        ("verified", {"level": 2}),
        ("joined_line", {"service": "therapist", "own": "ana"}),
        ("hold_tick", {"stage": "waiting"}),
        ("offer_made", {"offer": fence, "clinician": "ana", "why": {"relation": "own", "trigger": "wait"}}),
        ("offer_accepted", {"offer": fence}),
        ("in_room", {"who": "clinician", "offer": fence}),
        ("in_room", {"who": "patient", "offer": fence}),
        ("talk_started", {"offer": fence}),
    )
