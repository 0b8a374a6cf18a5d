"""Makes the history page out of stays and changes of presence: headline figures, a row an interval, charts. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from calls.dictionary import BY_KEY, METRICS, Metric, Value
from calls.figures import Belongs, Figures, Switches, everything, merged, series
from calls.intervals import Interval
from calls.occupancy import Change, occupancy, seconds_in
from calls.report_dictionary import OCCUPANCY
from calls.stays import Amounts, Counted
from desk import words
from desk.asked import Asked, is_short
from desk.charts import Chart, Series, lines, stacked
from desk.exports import Cell

HEADLINES = (
    "offered",
    "answered",
    "service_level",
    "speed_of_answer",
    "p90_wait",
    "abandonment",
    "effort",
    "continuity",
)
COLUMNS = (
    "carried_in",
    "offered",
    "answered",
    "abandoned",
    "short",
    "flowed_out",
    "carried_out",
    "service_level",
    "speed_of_answer",
    "p90_wait",
    "talk_time",
    "continuity",
    "promises_kept",
)


@dataclass(frozen=True)
class Known:
    """What a report needs to know of the clinic beside what happened."""

    zone: ZoneInfo
    names: Mapping[str, str]  # clinicians' full names by id
    skills: Mapping[str, str]  # service -> skill
    now: datetime


@dataclass(frozen=True)
class Material:
    """A report's question, its intervals, and all that happened in them."""

    asked: Asked
    over: Sequence[Interval]
    how: Switches
    known: Known
    made: Amounts
    changes: Sequence[Change]

    def parts(self, value: str = "") -> list[Figures]:
        """The figures of each interval; of one value of the axis, or of the one asked for, or of all."""
        return series(self.made, self.over, self.how, self.belongs(value))

    def belongs(self, value: str = "") -> Belongs:
        """Whether something belongs to a value of the axis: this one, else the one asked for, else any."""
        wanted = value or self.asked.value
        return (lambda each: _value(each, self.asked.axis, self.known) == wanted) if wanted else everything

    def whole(self) -> Figures:
        """The figures of the whole time."""
        return merged(self.parts())


@dataclass(frozen=True)
class Row:
    """One interval, or one value of an axis: how it is named, and its figures as people read them."""

    key: str
    label: str
    cells: tuple[str, ...]
    at: str = ""  # when the interval begins; "" for the whole time


@dataclass(frozen=True)
class Report:
    """The history page."""

    headlines: tuple[tuple[Metric, str], ...]
    columns: tuple[Metric, ...]
    rows: tuple[Row, ...]
    whole: Row
    values: tuple[Row, ...]  # one for each value of the axis, over the whole time
    charts: tuple[Chart, ...]
    off_by: int  # of the identity, over all intervals


def report(of: Material) -> Report:
    """The whole page."""
    parts, whole = of.parts(), merged(of.parts())
    labels = [label_of(each, of.asked, of.known.zone) for each in of.over]
    return Report(
        headlines=tuple((BY_KEY[key], said(BY_KEY[key], whole, of.how)) for key in HEADLINES),
        columns=tuple(BY_KEY[key] for key in COLUMNS),
        rows=tuple(
            replace(_row(label, label, part, of.how), at=each.begins.isoformat())
            for each, label, part in zip(of.over, labels, parts, strict=True)
        ),
        whole=_row("", "All", whole, of.how),
        values=tuple(_row(key, name, merged(of.parts(key)), of.how) for key, name in values_of(of)),
        charts=charts(parts, labels, of.how, [_occupied(of, each) for each in of.over]),
        off_by=sum(abs(each.off_by) for each in parts),
    )


def table(of: Material) -> tuple[list[str], list[list[Cell]]]:
    """The same figures for another program: a row for each interval and value of the axis, numbers as they are."""
    header = ["interval_start", "interval_end", "axis", "value", *(metric.key for metric in METRICS)]
    keys = [of.asked.value] if of.asked.value or of.asked.axis == "all" else [key for key, _ in values_of(of)]
    return header, [row for key in keys for row in _table_rows(of, key)]


