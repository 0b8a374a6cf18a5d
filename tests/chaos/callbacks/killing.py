"""Kills what comes to a certain line, or stops it for minutes. A kill is no Exception: nothing tidies up.

What a database transaction left open is rolled back, as it is when a process dies.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType
from typing import Any

from tests.resources import ROOT

FILES = {
    str(ROOT / name): name
    for name in (
        "errands.py", "settling.py", "clock.py", "deeds.py", "legs.py", "callbacks/store.py",
        "callbacks/rows_store.py", "callbacks/policy.py", "callbacks/requests.py",
    )
}  # fmt: skip
Place = tuple[str, int]


class Killed(BaseException):
    """The process is gone."""


@dataclass
class Watch:
    """Watches the lines of `FILES`. `seen` holds every place passed; at `place`, or the `nth` line, its deed is done.

    Once: what is started anew afterwards lives.
    """

    place: Place | None
    deed: Callable[[], None]
    nth: int = 0

    def __post_init__(self) -> None:
        self.seen: dict[Place, None] = {}
        self.fired = False
        self._lines = 0

    def __enter__(self) -> "Watch":
        if not self.fired:  # afterwards nobody looks, and tracing costs much
            sys.settrace(self._begins)
        return self

    def __exit__(self, *_error: object) -> None:
        sys.settrace(None)

    def _begins(self, frame: FrameType, _event: str, _argument: Any) -> Any:
        return self._passes if frame.f_code.co_filename in FILES else None

    def _passes(self, frame: FrameType, event: str, _argument: Any) -> Any:
        if event == "line":
            place = FILES[frame.f_code.co_filename], frame.f_lineno
            self.seen[place] = None
            self._lines += 1
            if not self.fired and (place == self.place or self._lines == self.nth):
                self.fired = True
                sys.settrace(None)
                self.deed()
                return None
        return self._passes


def die() -> None:
    """The deed of a kill."""
    raise Killed
