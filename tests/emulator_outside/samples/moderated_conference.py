"""A moderated conference: callers wait with music until the moderator comes, and it ends when she leaves."""

from flask import Flask, request, url_for
from twilio.twiml.voice_response import Dial, VoiceResponse

from tests.emulator_outside.samples.common import guarded, spoken

MODERATOR = "+13125550161"


def create(token: str) -> tuple[Flask, list[dict[str, str]]]:
    """The application, and the conference's story as it is told."""
    app = Flask("moderated_conference")
    story: list[dict[str, str]] = []
    guarded(app, token)

    @app.post("/voice")
    @spoken
    def voice():
        response = VoiceResponse()
        leads = request.form["From"] == MODERATOR
        dial = Dial(action=url_for("after"))
        dial.conference(
            "My conference",
            start_conference_on_enter=leads,
            end_conference_on_exit=leads,
            wait_url=url_for("hold_music"),
            status_callback=url_for("events"),
            status_callback_event="start end join leave",
        )
        response.append(dial)
        return response

    @app.post("/music")
    @spoken
    def hold_music():
        response = VoiceResponse()
        response.say("The moderator will join soon.")
        response.play("/media/music.wav")
        response.redirect(url_for("hold_music"))
        return response

    @app.post("/after")
    @spoken
    def after():
        response = VoiceResponse()
        response.say("Thank you for joining.")
        return response

    @app.post("/events")
    def events():
        story.append(request.form.to_dict())
        return "", 204

    return app, story
