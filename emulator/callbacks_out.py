"""Reports events to the application: beside the call, never in its way, and badly ordered on demand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from emulator.clock import rfc2822
from emulator.leg import Leg
from emulator.params import standard
from emulator.webhooks_out import Hook, HookFailed, Params

if TYPE_CHECKING:
    from emulator.exchange import Exchange


@dataclass
class CallbackFaults:
    """What goes wrong with callbacks: copies sent besides the first, share lost, seconds of disorder."""

    duplicates: int = 0
    drop: float = 0.0
    shuffle_s: float = 0.0


class CallbackSender:
    """Sends callbacks asynchronously; a failing one only leaves a notification."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self.faults = CallbackFaults()

    def send(self, url: str, method: str, params: Params, leg: Leg | None, warning: int = 15003) -> None:
        """Sends one event, subject to the faults that are on."""
        hook = Hook(url, method, params, params, "callback", leg.sid if leg else None)
        chance = self._exchange.mint.chance()
        if self.faults.drop and chance.random() < self.faults.drop:
            self._exchange.journal.add("dropped callback", url=url, params=dict(params))
            return
        for _ in range(1 + self.faults.duplicates):
            delay = chance.uniform(0, self.faults.shuffle_s) * 1000 if self.faults.shuffle_s else 0
            self._start(hook, leg, warning, delay)

    def _start(self, hook: Hook, leg: Leg | None, warning: int, delay_ms: float) -> None:
        def begin() -> None:
            self._exchange.spawn(self._deliver(hook, leg, warning))

        if delay_ms:
            self._exchange.clock.call_in(delay_ms, begin)
        else:
            begin()

    async def _deliver(self, hook: Hook, leg: Leg | None, warning: int) -> None:
        try:
            await self._exchange.hooks.send(hook, leg.jar if leg else None)
        except HookFailed as failed:
            if leg:
                self._exchange.notify(leg, warning, failed.message, hook.url, hook.method, log=1)


class Progress:
    """Reports how calls come and go (the carrier's call progress events)."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def report(self, leg: Leg, event: str) -> None:
        """One of `initiated`, `ringing`, `answered`, `completed` has happened to the leg just now."""
        callback = leg.settings.callback
        if callback and event in callback.events:
            params = self._params(leg, event, leg.sequence)
            leg.sequence += 1
            self._exchange.callbacks.send(callback.url, callback.method, params, leg)

    def _params(self, leg: Leg, event: str, number: int) -> Params:
        status = {"initiated": "initiated", "ringing": "ringing", "answered": "in-progress"}.get(event, leg.status)
        base = tuple((key, status if key == "CallStatus" else value) for key, value in standard(leg))
        ending = self._ending(leg) if event == "completed" else ()
        return (*base, ("Timestamp", rfc2822(self._exchange.clock.now_ms())),
                ("CallbackSource", "call-progress-events"), ("SequenceNumber", str(number)), *ending)

    def _ending(self, leg: Leg) -> Params:
        seconds = leg.duration_s()
        params = [("CallDuration", str(seconds)), ("Duration", str(-(-seconds // 60)))]
        if leg.direction != "inbound":
            params.append(("SipResponseCode", str(leg.sip_code or 200)))
        if leg.answered_by:
            params.append(("AnsweredBy", leg.answered_by))
        return (*params, *self._exchange.recordings.of_ended_call(leg))
