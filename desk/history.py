"""The supervisor's pages of the past: figures by interval, and calls found again."""

from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, jsonify, make_response, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from callbacks import ledger_store
from calls import notes_store
from calls.dictionary import METRICS
from calls.intervals import day_of, intervals, midnight
from calls.stays import amounts
from config.outcomes import label_of
from desk import guards, history_store, lists, losses, reports, store
from desk.asked import AXES, WIDTHS_SAID, Asked, NotUnderstood, asked, entered, spans, switches
from desk.exports import as_csv, as_rows
from desk.history_store import Wanted
from desk.moments import hours_of, moment
from desk.reports import Known, Material
from desk.tools import Tools, tools

history = Blueprint("history", __name__)
OUTCOMES = ("person", "callback", "voicemail", "operator", "none")
MOST_FOUND = 100


@history.get("/history")
@guards.only_for("supervisor")
def page() -> AnyResponse | str:
    """Figures of a time, by interval and axis."""
    try:
        found = material(tools())
    except NotUnderstood as wrong:
        return _refused("desk/history.html", str(wrong), values=_only())
    shown = reports.report(found)
    return render_template(
        "desk/history.html",
        problem="",
        report=reports.without_zeroes(shown),
        values=reports.values_of(found),
        losses=losses.losses(found),
        endings=_endings(tools(), found),
        **_choices(tools(), found.asked),
    )


@history.get("/history.csv")
@guards.only_for("supervisor")
def as_sheet() -> Response:
    """The same figures as a sheet."""
    found = material_or_400()
    text = as_csv(*reports.table(found))
    name = f"access-center-{found.asked.first}-{found.asked.last}-{found.asked.width}.csv"
    return Response(text, mimetype="text/csv", headers={"Content-Disposition": f'attachment; filename="{name}"'})


@history.get("/history/outcomes.csv")
@guards.only_for("supervisor")
def outcomes_sheet() -> Response:
    """How often talks of this time were noted with which outcome, as a sheet."""
    found = material_or_400()
    rows = [(each.service, each.outcome, each.label, each.talks) for each in _endings(tools(), found)]
    text = as_csv(("service", "outcome", "label", "talks"), rows)
    name = f"outcomes-{found.asked.first}-{found.asked.last}.csv"
    return Response(text, mimetype="text/csv", headers={"Content-Disposition": f'attachment; filename="{name}"'})


@history.get("/history.json")
@guards.only_for("supervisor")
def as_data() -> Response:
    """The same figures for a program, with the definitions they follow."""
    found = material_or_400()
    header, rows = reports.table(found)
    meanings = {metric.key: {"unit": metric.unit, "formula": metric.formula} for metric in METRICS}
    how = {"short_seconds": found.how.short_seconds, "count_short": found.how.count_short}
    how |= {"count_flow_out": found.how.count_flow_out, "target_seconds": found.how.target_seconds}
    endings = [asdict(each) for each in _endings(tools(), found)]
    rows_said = as_rows(header, rows)
    return jsonify({"definitions": meanings, "switches": how, "rows": rows_said, "outcomes": endings})


@history.get("/calls")
@guards.only_for("supervisor")
def search() -> AnyResponse | str:
    """Calls found by day, service, language and outcome."""
    now = moment(tools())
    try:
        of = asked(request.args | {"width": "day"}, _today(tools()))
    except NotUnderstood as wrong:
        return _refused("desk/calls.html", str(wrong), wanted=_chosen())
    begins, ends = midnight(of.first, _zone(tools()).key), midnight(of.last + timedelta(days=1), _zone(tools()).key)
    wanted = Wanted(begins, ends, **_chosen())
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


def _chosen() -> dict[str, str]:
    """What the calls of these days are searched for."""
    outcome = request.args.get("outcome", "")
    return {
        "service": request.args.get("service", "")[:40],
        "outcome": outcome if outcome in OUTCOMES else "",
        "language": request.args.get("language", "")[:8],
    }


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


def narrowed(found: Material, at: str) -> Material:
    """The same of one of its intervals alone, by the instant at which it begins; `NotUnderstood` if none does."""
    only = [each for each in found.over if each.begins.isoformat() == at]
    if not only:
        raise NotUnderstood(f"found at={at[:40]!r}; accepted: the beginning of an interval of these days")
    return replace(found, over=only)


def _refused(template: str, problem: str, **more: object) -> AnyResponse:
    """The form as it was entered, with why it cannot be."""
    choices = _choices(tools(), entered(request.args, _today(tools())))
    return make_response(render_template(template, problem=problem, **choices, **more), 400)


def _only() -> list[tuple[str, str]]:
    """The one value of the axis that was asked for: which others there are, nobody has looked up."""
    value = request.args.get("value", "")[:64]
    if not value:
        return []
    with tools().database.reading() as tx:
        return [(value, reports.name_of(value, request.args.get("axis", ""), store.names(tx)))]


def material_or_400() -> Material:
    """What the address asks for, of one interval alone if it names one; 400 if that cannot be."""
    at = request.args.get("at", "")
    try:
        return narrowed(material(tools()), at) if at else material(tools())
    except NotUnderstood as wrong:
        abort(400, str(wrong))


def material(with_tools: Tools) -> Material:
    """What the address asks for, read; `NotUnderstood` if that cannot be."""
    zone, now = _zone(with_tools), with_tools.clock.now()
    of = asked(request.args, _today(with_tools))
    over = intervals(of.first, of.last, of.width, zone.key)
    with with_tools.database.reading() as tx:
        promises = tuple(ledger_store.decided(tx, over[0].begins, over[-1].ends, now))
        made = replace(amounts(history_store.entries_touching(tx, over[0].begins, over[-1].ends)), promises=promises)
        changes = history_store.presence_changes(tx, over[0].begins, over[-1].ends)
        names = store.names(tx)
    services = with_tools.content.services
    known = Known(zone, names, {key: service.skill for key, service in services.items()}, now)
    return Material(of, over, switches(of, targets_of(with_tools)), known, made, changes)


def targets_of(with_tools: Tools) -> dict[str, float]:
    """Within how many seconds each service is to be answered."""
    return {key: float(service.answer_seconds) for key, service in with_tools.content.services.items()}


def _zone(with_tools: Tools) -> ZoneInfo:
    return ZoneInfo(hours_of(with_tools).zone)


def _today(with_tools: Tools) -> date:
    return day_of(with_tools.clock.now(), _zone(with_tools).key)


def _choices(with_tools: Tools, of: Asked) -> dict[str, object]:
    today = _today(with_tools)
    return {
        "asked": of,
        "widths": WIDTHS_SAID,
        "axes": AXES,
        "spans": spans(today),
        "services": sorted(with_tools.content.services),
        "languages": with_tools.content.languages,
        "outcomes": OUTCOMES,
        "outcome_words": lists.OUTCOMES,
    }
