"""Means of repeated runs with what is known of their inputs taken out: control variates by least squares."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from operator import mul


@dataclass(frozen=True)
class Mean:
    """A mean and its standard error."""

    value: float
    error: float

    def within(self, exact: float, errors: float = 3.0) -> bool:
        """Whether the exact value lies within so many standard errors."""
        return abs(self.value - exact) <= errors * self.error


def adjusted(results: Sequence[float], inputs: Sequence[Sequence[float]]) -> Mean:
    """The mean of the results at inputs that are exactly as expected.

    `inputs` holds, for each result, the deviations of its drawn inputs from their known means. ValueError when there
    are too few results for so many inputs.
    """
    n, known = len(results), len(inputs[0]) if inputs else 0
    if n < known + 2:
        raise ValueError(f"{n} runs are too few")
    rows = [(1.0, *deviations) for deviations in inputs]
    columns = list(zip(*rows, strict=True))
    normal = [[_product(one, other) for other in columns] for one in columns]
    slopes = solved(normal, [_product(column, results) for column in columns])
    left = [y - _product(slopes, row) for row, y in zip(rows, results, strict=True)]
    variance = sum(each * each for each in left) / (n - known - 1)
    first = solved(normal, [1.0] + [0.0] * known)[0]
    return Mean(slopes[0], sqrt(variance * first))


def _product(one: Iterable[float], other: Iterable[float]) -> float:
    return float(sum(map(mul, one, other)))


def solved(matrix: Sequence[Sequence[float]], right: Sequence[float]) -> list[float]:
    """The solution of a small linear system, by elimination with pivots."""
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    size = len(rows)
    for at in range(size):
        best = max(range(at, size), key=lambda i: abs(rows[i][at]))
        rows[at], rows[best] = rows[best], rows[at]
        rows[at] = [value / rows[at][at] for value in rows[at]]
        for other in range(size):
            if other != at:
                rows[other] = [a - rows[other][at] * b for a, b in zip(rows[other], rows[at], strict=True)]
    return [row[size] for row in rows]
