"""Lets many people call: one by one as their arrivals fall due, each with a script of what they do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from emulator.observer import most_at_once
from emulator.trace import Arrival

if TYPE_CHECKING:
    from emulator.exchange import Exchange
    from emulator.leg import Leg
    from emulator.resources import PhoneNumber


class Load:
    """The callers of one load. Only the next arrival is planned at any moment, so a load may be of any length."""

    def __init__(self, exchange: Exchange, number: PhoneNumber, arrivals: Iterable[Arrival],
                 plans: Mapping[str, dict[str, Any]]) -> None:
        self._exchange, self._number, self._plans = exchange, number, plans
        self._arrivals: Iterator[Arrival] = iter(arrivals)
        self._began_ms = exchange.clock.now_ms()
        self.legs: list[Leg] = []
        self.over = False
        self._plan_next()

    def stop(self) -> None:
        """Nobody calls any more; calls under way go on."""
        self._arrivals = iter(())
        self.over = True

    def _plan_next(self) -> None:
        arrival = next(self._arrivals, None)
        if arrival is None:
            self.over = True
            return
        due = self._began_ms + arrival.at_s * 1000 - self._exchange.clock.now_ms()
        self._exchange.clock.call_in(due, lambda: self._arrive(arrival))

    def _arrive(self, arrival: Arrival) -> None:
        if self.over:
            return
        lengths = {"patience_s": arrival.patience_s, "talk_s": arrival.talk_s}
        given = {key: value for key, value in lengths.items() if value is not None}
        plan = {**self._plans.get(arrival.need, {}), **given}
        self.legs.append(self._exchange.placing.arrive(arrival.number, self._number, plan, ()))
        self._plan_next()

    def card(self) -> dict[str, Any]:
        """How it stands: `reached` heard another person, `abandoned` hung up without."""
        people, now = self._exchange.people, self._exchange.clock.now_ms()
        reached = [leg for leg in self.legs if people.reached(leg)]
        lost = [leg for leg in self.legs if not leg.live and not people.reached(leg)]
        return {"arrived": len(self.legs), "live": sum(leg.live for leg in self.legs), "reached": len(reached),
                "abandoned": sum(leg.ended_by == "person" for leg in lost),
                "ended_by_application": sum(leg.ended_by == "application" for leg in lost),
                "failed": sum(leg.status == "failed" for leg in lost), "arrivals_over": self.over,
                "legs_at_once": most_at_once(list(self._exchange.legs.values()), now)}
