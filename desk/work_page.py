"""The list of work: what is owed to patients, by whom and by when; taken on, given to another, put off, dealt with."""

from collections.abc import Sequence

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from calls.work import BY_HAND, GIVEN_FOR
from desk import guards, looking, store, stream, working, worklist
from desk.looking import Look, actor_of
from desk.mine import short_name
from desk.moments import moment
from desk.notices import notices, tell_why_not
from desk.rows import CallbackRow, WorkRow
from desk.sessions import Claims, Person
from desk.stream import Still
from desk.tools import Tools, tools
from desk.worklist import SORTS, Viewer

work_page = Blueprint("work_page", __name__, url_prefix="/owed")


@work_page.get("")
@guards.only_for("clinician", "supervisor")
def page() -> str:
    """All that he may see; every look at a patient's is recorded first."""
    me, with_tools = guards.me(), tools()
    work, promises = rows_for(with_tools, me)
    looking.note(with_tools, me, _looks(me, work, promises))
    shown, stamp = _shown(with_tools, me, work, promises), moment(with_tools).stamp
    return render_template("desk/work.html", notices=notices(), stamp=stamp, **shown)


@work_page.get("/stream")
@guards.only_for("clinician", "supervisor")
def live() -> Response:
    """The list, sorted and filtered as it was asked for, again and again."""
    return stream.live(_drawing(guards.signed_in()), render_template("desk/_ended.html"))


def _drawing(claims: Claims) -> stream.Draw:
    """Draws this person's list while his sign-in counts. Looks are noted once a stream, before they are sent."""
    with_tools, noted, sent = tools(), frozenset[Look](), dict[str, object]()

    def draw(since: float) -> str | Still | None:
        nonlocal noted, sent
        person = guards.still_in_wave(with_tools, claims, since)
        if person is None or not person.roles & {"clinician", "supervisor"}:
            return None
        work, promises = rows_for(with_tools, person)
        noted = looking.note(with_tools, person, _looks(person, work, promises), noted)
        shown, stamp = _shown(with_tools, person, work, promises), moment(with_tools).stamp
        if shown == sent:
            return Still(stamp)
        sent = shown
        return render_template("desk/_work.html", stamp=stamp, **shown)

    return draw


def _looks(me: Person, work: Sequence[WorkRow], promises: Sequence[CallbackRow]) -> list[Look]:
    """What of which patient the list shows: to a supervisor it names none."""
    if _supervises(me):
        return []
    looks = [Look("saw_work", row.item.patient_id or row.item.call_id, row.item.id) for row in work]
    return looks + [Look("saw_callback", row.patient_id or row.call_id, row.id) for row in promises]


def _shown(with_tools: Tools, me: Person, work: list[WorkRow], promises: list[CallbackRow]) -> dict[str, object]:
    """All that the list shows but the time, as the address asks for it."""
    viewer = _viewer(with_tools, me, work, promises)
    found = worklist.lines(work, promises, viewer, moment(with_tools))
    asked, kind = request.args.get("sort", "due"), request.args.get("kind", "")
    sort = asked if asked in SORTS else "due"
    return {
        "lines": worklist.shown(found, sort, kind),
        "kinds": worklist.counted(found),
        "heading": worklist.heading(kind),
        "meaning": worklist.meaning(kind),
        "total": len(found),
        "cut": store.MOST_WORK in (len(work), len(promises)),
        "sort": sort,
        "kind": kind,
        "giving": request.args.get("give", ""),
        "sorts": SORTS,
        "people": sorted(viewer.people.items(), key=lambda pair: pair[1]),
        "supervises": viewer.supervisor,
        "calls_out": "clinician" in me.roles and not viewer.supervisor,
        "outcomes": BY_HAND,
        "snoozes": working.SNOOZES,
        "reasons": worklist.GIVEN,
    }


@work_page.post("/items/<item_id>/<what>")
@guards.only_for("clinician", "supervisor")
def do_work(item_id: str, what: str) -> AnyResponse:
    """Claim, release, snooze, done or give."""
    me, with_tools = guards.me(), tools()
    work, _ = rows_for(with_tools, me)
    if item_id not in {row.item.id for row in work}:
        abort(404)
    if what == "give":
        by = None if _supervises(me) else me.clinician_id
        tell_why_not(with_tools.owe.give_work(item_id, _to(), _reason(), by, actor_of(me)))
    else:
        working.perform(with_tools, me, item_id, what, by=_id(me))
    return _back()


@work_page.post("/callbacks/<promise_id>/<what>")
@guards.only_for("clinician", "supervisor")
def do_callback(promise_id: str, what: str) -> AnyResponse:
    """Give a promised callback to another, or end it."""
    me, with_tools = guards.me(), tools()
    _, promises = rows_for(with_tools, me)
    if promise_id not in {row.id for row in promises}:
        abort(404)
    match what:
        case "give":
            tell_why_not(with_tools.owe.give_callback(promise_id, _to(), _reason(), actor_of(me)))
        case "done":
            outcome = request.form.get("outcome", "")
            if outcome not in BY_HAND:
                abort(400)
            tell_why_not(with_tools.owe.end_callback(promise_id, outcome, actor_of(me)))
        case _:
            abort(404)
    return _back()


@work_page.get("/messages/<message_id>/sound")
@guards.only_for("clinician", "supervisor")
def message_sound(message_id: str) -> Response:
    """A message that is on his list."""
    me = guards.me()
    work, _ = rows_for(tools(), me)
    return working.sound_of(tools(), me, message_id, {row.item.subject for row in work})


def rows_for(with_tools: Tools, me: Person) -> tuple[list[WorkRow], list[CallbackRow]]:
    """What he may see: a supervisor all, a clinician his own and what the teams of his skills owe."""
    now = with_tools.clock.now()
    with with_tools.database.reading() as tx:
        if _supervises(me):
            return store.owed(tx, now, most=store.MOST_WORK), store.callbacks_of_all(tx)
        own = str(me.clinician_id)
        skills = store.skills_of(tx, own)
        services = [key for key, service in with_tools.content.services.items() if service.skill in skills]
        work = store.owed(tx, now, owner_id=own, services=services, most=store.MOST_WORK)
        return work, store.callbacks_of_all(tx, own, services)


def _viewer(with_tools: Tools, me: Person, work: list[WorkRow], promises: list[CallbackRow]) -> Viewer:
    ids = [*(row.item.patient_id for row in work), *(row.patient_id for row in promises)]
    with with_tools.database.reading() as tx:
        people = store.names(tx)
        sealed = {} if _supervises(me) else store.patient_names(tx, [key for key in dict.fromkeys(ids) if key])
    opened = with_tools.vault.open
    names = {key: short_name(opened(name.given_sealed), opened(name.family_sealed)) for key, name in sealed.items()}
    return Viewer(_id(me), _supervises(me), people, names)


def _supervises(me: Person) -> bool:
    return "supervisor" in me.roles


def _id(me: Person) -> str:
    """How he is named on what he takes on: a supervisor as a user, a clinician as himself."""
    return me.id if _supervises(me) else str(me.clinician_id)


def _to() -> str:
    return request.form.get("to", "")[:64]


def _reason() -> str:
    reason = request.form.get("reason", "")
    if reason not in GIVEN_FOR:
        abort(400)
    return reason


def _back() -> AnyResponse:
    """The list again, sorted and filtered as it was."""
    stream.tell_others()
    kept = {name: request.args[name] for name in ("sort", "kind") if request.args.get(name)}
    return redirect(url_for("work_page.page", **kept), 303)  # type: ignore[arg-type]
