"""The supervisor's pages of the past: figures by interval, what each means and rests on, and calls found again."""

from dataclasses import asdict, dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, jsonify, make_response, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from calls import notes_store
from calls.dictionary import BY_KEY, METRICS
from calls.intervals import WIDTHS, day_of, intervals, midnight
from calls.stays import Stay, amounts
from config.outcomes import label_of
from desk import guards, history_store, lists, reports, store, words
from desk.asked import AXES, Asked, NotUnderstood, asked, spans, switches
from desk.exports import as_csv, as_rows
from desk.history_store import Wanted
from desk.moments import hours_of, moment
from desk.reports import Known, Material
from desk.tools import Tools, tools

history = Blueprint("history", __name__)
OUTCOMES = ("person", "callback", "voicemail", "operator", "none")
MOST_FOUND, MOST_BEHIND = 100, 500


@history.get("/history")
@guards.only_for("supervisor")
def page() -> AnyResponse | str:
    """Figures of a time, by interval and axis."""
    try:
        found = _material(tools())
    except NotUnderstood as wrong:
        return _refused("desk/history.html", str(wrong))
    shown = reports.report(found)
    return render_template(
        "desk/history.html",
        problem="",
        report=reports.without_zeroes(shown),
        values=reports.values_of(found),
        endings=_endings(tools(), found),
        **_choices(tools(), found.asked),
    )


@history.get("/history.csv")
@guards.only_for("supervisor")
def as_sheet() -> Response:
    """The same figures as a sheet."""
    found = _material_or_400()
    text = as_csv(*reports.table(found))
    name = f"access-center-{found.asked.first}-{found.asked.last}-{found.asked.width}.csv"
    return Response(text, mimetype="text/csv", headers={"Content-Disposition": f'attachment; filename="{name}"'})


@history.get("/history/outcomes.csv")
@guards.only_for("supervisor")
def outcomes_sheet() -> Response:
    """How often talks of this time were noted with which outcome, as a sheet."""
    found = _material_or_400()
    rows = [(each.service, each.outcome, each.label, each.talks) for each in _endings(tools(), found)]
    text = as_csv(("service", "outcome", "label", "talks"), rows)
    name = f"outcomes-{found.asked.first}-{found.asked.last}.csv"
    return Response(text, mimetype="text/csv", headers={"Content-Disposition": f'attachment; filename="{name}"'})


@history.get("/history.json")
@guards.only_for("supervisor")
def as_data() -> Response:
    """The same figures for a program, with the definitions they follow."""
    found = _material_or_400()
    header, rows = reports.table(found)
    meanings = {metric.key: {"unit": metric.unit, "formula": metric.formula} for metric in METRICS}
    how = {"short_seconds": found.how.short_seconds, "count_short": found.how.count_short}
    how |= {"count_flow_out": found.how.count_flow_out, "target_seconds": found.how.target_seconds}
    endings = [asdict(each) for each in _endings(tools(), found)]
    rows_said = as_rows(header, rows)
    return jsonify({"definitions": meanings, "switches": how, "rows": rows_said, "outcomes": endings})


@history.get("/figures/<key>")
@guards.only_for("supervisor")
def figure(key: str) -> str:
    """What a figure means, and the calls behind it. They are told by time and service, never by name."""
    metric = BY_KEY.get(key)
    if metric is None:
        abort(404)
    found = _material_or_400()
    behind = reports.rows_behind(metric, found)
    return render_template(
        "desk/figure.html",
        metric=metric,
        value=reports.said(metric, found.whole(), found.how),
        how=found.how,
        asked=found.asked,
        rows=[_behind(stay, found.known, tools()) for stay in behind[:MOST_BEHIND]],
        more=max(len(behind) - MOST_BEHIND, 0),
    )


