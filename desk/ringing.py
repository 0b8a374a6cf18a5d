"""A clinician answers the offer that rings at him: no, and why; or he calls the patient himself after his visit."""

from flask import Blueprint, abort, request
from werkzeug.wrappers import Response as AnyResponse

from desk import guards
from desk.clinician import changed, minutes_of, my_id
from desk.looking import actor_of
from desk.notices import tell_why_not
from desk.tools import tools
from routing.offers import DECLINED_FOR

ringing = Blueprint("ringing", __name__, url_prefix="/me/offers")


@ringing.post("/<int:offer_id>/decline")
@guards.only_for("clinician")
def decline(offer_id: int) -> AnyResponse | str:
    """The caller goes to the next clinician, at his place."""
    reason = request.form.get("reason", "")
    if reason not in DECLINED_FOR:
        abort(400)
    me = guards.me()
    return _told(tools().answer.decline(my_id(me), offer_id, reason, actor_of(me)))


@ringing.post("/<int:offer_id>/after-visit")
@guards.only_for("clinician")
def after_visit(offer_id: int) -> AnyResponse | str:
    """The patient hears that his own clinician can call him then, and chooses."""
    minutes, me = minutes_of(request.form.get("minutes", "")), guards.me()
    if minutes is None:
        abort(400)
    return _told(tools().answer.after_visit(my_id(me), offer_id, minutes, actor_of(me)))


def _told(why_not: str) -> AnyResponse | str:
    tell_why_not(why_not)
    return changed()
