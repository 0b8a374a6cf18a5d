"""Calls come and go: people dial the account's numbers, and the application has phones rung."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulator import amd, links, taking_part
from emulator.leg import Leg, Settings, Source
from emulator.reader import Callback
from emulator.webhooks_out import Params

if TYPE_CHECKING:
    from emulator.conferences import Participant
    from emulator.exchange import Exchange
    from emulator.resources import Application, Handling, PhoneNumber

SETUP_MS = 500  # from `initiated` to `ringing`; the real figure is undocumented
ADDED_MS = 5000  # the carrier adds five seconds to every ring timeout
SIP_CODES = {"busy": 486, "no-answer": 487, "failed": 404, "canceled": 487}
LONGEST_S = 14_400


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

    def handling(self, number: PhoneNumber) -> Handling:
        """What is done when the number is called: its application's wishes, or its own."""
        return self._exchange.applications.get(number.voice_application_sid or "", number)

    def arrive(self, from_: str, number: PhoneNumber, plan: dict[str, Any] | None, extra: Params, *,
               caller: Leg | None = None) -> Leg:
        """A person (or another leg of the exchange) dials a number of the account."""
        wishes = self.handling(number)
        extra = _with_looked_up_name(extra, asked=wishes.voice_caller_id_lookup or number.voice_caller_id_lookup)
        if wishes is not number:
            extra = (*extra, ("ApplicationSid", number.voice_application_sid or ""))
        token = ("CallToken", self._exchange.mint.mint("CT"))
        leg = self.make_leg("inbound", from_, number.number, _settings(wishes), number=number, extra=(*extra, token))
        leg.far = caller
        return self._let_in(leg, wishes, plan)

    def arrive_from_client(self, identity: str, application: Application, plan: dict[str, Any] | None,
                           params: Params) -> Leg:
        """A client of the account calls its application; its own parameters travel with every request."""
        extra = (("ApplicationSid", application.sid), *params)
        to = dict(params).get("To", "")
        leg = self.make_leg("inbound", f"client:{identity}", to, _settings(application), extra=extra)
        return self._let_in(leg, application, plan)

    def _let_in(self, leg: Leg, wishes: Handling, plan: dict[str, Any] | None) -> Leg:
        self._exchange.people.plans[leg.sid] = plan or {}
        leg.ring()
        leg.caption("ring", "ringing")
        if not wishes.voice_url:
            leg.end("failed", "carrier")
            return leg
        source = Source(wishes.voice_url, wishes.voice_method)
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
        self._record(leg)
        if not isinstance(source, Source):
            amd.listen_beside(leg)
            await taking_part.called_in(source)
            return
        told = await amd.verdict(leg)
        await self._exchange.interpreter.run_main(
            leg, Source(source.url, source.method, told, source.twiml))

    def _record(self, leg: Leg) -> None:
        settings = leg.settings
        if settings.record:
            leg.recording = self._exchange.recordings.begin(
                leg, "OutboundAPI", settings.recording_callback, channels=settings.recording_channels,
                track=settings.recording_track, trims=settings.trims)

    async def _take_turn(self, leg: Leg) -> None:
        """Waits until the account may start another call."""
        held = self._exchange.faults.strike("hold_queued", number=leg.to, sid=leg.sid)
        if held:
            await leg.wait(for_ms=held.options["delay_s"] * 1000)
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
        leg.initiated = True
        self._exchange.progress.report(leg, "initiated")
        await leg.wait(for_ms=SETUP_MS)
        leg.ring()
        leg.caption("ring", "ringing")
        number = links.own_line(leg)
        if number:
            links.arrive_over(leg, number)
        else:
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


NETWORK = {"stir_verstat": "StirVerstat", "stir_passport_token": "StirPassportToken", "stir_status": "StirStatus",
           "forwarded_from": "ForwardedFrom", "caller_name": "CallerName"}


ATTESTED = "TN-Validation-Passed-A"  # a call from a phone whose carrier knows it, as most are


def network_params(body: dict[str, Any]) -> Params:
    """What the telephone network tells of an arriving call, out of a request to the control API."""
    told = {"stir_verstat": ATTESTED, **body}
    return tuple((name, str(told[key])) for key, name in NETWORK.items() if told.get(key))


def _with_looked_up_name(extra: Params, *, asked: bool) -> Params:
    """The caller's name only where it is to be looked up; a name nobody knows is empty."""
    others = tuple(pair for pair in extra if pair[0] != "CallerName")
    return (*others, ("CallerName", dict(extra).get("CallerName", ""))) if asked else others


def _settings(wishes: Handling) -> Settings:
    """What an arriving call is told by its number or application."""
    callback = Callback(wishes.status_callback, wishes.status_callback_method, frozenset({"completed"})) \
        if wishes.status_callback else None
    return Settings(wishes.voice_fallback_url, wishes.voice_fallback_method, callback, time_limit=LONGEST_S)
