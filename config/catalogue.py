"""The skills catalogue: what people here can do, and the codes of clinical data that say so. Content of the clinic.

`read_catalogue` loads skills.yaml of the clinic's folder; a folder without one uses the list that is shipped.
"""

from collections.abc import Iterator, Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from config.content import Strict
from config.problems import ContentError, Flaw

FILE = "skills.yaml"
SHIPPED = Path(__file__).parent
SNOMED = "http://snomed.info/sct"
NUCC = "http://nucc.org/provider-taxonomy"


class Skill(Strict):
    """One skill: its name for people, the codes of roles (NUCC, SNOMED CT) and of referrals that stand for it."""

    name: str
    nucc: tuple[str, ...] = ()
    snomed: tuple[str, ...] = ()
    referrals: tuple[str, ...] = ()  # SNOMED CT codes of what is asked for
    excludes: tuple[str, ...] = ()  # skills whose holders never count as this one's


class Catalogue(Strict):
    """All skills by key. Frozen, so its indexes are made once."""

    skills: dict[str, Skill] = Field(min_length=1)

    @property
    def keys(self) -> frozenset[str]:
        """The keys of all skills."""
        return frozenset(self.skills)

    @cached_property
    def by_role(self) -> Mapping[tuple[str, str], frozenset[str]]:
        """(system, code) of a role -> the skills it stands for."""
        return _turned(
            ((system, code), key)
            for key, skill in self.skills.items()
            for system, codes in ((NUCC, skill.nucc), (SNOMED, skill.snomed))
            for code in codes
        )

    @cached_property
    def by_referral(self) -> Mapping[tuple[str, str], frozenset[str]]:
        """(system, code) of what a referral asks for -> the skills that answer it."""
        return _turned(((SNOMED, code), key) for key, skill in self.skills.items() for code in skill.referrals)

    def barred_by(self, skills: frozenset[str]) -> frozenset[str]:
        """The skills that somebody with these does not have, whatever others say of him."""
        return frozenset(key for key, skill in self.skills.items() if skills & set(skill.excludes)) - skills


def read_catalogue(folder: Path) -> Catalogue:
    """The catalogue of a clinic's folder; ContentError names every flaw."""
    path = folder / FILE if (folder / FILE).is_file() else SHIPPED / FILE
    try:
        catalogue = Catalogue.model_validate(_parsed(path.read_text(encoding="utf-8")))
    except (YAMLError, UnicodeDecodeError) as error:
        flaw = Flaw(FILE, None, "", str(error).split("\n")[0], "YAML 1.2 in UTF-8 without duplicate keys")
        raise ContentError([flaw]) from error
    except ValidationError as error:
        raise ContentError(list(_flaws(error))) from error
    unknown = _unknown(catalogue)
    if unknown:
        raise ContentError(unknown)
    return catalogue


@lru_cache(maxsize=8)
def _parsed(text: str) -> Any:
    """A YAML text's data, which is never changed, so a file that did not change is read once."""
    return YAML(typ="safe", pure=True).load(text)


def _flaws(error: ValidationError) -> Iterator[Flaw]:
    for detail in error.errors(include_url=False):
        where = ".".join(map(str, detail["loc"]))
        yield Flaw(FILE, None, where, repr(detail["input"])[:80], detail["msg"].removeprefix("Input should be "))


def _unknown(catalogue: Catalogue) -> list[Flaw]:
    return [
        Flaw(FILE, None, f"skills.{key}.excludes", repr(other), "a skill of this file")
        for key, skill in catalogue.skills.items()
        for other in skill.excludes
        if other not in catalogue.skills
    ]


def _turned(pairs: Iterator[tuple[tuple[str, str], str]]) -> Mapping[tuple[str, str], frozenset[str]]:
    found: dict[tuple[str, str], set[str]] = {}
    for coding, key in pairs:
        found.setdefault(coding, set()).add(key)
    return {coding: frozenset(keys) for coding, keys in found.items()}
