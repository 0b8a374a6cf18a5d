"""Tells phone numbers from other words."""

from __future__ import annotations

import re

E164 = re.compile(r"\+[1-9]\d{6,14}")


def normal(number: str) -> str:
    """E.164 for a North American number written in any usual way; anything else unchanged."""
    digits = re.sub(r"[\s().-]", "", number)
    if re.fullmatch(r"[2-9]\d{9}", digits):
        return f"+1{digits}"
    return f"+{digits}" if re.fullmatch(r"1[2-9]\d{9}", digits) else digits


def is_e164(number: str) -> bool:
    """Whether this can be called."""
    return bool(E164.fullmatch(number))
