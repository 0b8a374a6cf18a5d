"""A clinician notes how his talk ended, and asks for more time to do so."""

from flask import Blueprint, request
from werkzeug.wrappers import Response as AnyResponse

from desk import guards
from desk.clinician import changed, my_id
from desk.looking import actor_of
from desk.notices import tell_why_not
from desk.tools import tools

wrap_up = Blueprint("wrap_up", __name__, url_prefix="/me")


@wrap_up.post("/talks/<int:offer_id>/note")
@guards.only_for("clinician")
def note_talk(offer_id: int) -> AnyResponse | str:
    """How it ended, and words; with `then=ready` he takes the next call at once."""
    me = guards.me()
    outcome, words = request.form.get("outcome", "")[:40], request.form.get("words", "").replace("\r\n", "\n")
    why_not = tools().note.note_talk(my_id(me), offer_id, outcome, words, actor_of(me))
    if why_not:
        tell_why_not(why_not)
    elif request.form.get("then") == "ready" and tools().act.set_presence(my_id(me), "ready", None, None) is False:
        tell_why_not("You are in a call. Change this when it is over.")
    return changed()


@wrap_up.post("/wrap-up/longer")
@guards.only_for("clinician")
def longer() -> AnyResponse | str:
    """Two more minutes."""
    tell_why_not(tools().note.longer(my_id(guards.me())))
    return changed()
