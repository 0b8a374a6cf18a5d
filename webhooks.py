"""The carrier's door: verify the signature, parse to a signal, take a turn, answer. No decisions here.

A signed request always gets a document, whatever fails inside; an unsigned one gets 403 and changes nothing.
"""

from collections.abc import Callable
from pathlib import Path

import structlog
from flask import Blueprint, Flask, Response, abort, current_app, request, send_file

import alarms
import dialin
import switchboard
from config.columns import new_id
from config.holding import SOUND_NAME
from telephony import inbound, signature, twiml
from telephony.inbound import Fetch, Notice
from telephony.urls import OVERRIDES
from tools import Tools

voice = Blueprint("voice", __name__)
log = structlog.get_logger("webhooks")
MEDIA = Path(__file__).parent / "config" / "media"
LONGEST_FORM = 64 * 1024
PATIENT_TRIES = 5  # of five seconds each: then a caller in the queue is brought to a person


def tools() -> Tools:
    """The collaborators of this process."""
    wired: Tools = current_app.extensions["tools"]
    return wired


@voice.before_request
def only_the_carrier() -> None:
    """403 unless the carrier signed this request and it is about our account."""
    structlog.contextvars.clear_contextvars()
    settings = tools().settings
    form = list(request.form.items(multi=True))
    genuine = signature.is_genuine(
        origin=settings.public_base_url,
        target=request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI") or request.full_path.rstrip("?"),
        form=form,
        signature=request.headers.get("X-Twilio-Signature"),
        tokens=settings.inbound_tokens(),
        fragment=OVERRIDES,
    )
    if not genuine or request.form.get("AccountSid", settings.twilio_account_sid) != settings.twilio_account_sid:
        log.warning("refused", route=request.endpoint, reason="signature")
        abort(403)


@voice.after_request
def never_cached(response: Response) -> Response:
    """A document belongs to one call at one moment."""
    response.headers["Cache-Control"] = "no-store"
    return response


def document(xml: str) -> Response:
    """TwiML as the carrier wants it."""
    return Response(xml, mimetype="text/xml")


def answer(read: Callable[[], Fetch], *, waiting: bool = False, clinician: bool = False) -> Response:
    """Take the turn; if anything fails, the document that still brings the caller to a person."""
    try:
        return document(switchboard.take_turn(read(), tools()))
    except Exception:
        log.exception("turn_failed", route=request.endpoint)
        return document(rescue(waiting=waiting, clinician=clinician))


def rescue(*, waiting: bool, clinician: bool) -> str:
    """The document of last resort; needs no database, no Redis, no content."""
    urls, settings = tools().urls, tools().settings
    return twiml.rescue(
        waiting=waiting,
        retry_url=_asked_again() if waiting else urls.turn(0, f"again-{new_id()}"),
        clinician=clinician,
        operator=settings.operator_number,
        recording_url=urls.recording(),
    )


def _asked_again() -> str | None:
    """This request's URL once more, counting; None when it was asked often enough."""
    tries = request.args.get("tries", default=0, type=int) + 1
    origin = tools().settings.public_base_url
    return f"{origin}{request.path}?tries={tries}{OVERRIDES}" if tries <= PATIENT_TRIES else None


def note(read: Callable[[], Notice]) -> Response:
    """Hear a notice. 500 makes the carrier try again where it does; the sweep looks after the rest."""
    try:
        switchboard.hear(read(), tools())
    except inbound.Unreadable:
        log.warning("notice_unreadable", route=request.endpoint)
    return Response("", status=204)


@voice.post("/voice/incoming")
def call_arrives() -> Response:
    """A patient calls."""
    return answer(lambda: inbound.incoming(request.form))


@voice.post("/voice/dial-in")
def clinician_calls() -> Response:
    """A clinician calls the line for clinicians."""
    return answer(lambda: inbound.dialled_in(request.form), clinician=True)


@voice.post("/voice/turn/<int:turn>/<what>")
def next_turn(turn: int, what: str) -> Response:
    """A conversation goes on."""
    return answer(lambda: inbound.next_turn(request.form, turn, what, waiting=False))


@voice.post("/voice/wait/<int:turn>/<what>")
def next_wait(turn: int, what: str) -> Response:
    """A conversation goes on while the carrier's queue holds the leg."""
    return answer(lambda: inbound.next_turn(request.form, turn, what, waiting=True), waiting=True)


@voice.post("/voice/staff/<int:turn>/<what>")
def next_staff_turn(turn: int, what: str) -> Response:
    """A clinician's or the operator's conversation goes on."""
    return answer(lambda: inbound.next_turn(request.form, turn, what, waiting=False), clinician=True)


@voice.post("/voice/left/<int:turn>")
def left_queue(turn: int) -> Response:
    """A leg left the carrier's queue."""
    return answer(lambda: inbound.left_queue(request.form, turn))


