"""Lets things go wrong on demand: which faults are on, whom they concern, how likely and how often they happen.

A fault has a kind (the table KINDS), a filter (what it must concern), options, a probability `p` and a number of
`times`. Chance comes from the emulator's seed and the fault's own number, so a run can be repeated.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from emulator.journal import Journal

ENDLESS = 1_000_000
FILTERS = ("number", "sid", "event", "path_contains", "url_contains", "method", "purpose")
WHEN = ("ringing", "answered", "hears", "keys", "does", "ended", "webhook", "rest")


class BadFault(ValueError):
    """A fault that is not understood; the message says what was found and what is accepted."""


@dataclass(frozen=True)
class Option:
    """A number that belongs to a kind."""

    default: float
    low: float
    high: float


def _s(default: float, high: float = 86_400) -> Option:
    return Option(default, 0, high)


FLAG = Option(1, 0, 1)
# What each kind does is said in README.md; the words among the options are checked where they are used.
KINDS: Mapping[str, Mapping[str, Option | str]] = {
    # Callbacks: status, conference, recording, machine detection.
    "duplicate_callbacks": {"n": Option(1, 0, 20), "spread_s": _s(0)},
    "drop_callbacks": {},
    "delay_callbacks": {"delay_s": _s(600)},
    "shuffle_callbacks": {"window_s": _s(5, 3600)},
    "swap_callbacks": {"until_event": "completed"},
    # Every request to the application.
    "duplicate_webhooks": {"n": Option(1, 0, 20)},
    "slow_webhooks": {"delay_s": _s(1, 60)},
    "fail_webhooks": {"code": Option(11200, 10000, 99999), "arrives": Option(0, 0, 1)},
    "strange_fields": {"upper_case": Option(0, 0, 1), "status": "", "field": "NewField", "value": "new"},
    # The REST API.
    "rest_status": {"status": Option(500, 400, 599), "code": Option(0, 0, 99999), "before_effect": FLAG},
    "rest_timeout": {"effect": FLAG, "after_s": _s(60, 600)},
    "rest_reset": {"effect": Option(0, 0, 1)},
    "slow_rest": {"delay_s": _s(1, 60)},
    "outage": {"for_s": _s(600)},
    "refuse_connections": {"for_s": Option(5, 0.05, 3600)},
    "rotate_token": {"token": ""},
    # Calls and rooms.
    "hold_queued": {"delay_s": _s(180)},
    "end_leg": {"after_s": _s(0), "status": ""},
    "move_leg": {"after_s": _s(0), "url": ""},
    "press_together": {"after_s": _s(0), "digits": "1"},
    "twin_conference": {},
    # Recordings.
    "late_recording": {"delay_s": _s(600)},
    "recording_length": {"seconds": Option(3600, 0, 86_400)},
}
ONCE = frozenset({"rest_status", "rest_timeout", "rest_reset", "end_leg", "move_leg", "press_together",
                  "twin_conference", "fail_webhooks", "refuse_connections", "rotate_token"})


@dataclass
class Fault:
    """One fault that is on. `left` counts down; `happened` counts up."""

    number: int
    kind: str
    filters: dict[str, str]
    options: dict[str, Any]
    p: float
    left: int
    luck: random.Random
    when: dict[str, str] = field(default_factory=dict)
    numbers: list[str] = field(default_factory=list)
    since_ms: int = 0
    happened: int = 0

    def card(self) -> dict[str, Any]:
        """The fault as JSON."""
        return {"id": self.number, "kind": self.kind, **self.filters, **self.options, "p": self.p, "left": self.left,
                "happened": self.happened, **({"when": self.when} if self.when else {})}


class Faults:
    """The faults that are on, in the order they were asked for; the first that fits happens."""

    def __init__(self, journal: Journal, seed: str) -> None:
        self._journal, self._seed = journal, seed
        self._next = 0
        self.active: list[Fault] = []

    def add(self, body: Mapping[str, Any], now_ms: int) -> Fault:
        """Switches a fault on. Raises BadFault."""
        kind = body.get("kind")
        if not isinstance(kind, str) or kind not in KINDS:
            raise BadFault(f"kind is {kind!r}; accepted are {', '.join(KINDS)}")
        _check_names(kind, body)
        options = {name: _value(body, name, option) for name, option in KINDS[kind].items()}
        left = int(_number(body, "times", Option(1 if kind in ONCE else ENDLESS, 1, ENDLESS)))
        filters = {name: str(body[name]) for name in FILTERS if body.get(name)}
        luck = random.Random(f"{self._seed}:fault:{self._next}")
        fault = Fault(self._next, kind, filters, options, _number(body, "p", FLAG), left, luck,
                      _when(body.get("when")), [str(one) for one in body.get("numbers", [])], now_ms)
        self._next += 1
        self.active.append(fault)
        return fault

    def option(self, number: int, name: str) -> Any:
        """An option of a fault that is on; None for one that is not."""
        return next((one.options[name] for one in self.active if one.number == number), None)

    def clear(self) -> None:
        """Everything works again."""
        self.active.clear()

    def remove(self, number: int) -> bool:
        """Switches one fault off; False if there is none of that number."""
        before = len(self.active)
        self.active = [one for one in self.active if one.number != number]
        return len(self.active) < before

    def of_kind(self, kind: str, **facts: str) -> list[Fault]:
        """The faults of a kind that may still happen and whose filters fit."""
        return [one for one in self.ready(kind) if _fits(one.filters, facts)]

    def ready(self, kind: str) -> list[Fault]:
        """The faults of a kind that may still happen, whomever they concern."""
        return [one for one in self.active if one.kind == kind and one.left]

    def strike(self, kind: str, **facts: str) -> Fault | None:
        """The first fault of this kind that fits and that chance lets happen now; it is counted and logged."""
        for fault in self.of_kind(kind, **facts):
            if fault.luck.random() < fault.p:
                self.count(fault, **facts)
                return fault
        return None

    def count(self, fault: Fault, **facts: str) -> None:
        """The fault has happened."""
        fault.left -= 1
        fault.happened += 1
        self._journal.add("fault", fault=fault.number, what=fault.kind, **facts)


def _fits(filters: Mapping[str, str], facts: Mapping[str, str]) -> bool:
    return all(_fit(name, wanted, facts) for name, wanted in filters.items())


def _fit(name: str, wanted: str, facts: Mapping[str, str]) -> bool:
    if name.endswith("_contains"):
        return wanted in facts.get(name.removesuffix("_contains"), "")
    if name == "event":
        return wanted in facts.get("event", "").split()
    return facts.get(name, "").casefold() == wanted.casefold()


def _check_names(kind: str, body: Mapping[str, Any]) -> None:
    accepted = {"kind", "p", "times", "when", "numbers", *FILTERS, *KINDS[kind]}
    unknown = sorted(set(body) - accepted)
    if unknown:
        raise BadFault(f"{kind} does not know {', '.join(unknown)}; accepted are {', '.join(sorted(accepted))}")


def _value(body: Mapping[str, Any], name: str, option: Option | str) -> Any:
    return str(body.get(name, option)) if isinstance(option, str) else _number(body, name, option)


def _number(body: Mapping[str, Any], name: str, option: Option) -> float:
    value = body.get(name, option.default)
    good = isinstance(value, int | float) and math.isfinite(value)
    if not good or not option.low <= value <= option.high:
        raise BadFault(f"{name} is {value!r}; a number from {option.low:g} to {option.high:g} is accepted")
    return float(value)


def _when(given: Any) -> dict[str, str]:
    """When a leg is to be ended or moved: an event at a leg (`number`, `text` narrow it down)."""
    if given is None:
        return {}
    known = {"event", "number", "text", "method"}
    if not isinstance(given, dict) or not given.keys() <= known or given.get("event") not in WHEN:
        raise BadFault(f"when is {given!r}; an object is accepted with event ({', '.join(WHEN)}) "
                       "and perhaps number, text, method")
    return {key: str(value) for key, value in given.items()}
