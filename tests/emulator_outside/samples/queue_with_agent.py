"""A support queue: callers hear their place, agents dial in and take the next one, the caller is warned before."""

from flask import Flask, request, url_for
from twilio.twiml.voice_response import Dial, VoiceResponse

from tests.emulator_outside.samples.common import guarded, spoken


def create(token: str) -> tuple[Flask, list[str]]:
    """The application, and how each caller left the queue."""
    app = Flask("queue_with_agent")
    results: list[str] = []
    guarded(app, token)

    @app.post("/caller")
    @spoken
    def caller():
        response = VoiceResponse()
        response.say("Welcome to support.")
        response.enqueue("support", wait_url=url_for("wait"), action=url_for("left"))
        return response

    @app.post("/wait")
    @spoken
    def wait():
        response = VoiceResponse()
        position, size = request.form["QueuePosition"], request.form["CurrentQueueSize"]
        response.say(f"You are number {position} of {size}.")
        with response.gather(num_digits=1, action=url_for("wait_key"), timeout=10) as gather:
            gather.say("Press star to leave a message instead.")
        return response

    @app.post("/wait-key")
    @spoken
    def wait_key():
        response = VoiceResponse()
        if request.form["Digits"] == "*":
            response.leave()
        else:
            response.redirect(url_for("wait"))
        return response

    @app.post("/left")
    @spoken
    def left():
        results.append(request.form["QueueResult"])
        response = VoiceResponse()
        if request.form["QueueResult"] == "leave":
            response.say("Leave a message after the beep.")
        elif request.form["QueueResult"] == "bridged":
            response.say("Thank you for calling.")
        return response

    @app.post("/agent")
    @spoken
    def agent():
        response = VoiceResponse()
        dial = Dial(action=url_for("agent"), timeout=20)
        dial.queue("support", url=url_for("about_to_connect"))
        if request.form.get("DialCallStatus") == "no-answer":
            response.say("Nobody waits. Goodbye.")
            return response
        response.append(dial)
        return response

    @app.post("/about-to-connect")
    @spoken
    def about_to_connect():
        response = VoiceResponse()
        response.say(f"You waited {request.form['QueueTime']} seconds. An agent will be with you now.")
        return response

    return app, results
