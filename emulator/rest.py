"""The common manners of the REST API: who may ask, how errors and lists look, what a good request is."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from emulator import faulty_rest
from emulator.exchange import Exchange
from emulator.forms import Fields, fields_of
from emulator.numbering import is_callable, is_client, is_e164, is_sip, is_web_address, normal
from emulator.rest_xml import as_asked

EXCHANGE = web.AppKey("exchange", Exchange)
PREFIX = "/2010-04-01"
ACCOUNT = PREFIX + "/Accounts/{account}"
SOUND = re.compile(PREFIX + r"/Accounts/[^/]+/Recordings/RE[0-9a-f]+(\.(wav|mp3))?")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Form = Mapping[str, str]
CHALLENGE = {"WWW-Authenticate": 'Basic realm="Twilio API"'}


class ApiError(Exception):
    """A request the carrier refuses, with HTTP status and its own error code."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message

    def response(self) -> web.Response:
        """The error body."""
        info = f"https://www.twilio.com/docs/errors/{self.code}"
        body = {"code": self.code, "message": self.message, "more_info": info, "status": self.status}
        return web.json_response(body, status=self.status, headers=CHALLENGE if self.status == 401 else None)


def exchange_of(request: web.Request) -> Exchange:
    """The exchange behind this application."""
    return request.app[EXCHANGE]


def not_found(request: web.Request) -> ApiError:
    """The answer to a name nobody has."""
    return ApiError(404, 20404, f"The requested resource {request.path} was not found")


