"""Warm transfer: a caller and a first agent meet in a conference, a second agent joins, and the first one leaves."""

from typing import Any

from flask import Flask, jsonify, request, url_for
from twilio.rest import Client
from twilio.twiml.voice_response import Dial, VoiceResponse

from tests.emulator_outside.samples.common import guarded, spoken


def create(token: str, client: Client, number: str, agents: tuple[str, str]) -> Flask:
    """The application."""
    app = Flask("warm_transfer")
    guarded(app, token)

    def room(name: str, *, starts: bool, ends: bool) -> VoiceResponse:
        response = VoiceResponse()
        dial = Dial()
        dial.conference(
            name,
            start_conference_on_enter=starts,
            end_conference_on_exit=ends,
            wait_url=url_for("wait", _external=True),
        )
        response.append(dial)
        return response

    def ring(agent: str, name: str) -> str:
        url = url_for("agent_joins", name=name, _external=True)
        return str(client.calls.create(to=agent, from_=number, url=url).sid)

    @app.post("/conference/connect/client")
    @spoken
    def connect_client():
        name = request.form["CallSid"]
        ring(agents[0], name)
        return room(name, starts=False, ends=True)

    @app.post("/conference/<name>/agent")
    @spoken
    def agent_joins(name: str):
        return room(name, starts=True, ends=False)

    @app.post("/web/<name>/second-agent")
    def second_agent(name: str) -> Any:
        return jsonify({"sid": ring(agents[1], name)})

    @app.post("/conference/wait")
    @spoken
    def wait():
        response = VoiceResponse()
        response.say("Thank you for calling. Please wait in line. An agent will be with you shortly.")
        response.play("/media/line.wav")
        return response

    return app
