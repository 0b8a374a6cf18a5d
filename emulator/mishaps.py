"""Makes the faults that befall calls happen: legs that end or are moved at a chosen instant, keys pressed at once.

Listens to what happens at every leg; nothing here runs while no such fault is on.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from emulator.faults import Fault
from emulator.leg import Leg, Redirected, Source

if TYPE_CHECKING:
    from emulator.exchange import Exchange

EVENTS = {"ring": "ringing", "answered": "answered", "caption": "hears", "keys": "keys", "doing": "does",
          "hangup": "ended"}
KINDS = ("end_leg", "move_leg")


class Mishaps:
    """Watches for the instants at which a leg is to end or to be moved."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def happened(self, leg: Leg, kind: str, text: str) -> None:
        """Something happened at a leg (in the words of the phones' events)."""
        if self._exchange.faults.active and kind in EVENTS:
            self.noticed(EVENTS[kind], leg.phone, text, leg=leg)
            if kind == "answered":
                self._press_together()

    def noticed(self, event: str, number: str, text: str, *, method: str = "", leg: Leg | None = None) -> None:
        """The faults that wait for this begin; those at once happen before this returns."""
        facts = {"event": event, "number": number, "method": method}
        for kind in KINDS:
            for fault in self._exchange.faults.ready(kind):
                if _awaits(fault, facts, text) and fault.luck.random() < fault.p:
                    self._begin(fault, leg)

    def _begin(self, fault: Fault, leg: Leg | None) -> None:
        self._exchange.faults.count(fault)
        after_ms = fault.options["after_s"] * 1000
        if after_ms:
            self._exchange.clock.call_in(after_ms, lambda: self._do(fault, leg))
        else:
            self._do(fault, leg)

    def _do(self, fault: Fault, leg: Leg | None) -> None:
        for one in self._victims(fault, leg):
            if fault.kind == "move_leg":
                one.interrupt(Redirected(Source(fault.options["url"])))
            else:
                one.end(fault.options["status"] or ("completed" if one.answered else "canceled"), "fault")

    def _victims(self, fault: Fault, leg: Leg | None) -> list[Leg]:
        """The live legs of the number or SID that the fault names; else the leg at which it was noticed."""
        wanted = {fault.filters.get("number"), fault.filters.get("sid")} - {None}
        if wanted:
            return [one for one in self._exchange.legs.values() if one.live and {one.phone, one.sid} & wanted]
        return [leg] if leg and leg.live else []

    def _press_together(self) -> None:
        """Once the phones of all the numbers are answered, their owners press the keys in the same instant."""
        for fault in self._exchange.faults.ready("press_together"):
            legs = [leg for leg in self._exchange.legs.values() if leg.answered and leg.phone in fault.numbers]
            if {leg.phone for leg in legs} == set(fault.numbers):
                self._exchange.faults.count(fault)
                self._exchange.clock.call_in(fault.options["after_s"] * 1000, partial(self._press, legs, fault))

    def _press(self, legs: list[Leg], fault: Fault) -> None:
        for leg in legs:
            if leg.answered:
                self._exchange.people.press(leg, fault.options["digits"])


def _awaits(fault: Fault, facts: dict[str, str], text: str) -> bool:
    when = fault.when or {"event": "answered", "number": fault.filters.get("number", "")}
    if when["event"] != facts["event"] or when.get("text", "").casefold() not in text.casefold():
        return False
    return all(not when.get(name) or when[name].casefold() == facts[name].casefold() for name in ("number", "method"))
