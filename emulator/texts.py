"""Text messages: sent over REST or by a document, received by a number, and answered with messaging TwiML."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element  # read by twiml.root_of, which bounds what is read

import aiohttp

from emulator.numbering import is_e164, normal
from emulator.params import API_VERSION, place
from emulator.resources import Handling, Message, PhoneNumber
from emulator.twiml import TwimlFault, root_of
from emulator.webhooks_out import BODY_LIMIT, Answer, Hook, HookFailed, Params, joined

if TYPE_CHECKING:
    from emulator.exchange import Exchange

SENT_MS, DELIVERED_MS = 500, 1500
SEGMENT, FIRST_SEGMENT = 153, 160
MOST_DOCUMENTS = 20
STOPS = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT"})
STARTS = frozenset({"START", "YES", "UNSTOP"})
XML_TYPES = frozenset({"text/xml", "application/xml", "text/html"})


def segments(body: str) -> int:
    """How many parts a text is sent in."""
    return 1 if len(body) <= FIRST_SEGMENT else -(-len(body) // SEGMENT)


@dataclass(frozen=True)
class Reply:
    """A text that a document sends."""

    to: str
    from_: str
    body: str
    media: tuple[str, ...] = ()
    callback: str | None = None


class Texts:
    """The account's messages on their way."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._jars: dict[tuple[str, str], aiohttp.abc.AbstractCookieJar] = {}
        self._stopped: set[tuple[str, str]] = set()

    def clear(self) -> None:
        """Nobody has opted out, and no cookies are kept."""
        self._jars.clear()
        self._stopped.clear()

    def refused(self, from_: str, to: str) -> bool:
        """Whether this receiver has asked this number to stop (21610)."""
        return (from_, to) in self._stopped

    def new(self, to: str, from_: str, body: str, media: list[str], direction: str, status: str) -> Message:
        """A message, known to everybody."""
        now = self._exchange.clock.now_ms()
        sid = self._exchange.mint.mint("MM" if media else "SM")
        message = Message(sid, to, from_, body, now, now, status, direction, media=media)
        self._exchange.messages[sid] = message
        return message

    def send(self, message: Message) -> None:
        """The message goes out; its callback hears of every status but the first."""
        clock = self._exchange.clock
        wait = max(0, message.send_at_ms - clock.now_ms()) if message.send_at_ms else 0
        clock.call_in(wait + SENT_MS, lambda: self._progress(message, "sent"))
        clock.call_in(wait + DELIVERED_MS, lambda: self._delivered(message))

    def _delivered(self, message: Message) -> None:
        self._progress(message, "delivered")
        number = self._exchange.own_number(message.to)
        if number and message.status == "delivered":
            self.arrive(message.from_, number, message.body, list(message.media))

    def _progress(self, message: Message, status: str) -> None:
        if message.status == "canceled":
            return
        message.status, message.updated_ms = status, self._exchange.clock.now_ms()
        message.sent_ms = message.sent_ms or message.updated_ms
        if message.callback:
            params = [("MessageSid", message.sid), ("SmsSid", message.sid), ("MessageStatus", status),
                      ("SmsStatus", status), ("To", message.to), ("From", message.from_),
                      ("AccountSid", self._exchange.account_sid), ("ApiVersion", API_VERSION)]
            if message.service_sid:
                params.append(("MessagingServiceSid", message.service_sid))
            self._exchange.callbacks.send(message.callback, "POST", tuple(params), None, purpose="text status")

    # Received ------------------------------------------------------------------------------------------

    def arrive(self, from_: str, number: PhoneNumber, body: str, media: list[str]) -> Message:
        """A person texts a number of the account."""
        message = self.new(number.number, from_, body, media, "inbound", "received")
        message.sent_ms = message.created_ms
        self._heed(from_, number.number, body)
        wishes = self._exchange.applications.get(number.sms_application_sid or "", number)
        if wishes.sms_url:
            self._exchange.spawn(self._answer(message, wishes))
        return message

    def _heed(self, person: str, number: str, body: str) -> None:
        word = body.strip().upper()
        if word in STOPS:
            self._stopped.add((number, person))
        elif word in STARTS:
            self._stopped.discard((number, person))

    async def _answer(self, message: Message, wishes: Handling) -> None:
        try:
            await self._run(message, wishes.sms_url or "", wishes.sms_method, self._told(message))
        except HookFailed as failed:
            self._exchange.notify(None, failed.code, failed.message, failed.url, failed.method)
            if wishes.sms_fallback_url:
                why = (("ErrorCode", str(failed.code)), ("ErrorUrl", failed.url))
                await self._rescue(message, wishes, why)

    async def _rescue(self, message: Message, wishes: Handling, why: Params) -> None:
        url, method = wishes.sms_fallback_url or "", wishes.sms_fallback_method
        try:
            await self._run(message, url, method, (*self._told(message), *why))
        except HookFailed as failed:
            self._exchange.notify(None, failed.code, failed.message, failed.url, failed.method)

    async def _run(self, message: Message, url: str, method: str, params: Params) -> None:
        """A document and those it redirects to. Raises HookFailed."""
        jar = self._jars.setdefault((message.from_, message.to), aiohttp.CookieJar(unsafe=True))
        for _ in range(MOST_DOCUMENTS):
            hook = Hook(url, method, params, self._told(message), "text")
            answer = await self._exchange.hooks.send(hook, jar)
            following = self._obey(message, answer, hook)
            if following is None:
                return
            url, method = following
        raise HookFailed(14106, "Too many documents for one text", url, method)

    def _told(self, message: Message) -> Params:
        sid = message.sid
        media = [pair for place_, url in enumerate(message.media)
                 for pair in ((f"MediaUrl{place_}", url), (f"MediaContentType{place_}", "image/jpeg"))]
        return (("MessageSid", sid), ("SmsSid", sid), ("SmsMessageSid", sid), ("SmsStatus", "received"),
                ("AccountSid", self._exchange.account_sid), ("From", message.from_), ("To", message.to),
                ("Body", message.body), ("NumMedia", str(len(message.media))),
                ("NumSegments", str(segments(message.body))), ("ApiVersion", API_VERSION), *media,
                *place("From", message.from_), *place("To", message.to))

    def _obey(self, message: Message, answer: Answer, hook: Hook) -> tuple[str, str] | None:
        """Sends what the answer says; returns the document to go on with. Raises HookFailed."""
        kind = answer.content_type.partition(";")[0].strip().lower()
        text = answer.body.decode("utf-8", "replace")
        if len(answer.body) > BODY_LIMIT:
            raise HookFailed(11750, "The body is larger than 64 kB", hook.url, hook.method)
        if kind == "text/plain" or not text.strip():
            self._reply([Reply(message.from_, message.to, text)] if text.strip() else [])
            return None
        if kind not in XML_TYPES:
            raise HookFailed(12300, f"The content type {kind} is not understood", hook.url, hook.method)
        try:
            return self._execute(message, root_of(answer.body), hook)
        except TwimlFault as fault:
            raise HookFailed(fault.code, fault.message, hook.url, hook.method) from fault

    def _execute(self, message: Message, root: Element, hook: Hook) -> tuple[str, str] | None:
        replies: list[Reply] = []
        following = None
        for element in root:
            if element.tag in ("Message", "Sms"):
                replies.append(_read_reply(element, message, hook.url))
            elif element.tag == "Redirect":
                following = (joined(hook.url, (element.text or "").strip()), element.get("method", "POST").upper())
                break
            else:
                self._exchange.notify(None, 14110, f"<{element.tag}> is not for texts: skipped", hook.url)
        self._reply(replies)
        return following

    def _reply(self, replies: list[Reply]) -> None:
        for reply in replies:
            if not is_e164(reply.to):
                self._exchange.notify(None, 14101, "A text to no number", None)
                continue
            made = self.new(reply.to, reply.from_, reply.body, list(reply.media), "outbound-reply", "queued")
            made.callback = reply.callback
            self.send(made)


def _read_reply(element: Element, message: Message, base: str) -> Reply:
    body = element.find("Body")
    words = (body.text if body is not None else element.text) or ""
    media = tuple(joined(base, (one.text or "").strip()) for one in element.findall("Media"))
    callback = element.get("statusCallback") or element.get("action")
    return Reply(normal(element.get("to") or message.from_), normal(element.get("from") or message.to),
                 words.strip(), media, joined(base, callback) if callback else None)
