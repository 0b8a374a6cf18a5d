"""Find me, else voicemail: several phones ring, a key proves a person, otherwise a message is taken and listed."""

from typing import Any

from flask import Flask, jsonify, request, url_for
from twilio.rest import Client
from twilio.twiml.voice_response import Dial, VoiceResponse

from tests.emulator_outside.samples.common import guarded, spoken

PHONES = ("+13125550161", "+13125550162")


def create(token: str, client: Client) -> tuple[Flask, list[dict[str, str]]]:
    """The application, and the messages told to it."""
    app = Flask("voicemail")
    messages: list[dict[str, str]] = []
    guarded(app, token)

    @app.post("/voice")
    @spoken
    def voice():
        response = VoiceResponse()
        dial = Dial(action=url_for("after"), timeout=12, answer_on_bridge=True)
        for phone in PHONES:
            dial.number(phone, url=url_for("screen"))
        response.append(dial)
        return response

    @app.post("/screen")
    @spoken
    def screen():
        response = VoiceResponse()
        with response.gather(num_digits=1, action=url_for("accept"), timeout=5) as gather:
            gather.say(f"A call from {' '.join(request.form['From'])}. Press any key to accept.")
        response.hangup()
        return response

    @app.post("/accept")
    @spoken
    def accept():
        response = VoiceResponse()
        response.say("Connecting.")
        return response

    @app.post("/after")
    @spoken
    def after():
        response = VoiceResponse()
        if request.form.get("DialBridged") == "true":
            response.hangup()
            return response
        response.say("We are away. Please leave a message and press the pound key.")
        response.record(
            action=url_for("thanks"), max_length=60, finish_on_key="#", recording_status_callback=url_for("stored")
        )
        return response

    @app.post("/thanks")
    @spoken
    def thanks():
        response = VoiceResponse()
        response.say("Thank you. Goodbye.")
        return response

    @app.post("/stored")
    def stored():
        messages.append(request.form.to_dict())
        return "", 204

    @app.get("/web/messages")
    def listed() -> Any:
        return jsonify([{"sid": one.sid, "seconds": one.duration} for one in client.recordings.list()])

    return app, messages
