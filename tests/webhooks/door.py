"""The carrier's door by itself: its routes with few collaborators, and requests signed as the carrier signs them."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

import webhooks
from telephony.inbound import Fetch, Notice
from telephony.urls import Urls

ORIGIN = "https://calls.example.org"
ACCOUNT, FOREIGN = "AC" + "0" * 32, "AC" + "9" * 32
TOKEN, SECONDARY, STRANGER = "the-token-of-today-01", "the-token-to-come-02", "a-strangers-token-03"
SID, OPERATOR = "CA" + "1" * 32, "+13125550199"
FORM = {"CallSid": SID, "AccountSid": ACCOUNT, "From": "+13125550142", "To": "+13125550100", "CallStatus": "ringing"}
PUBLIC = {"media.hold_music", "media.clinic_sound"}
SEALED = {"media.message_sound"}  # opened by a token in the path, not by a signature
ARGUMENTS = {
    "turn": 3,
    "offer": 5,
    "attempt": 6,
    "guest": 8,
    "what": "keys",
    "where": "in",
    "parent": SID,
    "name": "hold",
    "token": "t",
}


@dataclass
class Heard:
    """What reached the switchboard, which is every way by which a request can change anything."""

    fetches: list[Fetch] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)

    @property
    def nothing(self) -> bool:
        return not self.fetches and not self.notices


def web(clinic: Path = Path("nowhere")) -> Flask:
    """The carrier's routes with as few collaborators as they need."""
    app = Flask(__name__)
    webhooks.init(app)
    settings = SimpleNamespace(
        public_base_url=ORIGIN,
        twilio_account_sid=ACCOUNT,
        operator_number=OPERATOR,
        clinic_config=clinic,
        inbound_tokens=lambda: (TOKEN, SECONDARY),
    )
    app.extensions["tools"] = SimpleNamespace(settings=settings, urls=Urls(ORIGIN))
    return app


def routes(methods: str = "POST") -> dict[str, str]:
    """Every route of a method: its endpoint, and a path made with ARGUMENTS."""
    rules = [
        rule for rule in web().url_map.iter_rules() if methods in (rule.methods or ()) and rule.endpoint != "static"
    ]
    return {
        rule.endpoint: re.sub(r"<(?:[^:>]+:)?(\w+)>", lambda part: str(ARGUMENTS[part[1]]), rule.rule) for rule in rules
    }


SIGNED = routes()
FETCHES = {
    "voice.call_arrives", "voice.next_turn", "voice.next_wait", "voice.next_staff_turn", "voice.told_why",
    "voice.left_queue", "voice.moved",
    "voice.offer_answered", "voice.return_answered", "voice.operator_answered",
    "voice.guest_answered", "voice.clinician_calls",
}  # fmt: skip
NOTICES = {
    "voice.call_ended", "voice.offer_progress", "voice.return_progress", "voice.room_event", "voice.recording_done",
    "voice.guest_progress",
}  # fmt: skip
STATIC = {"voice.room_music", "voice.text_arrives"}


def signature(path: str, form: dict[str, Any], token: str = TOKEN) -> str:
    """What the carrier signs a form to one of our paths with."""
    return str(RequestValidator(token).compute_signature(ORIGIN + path, MultiDict(form)))


def post(client: FlaskClient, path: str, form: dict[str, Any], signed: str, **headers: str) -> TestResponse:
    """A request with a signature, whatever that is worth."""
    return client.post(path, data=form, headers={"X-Twilio-Signature": signed, **headers})


def send(client: FlaskClient, path: str, form: dict[str, Any] | None = None, *, token: str = TOKEN) -> TestResponse:
    """A request as the carrier sends it, signed with a token."""
    fields = FORM if form is None else form
    return post(client, path, fields, signature(path, fields, token))
