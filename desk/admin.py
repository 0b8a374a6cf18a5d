"""The administrator's pages: what changes weekly, one by one or as a sheet that can be tried before it is done."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date

from flask import (
    Blueprint,
    Response,
    abort,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response as AnyResponse

from calls import notes_store
from config.difference import DAYS
from config.outcomes import MOST_OUTCOMES, offered
from desk import admin_words, guards, store, stream
from desk.looking import actor_of
from desk.moments import moment
from desk.notices import notices, tell_done, tell_why_not
from desk.tools import Done, tools
from directory import day_spans, days_store, local_store
from directory.day_spans import SpanAsked

admin = Blueprint("admin", __name__, url_prefix="/admin")
SHEETS = ("people", "days", "outcomes")
LEVELS = ("0", "1", "2", "3", "4", "5", "-")  # "-": as the data say


@admin.get("")
@guards.only_for("admin")
def home() -> AnyResponse:
    """The first of the pages."""
    return redirect(url_for("admin.people"), 303)


# --- people


@admin.get("/people")
@guards.only_for("admin")
def people() -> str:
    """Everybody who works here, with phone (its end), languages and levels, as the staff sheet has them."""
    with tools().database.reading() as tx:
        rows = local_store.staff_rows(tx, tools().vault)
        titles = {each.id: each.title for each in store.clinicians(tx)}
    lines = [admin_words.person_line(row, titles.get(row["clinician"], "")) for row in rows]
    return _render("desk/admin_people.html", people=lines)


@admin.get("/people/<clinician_id>")
@guards.only_for("admin")
def person(clinician_id: str) -> str:
    """One of them, to be changed."""
    return _person_page(clinician_id, {})


def _person_page(clinician_id: str, entered: Mapping[str, str]) -> str:
    with tools().database.reading() as tx:
        rows = {row["clinician"]: row for row in local_store.staff_rows(tx, tools().vault)}
    if clinician_id not in rows:
        abort(404)
    line = admin_words.person_line(rows[clinician_id], "")
    skills = sorted(tools().administer.skills)
    return _render("desk/admin_person.html", who=line, skills=skills, levels=LEVELS, entered=entered)


@admin.post("/people/<clinician_id>")
@guards.only_for("admin")
def set_person(clinician_id: str) -> AnyResponse:
    """Phone, languages, or one skill with its level and its last day; what is left empty stays."""
    form = {name: request.form.get(name, "").strip() for name in ("phone", "languages", "skill", "level", "until")}
    if form["level"] not in ("", *LEVELS) or any(len(value) > 100 for value in form.values()):
        abort(400)
    until = f":{form['until']}" if form["until"] else ""
    skills = f"{form['skill']}:{form['level']}{until}" if form["skill"] and form["level"] else ""
    done = tools().administer.set_person(clinician_id, form["phone"], form["languages"], skills, _me())
    if done.refused:
        return _refused(done, lambda: _person_page(clinician_id, form))
    return _back(done, admin_words.told_person(done.changed), url_for("admin.person", clinician_id=clinician_id))


# --- hours


@admin.get("/days")
@guards.only_for("admin")
def days() -> str:
    """The hours of each calendar, and the days that are kept otherwise."""
    return _days_page(SpanAsked())


@admin.post("/days")
@guards.only_for("admin")
def set_days() -> AnyResponse:
    """Days with other hours, or closed, or like others again: tried, or done."""
    asked = _span_asked()
    done = tools().administer.set_days(asked, _me(), dry=request.form.get("do") != "yes")
    if done.refused or done.dry:
        return make_response(_days_page(asked, done), 400 if done.refused else 200)
    tell_done(done.told)
    if done.changed:
        stream.tell_others()
    return redirect(url_for("admin.days"), 303)


def _span_asked() -> SpanAsked:
    names = ("calendar", "first", "last", "kept", "opens", "closes")
    fields = {name: request.form.get(name, "").strip()[:40] for name in names}
    weekdays = tuple(entry[:40] for entry in request.form.getlist("weekdays")[:7])
    return SpanAsked(weekdays=weekdays, **fields)


def _days_page(asked: SpanAsked, done: Done | None = None) -> str:
    today = moment(tools()).now.astimezone(moment(tools()).zone).date()
    with tools().database.reading() as tx:
        kept = [line for line in days_store.days(tx) if line.day >= today]
    return _render(
        "desk/admin_days.html",
        calendars=[admin_words.calendar(key, hours, today) for key, hours in tools().content.hours.items()],
        spans=[admin_words.span_line(span) for span in day_spans.spans(kept)],
        weekdays=DAYS,
        asked=asked,
        done=done,
        today=today,
        ahead=day_spans.spelled(today + day_spans.AHEAD),
    )


# --- outcomes


@admin.get("/outcomes")
@guards.only_for("admin")
def outcomes() -> str:
    """How talks may end, service by service."""
    return _outcomes_page({})


def _outcomes_page(entered: Mapping[str, str]) -> str:
    content = tools().content
    with tools().database.reading() as tx:
        said = notes_store.words(tx)
    services = [
        admin_words.outcomes_of(key, offered(content, key, said), content.services[key].outcomes, said)
        for key in content.services
    ]
    return _render("desk/admin_outcomes.html", services=services, most=MOST_OUTCOMES, entered=entered)


@admin.post("/outcomes")
@guards.only_for("admin")
def set_outcome() -> AnyResponse:
    """One more, one in other words, or one that is offered no more."""
    service, label = request.form.get("service", "")[:40], request.form.get("label", "").strip()[:80]
    key = request.form.get("key", "")[:40] or key_of(label)
    active = request.form.get("offered", "yes") == "yes"
    done = tools().administer.set_outcome(service, key, label, active, _me())
    if done.refused:
        return _refused(done, lambda: _outcomes_page({"service": service, "label": label, "key": key}))
    told = admin_words.told_outcome(service, label, offered=active) if done.changed else ""
    return _back(done, told, url_for("admin.outcomes"))


def key_of(label: str) -> str:
    """A code from words: "Passed on to a nurse" gives "passed_on_to_a_nurse"."""
    return re.sub(r"[^a-z0-9]+", "_", label.lower()).strip("_")[:40]


# --- sheets


@admin.get("/<sheet>.csv")
@guards.only_for("admin")
def taken(sheet: str) -> Response:
    """A sheet as it stands."""
    if sheet not in SHEETS:
        abort(404)
    text = tools().administer.written(sheet, _me())
    name = f'attachment; filename="{sheet}-{date.isoformat(tools().clock.now().date())}.csv"'
    return Response(text, mimetype="text/csv", headers={"Content-Disposition": name})


@admin.post("/<sheet>.csv")
@guards.only_for("admin")
def given(sheet: str) -> AnyResponse:
    """A sheet is tried, or done: all of it, or with one flaw nothing."""
    if sheet not in SHEETS:
        abort(404)
    dry = request.form.get("do") != "yes"
    file = request.files.get("sheet")
    try:
        text = file.read().decode("utf-8-sig") if file else ""
    except UnicodeDecodeError:
        return _result(sheet, refused=("The file is not UTF-8. Save it as CSV UTF-8.",), dry=dry)
    if not text.strip():
        return _result(sheet, refused=("There is nothing in the file.",), dry=dry)
    done = tools().administer.sheet(sheet, text, _me(), dry=dry)
    if done.changed and not dry:
        stream.tell_others()
    return _result(sheet, done.changed, done.refused, dry=dry)


def _result(sheet: str, changed: Sequence[str] = (), refused: Sequence[str] = (), *, dry: bool) -> AnyResponse:
    page = _render("desk/admin_sheet.html", sheet=sheet, changed=changed, refused=refused, dry=dry)
    return make_response(page, 400 if refused else 200)


def _render(template: str, **values: object) -> str:
    return render_template(template, notices=notices(), stamp=moment(tools()).stamp, **values)


def _refused(done: Done, page: Callable[[], str]) -> AnyResponse:
    """The form again, as it was entered, with why it cannot be."""
    for line in done.refused:
        tell_why_not(admin_words.of_a_form(line))
    return make_response(page(), 400)


def _back(done: Done, told: str, to: str) -> AnyResponse:
    tell_done(told or "Nothing changed.")
    if done.changed:
        stream.tell_others()
    return redirect(to, 303)


def _me() -> str:
    return actor_of(guards.me())
