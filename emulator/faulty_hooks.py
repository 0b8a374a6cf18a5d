"""Sends webhooks as the faults on demand want them: late, twice, altered, or not at all."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import aiohttp

from emulator.overrides import Overrides
from emulator.webhooks_out import Answer, Hook, HookClient, HookFailed, Params

if TYPE_CHECKING:
    from emulator.exchange import Exchange

MESSAGES = {11200: "The application answered 500", 11205: "No answer in time", 11210: "The host was not found"}


class FaultyHooks(HookClient):
    """The carrier's HTTP client behind the faults. Time lost here counts towards the 15 seconds of a request."""

    def __init__(self, exchange: Exchange) -> None:
        super().__init__(exchange.account.token, exchange.activity, exchange.journal, exchange.mint)
        self._carrier = exchange

    async def send(self, hook: Hook, jar: aiohttp.abc.AbstractCookieJar | None = None) -> Answer:
        """The answer to a hook. Raises HookFailed; the token of a repetition is that of the first request."""
        if not self._carrier.faults.active:
            return await super().send(hook, jar)
        facts = self.facts(hook)
        self._carrier.mishaps.noticed("webhook", facts["number"], hook.url, method=hook.method,
                                       leg=self._carrier.legs.get(hook.call_sid or ""))
        self._fail(hook, facts)
        return await self._send(self._altered(hook, facts), jar, facts)

    def facts(self, hook: Hook) -> dict[str, str]:
        """What the filters of faults are compared with."""
        leg = self._carrier.legs.get(hook.call_sid or "")
        return {"number": leg.phone if leg else "", "sid": hook.call_sid or "", "url": hook.url,
                "method": hook.method, "purpose": hook.purpose, "event": event_words(hook.params)}

    async def _with_retries(self, hook: Hook, bare: str, limits: Overrides,
                            jar: aiohttp.abc.AbstractCookieJar | None) -> Answer:
        slow = self._carrier.faults.strike("slow_webhooks", **self.facts(hook))
        if slow:
            await asyncio.sleep(slow.options["delay_s"])
        return await super()._with_retries(hook, bare, limits, jar)

    def _fail(self, hook: Hook, facts: dict[str, str]) -> None:
        lost = self._carrier.faults.strike("fail_webhooks", **facts)
        if not lost:
            return
        if lost.options["arrives"]:
            self._carrier.spawn(self._silently(hook))
        code = int(lost.options["code"])
        raise HookFailed(code, MESSAGES.get(code, "A fault on demand"), hook.url, hook.method)

    async def _send(self, hook: Hook, jar: aiohttp.abc.AbstractCookieJar | None, facts: dict[str, str]) -> Answer:
        twice = self._carrier.faults.strike("duplicate_webhooks", **facts)
        if not twice:
            return await super().send(hook, jar)
        told = replace(hook, token=self._carrier.mint.token())
        for _ in range(int(twice.options["n"])):
            self._carrier.spawn(self._silently(told))
        return await super().send(told, jar)

    async def _silently(self, hook: Hook) -> None:
        """A request whose answer nobody reads."""
        try:
            await super().send(hook, None)
        except HookFailed:
            return

    def _altered(self, hook: Hook, facts: dict[str, str]) -> Hook:
        strange = self._carrier.faults.strike("strange_fields", **facts)
        if not strange:
            return hook
        options = strange.options
        told = [(name, _strange(name, value, options["status"], upper=bool(options["upper_case"])))
                for name, value in hook.params]
        return replace(hook, params=(*told, (options["field"], options["value"])))


def _strange(name: str, value: str, status: str, *, upper: bool) -> str:
    if name in ("CallStatus", "DialCallStatus", "StatusCallbackEvent"):
        value = status or value
        return value.upper() if upper else value
    return value


def event_words(params: Params) -> str:
    """The events a request tells of, as words: `ringing`, `in-progress answered`, `busy completed` ..."""
    told = dict(params)
    named = [told[name] for name in ("StatusCallbackEvent", "RecordingStatus", "CallStatus") if told.get(name)]
    if told.get("CallbackSource") == "call-progress-events":
        named.append({"in-progress": "answered", "initiated": "", "ringing": ""}.get(named[-1], "completed"))
    return " ".join(named)
