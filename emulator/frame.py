"""What a verb sees while it runs: the leg, its document, the context, and the ways to go on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from emulator.codes import FATAL
from emulator.leg import Leg, Source
from emulator.params import standard
from emulator.reader import Callback
from emulator.twiml import Notice, Verb
from emulator.webhooks_out import Hook, HookFailed, Params, joined

EVERYTHING = frozenset({"Say", "Play", "Pause", "Gather", "Record", "Dial", "Enqueue", "Redirect", "Hangup",
                        "Reject", "Sms", "Refer"})


class DocumentFault(Exception):
    """A document could not be had or executed; the fallback comes next."""

    def __init__(self, code: int, message: str, source: Source) -> None:
        super().__init__(message)
        self.code, self.message, self.source = code, message, source


class Step:
    """How a document goes on other than with its next verb."""


@dataclass(frozen=True)
class Goto(Step):
    """Another document takes over."""

    source: Source


class HangUpStep(Step):
    """The call ends."""


class LeaveStep(Step):
    """The leg leaves the queue it waits in."""


HANG_UP = HangUpStep()
LEAVE = LeaveStep()


@dataclass(frozen=True)
class Document:
    """Verbs and where they came from; an inline document has no address."""

    source: Source
    url: str | None
    verbs: tuple[Verb, ...]


@dataclass(frozen=True)
class Context:
    """On whose behalf documents run: which verbs are understood, and what each fetch tells in addition."""

    name: str
    verbs: frozenset[str] = EVERYTHING
    extra: Callable[[], Params] = tuple
    forbidden_code: int = 12200


MAIN = Context("main")
SPOKEN = frozenset({"Say", "Play", "Pause", "Redirect"})


@dataclass(frozen=True)
class Frame:
    """One verb's surroundings."""

    leg: Leg
    document: Document
    context: Context
    first: bool = False

    def note(self, notice: Notice) -> None:
        """Leaves an entry in the call's debugger. Raises DocumentFault if the verb cannot be executed."""
        if notice.code in FATAL:
            raise self.fault(notice.code, notice.message)
        source = self.document.source
        self.leg.exchange.notify(self.leg, notice.code, notice.message, source.url, source.method)

    def resolve(self, address: str) -> str:
        """An address as the document means it. Raises DocumentFault 15004 if it is relative to nothing."""
        if self.document.url is None:
            if "://" not in address:
                raise self.fault(15004, "An inline document needs absolute addresses")
            return address
        return joined(self.document.url, address)

    def resolved(self, callback: Callback | None) -> Callback | None:
        """A callback with an absolute address."""
        return callback and Callback(self.resolve(callback.url), callback.method, callback.events)

    def fault(self, code: int, message: str) -> DocumentFault:
        """An execution failure of this document."""
        return DocumentFault(code, message, self.document.source)

    def goto(self, address: str, method: str, params: Params = ()) -> Goto:
        """The document at this address takes over, told these parameters."""
        return Goto(Source(self.resolve(address), method, params))

    def tells(self, params: Params) -> Params:
        """All parameters of a request on behalf of this frame."""
        return (*standard(self.leg), *self.context.extra(), *params)

    async def tell(self, address: str | None, method: str, params: Params) -> None:
        """Requests an action whose answer nobody executes: the leg already went elsewhere."""
        if not address:
            return
        hook = Hook(self.resolve(address), method, self.tells(params), standard(self.leg), "action", self.leg.sid)
        try:
            await self.leg.exchange.hooks.send(hook, self.leg.jar)
        except HookFailed as failed:
            self.leg.exchange.notify(self.leg, failed.code, failed.message, hook.url, method)
