"""What a supervisor does from his pages: a clinician's state and levels for today, waiting calls, services closed."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from desk import free_time, guards, lists, store, stream, words
from desk.clinician import REASONS, STATES
from desk.free_time import LONGEST_MINUTES
from desk.looking import actor_of
from desk.moments import moment
from desk.notices import notices, tell, tell_why_not
from desk.rows import SkillRow
from desk.sessions import Claims
from desk.tools import Tools, tools
from directory.hours import next_opening

OF_STATE, MOST_ENTERED = ("state", "reason", "minutes", "begins"), 20  # of the form that changes a state; characters
NOTHING_ENTERED: Mapping[str, str] = MappingProxyType({})

acting = Blueprint("acting", __name__)
HEAD_STARTS = (5, 10, 30)  # minutes
LEVELS = (0, 1, 2, 3, 4, 5)
CLOSED_FOR = ("30", "60", "120", "240", "opening", "")  # minutes, the next opening, until lifted


@acting.get("/people/<clinician_id>")
@guards.only_for("supervisor")
def person(clinician_id: str) -> str:
    """One clinician: what he does, what he can do today, and what may be changed of both."""
    shown = _of_person(tools(), clinician_id)
    if shown is None:
        abort(404)
    return render_template("desk/person.html", notices=notices(), refused=_refused(request.args), **shown)


@acting.get("/people/<clinician_id>/stream")
@guards.only_for("supervisor")
def live(clinician_id: str) -> Response:
    """The same, again and again."""
    if _of_person(tools(), clinician_id) is None:
        abort(404)
    drawing = _drawing(guards.signed_in(), clinician_id, _refused(request.args))
    return stream.live(drawing, render_template("desk/_ended.html"))


def _drawing(claims: Claims, clinician_id: str, refused: Mapping[str, str]) -> stream.Draw:
    """Draws one clinician while this sign-in counts, also when he takes no calls any more."""
    with_tools = tools()

    def draw(since: float) -> str | None:
        person = guards.still_in_wave(with_tools, claims, since)
        if person is None or "supervisor" not in person.roles:
            return None
        shown = _of_person(with_tools, clinician_id)
        if shown is None:
            return render_template("desk/_gone.html")
        return render_template("desk/_person.html", refused=refused, **shown)

    return draw


def _refused(entered: Mapping[str, str]) -> dict[str, str]:
    """What was entered of a change of state that was refused: it stands in the form again, to be mended."""
    return {name: value[:MOST_ENTERED] for name in OF_STATE if (value := entered.get(name, "").strip())}


def _of_person(with_tools: Tools, clinician_id: str) -> dict[str, Any] | None:
    """What the page shows of him as he is now; None if nobody of this id takes calls."""
    with with_tools.database.reading() as tx:
        row = store.one_clinician(tx, clinician_id)
        skills = store.levels_of(tx, clinician_id)
    if row is None:
        return None
    now, services = moment(with_tools), with_tools.content.services
    known = sorted({service.skill for service in services.values()} | set(with_tools.content.skills))
    return {
        "who": lists.staff(row, now),
        "skills": [_skill_line(skill) for skill in skills],
        "others": [skill for skill in known if skill not in {each.skill for each in skills}],
        "states": STATES,
        "reasons": REASONS,
        "levels": LEVELS,
        "stamp": now.stamp,
    }


def _skill_line(row: SkillRow) -> dict[str, object]:
    usual = f"level {row.usual}" if row.usual else "not at all"
    note = f"today; usually {usual}" if row.today is not None else ""
    return {"key": row.skill, "name": words.plain(row.skill), "level": row.level, "note": note}


@acting.post("/people/<clinician_id>/presence")
@guards.only_for("supervisor")
def set_presence(clinician_id: str) -> AnyResponse:
    """Ready, for some minutes or from a time of today on; away with a reason, in a visit, or offline."""
    state, reason = request.form.get("state", ""), request.form.get("reason") or None
    if state not in STATES or (reason is not None and reason not in REASONS):
        abort(400)
    if state == "ready" and (begins := request.form.get("begins", "").strip()):
        return _on_person(clinician_id, _free_from(clinician_id, begins), _refused(request.form))
    minutes = _minutes() if state != "offline" else None
    why = reason if state == "away" else None
    why_not = tools().oversee.set_presence(clinician_id, state, why, minutes, _me())
    return _on_person(clinician_id, why_not, _refused(request.form))


def _free_from(clinician_id: str, begins: str) -> str:
    """Ready for some minutes from a time of today on; why not, or "" when it is done."""
    found = free_time.read(begins, request.form.get("minutes", ""), moment(tools()))
    if isinstance(found, str):
        return found
    oversee, about = tools().oversee, (clinician_id, "ready", None, found.minutes, _me())
    return oversee.set_presence(*about, begins=found.begins)


@acting.post("/people/<clinician_id>/wrap-up/end")
@guards.only_for("supervisor")
def end_wrap_up(clinician_id: str) -> AnyResponse:
    """He is ready for the next call."""
    return _on_person(clinician_id, tools().oversee.end_wrap_up(clinician_id, _me()))


@acting.post("/people/<clinician_id>/today")
@guards.only_for("supervisor")
def set_today(clinician_id: str) -> AnyResponse:
    """A level for today, or as usual again."""
    level, skill = request.form.get("level", ""), request.form.get("skill", "")[:40]
    if level not in ("", *map(str, LEVELS)):
        abort(400)
    why_not = tools().oversee.set_today(clinician_id, skill, int(level) if level else None, _me())
    return _on_person(clinician_id, why_not)


@acting.post("/calls/<call_id>/hurry")
@guards.only_for("supervisor")
def hurry(call_id: str) -> AnyResponse:
    """A bigger head start for a caller who waits."""
    minutes = request.form.get("minutes", "")
    if minutes not in map(str, HEAD_STARTS):
        abort(400)
    why_not = tools().oversee.hurry(call_id, 60 * int(minutes), _me())
    return _on_call(call_id, why_not, f"The caller counts as if he had come {minutes} minutes earlier.")


@acting.post("/calls/<call_id>/move")
@guards.only_for("supervisor")
def move(call_id: str) -> AnyResponse:
    """A caller waits for another service."""
    service = request.form.get("service", "")[:40]
    why_not = tools().oversee.move(call_id, service, _me())
    return _on_call(call_id, why_not, f"The caller waits for {words.plain(service).lower()} now, and hears of it.")


@acting.post("/board/services/<service>/close")
@guards.only_for("supervisor")
def close_service(service: str) -> AnyResponse:
    """Closed from now on: nobody more waits for it, and who waits is asked how it shall go on."""
    tell_why_not(tools().oversee.close_service(service, _until(), _me()))
    stream.tell_others()
    return redirect(url_for("supervisor.board"), 303)


@acting.post("/board/services/<service>/open")
@guards.only_for("supervisor")
def open_service(service: str) -> AnyResponse:
    """It follows its hours again."""
    tell_why_not(tools().oversee.open_service(service, _me()))
    stream.tell_others()
    return redirect(url_for("supervisor.board"), 303)


def _until() -> datetime | None:
    """The instant that the form names: a time of today, so many minutes from now, the next opening; None: none."""
    now, at, span = tools().clock.now(), request.form.get("at", "").strip(), request.form.get("for", "")
    if span not in CLOSED_FOR:
        abort(400)
    if at:
        return _today_at(at, now)
    if span == "opening":
        with tools().database.reading() as tx:
            return next_opening(store.kept_hours(tx, tools().content, now), now)
    return now + timedelta(minutes=int(span)) if span else None


def _today_at(entered: str, now: datetime) -> datetime:
    try:
        wall = time.fromisoformat(entered)
    except ValueError:
        abort(400)
    zone = moment(tools()).zone
    assert isinstance(zone, ZoneInfo), "the clinic's zone is one of the tz database"
    return datetime.combine(now.astimezone(zone).date(), wall.replace(tzinfo=None), zone)


def _minutes() -> int | None:
    entered = request.form.get("minutes", "").strip()
    if not entered:
        return None
    if not entered.isdecimal() or not 1 <= int(entered[:6]) <= LONGEST_MINUTES:
        abort(400)
    return int(entered)


def _me() -> str:
    return actor_of(guards.me())


def _on_person(clinician_id: str, why_not: str, entered: Mapping[str, str] = NOTHING_ENTERED) -> AnyResponse:
    tell_why_not(why_not)
    stream.tell_others()
    kept: dict[str, Any] = dict(entered) if why_not else {}
    return redirect(url_for("acting.person", clinician_id=clinician_id, **kept), 303)


def _on_call(call_id: str, why_not: str, done: str) -> AnyResponse:
    tell(why_not, done)
    stream.tell_others()
    return redirect(url_for("supervisor.one_call", call_id=call_id), 303)
