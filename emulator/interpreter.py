"""Fetches a leg's documents and executes their verbs, from the first fetch to the hang-up."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from emulator import dialing, gathering, queues, recording_verb, speaking, taking_part, texting
from emulator.frame import HANG_UP, LEAVE, MAIN, Context, Document, DocumentFault, Frame, Goto, Step
from emulator.leg import HungUp, Leg, Redirected, Source
from emulator.params import standard
from emulator.reader import Reader
from emulator.twiml import Notice, TwimlFault, Verb, parse
from emulator.webhooks_out import BODY_LIMIT, Answer, Hook, HookFailed, Media

if TYPE_CHECKING:
    from emulator.exchange import Exchange

APOLOGY = "We are sorry, an application error has occurred. Goodbye."
XML_TYPES = frozenset({"text/xml", "application/xml", "text/html"})
INSTANT_LIMIT_MS = 1000  # a leg that fetches 50 documents in one instant waits this long: time must go on
Handler = Callable[[Frame, Verb], Awaitable[Step | None]]


async def _redirect(frame: Frame, verb: Verb) -> Step:
    method = Reader(verb, frame.note).method()
    return frame.goto(verb.text, method)


async def _hangup(_frame: Frame, _verb: Verb) -> Step:
    return HANG_UP


async def _leave(_frame: Frame, _verb: Verb) -> Step:
    return LEAVE


async def _reject(frame: Frame, verb: Verb) -> Step:
    reason = Reader(verb, frame.note).choice("reason", ("rejected", "busy"), "rejected")
    if not frame.leg.answered:
        frame.leg.end("busy" if reason == "busy" else "no-answer", "application")
    return HANG_UP


HANDLERS: dict[str, Handler] = {
    "Say": speaking.say_verb, "Play": speaking.play_verb, "Pause": speaking.pause_verb,
    "Gather": gathering.gather_verb, "Record": recording_verb.record_verb, "Dial": dialing.dial_verb,
    "Enqueue": queues.enqueue_verb, "Redirect": _redirect, "Hangup": _hangup, "Leave": _leave,
    "Reject": _reject, "Sms": texting.sms_verb, "Refer": texting.refer_verb,
}
dialing.CONFERENCE_DIAL.append(taking_part.dial_conference)
dialing.QUEUE_DIAL.append(queues.dial_queue)


class Interpreter:
    """Executes TwiML for all legs; holds nothing between documents."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    async def run_main(self, leg: Leg, source: Source) -> None:
        """The leg's own program, until it hangs up. Interrupts other than redirects end it."""
        following = source
        while leg.live:
            try:
                await self.run_chain(leg, following, MAIN)
                leg.end("completed", "application")
            except Redirected as moved:
                following = moved.source
            except DocumentFault as fault:
                following = self._rescue(leg, fault)
            except HungUp:
                raise
            except Exception:
                leg.end("failed", "carrier")  # whatever went wrong here: nobody is left on a dead line
                raise

    async def run_chain(self, leg: Leg, source: Source, context: Context) -> Step | None:
        """A document and those that take over from it; returns how the last one ended.

        Raises DocumentFault when one of them cannot be had or executed.
        """
        while True:
            document = await self._load(leg, source, context)
            step = await self._run_verbs(leg, document, context)
            if not isinstance(step, Goto):
                return step
            source = step.source

    async def _run_verbs(self, leg: Leg, document: Document, context: Context) -> Step | None:
        for position, verb in enumerate(document.verbs):
            frame = Frame(leg, document, context, first=position == 0)
            if verb.name not in context.verbs:
                self._forbidden(frame, verb)
                continue
            _pick_up_for(leg, verb, position)
            step = await HANDLERS[verb.name](frame, verb)
            if step:
                return step
        if context is MAIN:
            leg.answer()
        return None

    def _forbidden(self, frame: Frame, verb: Verb) -> None:
        if frame.context.name == "whisper" and verb.name == "Dial":
            raise frame.fault(13201, "A Dial inside a dialed segment")
        frame.note(Notice(frame.context.forbidden_code,
                          f"<{verb.name}> is not understood in the {frame.context.name} document: skipped"))

    async def _load(self, leg: Leg, source: Source, context: Context) -> Document:
        leg.context, leg.document_url = context.name, source.url
        if source.twiml is not None:
            return self._read(leg, source, source.twiml, None)
        await self._let_time_pass(leg)
        answer = await self._fetch(leg, source, context)
        return self._interpret(leg, source, answer)

    async def _let_time_pass(self, leg: Leg) -> None:
        now = self._exchange.clock.now_ms()
        if len(leg.fetches) == leg.fetches.maxlen and leg.fetches[0] == now:
            await leg.wait(for_ms=INSTANT_LIMIT_MS)
        leg.fetches.append(self._exchange.clock.now_ms())

    async def _fetch(self, leg: Leg, source: Source, context: Context) -> Answer:
        base = standard(leg)
        hook = Hook(source.url or "", source.method, (*base, *context.extra(), *source.params), base,
                    "fallback" if source.is_fallback else "document", leg.sid)
        request = asyncio.ensure_future(self._answer_or_failure(hook, leg))
        await leg.wait(request)  # an interrupt leaves the request to itself: the application sees it end well
        outcome = request.result()
        if isinstance(outcome, HookFailed):
            raise DocumentFault(outcome.code, outcome.message, source)
        return outcome

    async def _answer_or_failure(self, hook: Hook, leg: Leg) -> Answer | HookFailed:
        try:
            return await self._exchange.hooks.send(hook, leg.jar)
        except HookFailed as failed:
            return failed

    def _interpret(self, leg: Leg, source: Source, answer: Answer) -> Document:
        kind = answer.content_type.partition(";")[0].strip().lower()
        if kind.startswith("audio/"):
            self._exchange.hooks.remember_media(answer.url, Media(kind, answer.body))
            return Document(source, answer.url, (Verb("Play", text=answer.url),))
        if len(answer.body) > BODY_LIMIT:
            raise DocumentFault(11750, "The body is larger than 64 kB", source)
        if kind == "text/plain":
            return self._read_or_say(leg, source, answer)
        if kind not in XML_TYPES:
            raise DocumentFault(12300, f"The content type {kind or '(none)'} is not understood", source)
        return self._read(leg, source, answer.body, _base(source, answer))

    def _read_or_say(self, leg: Leg, source: Source, answer: Answer) -> Document:
        try:
            return self._read(leg, source, answer.body, _base(source, answer))
        except DocumentFault:
            words = answer.body.decode("utf-8", "replace")
            return Document(source, answer.url, (Verb("Say", text=words),))

    def _read(self, leg: Leg, source: Source, body: str | bytes, base: str | None) -> Document:
        try:
            verbs, notices = parse(body)
        except TwimlFault as fault:
            raise DocumentFault(fault.code, fault.message, source) from fault
        for notice in notices:
            self._exchange.notify(leg, notice.code, notice.message, source.url, source.method)
        return Document(source, base, verbs)

    def _rescue(self, leg: Leg, fault: DocumentFault) -> Source:
        source = fault.source
        self._exchange.notify(leg, fault.code, fault.message, source.url, source.method)
        if source.is_fallback or not leg.settings.fallback_url:
            return Source(twiml=f"<Response><Say>{APOLOGY}</Say></Response>", is_fallback=True)
        told = (("ErrorCode", str(fault.code)), ("ErrorUrl", source.url or ""))
        return Source(leg.settings.fallback_url, leg.settings.fallback_method, told, is_fallback=True)


def _base(source: Source, answer: Answer) -> str:
    """What relative addresses are relative to: the final address, with the overrides if it is the one asked."""
    asked = source.url or ""
    return asked if answer.url == asked.partition("#")[0] else answer.url


def _pick_up_for(leg: Leg, verb: Verb, position: int) -> None:
    waits = verb.name == "Reject" or (
        verb.name == "Dial" and verb.attributes.get("answerOnBridge", "").lower() == "true")
    if not (waits and position == 0):
        leg.answer()
