"""Reads the demo world: a clinic's FHIR files whose dates move with the day, and the local facts FHIR does not hold.

In the FHIR files a date may be written "@day-9" (the day nine days before now, in the center's zone), "@day+2", or
"@day-9T08:30" (that day's wall-clock time there). So Joe is on day 9 after his operation whenever one looks.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from config.catalogue import SHIPPED, read_catalogue
from directory.fhir import DEFAULT_ZONE, Import, Rules

FOLDER = Path(__file__).parent.parent / "config" / "demo"
PEOPLE_FILE = "people.yaml"
_MOVING = re.compile(r'"@day([+-][0-9]{1,4})?(?:T([0-9]{2}:[0-9]{2}))?"', re.ASCII)


class DemoUnusable(Exception):
    """The demo world's files cannot be used; the text says where and why."""


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Login(_Strict):
    """An account of the demo."""

    login: str
    role: str
    clinician: str | None = None
    staff_number: str | None = None  # by which he signs in by phone


class Phone(_Strict):
    """One entry of the browser phone's book."""

    name: str
    role: str
    number: str


class LocalClinician(_Strict):
    """What a site adds about its clinician: the confirmed phone, skill levels, whether he is ready at the start."""

    phone: str
    ready: bool = False
    levels: dict[str, int] = {}


class LocalPatient(_Strict):
    """What the front desk adds about a patient. The visit's code counts for a month."""

    pin: str
    visit_code: str | None = None


class LocalProxy(_Strict):
    """What the front desk gives somebody who may call for a patient."""

    code: str
    services: tuple[str, ...] = ()


class _People(_Strict):
    password: str
    staff_pin: str
    logins: tuple[Login, ...]
    clinicians: dict[str, LocalClinician]
    patients: dict[str, LocalPatient]
    proxies: dict[str, LocalProxy] = {}
    book: tuple[Phone, ...]


@dataclass(frozen=True)
class DemoWorld:
    """The demo as its files have it: FHIR texts (file name, text) with moving dates, and the local facts."""

    texts: tuple[tuple[str, str], ...]
    password: str
    staff_pin: str
    logins: tuple[Login, ...]
    clinicians: Mapping[str, LocalClinician]
    patients: Mapping[str, LocalPatient]
    proxies: Mapping[str, LocalProxy]
    book: list[dict[str, str]]  # plain, since the browser phone is told it as JSON

    @property
    def ready(self) -> tuple[str, ...]:
        """The clinicians who are ready at the start, by id."""
        return tuple(clinician for clinician, local in self.clinicians.items() if local.ready)

    @property
    def levels(self) -> tuple[tuple[str, str, int], ...]:
        """(clinician, skill, level) as the site sets them."""
        local = self.clinicians.items()
        return tuple((person, skill, level) for person, found in local for skill, level in found.levels.items())

    @property
    def phones(self) -> dict[str, str]:
        """Clinician id -> confirmed E.164 number."""
        return {clinician: local.phone for clinician, local in self.clinicians.items()}


def load_demo(folder: Path = FOLDER) -> DemoWorld:
    """The demo world of a folder with FHIR files (*.json) and people.yaml; `DemoUnusable` when it cannot be read."""
    try:
        people = _People.model_validate(YAML(typ="safe").load((folder / PEOPLE_FILE).read_text(encoding="utf-8")))
        texts = tuple((file.name, file.read_text(encoding="utf-8")) for file in sorted(folder.glob("*.json")))
    except (OSError, ValueError, YAMLError) as error:
        raise DemoUnusable(f"{folder}: {error}") from error
    return DemoWorld(
        texts=texts,
        password=people.password,
        staff_pin=people.staff_pin,
        logins=people.logins,
        clinicians=people.clinicians,
        patients=people.patients,
        proxies=people.proxies,
        book=[phone.model_dump() for phone in people.book],
    )


def import_at(world: DemoWorld, now: datetime) -> Import:
    """The demo world's files, read with dates counted from `now`; `DemoUnusable` on any problem."""
    today = now.astimezone(ZoneInfo(DEFAULT_ZONE)).date()
    found = Import(Rules(read_catalogue(SHIPPED), now, DEFAULT_ZONE))
    found.read_texts((file, dated(text, today)) for file, text in world.texts)
    if found.report.problems:
        raise DemoUnusable(str(found.report))
    return found


def dated(text: str, today: date) -> str:
    """The text with each moving date written out."""

    def written(match: re.Match[str]) -> str:
        day = today + timedelta(days=int(match[1] or 0))
        if match[2] is None:
            return f'"{day.isoformat()}"'
        instant = datetime.combine(day, time.fromisoformat(match[2]), ZoneInfo(DEFAULT_ZONE))
        return f'"{instant.isoformat()}"'

    return _MOVING.sub(written, text)
