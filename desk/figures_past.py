"""Opens the figures of a report: their definitions, and the calls, talks, promises or clinicians behind them."""

from collections.abc import Callable, Mapping

from flask import request, url_for

from calls import notes_store
from calls.board_dictionary import Sight
from calls.dictionary import Metric
from calls.intervals import Interval
from calls.notes_store import NotedTalk
from calls.occupancy import occupancy
from calls.report_dictionary import LOST, NOTED, OCCUPANCY
from calls.stays import Stay
from config.outcomes import label_of
from desk import behind_reports, losses, reports, words
from desk.behind import Behind, Figure
from desk.moments import moment
from desk.reports import Material
from desk.tools import tools
from desk.words import Moment
from directory.day_spans import spelled

Facts = tuple[tuple[str, str], ...]


def of_metric(metric: Metric, found: Material) -> Figure:
    """A figure of the dictionary."""
    switches = (("Counted", _switches(found)),) if metric.of is Stay else ()  # nothing else is counted by them
    value, behind = reports.said(metric, found.whole(), found.how), behind_reports.of_metric(metric, found, _now())
    return _figure(metric, value, (*_times(found), *switches), behind, found)


def _lost(found: Material) -> Figure:
    """Callers who did not reach their own clinician: all of them, or those of one cause."""
    cause = request.args.get("cause", "")[:80]
    lost = [each for each in losses.lost(found) if cause in ("", each.cause)]
    waited = losses.waited_on_average([each.stay for each in lost])
    facts = (*_times(found), ("Cause", words.plain(cause) if cause else "any"), ("Waited on average", waited))
    return _figure(LOST, str(len(lost)), facts, behind_reports.of_lost(lost, found.known, _now()), found)


def _occupancy(found: Material) -> Figure:
    """How busy clinicians were: all of them, or the one whom the report is about."""
    spent = reports.spent_in(found, _whole(found))
    value = reports.in_words(occupancy(spent.values()), "share")
    facts = _times(found, only=found.asked.axis == "person")
    return _figure(OCCUPANCY, value, facts, behind_reports.of_spent(spent, found.known), found)


def _noted(found: Material) -> Figure:
    """Talks by the outcome that was noted: all, or those of one service and outcome."""
    service, outcome, over = request.args.get("service"), request.args.get("outcome"), _whole(found)
    with tools().database.reading() as tx:
        noted = notes_store.noted_so(tx, over.begins, over.ends, service, outcome)
        said = notes_store.words(tx)

    def label(each: NotedTalk) -> str:
        return label_of(tools().content, each.service, each.outcome, said)

    facts = (
        *_times(found, only=False),
        ("Service", "any" if service is None else words.plain(service)),
        ("Outcome", "any" if outcome is None else label_of(tools().content, service or "", outcome, said)),
    )
    behind = behind_reports.of_noted(noted, label, found.known, _now())
    return _figure(NOTED, str(len(noted)), facts, behind, found)


REPORTED: Mapping[str, Callable[[Material], Figure]] = {
    LOST.key: _lost,
    OCCUPANCY.key: _occupancy,
    NOTED.key: _noted,
}


def _figure(of: Metric | Sight, value: str, facts: Facts, behind: Behind, found: Material) -> Figure:
    computed = ("Computed as", of.formula)
    back = f"{url_for('history.page')}?{found.asked.query()}"
    return Figure(of.name, value, of.meaning, (computed, *facts), behind, back, "Back to the history")


def _whole(found: Material) -> Interval:
    return Interval(found.over[0].begins, found.over[-1].ends)


def _times(found: Material, *, only: bool = True) -> Facts:
    """Of which days, or of which interval, and of which value of the axis a figure is."""
    of = found.asked
    until = f" to {spelled(of.last)}" if of.last != of.first else ""
    value = f"; only {reports.name_of(of.value, of.axis, found.known.names)}" if only and of.value else ""
    days = ("Days", f"{spelled(of.first)}{until}{value}")
    if not request.args.get("at"):
        return (days,)
    return days, ("Interval", reports.label_of(found.over[0], of, found.known.zone))


def _switches(found: Material) -> str:
    how = found.how
    targets = ", ".join(f"{seconds:.0f} s ({words.plain(service).lower()})" for service, seconds in how.targets)
    short = f"short under {how.short_seconds:.0f} s{', and counts as abandoned' if how.count_short else ''}"
    level = "; who flowed out counts as not in time" if how.count_flow_out else ""
    return f"{short}; in time within {targets or f'{how.target_seconds:.0f} s'}{level}"


def _now() -> Moment:
    return moment(tools())
