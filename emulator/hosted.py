"""Answers for the documents and music that the carrier itself hosts, so that sample applications run offline.

Many published applications name them: the demo documents of the quick starts, hold music, the sounds of the
tutorials, and the twimlets.
"""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit
from xml.sax.saxutils import escape, quoteattr

DEMO, TWIMLETS, API = "demo.twilio.com", frozenset({"twimlets.com", "www.twimlets.com"}), "api.twilio.com"
SOUNDS = frozenset({DEMO, API, "howtodocs.s3.amazonaws.com"})
MUSIC = "http://com.twilio.music.classical.s3.amazonaws.com/BusyStrings.mp3"
GREETING = "This is the demonstration document of the carrier in a box."


def is_hosted_sound(url: str) -> bool:
    """Whether this is music or a sound of the carrier's own."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    return parts.path.endswith((".mp3", ".wav")) and (
        host in SOUNDS or (host.startswith(("com.twilio.", "com-twilio-")) and host.endswith(".amazonaws.com")))


def hosted_document(url: str) -> str | None:
    """The TwiML at an address of the carrier's; None for anybody else's."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if host == DEMO:
        return _response(f"<Say>{GREETING}</Say>")
    if host in TWIMLETS:
        return _twimlet(parts.path.strip("/").lower(), parse_qsl(parts.query))
    if host.startswith("com.twilio.") and host.endswith(".amazonaws.com"):
        return _response(f"<Play>{MUSIC}</Play><Redirect/>")
    return None


def _twimlet(name: str, query: list[tuple[str, str]]) -> str | None:
    """Hold music, a message, an echo of TwiML, or a forwarded call; others are not hosted here."""
    given = dict(query)
    if name == "holdmusic":
        return _response(f"<Play>{MUSIC}</Play><Redirect/>")
    if name == "echo":
        return given.get("Twiml", _response(""))
    if name == "message":
        words = [value for key, value in query if key.startswith("Message")]
        return _response("".join(_said(word) for word in words))
    if name == "forward":
        return _response(f"<Dial callerId={quoteattr(given['CallerId'])}>{escape(given.get('PhoneNumber', ''))}</Dial>"
                         if "CallerId" in given else f"<Dial>{escape(given.get('PhoneNumber', ''))}</Dial>")
    return None


def _said(words: str) -> str:
    kind = "Play" if words.startswith(("http://", "https://")) else "Say"
    return f"<{kind}>{escape(words)}</{kind}>"


def _response(inside: str) -> str:
    return f"<Response>{inside}</Response>"
