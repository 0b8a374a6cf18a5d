"""An IVR phone tree: a menu by keys, a second menu, a way back, and a call connected by choice."""

from flask import Flask, redirect, request, url_for
from twilio.twiml.voice_response import Gather, VoiceResponse

from tests.emulator_outside.samples.common import guarded, spoken

PLANETS = {"2": "+13125550161", "3": "+13125550162", "4": "+13125550163"}


def create(token: str) -> Flask:
    """The application."""
    app = Flask("phone_tree")
    guarded(app, token)

    @app.route("/ivr/welcome", methods=["GET", "POST"])
    @spoken
    def welcome():
        response = VoiceResponse()
        with response.gather(num_digits=1, action=url_for("menu"), method="POST") as gather:
            gather.say("Thanks for calling. Press 1 for directions. Press 2 for a list of planets.", loop=3)
        return response

    @app.route("/ivr/menu", methods=["POST"])
    @spoken
    def menu():
        actions = {"1": directions, "2": planets}
        chosen = actions.get(request.form["Digits"])
        return chosen() if chosen else redirect(url_for("welcome"))

    def directions() -> VoiceResponse:
        response = VoiceResponse()
        response.say("Bring it to the landing site.", voice="Polly.Amy", language="en-GB")
        response.hangup()
        return response

    def planets() -> VoiceResponse:
        response = VoiceResponse()
        gather = Gather(num_digits=1, action=url_for("planet"), method="POST")
        gather.say("Press 2, 3 or 4. To go back, press the star key.")
        response.append(gather)
        response.redirect(url_for("welcome"))
        return response

    @app.route("/ivr/planets", methods=["POST"])
    @spoken
    def planet():
        number = PLANETS.get(request.form["Digits"])
        if not number:
            return redirect(url_for("welcome"))
        response = VoiceResponse()
        response.dial(number)
        return response

    return app
