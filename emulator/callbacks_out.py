"""Reports events to the application: beside the call, never in its way, and badly ordered on demand."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from emulator.clock import rfc2822
from emulator.faulty_rest import outage_left_ms
from emulator.leg import Leg
from emulator.params import standard
from emulator.webhooks_out import Hook, HookFailed, Params

if TYPE_CHECKING:
    from emulator.exchange import Exchange


@dataclass(frozen=True)
class _Due:
    """An event on its way."""

    hook: Hook
    leg: Leg | None
    warning: int


class CallbackSender:
    """Sends callbacks asynchronously; a failing one only leaves a notification."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._held: dict[tuple[int, str], list[_Due]] = {}

    def clear(self) -> None:
        """Nothing is held back any more."""
        self._held.clear()

    def send(self, url: str, method: str, params: Params, leg: Leg | None, warning: int = 15003, *,
             purpose: str = "callback") -> None:
        """Sends one event, subject to the faults that are on."""
        due = _Due(Hook(url, method, params, params, purpose, leg.sid if leg else None), leg, warning)
        if not self._exchange.faults.active:
            self._start([due])
            return
        facts = self._exchange.hooks.facts(due.hook)
        if self._exchange.faults.strike("drop_callbacks", **facts):
            self._exchange.journal.add("dropped callback", url=url, params=dict(params))
        elif not self._hold_back(due, facts):
            self._start_badly([due, *self._released(due, facts)], facts)

    def _start_badly(self, dues: list[_Due], facts: dict[str, str]) -> None:
        faults, delay_ms = self._exchange.faults, outage_left_ms(self._exchange)
        late, shuffled = faults.strike("delay_callbacks", **facts), faults.strike("shuffle_callbacks", **facts)
        delay_ms += late.options["delay_s"] * 1000 if late else 0
        delay_ms += shuffled.luck.uniform(0, shuffled.options["window_s"]) * 1000 if shuffled else 0
        copies = faults.strike("duplicate_callbacks", **facts)
        if copies:
            dues = [replace(one, hook=replace(one.hook, token=self._exchange.mint.token())) for one in dues]
        self._start(dues, delay_ms)
        for _ in range(int(copies.options["n"]) if copies else 0):
            spread = copies.luck.uniform(0, copies.options["spread_s"]) * 1000 if copies else 0
            self._start(dues, delay_ms + spread)

    def _hold_back(self, due: _Due, facts: dict[str, str]) -> bool:
        """Whether an event waits until a later one of the same call or conference has arrived."""
        swap = self._exchange.faults.strike("swap_callbacks", **facts)
        if swap:
            self._held.setdefault((swap.number, _subject(due)), []).append(due)
        return swap is not None

    def _released(self, due: _Due, facts: dict[str, str]) -> list[_Due]:
        """The events that waited for this one; they go out after it."""
        free: list[_Due] = []
        for number, subject in list(self._held):
            until = self._exchange.faults.option(number, "until_event")
            if subject == _subject(due) and (until is None or until in facts["event"].split()):
                free += self._held.pop((number, subject))
        return free

    def _start(self, dues: list[_Due], delay_ms: float = 0) -> None:
        """Sends events, each after the one before it has arrived."""

        def begin() -> None:
            self._exchange.spawn(self._deliver(dues))

        if delay_ms:
            self._exchange.clock.call_in(delay_ms, begin)
        else:
            begin()

    async def _deliver(self, dues: list[_Due]) -> None:
        for due in dues:
            try:
                await self._exchange.hooks.send(due.hook, due.leg.jar if due.leg else None)
            except HookFailed as failed:
                self._exchange.notify(due.leg, due.warning, failed.message, due.hook.url, due.hook.method)


def _subject(due: _Due) -> str:
    told = dict(due.hook.params)
    return told.get("ConferenceSid") or told.get("CallSid", "")


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
        if leg.direction.startswith("outbound") and leg.settings.detection and leg.answered_by:
            params.append(("AnsweredBy", leg.answered_by))
        return (*params, *self._exchange.recordings.of_ended_call(leg))
