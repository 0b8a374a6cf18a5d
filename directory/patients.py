"""Patients: how their names are shown, and who is proved by what a caller entered.

The rule is the identity table of design section 5. It sees keyed hashes only, does the same comparisons whether they
hit or miss, and never says which of two entries was wrong. A proxy proves himself with a code of his own.
"""

import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise, permutations

ADULT_YEARS = 18
PIN_DIGITS, CODE_DIGITS = 4, 6  # a code is that of a visit, or a proxy's own

Digest = Callable[[str, str], str]  # kind, value -> keyed hash


@dataclass(frozen=True)
class PatientCard:
    """What a clinician who talks with the patient may see."""

    id: str
    given: str
    family: str
    birth_date: str  # ISO
    language: str | None

    @property
    def shown(self) -> str:
        """The name as short as recognising allows: "Joe S."."""
        return shown(self.given, self.family)


@dataclass(frozen=True)
class Wishes:
    """How a patient wants to be spoken with. `language`: what he chose himself, else what his record prefers."""

    language: str | None = None
    slow: bool = False  # more time for every answer


@dataclass(frozen=True)
class IdentityMatch:
    """`patient`: who is proved, or None. `named`: against whom a failure counts.

    `named` is the one whose number and birth date agree; from another number it is the first of all with that birth
    date, so that guessing from ever new numbers is counted in one place too. Where nobody was born that day it is the
    birth date's own hash: guessing ends as soon, and nobody learns from it whether there is such a patient.
    """

    patient: str | None
    named: str
    proxy: str | None = None  # who proved that he may call for the patient
    scope: tuple[str, ...] = ()  # services that he may speak about; empty: all


@dataclass(frozen=True)
class Candidate:
    """A record with the entered birth date."""

    id: str
    pin_hash: str | None
    living_and_active: bool
    visit_hash: str | None = None  # of a code that still counts


@dataclass(frozen=True)
class Helper:
    """An active proxy of a living, active patient with the entered birth date."""

    id: str
    patient: str
    code_hash: str | None
    scope: tuple[str, ...] = ()


NOBODY = Candidate(id="", pin_hash=None, living_and_active=False)
NO_HELPER = Helper(id="", patient="", code_hash=None)


def shown(given: str, family: str) -> str:
    """A name for a screen that others may see: "Joe S."."""
    return f"{given} {family[:1]}." if family else given


def judge(
    candidates: Sequence[Candidate],
    *,
    second: str,
    holders: frozenset[str],
    adult: bool,
    digest: Digest,
    born: str,
    helpers: Sequence[Helper] = (),
) -> IdentityMatch:
    """Who is proved. `born` is the hash of the birth date that was entered. `holders` are the living patients with the
    calling number on record.

    Proofs that fit two records, or two people, prove nobody: a person has to look. A child is never proved by its own
    entries, but a proxy may call for it. The number decides against whom a failure counts, and nothing else.
    """
    ordered = sorted(candidates, key=lambda candidate: candidate.id) or [NOBODY]
    proved = [candidate.id for candidate in ordered if _proves(candidate, second, digest)]
    called_for = [helper for helper in helpers or (NO_HELPER,) if _vouches(helper, second, digest)]
    patient = proved[0] if len(proved) == 1 and adult and not called_for else None
    if len(called_for) == 1 and not proved:
        (helper,) = called_for
        return IdentityMatch(helper.patient, helper.patient, proxy=helper.id, scope=helper.scope)
    return IdentityMatch(patient=patient, named=_named(ordered, holders, patient) or born)


def is_adult(birth_date: str, today: date) -> bool:
    """Whether somebody born on this ISO date is 18 today; False for what is no date."""
    return years(birth_date, today) >= ADULT_YEARS


def years(birth_date: str, today: date) -> int:
    """The age of somebody born on this ISO date; -1 for what is no date."""
    try:
        born = date.fromisoformat(birth_date)
    except ValueError:
        return -1
    had_birthday = (today.month, today.day) >= (born.month, born.day)
    return today.year - born.year - (not had_birthday)


def _proves(candidate: Candidate, second: str, digest: Digest) -> bool:
    """All comparisons are always made, so that no answer comes sooner than another."""
    pin = _same(candidate.pin_hash, digest(f"pin:{candidate.id}", second)) and len(second) == PIN_DIGITS
    visit = _same(candidate.visit_hash, digest(f"visit:{candidate.id}", second)) and len(second) == CODE_DIGITS
    return candidate.living_and_active and (pin or visit)


def _vouches(helper: Helper, second: str, digest: Digest) -> bool:
    return _same(helper.code_hash, digest(f"proxy:{helper.id}:{helper.patient}", second)) and len(second) == CODE_DIGITS


def guessable(code: str, birth_date: str) -> bool:
    """Whether whoever knows the patient's birth date (ISO) would try this code early: one digit, a run, a date."""
    steps = {int(later) - int(earlier) for earlier, later in pairwise(code)}
    year, _, days = birth_date.partition("-")
    month, _, day = days.partition("-")
    parts = (month, day, year, year[2:])
    dates = {"".join(some) for count in (1, 2, 3) for some in permutations(parts, count)}
    return steps in ({0}, {1}, {-1}) or code in dates


def _same(stored: str | None, entered: str) -> bool:
    return hmac.compare_digest(stored or "", entered)


def _named(ordered: Sequence[Candidate], holders: frozenset[str], proved: str | None) -> str:
    """Against whom a failure counts; "" where nobody was born that day."""
    if proved is not None and proved in holders:
        return proved
    by_number = [candidate.id for candidate in ordered if candidate.id in holders]
    return next(iter(by_number), ordered[0].id)
