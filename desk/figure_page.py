"""One figure opened: what it means, how it is computed, and the calls, promises or clinicians behind it.

A key is one of the dictionary (a figure of any time, by the address), a count of today, or a figure of this moment.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, abort, render_template, url_for

from callbacks import ledger_store
from calls.board_dictionary import COUNT_BY_KEY, NOW_BY_KEY, Count, Sight
from calls.dictionary import BY_KEY, Metric
from calls.metrics import stories, summed
from calls.stays import Stay
from desk import behind, boards, guards, history_store, lists, reports, store, words
from desk.asked import Asked
from desk.behind import Behind
from desk.boards import Tile
from desk.history import material_or_400
from desk.moments import moment
from desk.reports import Material
from desk.supervisor import board_rows
from desk.tools import Tools, tools
from directory.day_spans import spelled

figure_page = Blueprint("figure_page", __name__)
MOST_BEHIND = 500


@dataclass(frozen=True)
class Figure:
    """A figure as its page shows it."""

    name: str
    value: str
    meaning: str
    facts: tuple[tuple[str, str], ...]
    behind: Behind
    back: str
    back_says: str


@figure_page.get("/figures/<key>")
@guards.only_for("supervisor")
def page(key: str) -> str:
    """What a figure means, and what is behind it. Callers are told by time and service, never by name."""
    if key in BY_KEY:
        return _drawn(_of_time(BY_KEY[key], material_or_400()), place="/history")
    if key in COUNT_BY_KEY:
        return _drawn(_of_today(COUNT_BY_KEY[key], tools()), place="/board")
    if key not in NOW_BY_KEY:
        abort(404)
    return _drawn(_of_now(NOW_BY_KEY[key], tools()), place="/board")


def _drawn(figure: Figure, *, place: str) -> str:
    lines = figure.behind.lines
    more = max(len(lines) - MOST_BEHIND, 0)
    return render_template("desk/figure.html", figure=figure, lines=lines[:MOST_BEHIND], more=more, place=place)


def _of_time(metric: Metric, found: Material) -> Figure:
    switches = (("Counted", _switches(found)),) if metric.of is Stay else ()  # nothing else is counted by them
    facts = (("Computed as", metric.formula), ("Days", _days(found.asked, found.known.names)), *switches)
    return Figure(
        name=metric.name,
        value=reports.said(metric, found.whole(), found.how),
        meaning=metric.meaning,
        facts=facts,
        behind=behind.of_metric(metric, found, moment(tools())),
        back=f"{url_for('history.page')}?{found.asked.query()}",
        back_says="Back to the history",
    )


def _days(asked: Asked, names: Mapping[str, str]) -> str:
    until = f" to {spelled(asked.last)}" if asked.last != asked.first else ""
    only = f"; only {reports.name_of(asked.value, asked.axis, names)}" if asked.value else ""
    return f"{spelled(asked.first)}{until}{only}"


def _switches(found: Material) -> str:
    how = found.how
    targets = ", ".join(f"{seconds:.0f} s ({words.plain(service).lower()})" for service, seconds in how.targets)
    short = f"short under {how.short_seconds:.0f} s{', and counts as abandoned' if how.count_short else ''}"
    level = "; who flowed out counts as not in time" if how.count_flow_out else ""
    return f"{short}; in time within {targets or f'{how.target_seconds:.0f} s'}{level}"


def _of_today(count: Count, with_tools: Tools) -> Figure:
    now = moment(with_tools)
    since = words.start_of_day(now.now, now.zone)
    with with_tools.database.reading() as tx:
        told = stories(entry for _, entry in store.counted_entries(tx, since))
        counted = behind.calls_of(count, told)
        rows = history_store.calls_by_id(tx, list(counted))
    return Figure(
        name=count.name,
        value=str(count.value(summed(told))),
        meaning=count.meaning,
        facts=(("Computed as", count.formula), ("Time", f"today, as of {now.stamp}")),
        behind=behind.of_count(counted, rows, now),
        back=url_for("supervisor.board"),
        back_says="Back to the board",
    )


def _of_now(sight: Sight, with_tools: Tools) -> Figure:
    now = moment(with_tools)
    tile, found = _at_risk(with_tools) if sight.key == "at_risk" else _seen(sight.key, with_tools)
    return Figure(
        name=sight.name,
        value=tile.value,
        meaning=sight.meaning,
        facts=(("Computed as", sight.formula), ("Time", f"now, as of {now.stamp}")),
        behind=found,
        back=url_for("supervisor.board"),
        back_says="Back to the board",
    )


def _seen(key: str, with_tools: Tools) -> tuple[Tile, Behind]:
    rows, now = board_rows(with_tools), moment(with_tools)
    tiles = boards.now_tiles(rows.waits, rows.staff, now, open_now=rows.center.open)
    tile = next(each for each in tiles if each.key == key)
    if key in behind.STATES_BEHIND:
        return tile, behind.of_states(key, rows.staff, now)
    return tile, behind.of_waits(key, rows.waits, now)


def _at_risk(with_tools: Tools) -> tuple[Tile, Behind]:
    now = moment(with_tools)
    with with_tools.database.reading() as tx:
        promises = ledger_store.with_tries(tx, ledger_store.pressing(tx, now.now))
        names = {row.id: lists.name_of(row) for row in store.clinicians(tx)}
    return boards.at_risk_tile(len(promises)), behind.of_pressing(promises, names, now)
