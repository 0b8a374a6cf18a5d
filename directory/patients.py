"""Patients: how their names are shown, and who is proved by what a caller entered.

The rule is the identity table of design section 5. It sees keyed hashes only, does the same comparisons whether they
hit or miss, and never says which of two entries was wrong.
"""

import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

ADULT_YEARS = 18
PIN_DIGITS, ZIP_DIGITS = 4, 5

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
class IdentityMatch:
    """`patient`: who is proved, or None. `named`: against whom a failure counts, or None when nobody was meant.

    `named` is the one whose number and birth date agree; from another number it is the first of all with that birth
    date, so that guessing from ever new numbers is counted in one place too.
    """

    patient: str | None
    named: str | None


@dataclass(frozen=True)
class Candidate:
    """A record with the entered birth date."""

    id: str
    pin_hash: str | None
    zip_hash: str | None
    pin_only: bool
    living_and_active: bool


NOBODY = Candidate(id="", pin_hash=None, zip_hash=None, pin_only=True, living_and_active=False)


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
) -> IdentityMatch:
    """Who is proved. `holders` are the living patients with the calling number on record.

    Proofs that fit two records prove nobody: a person has to look.
    """
    ordered = sorted(candidates, key=lambda candidate: candidate.id) or [NOBODY]
    proved = [candidate.id for candidate in ordered if _proves(candidate, second, holders, digest)]
    patient = proved[0] if len(proved) == 1 and adult else None
    return IdentityMatch(patient=patient, named=_named(ordered, holders, patient))


def is_adult(birth_date: str, today: date) -> bool:
    """Whether somebody born on this ISO date is 18 today; False for what is no date."""
    try:
        born = date.fromisoformat(birth_date)
    except ValueError:
        return False
    had_birthday = (today.month, today.day) >= (born.month, born.day)
    return today.year - born.year - (not had_birthday) >= ADULT_YEARS


def _proves(candidate: Candidate, second: str, holders: frozenset[str], digest: Digest) -> bool:
    """Both comparisons are always made, so that no answer comes sooner than another."""
    pin = _same(candidate.pin_hash, digest(f"pin:{candidate.id}", second)) and len(second) == PIN_DIGITS
    home = _same(candidate.zip_hash, digest(f"zip:{candidate.id}", second)) and len(second) == ZIP_DIGITS
    alone = holders == {candidate.id} and not candidate.pin_only
    return candidate.living_and_active and (pin or (home and alone))


def _same(stored: str | None, entered: str) -> bool:
    return hmac.compare_digest(stored or "", entered)


def _named(ordered: Sequence[Candidate], holders: frozenset[str], proved: str | None) -> str | None:
    if proved in holders:
        return proved
    by_number = [candidate.id for candidate in ordered if candidate.id in holders]
    return next(iter(by_number), ordered[0].id) or None
