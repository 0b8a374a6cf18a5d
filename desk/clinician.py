"""The clinician's own page: what he does now, the call he has taken, his callbacks and his messages."""

from collections.abc import Sequence
from dataclasses import replace

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from calls.work import BY_HAND
from desk import free_time, guards, looking, noted, store, stream, working
from desk.explaining import reasons
from desk.free_time import LONGEST_MINUTES
from desk.looking import Look
from desk.mine import my_page, short_name
from desk.moments import moment
from desk.notices import Notice, beside_the_live_part, notices, tell_why_not
from desk.rows import Mine, PatientName
from desk.sessions import Claims, Person
from desk.tools import Tools, tools
from routing.offers import DECLINED_FOR

clinician = Blueprint("clinician", __name__, url_prefix="/me")
STATES = ("ready", "away", "in_visit", "offline")
REASONS = ("break", "lunch", "paperwork", "meeting", "other")
AGAIN_IN = (0, 15, 30, 60)  # minutes, after which a patient may be rung again


@clinician.get("")
@guards.only_for("clinician")
def page() -> str:
    """The whole page."""
    return _page("desk/me.html", notices())


@clinician.get("/stream")
@guards.only_for("clinician")
def live() -> Response:
    """The page's live part, again and again."""
    return stream.live(_drawing(guards.signed_in()), render_template("desk/_ended.html"))


@clinician.post("/presence")
@guards.only_for("clinician")
def set_presence() -> AnyResponse | str:
    """Ready, for some minutes, from a time of today on, or until further notice; away, in a visit, or offline."""
    state, reason = request.form.get("state", ""), request.form.get("reason") or None
    if state not in STATES or (reason is not None and reason not in REASONS):
        abort(400)
    if state == "ready" and "begins" in request.form:
        return _free_from()
    minutes = minutes_of(request.form.get("minutes", "")) if state != "offline" else None
    why = reason if state == "away" else None
    if tools().act.set_presence(my_id(guards.me()), state, why, minutes) is False:
        tell_why_not("You are in a call. Change this when it is over.")
    return changed()


def _free_from() -> AnyResponse | str:
    """Ready for some minutes from a time of today on."""
    found = free_time.read(request.form["begins"], request.form.get("minutes", ""), moment(tools()))
    if isinstance(found, str):
        tell_why_not(found)
    else:
        tools().act.set_presence(my_id(guards.me()), "ready", None, found.minutes, begins=found.begins)
    return changed()


@clinician.post("/owed/<item_id>/<what>")
@guards.only_for("clinician")
def do_work(item_id: str, what: str) -> AnyResponse | str:
    """Something owed to a patient is taken on, put off or dealt with; what is not his to see does not exist for him."""
    mine = _mine(tools(), guards.me())
    if item_id not in {row.item.id for row in mine.work}:
        abort(404)
    working.perform(tools(), guards.me(), item_id, what, by=my_id(guards.me()))
    return changed()


@clinician.get("/messages/<message_id>/sound")
@guards.only_for("clinician")
def message_sound(message_id: str) -> Response:
    """A message that is his, or his team's, to be heard."""
    mine = _mine(tools(), guards.me())
    return working.sound_of(tools(), guards.me(), message_id, {row.item.subject for row in mine.work})


def changed() -> AnyResponse | str:
    """The page after something was done: its live part, or the whole where there is no script."""
    stream.tell_others()
    if "HX-Request" in request.headers:
        return _page("desk/_me.html") + beside_the_live_part()
    return redirect(url_for("clinician.page"), 303)


def _page(template: str, told: Sequence[Notice] = ()) -> str:
    mine = _mine(tools(), guards.me())
    looking.note(tools(), guards.me(), looks_of(mine))
    return _render(template, tools(), mine, told)


def _drawing(claims: Claims) -> stream.Draw:
    """Draws this person's live part while his sign-in counts. Looks are noted once a stream, before they are sent."""
    with_tools, noted = tools(), frozenset[Look]()

    def draw(since: float) -> str | None:
        nonlocal noted
        person = guards.still_in_wave(with_tools, claims, since)
        if person is None or "clinician" not in person.roles:
            return None
        mine = _mine(with_tools, person)
        noted = looking.note(with_tools, person, looks_of(mine), noted)
        return _render("desk/_me.html", with_tools, mine)

    return draw


def _mine(with_tools: Tools, person: Person) -> Mine:
    skill_of = {name: service.skill for name, service in with_tools.content.services.items()}
    with with_tools.database.reading() as tx:
        found = store.mine(tx, my_id(person), skill_of, with_tools.clock.now())
    if found is None:
        abort(403)
    return found


def _render(template: str, with_tools: Tools, mine: Mine, told: Sequence[Notice] = ()) -> str:
    names = {key: _short_name(with_tools, name) for key, name in mine.names.items()}
    why = reasons(mine.talk, mine.me.id, mine.colleagues) if mine.talk else ()
    now, content, opened = moment(with_tools), with_tools.content, with_tools.vault.open
    shown = replace(
        my_page(mine, names, why, now),
        end=noted.end_form(mine, names, content, opened, now),
        earlier=noted.noted(mine.earlier, mine.colleagues, content, mine.words, opened, now),
    )
    languages = sorted(with_tools.content.interpreters)
    return render_template(
        template,
        page=shown,
        away_reasons=REASONS,
        notices=told,
        interpreters=languages,
        outcomes=BY_HAND,
        snoozes=working.SNOOZES,
        declined_for=DECLINED_FOR,
        again_in=AGAIN_IN,
        suggested=free_time.suggested(now),
    )


def _short_name(with_tools: Tools, name: PatientName) -> str:
    opened = with_tools.vault.open
    return short_name(opened(name.given_sealed), opened(name.family_sealed))


def looks_of(mine: Mine) -> list[Look]:
    """What of which patient this page shows."""
    looks = [Look("saw_callback", row.patient_id or row.call_id, row.id) for row in mine.callbacks]
    looks += [Look("saw_work", row.item.patient_id or row.item.call_id, row.item.id) for row in mine.work]
    if mine.talk:
        looks.append(Look("saw_call", mine.talk.patient_id or mine.talk.call_id, mine.talk.call_id))
    if mine.end:
        looks.append(Look("saw_call", mine.end.patient_id or mine.end.call_id, mine.end.call_id))
    looks += [Look("saw_note", note.patient_id or note.call_id, note.call_id) for note in mine.earlier]
    return looks


def my_id(person: Person) -> str:
    """The clinician whom this person is."""
    assert person.clinician_id is not None, "only_for('clinician') lets nobody in without one"
    return person.clinician_id


def minutes_of(entered: str) -> int | None:
    """Whole minutes, 1 to 8 hours; None when nothing was entered; anything else is refused."""
    if not entered.strip():
        return None
    if not entered.strip().isdecimal() or not 1 <= int(entered[:6]) <= LONGEST_MINUTES:
        abort(400)
    return int(entered)
