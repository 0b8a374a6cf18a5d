"""Signs webhooks as the carrier does: HMAC-SHA1 over the address and the sorted form fields."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable
from urllib.parse import urlsplit, urlunsplit

Fields = Iterable[tuple[str, str]]


def signed_address(url: str, *, keeps_port: bool = False) -> str:
    """The address as it enters the signature: no fragment, no credentials, and over HTTPS no port.

    Requests about texts keep the port (`keeps_port`), requests about calls do not.
    """
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    if parts.scheme == "https" and not keeps_port and parts.port is not None:
        place = place.rpartition(":")[0]
    return urlunsplit((parts.scheme, place, parts.path, parts.query, ""))


def sign(token: str, url: str, fields: Fields = (), *, keeps_port: bool = False) -> str:
    """The value of `X-Twilio-Signature` for a request to `url` with these form fields (none for GET)."""
    pairs = sorted(set(fields))
    text = signed_address(url, keeps_port=keeps_port) + "".join(name + value for name, value in pairs)
    digest = hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()
