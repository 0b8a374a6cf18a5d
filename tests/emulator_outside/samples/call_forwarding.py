"""Call forwarding: the caller keys in a ZIP code and talks with the offices of his state one after the other."""

from flask import Flask, request, url_for
from twilio.twiml.voice_response import VoiceResponse

from tests.emulator_outside.samples.common import guarded, spoken

STATES = {"60607": "Illinois", "46601": "Indiana"}
OFFICES = {"Illinois": ["+13125550161", "+13125550162"], "Indiana": ["+13125550163"]}


def create(token: str) -> Flask:
    """The application."""
    app = Flask("call_forwarding")
    guarded(app, token)

    @app.post("/callcongress/welcome")
    @spoken
    def welcome():
        response = VoiceResponse()
        state = request.form.get("FromState")
        if state == "IL":
            with response.gather(num_digits=1, action=url_for("set_state")) as gather:
                gather.say("It looks like you call from Illinois. Press 1 if that is so, or 2 to key in your ZIP.")
        response.redirect(url_for("collect_zip"))
        return response

    @app.post("/callcongress/set-state")
    @spoken
    def set_state():
        response = VoiceResponse()
        here = request.form["Digits"] == "1"
        response.redirect(url_for("call", state="Illinois", nth=0) if here else url_for("collect_zip"))
        return response

    @app.post("/callcongress/collect-zip")
    @spoken
    def collect_zip():
        response = VoiceResponse()
        with response.gather(num_digits=5, action=url_for("state_lookup")) as gather:
            gather.say("Please enter your 5 digit ZIP code.")
        response.redirect(url_for("collect_zip"))
        return response

    @app.post("/callcongress/state-lookup")
    @spoken
    def state_lookup():
        response = VoiceResponse()
        state = STATES.get(request.form["Digits"])
        response.redirect(url_for("call", state=state, nth=0) if state else url_for("collect_zip"))
        return response

    @app.post("/callcongress/call/<state>/<int:nth>")
    @spoken
    def call(state: str, nth: int):
        response = VoiceResponse()
        if nth >= len(OFFICES[state]):
            response.say("Your voice makes a difference. Goodbye.")
            response.hangup()
            return response
        response.say(f"Connecting you to office {nth + 1} of {state}.")
        response.dial(OFFICES[state][nth], action=url_for("call", state=state, nth=nth + 1), timeout=15)
        return response

    return app
