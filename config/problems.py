"""What is wrong with the environment, as sentences that say what to do; never shows a secret."""

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
