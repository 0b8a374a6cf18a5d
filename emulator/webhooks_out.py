"""Sends webhooks: signed, within 15 real seconds, with retries, redirects and cookies as the carrier has them."""

from __future__ import annotations

import asyncio
import base64
import ssl
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlencode, urljoin, urlsplit

import aiohttp
from yarl import URL

from emulator.clock import Activity
from emulator.journal import Journal
from emulator.overrides import BadOverride, Overrides, split_overrides
from emulator.sids import SidMint
from emulator.signature import sign

Params = tuple[tuple[str, str], ...]
BODY_LIMIT = 64 * 1024
REDIRECT_LIMIT = 10
REDIRECTS = frozenset({301, 302, 303, 307, 308})
KEEPS_METHOD = frozenset({307, 308})


@dataclass(frozen=True)
class Hook:
    """One request to the application. `standard` are the fields that also survive an HTTP redirect."""

    url: str
    method: str
    params: Params
    standard: Params = ()
    purpose: str = "document"
    call_sid: str | None = None


@dataclass(frozen=True)
class Answer:
    """What the application said; `url` is where the answer finally came from."""

    status: int
    content_type: str
    body: bytes
    url: str


class HookFailed(Exception):
    """No usable answer. `code` is the carrier's error code."""

    def __init__(self, code: int, message: str, url: str, method: str) -> None:
        super().__init__(message)
        self.code, self.message, self.url, self.method = code, message, url, method


class _Lost(Exception):
    """A connection that gave no answer; `cause` is `ct` or `rt`."""

    def __init__(self, cause: str, code: int, message: str) -> None:
        super().__init__(message)
        self.cause, self.code, self.message = cause, code, message


