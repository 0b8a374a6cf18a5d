"""Which of our skills a coded role or referral stands for. Codes decide, never displays: those are often wrong.

The lists are content (config/skills.yaml); versions after a bar in a coding's system are ignored.
"""

from collections.abc import Iterable, Mapping

from config.catalogue import NUCC, SNOMED, Catalogue

_ALIASES = {"urn:oid:2.16.840.1.113883.6.96": SNOMED, "urn:oid:2.16.840.1.113883.6.101": NUCC}

Coding = tuple[str | None, str | None]  # system, code


def skills_of(catalogue: Catalogue, codings: Iterable[Coding]) -> frozenset[str]:
    """The skills that these codings of a role stand for; none for codes we do not know."""
    return _looked_up(catalogue.by_role, codings)


def asked_for(catalogue: Catalogue, codings: Iterable[Coding]) -> frozenset[str]:
    """The skills that a referral with these codings asks for."""
    return _looked_up(catalogue.by_referral, codings)


def _looked_up(index: Mapping[tuple[str, str], frozenset[str]], codings: Iterable[Coding]) -> frozenset[str]:
    found: frozenset[str] = frozenset()
    for system, code in codings:
        plain = (system or "").partition("|")[0]
        found |= index.get((_ALIASES.get(plain, plain), code or ""), frozenset())
    return found
