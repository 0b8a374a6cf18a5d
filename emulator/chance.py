"""Draws lengths of time from a seed: fixed, exponential, uniform, log-normal, or out of a list. Pure.

`5`, `{"exponential": 240}` (mean), `{"uniform": [2, 8]}`, `{"lognormal": [180, 0.8]}` (median, sigma of the
logarithm) and `{"choice": [3, 3, 20]}` are seconds; the log-normal is the usual shape of talk times in call centers.
"""

from __future__ import annotations

import random
from typing import Any

MOST_S = 7 * 86_400.0


class BadLength(ValueError):
    """A length of time that is not understood; the message says what is accepted."""


def check_length(spec: Any, name: str) -> Any:
    """The length itself. Raises BadLength."""
    try:
        drawn = draw(spec, random.Random(0))
    except (TypeError, ValueError, KeyError, IndexError) as bad:
        raise BadLength(_wrong(spec, name)) from bad
    if isinstance(spec, bool) or drawn < 0:
        raise BadLength(_wrong(spec, name))
    return spec


def _wrong(spec: Any, name: str) -> str:
    return (f'{name} is {spec!r}; seconds are accepted, or {{"exponential": mean}}, {{"uniform": [low, high]}}, '
            '{"lognormal": [median, sigma]}, {"choice": [...]}')


def draw(spec: Any, luck: random.Random) -> float:
    """Seconds, at most a week. Raises ValueError or TypeError for a specification that is not understood."""
    if isinstance(spec, int | float):
        return min(float(spec), MOST_S)
    if not isinstance(spec, dict) or len(spec) != 1:
        raise ValueError(spec)
    ((kind, given),) = spec.items()
    return min(max(0.0, float(_drawn(kind, given, luck))), MOST_S)


def _drawn(kind: str, given: Any, luck: random.Random) -> float:
    if kind == "exponential":
        return luck.expovariate(1 / float(given))
    if kind == "uniform":
        return luck.uniform(float(given[0]), float(given[1]))
    if kind == "lognormal":
        # exp of a normal, with the median exp(mu)
        return float(given[0]) * luck.lognormvariate(0, float(given[1]))
    if kind == "choice":
        return float(luck.choice(list(given)))
    raise ValueError(kind)
