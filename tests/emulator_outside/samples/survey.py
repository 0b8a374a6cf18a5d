"""An automated survey: questions by voice and keys; where a caller stands is kept in a cookie of the call."""

from flask import Flask, redirect, request, session, url_for
from twilio.twiml.voice_response import VoiceResponse

from tests.emulator_outside.samples.common import guarded, spoken

QUESTIONS = ("How old are you? Finish with pound.", "Do you like it here? Press 1 for yes, 0 for no.", "Tell us why.")


def create(token: str) -> tuple[Flask, dict[str, list[str]]]:
    """The application, and the answers by call."""
    app = Flask("survey")
    app.secret_key = "of this sample only"
    answers: dict[str, list[str]] = {}
    guarded(app, token)

    @app.route("/voice", methods=["GET", "POST"])
    def voice():
        session["question"] = 0
        return redirect(url_for("question"))

    @app.route("/question", methods=["GET", "POST"])
    @spoken
    def question():
        response, nth = VoiceResponse(), session["question"]
        response.say(QUESTIONS[nth])
        if nth == 0:
            response.gather(finish_on_key="#", action=url_for("answer"))
        elif nth == 1:
            response.gather(num_digits=1, action=url_for("answer"))
        else:
            response.record(action=url_for("answer"), max_length=20, finish_on_key="#")
        response.redirect(url_for("question"))
        return response

    @app.route("/answer", methods=["GET", "POST"])
    @spoken
    def answer():
        kept = answers.setdefault(request.values["CallSid"], [])
        kept.append(request.values.get("RecordingUrl") or request.values["Digits"])
        session["question"] += 1
        if session["question"] < len(QUESTIONS):
            return redirect(url_for("question"), 303)
        response = VoiceResponse()
        response.say("That was all. Goodbye.")
        return response

    return app, answers
