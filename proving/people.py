"""Everybody who may appear in a clinic's scenarios: patients, who may call for them, clinicians, and others."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict


def _listed(value: object) -> object:
    """A list may be written on one line: "ana, luis"."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], BeforeValidator(_listed)]


class Sheet(BaseModel):
    """A part of a file: no unknown keys; words of a key are set apart by spaces."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", populate_by_name=True, alias_generator=lambda name: name.replace("_", " ")
    )


class Patient(Sheet):
    """Somebody with a record. `clinicians`, for each service: his own first ("nobody" if he has none), then his team.

    A question mark after the own one's name ("tom?") says that the record leaves it in doubt.
    """

    shown: str  # to clinicians
    phone: str
    born: date
    pin: str
    visit_code: str = ""
    clinicians: dict[str, Names] = {}
    avoids: Names = ()
    prefers: str = ""  # a language


class Proxy(Sheet):
    """Somebody who may call for a patient, with a code of his own."""

    shown: str
    phone: str
    calls_for: str
    code: str
    about: Names = ()  # services; none named: all


class Clinician(Sheet):
    given: str
    phone: str
    skills: dict[str, int]
    speaks: Names


class Other(Sheet):
    """Anybody else with a telephone: a stranger, a relay operator, the operator, an interpreter."""

    phone: str


class People(Sheet):
    """Everybody who may appear in the scenarios of a folder."""

    patients: dict[str, Patient] = {}
    proxies: dict[str, Proxy] = {}
    clinicians: dict[str, Clinician] = {}
    others: dict[str, Other] = {}

    def phones(self) -> dict[str, str]:
        """Everybody's telephone."""
        groups: tuple[Mapping[str, Any], ...] = (self.patients, self.proxies, self.clinicians, self.others)
        return {name: person.phone for group in groups for name, person in group.items()}
