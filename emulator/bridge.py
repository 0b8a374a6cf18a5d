"""Two legs that hear each other after a Dial."""

from __future__ import annotations

import asyncio

from emulator.leg import Leg


class Bridge:
    """Joins two legs until one of them parts."""

    def __init__(self, first: Leg, second: Leg) -> None:
        self.legs = (first, second)
        self.began_ms = first.exchange.clock.now_ms()
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        for leg in self.legs:
            leg.bridge = self
            leg.does("talking")
        first.exchange.ears.may_change(self, lambda: list(self.legs))

    def part(self, leg: Leg) -> None:
        """One leg leaves; the other is free to go on."""
        for one in self.legs:
            if one.bridge is self:
                one.bridge = None
        leg.exchange.ears.may_change(self, lambda: list(self.legs))
        if not self.over.done():
            self.over.set_result(None)

    def other(self, leg: Leg) -> Leg:
        """The leg at the far side."""
        return self.legs[1] if leg is self.legs[0] else self.legs[0]
