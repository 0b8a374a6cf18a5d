"""What every sample does alike: answers with TwiML, and refuses requests whose signature is wrong."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Flask, Response, abort, request
from twilio.request_validator import RequestValidator
from twilio.twiml.voice_response import VoiceResponse

View = Callable[..., Any]


def twiml(response: VoiceResponse) -> Response:
    """A document as Flask's answer."""
    return Response(str(response), mimetype="text/xml")


def guarded(app: Flask, token: str) -> None:
    """Every request that is not the web page's must be signed by the carrier."""

    @app.before_request
    def check() -> None:
        if request.path.startswith("/web"):
            return
        signature = request.headers.get("X-Twilio-Signature", "")
        if not RequestValidator(token).validate(request.url, request.form, signature):
            abort(403)


def spoken(view: View) -> View:
    """A view that returns a VoiceResponse."""

    @wraps(view)
    def answer(*args: Any, **kwargs: Any) -> Any:
        made = view(*args, **kwargs)
        return twiml(made) if isinstance(made, VoiceResponse) else made

    return answer