@web.middleware
async def gate(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The middleware every REST request passes: faults, limits, credentials, the log, and error bodies."""
    if not request.path.startswith(PREFIX):
        return await handler(request)
    exchange, began = exchange_of(request), time.monotonic()
    try:
        params = await _logged(request)
    except web.HTTPRequestEntityTooLarge:
        return _refused(413, 20413, "The request is too large")
    entry = exchange.journal.add("rest", method=request.method, path=request.path, params=params)

    async def proceed() -> web.StreamResponse:
        with exchange.activity.busy():
            return await _guarded(request, handler, exchange)

    response = as_asked(request, await faulty_rest.answered(request, exchange, proceed, _refused))
    entry["status"] = response.status
    response.headers["Twilio-Request-Id"] = "RQ" + exchange.mint.mint("RQ")[2:]
    response.headers["Twilio-Concurrent-Requests"] = str(exchange.rest_running + 1)
    response.headers["Twilio-Request-Duration"] = f"{time.monotonic() - began:.3f}"
    response.headers["X-Home-Region"] = "us1"
    response.headers["X-Api-Domain"] = "api.twilio.com"
    return response


def _refused(status: int, code: int, message: str) -> web.Response:
    return ApiError(status, code, message).response()


async def _logged(request: web.Request) -> dict[str, Any]:
    form = await fields_of(request)
    return {key: form.getall(key) if len(form.getall(key)) > 1 else form[key] for key in form} or dict(request.query)


async def _guarded(request: web.Request, handler: Handler, exchange: Exchange) -> web.StreamResponse:
    if exchange.rest_running >= exchange.account.max_concurrent:
        return ApiError(429, 20429, "Too many concurrent requests").response()
    exchange.rest_running += 1
    try:
        _authenticate(request, exchange)
        return await handler(request)
    except ApiError as refused:
        return refused.response()
    except web.HTTPNotFound:
        return not_found(request).response()
    except web.HTTPMethodNotAllowed:
        return ApiError(405, 20004, "Method not allowed").response()
    finally:
        exchange.rest_running -= 1


def _authenticate(request: web.Request, exchange: Exchange) -> None:
    if SOUND.fullmatch(request.path) and request.method == "GET":
        return  # sound files are public unless the account says otherwise
    user, secret = _credentials(request.headers.get("Authorization", ""))
    account = request.match_info.get("account", exchange.account.sid)
    if not exchange.account.knows(user, secret) or account != exchange.account.sid:
        raise ApiError(401, 20003, "Authenticate")


def _credentials(header: str) -> tuple[str, str]:
    try:
        pair = base64.b64decode(header.removeprefix("Basic ").strip(), validate=True).decode()
    except ValueError:
        return "", ""
    user, _, secret = pair.partition(":")
    return user, secret


# Requests ---------------------------------------------------------------------------------------------


async def form_of(request: web.Request) -> Fields:
    """The form fields, each possibly repeated."""
    return await fields_of(request)


def check_url(value: str | None, code: int, name: str) -> str | None:
    """An absolute http address or nothing. Raises ApiError."""
    if not value:
        return None
    if not is_web_address(value):
        raise ApiError(400, code, f"{name} is not a valid URL: {value}")
    return value


def check_method(value: str | None, default: str = "POST") -> str:
    """`GET` or `POST`. Raises ApiError."""
    method = (value or default).upper()
    if method not in ("GET", "POST"):
        raise ApiError(400, 21403, f"Invalid method: {value}")
    return method


def check_flag(form: Form, name: str, default: bool) -> bool:
    """`true` or `false`. Raises ApiError."""
    raw = form.get(name)
    if raw is None or raw == "":
        return default
    if raw.lower() not in ("true", "false"):
        raise ApiError(400, 20001, f"Invalid {name}: {raw}; true or false is accepted")
    return raw.lower() == "true"


def check_choice(form: Form, name: str, accepted: tuple[str, ...], default: str) -> str:
    """One of the accepted words. Raises ApiError."""
    raw = form.get(name) or default
    if raw != default and raw not in accepted:
        raise ApiError(400, 20001, f"Invalid {name}: {raw}; accepted are {', '.join(accepted)}")
    return raw


def check_whole(form: Form, name: str, default: int, low: int, high: int, code: int = 20001) -> int:
    """A whole number from `low` to `high`. Raises ApiError."""
    raw = form.get(name)
    if raw is None or raw == "":
        return default
    if not (raw.isascii() and raw.isdigit() and low <= int(raw) <= high):
        raise ApiError(400, code, f"Invalid {name}: {raw}; {low} to {high} is accepted")
    return int(raw)


def check_to(form: Form) -> str:
    """Whom to call. Raises ApiError 21201 or 21211."""
    raw = form.get("To", "").strip()
    if not raw:
        raise ApiError(400, 21201, "No 'To' number is specified")
    if not is_callable(normal(raw)):
        raise ApiError(400, 21211, f"The 'To' number {raw} is not a valid phone number")
    return normal(raw)


def check_from(form: Form, exchange: Exchange) -> str:
    """The account's number (or a client of it) to call from. Raises ApiError 21213, 21212 or 21210."""
    raw = form.get("From", "").strip()
    if not raw:
        raise ApiError(400, 21213, "'From' parameter is required")
    if not (is_e164(normal(raw)) or is_client(raw) or is_sip(raw)):
        raise ApiError(400, 21212, f"The 'From' number {raw} is not a valid phone number")
    if not exchange.may_show(normal(raw)):
        raise ApiError(400, 21210, f"The 'From' number {raw} is not a number of this account")
    return normal(raw)


# Lists ------------------------------------------------------------------------------------------------


def page(request: web.Request, key: str, rows: Iterable[dict[str, Any]]) -> web.Response:
    """The list envelope around one page of rows."""
    everything = list(rows)
    size = check_whole(request.query, "PageSize", 50, 1, 1000)
    number = check_whole(request.query, "Page", 0, 0, 1_000_000)
    start = number * size
    found = everything[start:start + size]
    more = len(everything) > start + size
    body = {key: found, "page": number, "page_size": size, "start": start,
            "end": start + max(0, len(found) - 1), "uri": request.path_qs,
            "first_page_uri": _page_uri(request, size, 0),
            "next_page_uri": _page_uri(request, size, number + 1) if more else None,
            "previous_page_uri": _page_uri(request, size, number - 1) if number else None}
    return web.json_response(body)


def _page_uri(request: web.Request, size: int, number: int) -> str:
    kept = [(key, value) for key, value in request.query.items() if key not in ("Page", "PageSize", "PageToken")]
    token = [("PageToken", f"PT{number}")] if number else []
    return f"{request.path}?{urlencode([*kept, ('PageSize', str(size)), ('Page', str(number)), *token])}"


def created(body: dict[str, Any]) -> web.Response:
    """201."""
    return web.json_response(body, status=201)


def fetched(body: dict[str, Any]) -> web.Response:
    """200."""
    return web.json_response(body)


def deleted() -> web.Response:
    """204."""
    return web.Response(status=204)
