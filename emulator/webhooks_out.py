"""Sends webhooks: signed, within 15 real seconds, with retries, redirects and cookies as the carrier has them.

Longer than 300 lines because the way of one request, out and back, is read together.
"""

from __future__ import annotations

import asyncio
import base64
import ssl
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote, urlencode, urljoin, urlsplit

import aiohttp
from yarl import URL

from emulator.cache import Cache
from emulator.clock import Activity
from emulator.hosted import hosted_document, is_hosted_sound
from emulator.journal import Journal
from emulator.numbering import is_web_address
from emulator.overrides import BadOverride, Overrides, split_overrides
from emulator.sids import SidMint
from emulator.signature import sign

Params = tuple[tuple[str, str], ...]
BODY_LIMIT = 64 * 1024
REDIRECT_LIMIT = 10
REDIRECTS = frozenset({301, 302, 303, 307, 308})
KEEPS_METHOD = frozenset({307, 308})
MOST_REMEMBERED = 1000
PARTIAL = "partial"  # an answer that broke off; it is never asked for again
OF_TEXTS = frozenset({"text", "text status"})  # their signatures keep the port, also over HTTPS
# What OpenSSL calls a certificate's fault, and what the carrier does: expired, other host, unknown or self-signed.
CERTIFICATE_CODES = {10: 11236, 62: 11235, 64: 11235}


@dataclass(frozen=True)
class Hook:
    """One request to the application. `standard` are the fields that also survive an HTTP redirect."""

    url: str
    method: str
    params: Params
    standard: Params = ()
    purpose: str = "document"
    call_sid: str | None = None
    token: str | None = None


@dataclass(frozen=True)
class Answer:
    """What the application said; `url` is where the answer finally came from."""

    status: int
    content_type: str
    body: bytes
    url: str


@dataclass(frozen=True)
class Media:
    """A sound file, or its beginning."""

    content_type: str
    body: bytes


class HookFailed(Exception):
    """No usable answer. `code` is the carrier's error code."""

    def __init__(self, code: int, message: str, url: str, method: str) -> None:
        super().__init__(message)
        self.code, self.message, self.url, self.method = code, message, url, method


class _Lost(Exception):
    """A connection that gave no answer; `cause` is `ct`, `rt`, or PARTIAL."""

    def __init__(self, cause: str, code: int, message: str) -> None:
        super().__init__(message)
        self.cause, self.code, self.message = cause, code, message


