"""A person who takes calls, as the rest of the center knows him."""

from collections.abc import Mapping
from dataclasses import dataclass, field

USUAL_LEVEL = 3  # of a skill that a coded role names; a site may say otherwise


@dataclass(frozen=True)
class Clinician:
    """`skills` maps a skill's key to its level (0 to 5); `languages` are codes such as "en"; `title` is for people."""

    id: str
    given: str
    family: str
    title: str = ""
    site_id: str | None = None
    skills: Mapping[str, int] = field(default_factory=dict)
    languages: tuple[str, ...] = ("en",)
    active: bool = True

    @property
    def name(self) -> str:
        """The full name, for colleagues."""
        return f"{self.given} {self.family}".strip()
