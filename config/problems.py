"""What is wrong with the environment or the content, as sentences that say what to do; never shows a secret."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One variable that cannot be used. `found` must be fit for a screen."""

    variable: str
    found: str
    accepted: str
    where: str = "set it in the environment or in the .env file beside run"

    def __str__(self) -> str:
        return f"{self.variable}: found {self.found}; accepted: {self.accepted}; {self.where}"


class SettingsError(Exception):
    """The environment cannot be used. Its text has one line for each problem."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


@dataclass(frozen=True)
class Flaw:
    """One thing in a clinic's folder that cannot be used. `line` counts from 1; None where no line is to blame."""

    file: str
    line: int | None
    where: str
    found: str
    accepted: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        subject = f"{self.where}: " if self.where else ""
        return f"{place}: {subject}found {self.found}; accepted: {self.accepted}"


class ContentError(Exception):
    """A clinic's folder cannot be used. Its text has one line for each flaw."""

    def __init__(self, flaws: list[Flaw]) -> None:
        super().__init__("\n".join(map(str, flaws)))
        self.flaws = tuple(flaws)
