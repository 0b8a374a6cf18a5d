"""Appointment reminders: calls that talk with a person and leave a message on a machine, else a text."""

from flask import Flask, request, url_for
from twilio.rest import Client
from twilio.twiml.voice_response import VoiceResponse

from tests.emulator_outside.samples.common import guarded, spoken


def create(token: str, client: Client, number: str) -> tuple[Flask, list[str]]:
    """The application; what people said to their appointments."""
    app = Flask("reminders")
    replies: list[str] = []
    guarded(app, token)

    @app.post("/web/remind/<phone>")
    def remind(phone: str):
        client.calls.create(
            to=phone, from_=number, url=url_for("reminder", _external=True), machine_detection="DetectMessageEnd",
            status_callback=url_for("done", _external=True), timeout=15,
        )  # fmt: skip
        return "", 204

    @app.post("/reminder")
    @spoken
    def reminder():
        response = VoiceResponse()
        if request.form["AnsweredBy"].startswith("machine"):
            response.say("This is a message about your appointment tomorrow at ten. Please call us back.")
            return response
        with response.gather(
            input="dtmf speech", num_digits=1, action=url_for("reply"), speech_timeout="auto", speech_model="phone_call"
        ) as ask:
            ask.say("You have an appointment tomorrow at ten. Press 1 or say yes to confirm.")
        response.say("We did not hear you. Goodbye.")
        return response

    @app.post("/reply")
    @spoken
    def reply():
        said = request.form.get("Digits") or request.form.get("SpeechResult", "").lower()
        replies.append(said)
        response = VoiceResponse()
        response.say("You are confirmed." if said in ("1", "yes") else "We call you back.")
        return response

    @app.post("/done")
    def done():
        if request.form["CallStatus"] in ("no-answer", "busy"):
            client.messages.create(to=request.form["To"], from_=number, body="Your appointment is tomorrow at ten.")
        return "", 204

    return app, replies