@history.get("/calls")
@guards.only_for("supervisor")
def search() -> AnyResponse | str:
    """Calls found by day, service, language and outcome."""
    now = moment(tools())
    try:
        of = asked(request.args | {"width": "day"}, day_of(now.now, _zone(tools()).key))
    except NotUnderstood as wrong:
        return _refused("desk/calls.html", str(wrong))
    outcome = request.args.get("outcome", "")
    wanted = Wanted(
        midnight(of.first, _zone(tools()).key),
        midnight(of.last + timedelta(days=1), _zone(tools()).key),
        service=request.args.get("service", "")[:40],
        outcome=outcome if outcome in OUTCOMES else "",
        language=request.args.get("language", "")[:8],
    )
    with tools().database.reading() as tx:
        rows = history_store.calls_like(tx, wanted, MOST_FOUND + 1)
    return render_template(
        "desk/calls.html",
        problem="",
        calls=[lists.call_line(row, now) for row in rows[:MOST_FOUND]],
        more=len(rows) > MOST_FOUND,
        wanted=wanted,
        **_choices(tools(), of),
    )


@dataclass(frozen=True)
class Ended:
    """How many talks about a service were noted with one outcome."""

    service: str
    outcome: str
    label: str
    talks: int


def _endings(with_tools: Tools, found: Material) -> list[Ended]:
    with with_tools.database.reading() as tx:
        counts = notes_store.counts(tx, found.over[0].begins, found.over[-1].ends)
        said = notes_store.words(tx)
    content = with_tools.content
    return [Ended(service, key, label_of(content, service, key, said), talks) for service, key, talks in counts]


def _refused(template: str, problem: str) -> AnyResponse:
    return make_response(render_template(template, problem=problem, **_choices(tools(), None)), 400)


def _material_or_400() -> Material:
    try:
        return _material(tools())
    except NotUnderstood as wrong:
        abort(400, str(wrong))


def _material(with_tools: Tools) -> Material:
    zone, now = _zone(with_tools), with_tools.clock.now()
    of = asked(request.args, day_of(now, zone.key))
    over = intervals(of.first, of.last, of.width, zone.key)
    with with_tools.database.reading() as tx:
        made = amounts(history_store.entries_touching(tx, over[0].begins, over[-1].ends))
        changes = history_store.presence_changes(tx, over[0].begins, over[-1].ends)
        names = {row.id: lists.name_of(row) for row in store.clinicians(tx)}
    services = with_tools.content.services
    known = Known(zone, names, {key: service.skill for key, service in services.items()}, now)
    return Material(of, over, switches(of, targets_of(with_tools)), known, made, changes)


def targets_of(with_tools: Tools) -> dict[str, float]:
    """Within how many seconds each service is to be answered."""
    return {key: float(service.answer_seconds) for key, service in with_tools.content.services.items()}


def _zone(with_tools: Tools) -> ZoneInfo:
    return ZoneInfo(hours_of(with_tools).zone)


def _choices(with_tools: Tools, of: Asked | None) -> dict[str, object]:
    today: date = day_of(with_tools.clock.now(), _zone(with_tools).key)
    return {
        "asked": of or asked({}, today),
        "widths": WIDTHS,
        "axes": AXES,
        "spans": spans(today),
        "services": sorted(with_tools.content.services),
        "languages": with_tools.content.languages,
        "outcomes": OUTCOMES,
        "outcome_words": lists.OUTCOMES,
    }


def _behind(stay: Stay, known: Known, with_tools: Tools) -> dict[str, str]:
    now = moment(with_tools)
    who = known.names.get(stay.clinician or "", "a former colleague") if stay.clinician else ""
    ending = f"answered by {who}" if who else words.plain(stay.into or stay.ending or "still waiting").lower()
    return {
        "call_id": stay.call_id,
        "when": now.when(stay.entered_at),
        "service": words.plain(stay.service),
        "language": words.language(stay.language),
        "waited": words.timer(round(stay.seconds)),
        "ending": ending,
    }
