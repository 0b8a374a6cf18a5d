"""Turns series of figures into the shapes of charts: bars and lines in a box of units, for the template to draw. Pure.

A chart says nothing that the table below it does not say too.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from desk import words

WIDTH, HEIGHT = 440, 150  # the box of the plot, in units of the drawing
MOST_LABELS = 6
NICE = (1, 2, 2.5, 5, 10)
TIMES = (10, 20, 30, 60, 120, 240, 600, 1200, 1800, 3600)  # seconds, each with a middle that reads well
Form = Callable[[float], str]  # how a value reads


@dataclass(frozen=True)
class Bar:
    """One piece of a stacked bar."""

    kind: str
    x: float
    y: float
    width: float
    height: float
    says: str


@dataclass(frozen=True)
class Curve:
    """One line over all intervals; where there is no value it breaks."""

    kind: str
    name: str
    paths: tuple[str, ...]  # points of each unbroken piece, "x,y x,y"
    dots: tuple[tuple[float, float, str], ...]


@dataclass(frozen=True)
class Mark:
    """One label of an axis."""

    at: float
    text: str


@dataclass(frozen=True)
class Chart:
    """A chart: what it shows, its shapes and the labels of its axes."""

    title: str
    says: str
    bars: tuple[Bar, ...]
    curves: tuple[Curve, ...]
    below: tuple[Mark, ...]
    left: tuple[Mark, ...]
    legend: tuple[tuple[str, str, str], ...]  # kind, name, and the key of the figure that it opens
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def has_values(self) -> bool:
        """Whether there is anything to see beside the axes."""
        return bool(self.bars) or any(curve.dots for curve in self.curves)


@dataclass(frozen=True)
class Series:
    """One row of values, one an interval; None where there is none."""

    kind: str
    name: str
    values: Sequence[float | None]
    opens: str = ""  # the key of the figure that it draws


def stacked(title: str, labels: Sequence[str], parts: Sequence[Series]) -> Chart:
    """Bars of counts, stacked in the order of the parts."""
    totals = [sum(value or 0 for value in column) for column in zip(*(part.values for part in parts), strict=True)]
    top = nice_top(max(totals, default=0))
    bars = [bar for at, label in enumerate(labels) for bar in _column(at, label, parts, len(labels), top)]
    return Chart(
        title=title,
        says=f"{title}: {sum(totals):g} in all, at most {max(totals, default=0):g} in one interval.",
        bars=tuple(bars),
        curves=(),
        below=_below(labels),
        left=_left(top, "{:g}".format, (0, 0.5, 1) if top % 2 == 0 else (0, 1)),  # nobody counts half a caller
        legend=tuple((part.kind, part.name, part.opens) for part in parts),
    )


def lines(title: str, labels: Sequence[str], parts: Sequence[Series], *, unit: str) -> Chart:
    """Curves of seconds or of shares (0 to 1)."""
    known = [value for part in parts for value in part.values if value is not None]
    top = 1.0 if unit == "share" else top_of_times(max(known, default=0))
    form = "{:.0%}".format if unit == "share" else _running
    return Chart(
        title=title,
        says=f"{title}: {_range_of(known, form)}.",
        bars=(),
        curves=tuple(_curve(part, labels, top, form) for part in parts),
        below=_below(labels),
        left=_left(top, form),
        legend=tuple((part.kind, part.name, part.opens) for part in parts),
    )


def top_of_times(highest: float) -> float:
    """The smallest round time in seconds that is no less than the highest value."""
    return next((top for top in TIMES if top >= highest), nice_top(highest / 3600) * 3600)


def _running(seconds: float) -> str:
    return words.timer(round(seconds))


def nice_top(highest: float) -> float:
    """The smallest round number that is no less than the highest value; 1 for nothing."""
    if highest <= 0:
        return 1.0
    scale = 1.0
    while scale * 10 < highest:
        scale *= 10
    while scale > highest:
        scale /= 10
    return next(scale * step for step in NICE if scale * step >= highest)


def _range_of(known: Sequence[float], form: Form) -> str:
    if not known:
        return "no values"
    return f"from {form(min(known))} to {form(max(known))}"


def _column(at: int, label: str, parts: Sequence[Series], columns: int, top: float) -> list[Bar]:
    slot = WIDTH / columns
    heights = [HEIGHT * (part.values[at] or 0) / top for part in parts]
    tops = [HEIGHT - total for total in accumulate(heights)]
    return [
        Bar(
            part.kind,
            round(at * slot + slot * 0.12, 2),
            round(y, 2),
            round(slot * 0.76, 2),
            round(height, 2),
            f"{label}: {part.values[at]:g} {part.name.lower()}",
        )
        for part, y, height in zip(parts, tops, heights, strict=True)
        if height > 0
    ]


def _curve(part: Series, labels: Sequence[str], top: float, form: Form) -> Curve:
    slot = WIDTH / max(len(labels), 1)
    pieces: list[list[str]] = [[]]
    dots = []
    for at, value in enumerate(part.values):
        if value is None:
            pieces.append([])
            continue
        x, y = round(at * slot + slot / 2, 2), round(HEIGHT - HEIGHT * min(value / top, 1.0), 2)
        pieces[-1].append(f"{x},{y}")
        dots.append((x, y, f"{labels[at]}: {part.name} {form(round(value, 3))}"))
    return Curve(part.kind, part.name, tuple(" ".join(piece) for piece in pieces if len(piece) > 1), tuple(dots))


def _below(labels: Sequence[str]) -> tuple[Mark, ...]:
    slot = WIDTH / max(len(labels), 1)
    step = -(-len(labels) // MOST_LABELS) or 1
    return tuple(Mark(round(at * slot + slot / 2, 2), labels[at]) for at in range(0, len(labels), step))


def _left(top: float, form: Form, shares: Sequence[float] = (0, 0.5, 1)) -> tuple[Mark, ...]:
    return tuple(Mark(round(HEIGHT - HEIGHT * share, 2), form(round(top * share, 4))) for share in shares)