class HookClient:
    """The carrier's HTTP client. One cookie jar per call is handed in by the caller."""

    def __init__(self, auth_token: str, activity: Activity, journal: Journal, mint: SidMint) -> None:
        self._token = auth_token
        self._activity, self._journal, self._mint = activity, journal, mint
        self._cache = Cache()
        self._lasting: dict[str, Media] = {}  # media without a version: remembered, our policy
        # A kept-alive connection that the server closes would look like a fault; so none is kept.
        self._connector = aiohttp.TCPConnector(force_close=True, limit=0)

    def sign_with(self, auth_token: str) -> None:
        """The account's token has been changed."""
        self._token = auth_token

    async def close(self) -> None:
        """Drops every connection."""
        await self._connector.close()

    async def send(self, hook: Hook, jar: aiohttp.abc.AbstractCookieJar | None = None) -> Answer:
        """The 2xx answer to a hook. Raises HookFailed for anything else."""
        try:
            bare, limits = split_overrides(hook.url)
            bare = quoted(bare)
        except (BadOverride, ValueError) as bad:
            code = bad.code if isinstance(bad, BadOverride) else 11100
            raise HookFailed(code, str(bad), hook.url, hook.method) from bad
        if not is_web_address(bare):
            raise HookFailed(11100, "The address is not an http address", hook.url, hook.method)
        document = hosted_document(bare)
        if document is not None:
            self._journal.add("hosted", call_sid=hook.call_sid, url=bare, method=hook.method)
            return Answer(200, "text/xml", document.encode(), bare)
        with self._activity.busy():
            try:
                async with asyncio.timeout(limits.tt / 1000):
                    return await self._with_retries(hook, bare, limits, jar)
            except TimeoutError as late:
                raise HookFailed(11205, "No answer in time", hook.url, hook.method) from late

    async def fetch_media(self, url: str, *, limit: int = 2_000_000) -> Media:
        """The first bytes of an audio file: an unsigned GET without any parameter. Raises HookFailed."""
        if url in self._lasting:
            return self._lasting[url]
        if not is_web_address(url):
            raise HookFailed(11100, "The media's address is not an http address", url, "GET")
        if is_hosted_sound(url):
            return Media("audio/mpeg", b"")
        entry = self._journal.add("media", url=url, method="GET")
        with self._activity.busy():
            try:
                async with (asyncio.timeout(15), self._session(None) as session,
                            session.get(URL(quoted(url), encoded=True),
                                        headers=self._cache.conditions(url)) as response):
                    entry["status"] = response.status
                    return await self._media(url, response, limit)
            except (aiohttp.ClientError, TimeoutError, ValueError, OSError) as failure:
                entry["error"] = type(failure).__name__
                lost = classify(failure)
                raise HookFailed(lost.code, f"The media could not be fetched: {lost.message}", url, "GET") from failure

    async def _media(self, url: str, response: aiohttp.ClientResponse, limit: int) -> Media:
        kept = self._cache.get(url)
        if response.status == 304 and kept:
            return Media(kept.content_type, kept.body)
        if response.status >= 300:
            raise HookFailed(11200, f"The media answered {response.status}", url, "GET")
        body = await response.content.read(limit)
        self._cache.keep(url, response.headers, body)
        media = Media(response.headers.get("Content-Type", ""), body)
        if self._cache.get(url) is None:
            self.remember_media(url, media)
        return media

    def remember_media(self, url: str, media: Media) -> None:
        """What was heard from this address is not asked for again."""
        self._lasting[url] = media
        if len(self._lasting) > MOST_REMEMBERED:
            del self._lasting[next(iter(self._lasting))]

    def _session(self, jar: aiohttp.abc.AbstractCookieJar | None) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(connector=self._connector, connector_owner=False,
                                     cookie_jar=aiohttp.DummyCookieJar() if jar is None else jar)

    async def _with_retries(self, hook: Hook, bare: str, limits: Overrides,
                            jar: aiohttp.abc.AbstractCookieJar | None) -> Answer:
        token = hook.token or self._mint.token()
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
            if attempt == limits.rc or cause == PARTIAL or not limits.retries_on(cause):
                break
        raise HookFailed(code, message, hook.url, hook.method)

    async def _follow(self, hook: Hook, bare: str, limits: Overrides,
                      jar: aiohttp.abc.AbstractCookieJar | None, token: str, attempt: int) -> Answer:
        url, method, params = bare, hook.method, hook.params
        for _ in range(REDIRECT_LIMIT + 1):
            answer, location = await self._once(hook, url, method, params, limits, jar, token, attempt)
            if answer.status not in REDIRECTS or location is None:
                return answer
            url = quoted(joined(url, location).partition("#")[0])
            if not is_web_address(url):
                raise _Lost("rt", 11100, f"The application redirects to {location}, which is no http address")
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
            answer, location = await self._exchange(target, url, method, body, limits, jar, token,
                                                    keeps_port=hook.purpose in OF_TEXTS)
            entry["status"] = answer.status
            return answer, location
        except BaseException as failure:
            entry["error"] = failure.message if isinstance(failure, _Lost) else type(failure).__name__
            raise
        finally:
            entry["ms"] = round((time.monotonic() - began) * 1000)

    async def _exchange(self, target: str, url: str, method: str, body: Params, limits: Overrides,
                        jar: aiohttp.abc.AbstractCookieJar | None,
                        token: str, *, keeps_port: bool) -> tuple[Answer, str | None]:
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=limits.ct / 1000, sock_read=limits.rt / 1000)
        headers = self._headers(target, body, token, keeps_port=keeps_port)
        options: dict[str, Any] = {"headers": headers, "allow_redirects": False, "timeout": timeout}
        if method == "POST":
            options["data"] = urlencode(body)
        else:
            headers.update(self._cache.conditions(target))
        try:
            async with (self._session(jar) as session,
                        session.request(method, _encoded(target), **options) as response):
                kept = self._cache.get(target)
                if response.status == 304 and kept and method == "GET":
                    return Answer(200, kept.content_type, kept.body, url), None
                content = await _bounded(response) if response.status < 300 else b""
                if method == "GET" and response.status == 200:
                    self._cache.keep(target, response.headers, content)
                kind = response.headers.get("Content-Type", "")
                return Answer(response.status, kind, content, url), response.headers.get("Location")
        except (TimeoutError, aiohttp.ClientError, ValueError, OSError) as failure:
            raise classify(failure) from failure

    def _headers(self, target: str, body: Params, token: str, *, keeps_port: bool) -> dict[str, str]:
        headers = {"X-Twilio-Signature": sign(self._token, target, body, keeps_port=keeps_port),
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


def joined(base: str, address: str) -> str:
    """An address as one who reads it at `base` means it; one that is broken stays as it is, and fails when asked."""
    try:
        return urljoin(base, address)
    except ValueError:
        return address


def quoted(url: str) -> str:
    """The address as it can be written on the wire: what is not ASCII, and blanks, in percents."""
    return quote(url, safe="!#$%&'()*+,/:;=?@[]~")


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


def classify(failure: Exception) -> _Lost:
    """What a lost connection is called: its cause and the carrier's code."""
    if isinstance(failure, aiohttp.ClientConnectorDNSError | aiohttp.InvalidURL):
        return _Lost("ct", 11210, "The host was not found")
    if isinstance(failure, aiohttp.ClientConnectorCertificateError):
        number = getattr(failure.certificate_error, "verify_code", 0)
        return _Lost("ct", CERTIFICATE_CODES.get(number, 11237), "The certificate is not valid")
    if isinstance(failure, aiohttp.ClientSSLError | ssl.SSLError):
        return _Lost("ct", 11220, "The TLS handshake failed")
    if isinstance(failure, aiohttp.ConnectionTimeoutError | aiohttp.ClientConnectorError):
        return _Lost("ct", 11205, "No connection")
    if isinstance(failure, aiohttp.ClientPayloadError):
        return _Lost(PARTIAL, 11206, "The answer broke off")
    if isinstance(failure, aiohttp.ClientResponseError | ValueError):
        return _Lost("rt", 11206, "The answer broke HTTP")
    return _Lost("rt", 11205, "The connection gave no answer")
