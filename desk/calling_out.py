"""A clinician rings a patient: out of work, to keep a promise, or again after a talk. Her own number stays hers."""

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from desk import guards
from desk.clinician import AGAIN_IN, changed, my_id
from desk.looking import actor_of
from desk.notices import tell_why_not
from desk.tools import tools
from desk.work_page import rows_for

calling_out = Blueprint("calling_out", __name__, url_prefix="/me/call")


@calling_out.post("/owed/<item_id>")
@guards.only_for("clinician")
def for_work(item_id: str) -> AnyResponse | str:
    """Whom a message, a caller who gave up or a promise is about."""
    me = guards.me()
    work, _ = rows_for(tools(), me)
    if item_id not in {row.item.id for row in work}:
        abort(404)
    return _told(tools().call_out.for_work(item_id, my_id(me), actor_of(me)))


@calling_out.post("/callbacks/<promise_id>")
@guards.only_for("clinician")
def for_callback(promise_id: str) -> AnyResponse | str:
    """Whom a callback is promised to."""
    me = guards.me()
    _, promises = rows_for(tools(), me)
    if promise_id not in {row.id for row in promises}:
        abort(404)
    return _told(tools().call_out.for_callback(promise_id, my_id(me), actor_of(me)))


@calling_out.post("/talks/<int:offer_id>")
@guards.only_for("clinician")
def after_talk(offer_id: int) -> AnyResponse | str:
    """Whom she talks, or talked, with: again, now or in some minutes."""
    me, minutes = guards.me(), request.form.get("minutes", "")
    if minutes not in map(str, AGAIN_IN):
        abort(400)
    return _told(tools().call_out.after_talk(offer_id, int(minutes), my_id(me), actor_of(me)))


def _told(why_not: str) -> AnyResponse | str:
    """The page that she came from, with what she should know."""
    tell_why_not(why_not)
    page = changed()
    return redirect(url_for("work_page.page"), 303) if request.form.get("from") == "owed" else page
