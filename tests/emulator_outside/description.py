"""Twilio's description of its REST API, with errors overlaid, as the judge of every exchange.

The description names almost no errors. The overlay is written from section 4 of the reference: every operation may
answer 400, 401, 404 or 429 with code, message, more_info and status (and details); nothing else.
"""

import copy
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlencode, urlsplit

from openapi_core import OpenAPI
from openapi_core.datatypes import RequestParameters
from werkzeug.datastructures import Headers, ImmutableMultiDict

from tests.resources import SHARED, missing

ERROR = {
    "type": "object",
    "required": ["code", "message", "more_info", "status"],
    "additionalProperties": False,
    "properties": {
        "code": {"type": "integer", "minimum": 10000, "maximum": 99999},
        "message": {"type": "string", "minLength": 1},
        "more_info": {"type": "string", "pattern": r"^https://www\.twilio\.com/docs/errors/\d{5}$"},
        "status": {"type": "integer"},
        "details": {"type": "object", "nullable": True},
    },
}
# Each status with the codes that section 2.5 allows it; 400 has many.
CODES = {"400": None, "401": [20003], "404": [20404], "429": [20429]}
# That a request without credentials gets 401 is tested by itself.
SIGNED_IN = Headers({"Authorization": "Basic "})
# The description calls these absolute addresses, while Twilio sends relative ones (so its own examples fail).
RELATIVE = frozenset({"uri", "first_page_uri", "next_page_uri", "previous_page_uri"})


@dataclass(frozen=True)
class Exchange:
    """One REST request with its answer."""

    method: str
    url: str
    params: Mapping[str, Any]
    data: Mapping[str, Any]
    status: int
    text: str


def overlay(spec: dict[str, Any]) -> dict[str, Any]:
    """The description with the errors it leaves out, and without what its own examples break."""
    whole = copy.deepcopy(spec)
    whole["components"]["schemas"]["carrier.error"] = ERROR
    for operations in whole["paths"].values():
        for name, operation in operations.items():
            if name in ("get", "post", "delete"):
                operation["responses"].update({status: _error(status) for status in CODES})
    _loosen(whole)
    # Described in words as null while the conference runs, and null in Twilio's own examples.
    reason = whole["components"]["schemas"]["conference_enum_reason_conference_ended"]
    reason.update(nullable=True, enum=[*reason["enum"], None])
    return whole


def _error(status: str) -> dict[str, Any]:
    codes = CODES[status]
    narrowed = {"type": "object", "properties": {"status": {"enum": [int(status)]}}}
    if codes:
        narrowed["properties"]["code"] = {"enum": codes}  # type: ignore[index]
    schema = {"allOf": [{"$ref": "#/components/schemas/carrier.error"}, narrowed]}
    return {"description": "An error.", "content": {"application/json": {"schema": schema}}}


def _loosen(node: Any) -> None:
    """Take away the format of relative addresses; a null in an enum that is described as nullable is allowed."""
    if isinstance(node, dict):
        for name in RELATIVE & set(node.get("properties", {})):
            node["properties"][name].pop("format", None)
        if node.get("nullable") and "enum" in node and None not in node["enum"]:
            node["enum"] = [*node["enum"], None]
        for inner in node.values():
            _loosen(inner)
    elif isinstance(node, list):
        for inner in node:
            _loosen(inner)


@cache
def described() -> dict[str, Any]:
    """The description with its overlay."""
    return overlay(json.loads((SHARED / "data" / "twilio" / "twilio_api_v2010.json").read_text("utf-8")))


@cache
def judge() -> OpenAPI:
    """The description as a validator."""
    return OpenAPI.from_dict(described())


class AskedCarrier:
    """An exchange's request, as openapi-core takes it."""

    content_type = "application/x-www-form-urlencoded"

    def __init__(self, exchange: Exchange) -> None:
        parts = urlsplit(exchange.url)
        self.host_url, self.path = "https://api.twilio.com", parts.path
        self.method = exchange.method.lower()
        query = ImmutableMultiDict(_flat(exchange.params))
        self.parameters = RequestParameters(query=query, header=SIGNED_IN, cookie=ImmutableMultiDict())
        self.body = urlencode(_flat(exchange.data)).encode() if exchange.data else None


class AnsweredCarrier:
    """An exchange's answer, as openapi-core takes it."""

    content_type = "application/json"
    headers = Headers()

    def __init__(self, exchange: Exchange) -> None:
        self.status_code, self.data = exchange.status, exchange.text.encode()


def _flat(form: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return [
        (name, one)
        for name, value in form.items()
        if value is not None
        for one in (value if isinstance(value, list | tuple) else [value])
    ]


def undescribed(ledger: Iterable[Exchange]) -> list[str]:
    """What is wrong with these exchanges; nothing can be said where the description is missing."""
    return [] if missing("shared") else [problem for exchange in ledger for problem in problems(exchange)]


def problems(exchange: Exchange) -> list[str]:
    """What is wrong with an exchange, in words; an error answer's request may be wrong, that is its point."""
    request, answer = AskedCarrier(exchange), AnsweredCarrier(exchange)
    found = [] if exchange.status >= 400 else list(judge().iter_request_errors(request))
    if exchange.status != 204:
        found += list(judge().iter_response_errors(request, answer))
    return [f"{exchange.method} {exchange.url} {exchange.status}: {_words(error)}" for error in found]


def _words(error: Exception) -> str:
    inner = getattr(error.__cause__, "schema_errors", None)
    return f"{error!r} {[(list(one.path), one.message) for one in inner] if inner else error.__cause__ or ''}"