class HookClient:
    """The carrier's HTTP client. One cookie jar per call is handed in by the caller."""

    def __init__(self, auth_token: str, activity: Activity, journal: Journal, mint: SidMint) -> None:
        self._token = auth_token
        self._activity, self._journal, self._mint = activity, journal, mint
        # A kept-alive connection that the server closes would look like a fault; so none is kept.
        self._connector = aiohttp.TCPConnector(force_close=True, limit=0)

    async def close(self) -> None:
        """Drops every connection."""
        await self._connector.close()

    async def send(self, hook: Hook, jar: aiohttp.abc.AbstractCookieJar | None = None) -> Answer:
        """The 2xx answer to a hook. Raises HookFailed for anything else."""
        try:
            bare, limits = split_overrides(hook.url)
        except (BadOverride, ValueError) as bad:
            raise HookFailed(11240, str(bad), hook.url, hook.method) from bad
        if urlsplit(bare).scheme not in ("http", "https"):
            raise HookFailed(11100, "The address is not an http address", hook.url, hook.method)
        with self._activity.busy():
            try:
                async with asyncio.timeout(limits.tt / 1000):
                    return await self._with_retries(hook, bare, limits, jar)
            except TimeoutError as late:
                raise HookFailed(11205, "No answer in time", hook.url, hook.method) from late

    async def fetch_media(self, url: str, *, limit: int = 2_000_000) -> bytes:
        """The first bytes of an audio file: an unsigned GET without any parameter. Raises HookFailed."""
        entry = self._journal.add("media", url=url, method="GET")
        with self._activity.busy():
            try:
                async with (asyncio.timeout(15), self._session(None) as session,
                            session.get(URL(url, encoded=True)) as response):
                    entry["status"] = response.status
                    if response.status >= 300:
                        raise HookFailed(11200, f"The media answered {response.status}", url, "GET")
                    return await response.content.read(limit)
            except (aiohttp.ClientError, TimeoutError, ValueError) as lost:
                entry["error"] = type(lost).__name__
                raise HookFailed(11205, "The media could not be fetched", url, "GET") from lost

    def _session(self, jar: aiohttp.abc.AbstractCookieJar | None) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(connector=self._connector, connector_owner=False,
                                     cookie_jar=aiohttp.DummyCookieJar() if jar is None else jar)

    async def _with_retries(self, hook: Hook, bare: str, limits: Overrides,
                            jar: aiohttp.abc.AbstractCookieJar | None) -> Answer:
        token = self._mint.token()
        for attempt in range(limits.rc + 1):
            cause, code, message = "", 0, ""
            try:
                answer = await self._follow(hook, bare, limits, jar, token, attempt)
                if 200 <= answer.status < 300:
                    return answer
                cause, code = f"{answer.status // 100}xx", 11200
                message = f"The application answered {answer.status}"
            except _Lost as lost:
                cause, code, message = lost.cause, lost.code, lost.message
            if attempt == limits.rc or not limits.retries_on(cause):
                break
        raise HookFailed(code, message, hook.url, hook.method)

    async def _follow(self, hook: Hook, bare: str, limits: Overrides,
                      jar: aiohttp.abc.AbstractCookieJar | None, token: str, attempt: int) -> Answer:
        url, method, params = bare, hook.method, hook.params
        for _ in range(REDIRECT_LIMIT + 1):
            answer, location = await self._once(hook, url, method, params, limits, jar, token, attempt)
            if answer.status not in REDIRECTS or location is None:
                return answer
            url = urljoin(url, location).partition("#")[0]
            if answer.status not in KEEPS_METHOD:
                method, params = "GET", hook.standard  # what was entered (Digits) is lost on the way
        raise HookFailed(11215, "Too many HTTP redirects", hook.url, hook.method)

    async def _once(self, hook: Hook, url: str, method: str, params: Params, limits: Overrides,
                    jar: aiohttp.abc.AbstractCookieJar | None, token: str,
                    attempt: int) -> tuple[Answer, str | None]:
        target = url if method == "POST" else _with_query(url, params)
        body = params if method == "POST" else ()
        entry = self._journal.add("webhook", purpose=hook.purpose, call_sid=hook.call_sid, url=target,
                                  method=method, params=dict(params), attempt=attempt, token=token)
        began = time.monotonic()
        try:
            answer, location = await self._exchange(target, url, method, body, limits, jar, token)
            entry["status"] = answer.status
            return answer, location
        except BaseException as failure:
            entry["error"] = failure.message if isinstance(failure, _Lost) else type(failure).__name__
            raise
        finally:
            entry["ms"] = round((time.monotonic() - began) * 1000)

    async def _exchange(self, target: str, url: str, method: str, body: Params, limits: Overrides,
                        jar: aiohttp.abc.AbstractCookieJar | None,
                        token: str) -> tuple[Answer, str | None]:
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=limits.ct / 1000, sock_read=limits.rt / 1000)
        options: dict[str, Any] = {"headers": self._headers(target, body, token), "allow_redirects": False,
                                   "timeout": timeout}
        if method == "POST":
            options["data"] = urlencode(body)
        try:
            async with (self._session(jar) as session,
                        session.request(method, _encoded(target), **options) as response):
                content = await _bounded(response) if response.status < 300 else b""
                kind = response.headers.get("Content-Type", "")
                return Answer(response.status, kind, content, url), response.headers.get("Location")
        except (TimeoutError, aiohttp.ClientError, ValueError, OSError) as failure:
            raise _classify(failure) from failure

    def _headers(self, target: str, body: Params, token: str) -> dict[str, str]:
        headers = {"X-Twilio-Signature": sign(self._token, target, body),
                   "I-Twilio-Idempotency-Token": token, "User-Agent": "TwilioProxy/1.1", "Accept": "*/*"}
        headers |= _credentials(target)
        if body:
            headers["Content-Type"] = "application/x-www-form-urlencoded; charset=UTF-8"
        return headers


async def _bounded(response: aiohttp.ClientResponse) -> bytes:
    """The body, or one byte more than is allowed of it."""
    body = b""
    async for piece in response.content.iter_any():
        body += piece
        if len(body) > BODY_LIMIT:
            return body[:BODY_LIMIT + 1]
    return body


def _with_query(url: str, params: Params) -> str:
    if not params:
        return url
    return url + ("&" if "?" in url else "?") + urlencode(params)


def _encoded(target: str) -> URL:
    """The address exactly as signed; credentials travel in a header."""
    parts = urlsplit(target)
    return URL(parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl(), encoded=True)


def _credentials(target: str) -> dict[str, str]:
    parts = urlsplit(target)
    if not parts.username:
        return {}
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}


def _classify(failure: Exception) -> _Lost:
    if isinstance(failure, aiohttp.ClientConnectorDNSError | aiohttp.InvalidURL):
        return _Lost("ct", 11210, "The host was not found")
    if isinstance(failure, aiohttp.ClientSSLError | ssl.SSLError):
        return _Lost("ct", 11220, "The TLS handshake failed")
    if isinstance(failure, aiohttp.ConnectionTimeoutError | aiohttp.ClientConnectorError):
        return _Lost("ct", 11205, "No connection")
    if isinstance(failure, aiohttp.ClientResponseError | aiohttp.ClientPayloadError | ValueError):
        return _Lost("rt", 11206, "The answer broke HTTP")
    return _Lost("rt", 11205, "The connection gave no answer")
