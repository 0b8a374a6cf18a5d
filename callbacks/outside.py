"""What another program may ask of us: to call a patient. Read from JSON; all that is wrong is told at once. Pure."""

import hashlib
import hmac
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

FIELDS = ("patient", "number", "service", "clinician", "when", "reason", "language")
CLINICIANS = ("any", "own")
SOON = "asap"
LONGEST_AHEAD, SHORTEST = timedelta(days=14), timedelta(minutes=15)
SAME_TIME = 300  # seconds by which a request's timestamp may differ from our clock
_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_REASON = re.compile(r"[a-z0-9][a-z0-9\-]{0,39}")
KEY = re.compile(r"[\x21-\x7e]{8,80}")


@dataclass(frozen=True)
class Wrong:
    """One thing that is wrong with a request: where, what was found, and what is accepted."""

    field: str
    found: str
    accepted: str


class NotAccepted(Exception):
    """A request that cannot be done as it stands."""

    def __init__(self, *wrong: Wrong) -> None:
        super().__init__("; ".join(f"{each.field}: found {each.found}; accepted: {each.accepted}" for each in wrong))
        self.wrong = wrong


@dataclass(frozen=True)
class Asked:
    """A callback that another program asks for. `window` is None for as soon as possible."""

    patient: str | None
    number: str | None
    service: str
    own: bool
    window: tuple[datetime, datetime] | None
    reason: str
    language: str | None


class OtherBody(Exception):
    """The key was used before, with another body."""


class TooMany(Exception):
    """The number was promised as many calls as a day may bring."""


@dataclass(frozen=True)
class Answered:
    """What the program is told. `again`: the same as the last time it asked with this key."""

    told: dict[str, object]
    again: bool = False


def signature(secret: str, timestamp: str, key: str, body: bytes) -> str:
    """What a request is signed with: HMAC-SHA256 over timestamp, key and body, as hexadecimal digits."""
    signed = f"{timestamp}\n{key}\n".encode() + body
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def is_signed(secret: str, timestamp: str, key: str, body: bytes, given: str) -> bool:
    """Whether `given` is that signature; compared in constant time."""
    return hmac.compare_digest(signature(secret, timestamp, key, body).encode(), given.strip().lower().encode())


def is_of_now(timestamp: str, now: datetime) -> bool:
    """Whether a timestamp (seconds since 1970) is near enough to our clock."""
    is_number = timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12
    return is_number and abs(int(timestamp) - now.timestamp()) <= SAME_TIME


def read(body: bytes, *, services: Collection[str], languages: Collection[str], now: datetime) -> Asked:
    """The request in a body; NotAccepted names everything that is wrong with it at once."""
    plain = _object(body)
    wrong: list[Wrong] = [Wrong(name, "an unknown field", ", ".join(FIELDS)) for name in plain if name not in FIELDS]
    patient = _text(plain, "patient", wrong, "an id of the directory", _ID)
    number = _text(plain, "number", wrong, "a number such as +13125550142", re.compile(r"[+0-9() .\-]{7,24}"))
    if patient is None and number is None and not any(each.field in ("patient", "number") for each in wrong):
        wrong.append(Wrong("patient", "neither patient nor number", "one of them, or both"))
    service = _one_of(plain, "service", wrong, sorted(services), None)
    clinician = _one_of(plain, "clinician", wrong, CLINICIANS, "any")
    language = _one_of(plain, "language", wrong, sorted(languages), "")
    reason = _text(plain, "reason", wrong, "a code such as glucose-trend: small letters, digits and -", _REASON)
    if "reason" not in plain:
        wrong.append(Wrong("reason", "nothing", "a code such as glucose-trend"))
    if clinician == "own" and patient is None and number is not None:
        wrong.append(Wrong("clinician", "own, without a patient", "own together with patient, or any"))
    window = _window(plain.get("when", SOON), wrong, now)
    if wrong:
        raise NotAccepted(*wrong)
    return Asked(patient, number, service or "", clinician == "own", window, reason or "", language or None)


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        plain = json.loads(body)
    except (ValueError, RecursionError):
        raise NotAccepted(Wrong("body", f"{len(body)} bytes that are no JSON", "a JSON object")) from None
    if not isinstance(plain, dict):
        raise NotAccepted(Wrong("body", f"a JSON {_kind(plain)}", "a JSON object"))
    return plain


def _kind(value: object) -> str:
    kinds = {dict: "object", list: "array", str: "text", bool: "boolean", int: "number", float: "number"}
    return kinds.get(type(value), "null")


def _shown(value: object) -> str:
    return repr(value[:40]) if isinstance(value, str) else f"a {_kind(value)}"


def _text(
    plain: Mapping[str, Any], name: str, wrong: list[Wrong], accepted: str, pattern: re.Pattern[str]
) -> str | None:
    value = plain.get(name)
    if value is None:
        return None
    if isinstance(value, str) and pattern.fullmatch(value):
        return value
    wrong.append(Wrong(name, _shown(value), accepted))
    return None


def _one_of(
    plain: Mapping[str, Any], name: str, wrong: list[Wrong], accepted: Collection[str], default: str | None
) -> str | None:
    value = plain.get(name, default)
    if isinstance(value, str) and (value in accepted or value == default):
        return value
    wrong.append(Wrong(name, "nothing" if name not in plain else _shown(value), ", ".join(accepted)))
    return None


def _window(value: object, wrong: list[Wrong], now: datetime) -> tuple[datetime, datetime] | None:
    accepted = '"asap", or {"from": instant, "to": instant} with zones, such as 2026-11-23T10:00:00-06:00'
    if value == SOON:
        return None
    try:
        if not isinstance(value, dict) or value.keys() != {"from", "to"}:
            raise ValueError
        begins, ends = (datetime.fromisoformat(value[name]) for name in ("from", "to"))
        if begins.tzinfo is None or ends.tzinfo is None:
            raise ValueError
    except (ValueError, TypeError):
        wrong.append(Wrong("when", _shown(value), accepted))
        return None
    if not now <= ends - SHORTEST or begins > now + LONGEST_AHEAD or ends - begins < SHORTEST:
        accepted = (
            f"at least {SHORTEST.seconds // 60} minutes that are not over, begun within {LONGEST_AHEAD.days} days"
        )
        wrong.append(Wrong("when", f"{begins.isoformat()} to {ends.isoformat()}", accepted))
    return begins, ends