def _table_rows(of: Material, key: str) -> Iterator[list[Cell]]:
    for each, counted in zip(of.over, of.parts(key), strict=True):
        figures = [metric.value(counted, of.how) for metric in METRICS]
        yield [each.begins.isoformat(), each.ends.isoformat(), of.asked.axis, key, *figures]


def values_of(of: Material) -> list[tuple[str, str]]:
    """The values that the axis has in these calls, by key with their names."""
    everything_counted: tuple[Counted, ...] = (*of.made.stays, *of.made.talks, *of.made.rings, *of.made.promises)
    found = {_value(each, of.asked.axis, of.known) for each in everything_counted}
    named = ((key, name_of(key, of.asked.axis, of.known.names)) for key in found if key)
    return sorted(named, key=lambda pair: pair[1])


def _value(each: Counted, axis: str, known: Known) -> str:
    match axis:
        case "service":
            return each.service
        case "skill":
            return known.skills.get(each.service, "")
        case "language":
            return each.language
        case "person":
            return each.clinician or ""
    return ""


def name_of(key: str, axis: str, names: Mapping[str, str]) -> str:
    """How a value of an axis is named. `names`: clinicians' full names by id."""
    match axis:
        case "person":
            return names.get(key, "a former colleague")
        case "language":
            return words.language(key)
    return words.plain(key)


def label_of(interval: Interval, of: Asked, zone: ZoneInfo) -> str:
    """How an interval is named: its time of day, and its day where there are several."""
    local = interval.begins.astimezone(zone)
    day = f"{local:%a %b} {local.day}"
    if not is_short(of.width):
        return day if of.width == "day" else f"week of {day}"
    clock = words.time_of_day(interval.begins, zone)
    return clock if of.first == of.last else f"{day}, {clock}"


def said(metric: Metric, counted: Figures, how: Switches) -> str:
    """A figure as people read it; "none" where there is nothing to take it of."""
    return in_words(metric.value(counted, how), metric.unit)


def in_words(value: Value, unit: str) -> str:
    """A count, a share in per cent, or a running time."""
    if value is None:
        return "none"
    if unit == "share":
        return f"{value:.1%}"
    return words.timer(round(value)) if unit == "seconds" else f"{value:,}"


def _row(key: str, label: str, counted: Figures, how: Switches) -> Row:
    return Row(key, label, tuple(said(BY_KEY[column], counted, how) for column in COLUMNS))


def charts(
    parts: Sequence[Figures], labels: Sequence[str], how: Switches, occupied: Sequence[float | None]
) -> tuple[Chart, ...]:
    """Volume, waits, service level, occupancy, continuity and callbacks kept over the intervals."""

    def values(key: str) -> list[float | None]:
        return [BY_KEY[key].value(each, how) for each in parts]

    def shares(key: str, kind: str) -> Chart:
        name = BY_KEY[key].name
        return lines(name, labels, [Series(kind, name, values(key), key)], unit="share")

    volume = [
        Series(key, BY_KEY[key].name, values(key), key) for key in ("answered", "flowed_out", "abandoned", "short")
    ]
    waits = [
        Series(kind, BY_KEY[key].name, values(key), key)
        for kind, key in (("median", "median_wait"), ("p90", "p90_wait"))
    ]
    busy = Series("occupied", "Occupancy", occupied, OCCUPANCY.key)
    return (
        stacked("What became of callers", labels, volume),
        lines("How long answered callers waited", labels, waits, unit="seconds"),
        shares("service_level", "level"),
        lines(OCCUPANCY.name, labels, [busy], unit="share"),
        shares("continuity", "own"),
        shares("promises_kept", "kept"),
    )


def _occupied(of: Material, interval: Interval) -> float | None:
    return occupancy(spent_in(of, interval).values())


def spent_in(of: Material, interval: Interval) -> dict[str, dict[str, float]]:
    """Seconds of an interval by clinician and state; of the one person asked for, or of all."""
    spent = seconds_in(of.changes, interval, of.known.now)
    if of.asked.axis == "person" and of.asked.value:
        return {of.asked.value: spent.get(of.asked.value, {})}
    return spent


def without_zeroes(of: Report) -> Report:
    """The report without intervals in which nothing happened: nights fill no screen."""
    kept = tuple(row for row in of.rows if any(cell not in ("0", "none") for cell in row.cells))
    return replace(of, rows=kept)
