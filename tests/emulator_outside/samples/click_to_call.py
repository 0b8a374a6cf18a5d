"""Click to call: a form on a page makes the agent's phone ring, and connects her with the visitor once she answers."""

from typing import Any

from flask import Flask, jsonify, request, url_for
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client
from twilio.twiml.voice_response import VoiceResponse

from tests.emulator_outside.samples.common import guarded, spoken


def create(token: str, client: Client, number: str) -> tuple[Flask, list[str]]:
    """The application, and the statuses of the agent's leg as they are told."""
    app = Flask("click_to_call")
    statuses: list[str] = []
    guarded(app, token)

    @app.post("/web/call")
    def call() -> Any:
        try:
            made = client.calls.create(
                to=request.form["agent"],
                from_=number,
                url=url_for("outbound", visitor=request.form["visitor"], _external=True),
                status_callback=url_for("status", _external=True),
                status_callback_event=["initiated", "ringing", "answered", "completed"],
            )
        except TwilioRestException as error:
            return jsonify({"error": error.code}), 400
        return jsonify({"sid": made.sid, "status": made.status})

    @app.post("/outbound/<visitor>")
    @spoken
    def outbound(visitor: str):
        response = VoiceResponse()
        response.say("Thank you for working with us. We connect you with a visitor.")
        response.dial(visitor, caller_id=number)
        return response

    @app.post("/status")
    def status():
        statuses.append(request.form["CallStatus"])
        return "", 204

    return app, statuses
