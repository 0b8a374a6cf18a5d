"""Calls come and go: people dial the account's numbers, and the application has phones rung."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulator import amd, taking_part
from emulator.leg import Leg, Settings, Source
from emulator.verbs import Callback
from emulator.webhooks_out import Params

if TYPE_CHECKING:
    from emulator.conferences import Participant
    from emulator.exchange import Exchange, PhoneNumber

SETUP_MS = 500  # from `initiated` to `ringing`; the real figure is undocumented
ADDED_MS = 5000  # the carrier adds five seconds to every ring timeout
SIP_CODES = {"busy": 486, "no-answer": 487, "failed": 404}


class Placing:
    """Makes legs and carries them to their answer."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._next_slot_ms = 0.0

    def clear(self) -> None:
        """Nothing is queued."""
        self._next_slot_ms = 0.0

    def make_leg(self, direction: str, from_: str, to: str, settings: Settings, *, parent: Leg | None = None,
                 number: PhoneNumber | None = None, extra: Params = ()) -> Leg:
        """A new leg, known to everybody."""
        exchange = self._exchange
        leg = Leg(exchange, exchange.mint.mint("CA"), direction, from_, to, settings, parent,
                  number.sid if number else None, extra=extra)
        exchange.legs[leg.sid] = leg
        return leg

    def arrive(self, from_: str, number: PhoneNumber, plan: dict[str, Any] | None, extra: Params) -> Leg:
        """A person dials a number of the account."""
        callback = Callback(number.status_callback, number.status_callback_method, frozenset({"completed"})) \
            if number.status_callback else None
        settings = Settings(number.voice_fallback_url, number.voice_fallback_method, callback)
        token = ("CallToken", self._exchange.mint.mint("CT"))
        leg = self.make_leg("inbound", from_, number.number, settings, number=number, extra=(*extra, token))
        self._exchange.people.plans[leg.sid] = plan or {}
        leg.ring()
        leg.caption("ring", "ringing")
        if not number.voice_url:
            leg.end("failed", "carrier")
            return leg
        source = Source(number.voice_url, number.voice_method)
        self._exchange.spawn(self._exchange.interpreter.run_main(leg, source))
        return leg

    def call(self, from_: str, to: str, settings: Settings, source: Source | Participant) -> Leg:
        """The application has a phone rung; the leg then runs a document or joins a conference."""
        number = self._exchange.own_number(from_)
        leg = self.make_leg("outbound-api", from_, to, settings, number=number)
        self._exchange.spawn(self._carry(leg, source))
        return leg

    async def _carry(self, leg: Leg, source: Source | Participant) -> None:
        await self._take_turn(leg)
        if not await self.ring(leg):
            return
        if leg.settings.record:
            self._exchange.recordings.begin(leg, "OutboundAPI", leg.settings.recording_callback)
        if not isinstance(source, Source):
            await taking_part.called_in(source)
            return
        told = await amd.verdict(leg)
        await self._exchange.interpreter.run_main(
            leg, Source(source.url, source.method, told, source.twiml))

    async def _take_turn(self, leg: Leg) -> None:
        """Waits until the account may start another call."""
        pace, now = self._exchange.account.calls_per_second, self._exchange.clock.now_ms()
        if not pace:
            return
        slot = max(float(now), self._next_slot_ms)
        self._next_slot_ms = slot + 1000 / pace
        leg.queue_ms = round(slot - now)
        if leg.queue_ms:
            await leg.wait(for_ms=leg.queue_ms)

    async def ring(self, leg: Leg) -> bool:
        """Rings the phone; True once somebody answered, otherwise the leg is over."""
        self._exchange.progress.report(leg, "initiated")
        await leg.wait(for_ms=SETUP_MS)
        leg.ring()
        leg.caption("ring", "ringing")
        self._exchange.people.rings(leg)
        if not await leg.wait(leg.picked_up, for_ms=leg.settings.ring_timeout * 1000 + ADDED_MS):
            leg.end("no-answer", "carrier", SIP_CODES["no-answer"])
            return False
        how = leg.picked_up.result()
        if how != "answer":
            leg.end(how, "person", SIP_CODES[how])
            return False
        leg.answer()
        if leg.settings.send_digits:
            leg.caption("play", f"keys {leg.settings.send_digits}")
        return True
