"""One figure opened: what it means, how it is computed, and the calls, promises or clinicians behind it.

A key is one of a report (a figure of any time, by the address), a count of today, a figure of this moment or of one
line, or one of the ledger of promises. No key stands in two dictionaries.
"""

from flask import Blueprint, abort, render_template, request, url_for

from callbacks import ledger_store
from callbacks.ledger import totals
from callbacks.ledger_dictionary import LEDGER_BY_KEY, LedgerFigure
from calls.board_dictionary import COUNT_BY_KEY, LINES_BY_KEY, NOW_BY_KEY, Count, Sight
from calls.dictionary import BY_KEY
from calls.metrics import stories, summed
from desk import behind, boards, figures_past, guards, history_store, owed, promises, queues, store, words
from desk.behind import Behind, Figure
from desk.boards import Tile
from desk.history import material_or_400
from desk.moments import moment
from desk.queues import OfLine
from desk.supervisor import board_rows
from desk.tools import tools

figure_page = Blueprint("figure_page", __name__)
MOST_BEHIND = 500


@figure_page.get("/figures/<key>")
@guards.only_for("supervisor")
def page(key: str) -> str:
    """What a figure means, and what is behind it. Callers are told by time and service, never by name."""
    if key in BY_KEY:
        return _drawn(figures_past.of_metric(BY_KEY[key], material_or_400()), place="/history")
    if key in figures_past.REPORTED:
        return _drawn(figures_past.REPORTED[key](material_or_400()), place="/history")
    if key in COUNT_BY_KEY:
        return _drawn(_of_today(COUNT_BY_KEY[key]), place="/board")
    if key in NOW_BY_KEY:
        return _drawn(_of_now(NOW_BY_KEY[key]), place="/board")
    if key in LINES_BY_KEY:
        return _drawn(_of_line(LINES_BY_KEY[key]), place="/board")
    if key not in LEDGER_BY_KEY:
        abort(404)
    return _drawn(_of_ledger(LEDGER_BY_KEY[key]), place="/promises")


def _drawn(figure: Figure, *, place: str) -> str:
    lines = figure.behind.lines
    more = max(len(lines) - MOST_BEHIND, 0)
    return render_template("desk/figure.html", figure=figure, lines=lines[:MOST_BEHIND], more=more, place=place)


def _of_today(count: Count) -> Figure:
    now = moment(tools())
    since = words.start_of_day(now.now, now.zone)
    with tools().database.reading() as tx:
        told = stories(entry for _, entry in store.counted_entries(tx, since))
        counted = behind.calls_of(count, told)
        rows = history_store.calls_by_id(tx, list(counted))
    time = ("Time", f"today, as of {now.stamp}")
    return _of_board(count, str(count.value(summed(told))), (time,), behind.of_count(counted, rows, now))


def _of_now(sight: Sight) -> Figure:
    tile, found = _at_risk() if sight.key == "at_risk" else _seen(sight.key)
    return _of_board(sight, tile.value, (_as_of_now(),), found)


def _seen(key: str) -> tuple[Tile, Behind]:
    rows, now = board_rows(tools()), moment(tools())
    tiles = boards.now_tiles(rows.waits, rows.staff, now, open_now=rows.center.open)
    tile = next(each for each in tiles if each.key == key)
    if key in behind.STATES_BEHIND:
        return tile, behind.of_states(key, rows.staff, now)
    return tile, behind.of_waits(key, rows.waits, now)


def _at_risk() -> tuple[Tile, Behind]:
    now = moment(tools())
    with tools().database.reading() as tx:
        pressing, names = ledger_store.with_tries(tx, ledger_store.pressing(tx, now.now)), store.names(tx)
    return boards.at_risk_tile(len(pressing)), behind.of_pressing(pressing, names, now)


def _of_line(sight: Sight) -> Figure:
    """Of the line that the address names: a service, a language, or both; of all of them if it names none."""
    rows, now = board_rows(tools()), moment(tools())
    of = OfLine(request.args.get("service"), request.args.get("language"))
    value = queues.cell(sight.key, of, rows.waits, rows.staff, rows.skills, now).value
    found = behind.of_line(sight.key, of, rows.waits, rows.staff, rows.skills, now)
    return _of_board(sight, value, (("Line", of.in_words()), _as_of_now()), found)


def _of_board(of: Count | Sight, value: str, facts: tuple[tuple[str, str], ...], found: Behind) -> Figure:
    computed = ("Computed as", of.formula)
    return Figure(of.name, value, of.meaning, (computed, *facts), found, url_for("supervisor.board"), TO_BOARD)


TO_BOARD = "Back to the board"


def _as_of_now() -> tuple[str, str]:
    return ("Time", f"now, as of {moment(tools()).stamp}")


def _of_ledger(figure: LedgerFigure) -> Figure:
    now, listed = moment(tools()), promises.listed(tools())
    with tools().database.reading() as tx:
        names = store.names(tx)
    tile = next(each for each in owed.tiles(totals(listed, now.now)) if each.key == figure.key)
    days = ("Days", f"the last {promises.DAYS}, and whatever is open, as of {now.stamp}")
    return Figure(
        name=figure.name,
        value=tile.value,
        meaning=figure.meaning,
        facts=(("Computed as", figure.formula), days),
        behind=behind.of_ledger(figure.rests_on, listed, names, now),
        back=url_for("promises.page"),
        back_says="Back to the promises",
    )
