"""The requests our carrier can make, with everything filled in."""

from collections.abc import Callable
from typing import Any

from telephony.twilio_carrier import TwilioCarrier

ACCOUNT, TOKEN = "AC" + "0" * 32, "carrier-test-token-01"
CENTER, ANA = "+13125550100", "+13125550161"
SID, NUMBER_SID = "CA" + "1" * 32, "PN" + "3" * 32
ROOT = f"/2010-04-01/Accounts/{ACCOUNT}"
URL, STATUS_URL, FALLBACK_URL = "https://c.example/voice/offer/5#rc=3", "https://c.example/s", "https://b.example/f"

Request = Callable[[TwilioCarrier], Any]


def at(base: str | None) -> TwilioCarrier:
    return TwilioCarrier(account=ACCOUNT, token=TOKEN, base_url=base, center=CENTER)


def ring(carrier: TwilioCarrier, fallback_url: str | None = None) -> str:
    return carrier.ring(to=ANA, url=URL, status_url=STATUS_URL, fallback_url=fallback_url, seconds=20)


def point(carrier: TwilioCarrier, fallback_url: str | None = None) -> None:
    carrier.point_number(CENTER, voice_url=URL, status_url=STATUS_URL, fallback_url=fallback_url)


REQUESTS: dict[str, Request] = {
    "ring": ring,
    "move": lambda carrier: carrier.move(SID, URL),
    "hang_up": lambda carrier: carrier.hang_up(SID),
    "look": lambda carrier: carrier.look(SID),
    "calls_to": lambda carrier: carrier.calls_to(ANA),
    "point_number": point,
}
