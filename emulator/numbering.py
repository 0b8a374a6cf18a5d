"""Tells phone numbers, clients, SIP and web addresses from other words."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

E164 = re.compile(r"\+[1-9]\d{6,14}")
CLIENT = re.compile(r"client:[^\s:]{1,256}")
SIP = re.compile(r"sips?:[^\s@?;]+@[A-Za-z0-9.-]+(:\d+)?(;[^\s?]*)?(\?\S*)?")


def normal(number: str) -> str:
    """E.164 for a North American number written in any usual way; anything else without blanks at its ends."""
    if number.startswith(("client:", "sip:", "sips:")):
        return number.strip()
    digits = re.sub(r"[\s().-]", "", number)
    if re.fullmatch(r"[2-9]\d{9}", digits):
        return f"+1{digits}"
    return f"+{digits}" if re.fullmatch(r"1[2-9]\d{9}", digits) else digits


def is_e164(number: str) -> bool:
    """Whether this is a phone number in full."""
    return bool(E164.fullmatch(number))


def is_client(address: str) -> bool:
    """Whether this names a client of the account."""
    return bool(CLIENT.fullmatch(address))


def is_sip(address: str) -> bool:
    """Whether this is a SIP address."""
    return bool(SIP.fullmatch(address))


def is_callable(address: str) -> bool:
    """Whether this can be rung."""
    return is_e164(address) or is_client(address) or is_sip(address)


def is_web_address(address: str) -> bool:
    """Whether this is an absolute http or https address with a host and, if any, a possible port."""
    try:
        parts = urlsplit(address)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
