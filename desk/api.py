"""The door for other programs: a signed request books a callback. No cookie counts here, and no page is shown.

Errors are problem documents (RFC 9457): what was found, what is accepted.
"""

import secrets
from typing import Any

import structlog
from flask import Blueprint, Response, current_app, json, request

from callbacks import outside
from callbacks.outside import NotAccepted, OtherBody, TooMany
from desk import csrf
from desk.limits import Subject, Tries
from desk.tools import Tools, tools

api = Blueprint("api", __name__)
csrf.protect.exempt(api)
log = structlog.get_logger("api")

A_WINDOW = 120  # requests of one client in the time that `desk.limits` counts
REFUSED_A_WINDOW = 60  # badly signed ones, from one address
NOBODYS_SECRET = secrets.token_hex(32)  # an unknown client's request is compared all the same: it takes as long


class Refused(Exception):
    """A problem to be told: an HTTP status, a title and what belongs to it."""

    def __init__(self, status: int, title: str, **more: Any) -> None:
        super().__init__(title)
        self.status, self.title, self.more = status, title, more


@api.post("/api/callbacks")
def ask_for_callback() -> Response:
    """Book a callback: 201 when it is promised, 200 when it was promised before (or joined an open promise)."""
    try:
        return _asked(tools())
    except Refused as refused:
        return _problem(refused)
    except NotAccepted as found:
        wrong = [{"field": one.field, "found": one.found, "accepted": one.accepted} for one in found.wrong]
        return _problem(Refused(422, "The request cannot be done as it stands", errors=wrong))
    except OtherBody:
        return _problem(
            Refused(409, "This Idempotency-Key was used with another body", detail="Use a new key for a new request.")
        )
    except TooMany:
        detail = "This number was promised as many calls as one day may bring."
        return _problem(Refused(429, "Too many callbacks", detail=detail, retry_after=3600))


def _asked(with_tools: Tools) -> Response:
    body = request.get_data(cache=False)
    client = _who_signed(with_tools, body)
    if request.mimetype != "application/json":
        found = request.mimetype or "no content type"
        raise Refused(415, "The body must be JSON", detail=f"Found {found}; application/json is accepted.")
    key = request.headers.get("Idempotency-Key", "")
    if not outside.KEY.fullmatch(key):
        raise Refused(400, "No usable Idempotency-Key", detail="8 to 80 printable characters without spaces.")
    content, now = with_tools.content, with_tools.clock.now()
    asked = outside.read(body, services=content.services, languages=content.languages, now=now)
    answered = with_tools.act.ask_for_callback(client, key, body, asked)
    status = 201 if not answered.told["joined"] and not answered.again else 200
    return _json(answered.told, status, "application/json")


def _who_signed(with_tools: Tools, body: bytes) -> str:
    """The client whose signature stands over this request; Refused if there is none, or it asks too often."""
    now = with_tools.clock.now()
    header = request.headers
    client, timestamp = header.get("X-Client", ""), header.get("X-Timestamp", "")
    known = {name: secret.get_secret_value() for name, secret in with_tools.settings.api_clients}
    key, given = header.get("Idempotency-Key", ""), header.get("X-Signature", "")
    signed = outside.is_signed(known.get(client, NOBODYS_SECRET), timestamp, key, body, given)
    tries: Tries = current_app.extensions["desk_tries"]
    if client not in known or not signed:
        log.warning("request_not_signed", client_known=client in known)
        _within(tries.take([Subject("api-address", _digest(request.remote_addr or ""), REFUSED_A_WINDOW)], now))
        raise Refused(401, "Not signed by a client that we know", detail=HOW_TO_SIGN)
    if not outside.is_of_now(timestamp, now):
        detail = f"X-Timestamp must be within {outside.SAME_TIME} seconds of {int(now.timestamp())}."
        raise Refused(401, "Signed too long ago, or by a clock that differs", detail=detail)
    _within(tries.take([Subject("api-client", client, A_WINDOW)], now))
    return client


def _digest(address: str) -> str:
    return tools().vault.digest("address", address)


def _within(allowed: bool) -> None:
    if not allowed:
        raise Refused(429, "Too many requests", detail="Ask again later.", retry_after=900)


HOW_TO_SIGN = (
    "X-Client names the client, X-Timestamp the seconds since 1970, X-Signature is the HMAC-SHA256 (hexadecimal) of "
    "X-Timestamp, a line feed, Idempotency-Key, a line feed and the body."
)


def _problem(refused: Refused) -> Response:
    more = dict(refused.more)
    retry = more.pop("retry_after", None)
    told = {"type": "about:blank", "title": refused.title, "status": refused.status, **more}
    response = _json(told, refused.status, "application/problem+json")
    if retry:
        response.headers["Retry-After"] = str(retry)
    return response


def _json(told: object, status: int, mimetype: str) -> Response:
    return Response(json.dumps(told), status=status, mimetype=mimetype)
