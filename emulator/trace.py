"""Says when people call and what they want: from a rate and a seed, or from a trace file. Pure.

A trace is CSV with a header: `arrival_s` (seconds after the start, ascending or not) and, if known, `need`,
`patience_s`, `talk_s`, `number`. Empty fields are drawn like those of a rate.
"""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

from emulator.chance import BadLength, check_length, draw
from emulator.numbering import is_e164

COLUMNS = frozenset({"arrival_s", "need", "patience_s", "talk_s", "number"})
AREAS = range(200, 1000)
MOST_PER_HOUR = 1_000_000


class BadLoad(ValueError):
    """A load that is not understood; the message says what was found and what is accepted."""


@dataclass(frozen=True)
class Arrival:
    """Somebody calls: when (seconds after the start), from where, with what need; lengths may be left to the script."""

    at_s: float
    number: str
    need: str
    patience_s: float | None = None
    talk_s: float | None = None


@dataclass(frozen=True)
class Demand:
    """Who calls: `needs` are weights by name; `numbers` the phones they call from, in turn."""

    needs: Mapping[str, float]
    patience_s: Any = None
    talk_s: Any = None
    numbers: tuple[str, ...] = ()


def numbers_of(demand: Demand, taken: frozenset[str] = frozenset()) -> Iterator[str]:
    """The callers' numbers, again and again; without a list, 80,000 demo numbers in turn but those taken."""
    if demand.numbers:
        for position in count():
            yield demand.numbers[position % len(demand.numbers)]
    for position in count():
        line, area = divmod(position, len(AREAS))
        number = f"+1{AREAS[area]}55501{line % 100:02d}"
        if number not in taken:
            yield number


def poisson(demand: Demand, profile: list[tuple[float, float]], for_s: float, seed: int,
            taken: frozenset[str] = frozenset()) -> Iterator[Arrival]:
    """Arrivals of a Poisson process; `profile` holds (from second, calls an hour), the last rate lasts to the end.

    Drawn by thinning (Lewis and Shedler 1979): candidates at the highest rate, each kept in proportion to its own.
    """
    luck, numbers = random.Random(f"{seed}:arrivals"), numbers_of(demand, taken)
    most, at_s = max(rate for _, rate in profile) / 3600, 0.0
    while most > 0:
        at_s += luck.expovariate(most)
        if at_s >= for_s:
            return
        if luck.random() * most <= _rate_at(profile, at_s) / 3600:
            yield _caller(demand, at_s, next(numbers), luck, {})


def _rate_at(profile: list[tuple[float, float]], at_s: float) -> float:
    return next((rate for begin, rate in reversed(profile) if begin <= at_s), 0.0)


def from_csv(demand: Demand, text: str, seed: int, taken: frozenset[str] = frozenset()) -> list[Arrival]:
    """The arrivals of a trace in the order of time. Raises BadLoad naming the line."""
    reader = csv.DictReader(io.StringIO(text.strip()))
    names = set(reader.fieldnames or ())
    if "arrival_s" not in names or not names <= COLUMNS:
        raise BadLoad(f"the trace's columns are {sorted(names)}; arrival_s is needed, {sorted(COLUMNS)} are accepted")
    luck, numbers = random.Random(f"{seed}:trace"), numbers_of(demand, taken)
    found = [_row(demand, row, line, luck, numbers) for line, row in enumerate(reader, 2)]
    return sorted(found, key=lambda one: one.at_s)


def _row(demand: Demand, row: dict[str, str], line: int, luck: random.Random, numbers: Iterator[str]) -> Arrival:
    need = row.get("need") or ""
    if need and need not in demand.needs:
        raise BadLoad(f"line {line}: need is {need!r}; the needs are {sorted(demand.needs)}")
    number = row.get("number") or next(numbers)
    if not is_e164(number):
        raise BadLoad(f"line {line}: {number!r} is not a phone number")
    try:
        return _caller(demand, float(row["arrival_s"]), number, luck, row)
    except (TypeError, ValueError) as bad:
        raise BadLoad(f"line {line}: {bad}") from bad


def _caller(demand: Demand, at_s: float, number: str, luck: random.Random, row: Mapping[str, str]) -> Arrival:
    """Draws what the row leaves open, always in the same order, so that rows do not shift each other's luck."""
    need = luck.choices(list(demand.needs), weights=list(demand.needs.values()))[0] if demand.needs else ""
    patience, talk = (None if spec is None else draw(spec, luck) for spec in (demand.patience_s, demand.talk_s))
    patience = float(row["patience_s"]) if row.get("patience_s") else patience
    talk = float(row["talk_s"]) if row.get("talk_s") else talk
    return Arrival(at_s, number, row.get("need") or need, patience, talk)


def read_profile(given: Any) -> list[tuple[float, float]]:
    """`120` calls an hour, or `[[0, 60], [3600, 120]]`. Raises BadLoad."""
    rows = [(0.0, given)] if isinstance(given, int | float) else given
    try:
        profile = [(float(begin), float(rate)) for begin, rate in rows]
    except (TypeError, ValueError) as bad:
        raise BadLoad(f"per_hour is {given!r}; a number, or [[from second, calls an hour], ...] is accepted") from bad
    if not profile or profile != sorted(profile) or not all(0 <= rate <= MOST_PER_HOUR for _, rate in profile):
        raise BadLoad(f"per_hour is {given!r}; seconds ascend, rates are from 0 to {MOST_PER_HOUR}")
    return profile


def check_optional_length(given: Any, name: str) -> Any:
    """A length of time or None. Raises BadLoad."""
    try:
        return None if given is None else check_length(given, name)
    except BadLength as bad:
        raise BadLoad(str(bad)) from bad
