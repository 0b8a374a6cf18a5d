"""What is done in a talk: music for the patient, colleagues and interpreters asked in and sent out, handing over."""

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from desk import guards, store
from desk.clinician import changed, my_id
from desk.notices import tell, tell_why_not
from desk.tools import tools

talk = Blueprint("talk", __name__)
PARTS = ("listen", "coach", "talk")


@talk.post("/me/talk/hold")
@guards.only_for("clinician")
def hold() -> AnyResponse | str:
    """Let the patient hear music, or let him back in."""
    wanted = request.form.get("held", "")
    if wanted not in ("yes", "no"):
        abort(400)
    return _told(tools().gather.hold(my_id(guards.me()), held=wanted == "yes"))


@talk.post("/me/talk/mute")
@guards.only_for("clinician")
def mute() -> AnyResponse | str:
    """Let nobody hear me, or let me be heard again."""
    wanted = request.form.get("muted", "")
    if wanted not in ("yes", "no"):
        abort(400)
    return _told(tools().gather.mute(my_id(guards.me()), muted=wanted == "yes"))


@talk.post("/me/talk/colleague")
@guards.only_for("clinician")
def ask_colleague() -> AnyResponse | str:
    """Ask a colleague in."""
    return _told(tools().gather.ask_colleague(my_id(guards.me()), request.form.get("colleague", "")[:64]))


@talk.post("/me/talk/interpreter")
@guards.only_for("clinician")
def ask_interpreter() -> AnyResponse | str:
    """Ask an interpreter in."""
    return _told(tools().gather.ask_interpreter(my_id(guards.me()), request.form.get("language", "")[:8]))


@talk.post("/me/talk/guests/<int:guest_id>/out")
@guards.only_for("clinician")
def send_out(guest_id: int) -> AnyResponse | str:
    """Send a guest out, or take his invitation back."""
    return _told(tools().gather.send_out(my_id(guards.me()), guest_id))


@talk.post("/me/talk/help")
@guards.only_for("clinician")
def ask_help() -> AnyResponse | str:
    """Ask the supervisors for help in this talk, or say that none is needed any more."""
    wanted = request.form.get("wanted", "")
    if wanted not in ("yes", "no"):
        abort(400)
    return _told(tools().gather.ask_help(my_id(guards.me()), wanted=wanted == "yes"))


@talk.post("/me/talk/hand-over")
@guards.only_for("clinician")
def hand_over() -> AnyResponse | str:
    """Leave the talk to the colleagues asked in."""
    return _told(tools().gather.hand_over(my_id(guards.me())))


@talk.post("/calls/<call_id>/sit-in")
@guards.only_for("supervisor")
def sit_in(call_id: str) -> AnyResponse | str:
    """Ring the supervisor's own phone: he listens, coaches the clinician, or joins."""
    part, me = request.form.get("part", ""), guards.me()
    if part not in PARTS:
        abort(400)
    with tools().database.reading() as tx:
        offer_id, sealed = store.talk_under_way(tx, call_id), store.phone_of(tx, me.id)
    if offer_id is None:
        return _on_call(call_id, "Nobody talks in this call now.")
    if sealed is None:
        return _on_call(call_id, "Say on your account's page first which phone is to ring.")
    return _on_call(call_id, tools().gather.sit_in(offer_id, part, tools().vault.open(sealed), me.login))


def _told(why_not: str) -> AnyResponse | str:
    tell_why_not(why_not)
    return changed()


def _on_call(call_id: str, why_not: str) -> AnyResponse:
    tell(why_not, "Your phone rings. Press 1 to come in.")
    return redirect(url_for("supervisor.one_call", call_id=call_id), 303)
