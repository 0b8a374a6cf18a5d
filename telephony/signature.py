"""Checks that a webhook comes from the carrier: X-Twilio-Signature over our public URL and the form.

The rules are Twilio's (webhooks security): HMAC-SHA1 under the account's token, Base64, over the full URL followed by
the form's names and values in name order. The URL is the *configured* public origin plus the raw request target: a
proxy's headers prove nothing, and a decoded URL no longer matches what was signed.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

Form = Iterable[tuple[str, str]]

DEFAULT_PORTS = {"http": 80, "https": 443}


def signed(url: str, form: Form, token: str) -> str:
    """The signature of a request: repeated values of one name count once, in order."""
    values: dict[str, set[str]] = {}
    for name, value in form:
        values.setdefault(name, set()).add(value)
    text = url + "".join(name + value for name in sorted(values) for value in sorted(values[name]))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


def is_genuine(
    *, origin: str, target: str, form: Form, signature: str | None, tokens: Sequence[str], fragment: str = ""
) -> bool:
    """Whether any of our tokens signed this request to `origin` + `target`.

    The carrier signs with or without an explicit port, and some sign the URL with the connection overrides that we put
    behind its `#`; each spelling is ours, so each is tried. Without a header or a token nothing is genuine.
    """
    if not signature:
        return False
    fields = list(form)
    spellings = [base + target + tail for tail in ("", fragment) for base in _origins(origin)]
    return any(
        hmac.compare_digest(signed(spelling, fields, token).encode(), signature.encode())
        for token in tokens
        if token
        for spelling in dict.fromkeys(spellings)
    )


def _origins(origin: str) -> tuple[str, str]:
    """The origin as configured, and with its port the other way: left out, or named. The host keeps its spelling."""
    parts = urlsplit(origin)
    if parts.port:
        return origin, origin.removesuffix(f":{parts.port}")
    return origin, f"{origin}:{DEFAULT_PORTS.get(parts.scheme, 80)}"