@voice.post("/voice/move/<int:offer>/<any('in', 'back'):where>")
def moved(offer: int, where: str) -> Response:
    """A leg arrives where we moved it."""
    return answer(lambda: inbound.moved(request.form, offer, where))


@voice.post("/voice/move/<int:offer>/gone")
def told_why(offer: int) -> Response:
    """A clinician is told that there will be no talk."""
    return answer(lambda: inbound.moved(request.form, offer, "gone"), clinician=True)


@voice.post("/voice/offer/<int:offer>")
def offer_answered(offer: int) -> Response:
    """A clinician answers an offer."""
    return answer(lambda: inbound.offer_answered(request.form, offer), clinician=True)


@voice.post("/voice/return/<int:attempt>")
def return_answered(attempt: int) -> Response:
    """A patient answers the call he was promised."""
    return answer(lambda: inbound.return_answered(request.form, attempt))


@voice.post("/voice/guest/<int:guest>")
def guest_answered(guest: int) -> Response:
    """Somebody who is asked into a talk answers."""
    return answer(lambda: inbound.guest_answered(request.form, guest), clinician=True)


@voice.post("/voice/guest/<int:guest>/status")
def guest_progress(guest: int) -> Response:
    """A guest's leg rings, or is over."""
    return note(lambda: inbound.leg_progress(request.form, guest=guest))


@voice.post("/voice/whisper/<parent>")
def operator_answered(parent: str) -> Response:
    """The operator answers."""
    return answer(lambda: inbound.operator_answered(request.form, parent), clinician=True)


@voice.post("/voice/status")
def call_ended() -> Response:
    """A patient's call is over."""
    return note(lambda: inbound.leg_progress(request.form))


@voice.post("/voice/offer/<int:offer>/status")
def offer_progress(offer: int) -> Response:
    """A clinician's leg rings, or is over."""
    return note(lambda: inbound.leg_progress(request.form, offer=offer))


@voice.post("/voice/return/<int:attempt>/status")
def return_progress(attempt: int) -> Response:
    """A returned call rings, or is over."""
    return note(lambda: inbound.leg_progress(request.form, attempt=attempt))


@voice.post("/voice/room")
def room_event() -> Response:
    """Somebody entered or left a room."""
    return note(lambda: inbound.room_event(request.form))


@voice.post("/voice/recording")
def recording_done() -> Response:
    """A message can be fetched."""
    return note(lambda: inbound.recording_done(request.form))


@voice.post("/media/room")
def room_music() -> Response:
    """What one hears alone in a room."""
    return document(twiml.room_music(tools().urls))


@voice.post("/sms/incoming")
def text_arrives() -> Response:
    """A text message: STOP and C are understood, and words of danger; for all else this number takes calls.

    The carrier itself honours STOP too.
    """
    try:
        arrived = inbound.text_arrived(request.form)
        words = alarms.text_arrives(arrived, tools()) or switchboard.hear_text(arrived, tools())
    except Exception:
        log.exception("text_failed", route=request.endpoint)
        words = "This number takes phone calls only. Please call us. In an emergency, call 911."
    return document(twiml.text_reply(words))


media = Blueprint("media", __name__)


@media.get("/media/<any('hold', 'hold-short'):name>.wav")
def hold_music(name: str) -> Response:
    """Hold music. Public: the carrier does not say whether it signs such requests, and there is nothing to protect."""
    return send_file(MEDIA / f"{name}.wav", mimetype="audio/wav", max_age=86400)


@media.get("/media/clinic/<name>.wav")
def clinic_sound(name: str) -> Response:
    """A sound of the clinic's folder. Public, like the usual music, which stands in for one that is gone.

    A document that plays nothing would make a waiting caller's leg ask again at once, and again.
    """
    known = SOUND_NAME.fullmatch(f"media/{name}.wav")
    path = tools().settings.clinic_config.resolve() / known[0] if known else None
    if path is not None and path.is_file():
        return send_file(path, mimetype="audio/wav", max_age=86400)
    log.warning("sound_missing", route=request.endpoint)
    return send_file(MEDIA / "hold.wav", mimetype="audio/wav", max_age=0)


@media.get("/media/message/<token>")
def message_sound(token: str) -> Response:
    """The sound of a message that a clinician hears. Its token was made for his leg, and goes with it."""
    sound = dialin.sound_for(tools(), token)
    if sound is None:
        abort(404)
    played = Response(sound, mimetype="audio/wav")
    played.headers["Cache-Control"] = "no-store"
    return played


def init(app: Flask) -> None:
    """Register the carrier's routes."""
    app.config["MAX_CONTENT_LENGTH"] = LONGEST_FORM
    app.register_blueprint(voice)
    app.register_blueprint(media)
