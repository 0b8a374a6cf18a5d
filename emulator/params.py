"""Composes the parameters every voice webhook carries."""

from __future__ import annotations

from emulator.leg import Leg
from emulator.webhooks_out import Params

API_VERSION = "2010-04-01"
# Where some North American area codes are; others are reported with an empty city, as the carrier does.
CITIES = {"312": ("CHICAGO", "IL", "60607"), "773": ("CHICAGO", "IL", "60618"), "872": ("CHICAGO", "IL", ""),
          "212": ("NEW YORK", "NY", "10001"), "415": ("SAN FRANCISCO", "CA", "94103"),
          "206": ("SEATTLE", "WA", "98101"), "480": ("PHOENIX", "AZ", "85001")}


def standard(leg: Leg) -> Params:
    """The parameters of every document fetch and call event, observed undocumented ones included."""
    named = [("CallSid", leg.sid), ("AccountSid", leg.exchange.account_sid), ("From", leg.from_), ("To", leg.to),
             ("Caller", leg.from_), ("Called", leg.to), ("CallStatus", leg.status), ("ApiVersion", API_VERSION),
             ("Direction", leg.direction)]
    if leg.parent:
        named.append(("ParentCallSid", leg.parent.sid))
    return (*named, *_places(leg), *leg.extra)


def _places(leg: Leg) -> Params:
    sides = (("From", leg.from_), ("Caller", leg.from_), ("To", leg.to), ("Called", leg.to))
    return tuple(pair for side, number in sides for pair in place(side, number))


def place(side: str, number: str) -> Params:
    """Where a number is, as far as its area code tells; `side` is From, To, Caller or Called."""
    city, state, zip_code = CITIES.get(number[2:5], ("", "", "")) if number.startswith("+1") else ("", "", "")
    country = "US" if number.startswith("+1") else ""
    return ((f"{side}City", city), (f"{side}State", state), (f"{side}Zip", zip_code), (f"{side}Country", country))
