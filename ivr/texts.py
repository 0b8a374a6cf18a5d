"""Text messages about a promised callback, and what an answer to one means. At most 160 characters of the GSM alphabet.

Nothing personal stands in them: no name, no service, no clinician; a phone lies open on a table.
"""

from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from ivr.prompts import twelve_hours
from ivr.replies import Phrase

LONGEST = 160
BOOKED, SOON = "booked", "soon"  # which text of a promise


class Meaning(StrEnum):
    """What an incoming text asks for."""

    STOP = "stop"  # no more texts and calls
    START = "start"  # texts and calls again
    CANCEL = "cancel"  # not this callback
    KEEP = "keep"  # this callback after all
    OTHER = "other"


WORDS = {
    Meaning.STOP: frozenset(["STOP", "STOPALL", "UNSUBSCRIBE", "END", "QUIT", "ALTO", "PARAR", "PARE", "BASTA"]),
    Meaning.START: frozenset(["START", "UNSTOP", "YES", "INICIAR", "EMPEZAR"]),
    Meaning.CANCEL: frozenset(["C", "CANCEL", "CANCELAR", "CANCELE"]),
    Meaning.KEEP: frozenset(["K", "KEEP", "LLAMAR", "LLAME", "LLAMEN"]),
}


def meaning(body: str) -> Meaning:
    """What a text asks for: one word, in either case, with or without a full stop; anything else is not understood."""
    word = body.strip().strip(".!").upper()
    return next((meant for meant, words in WORDS.items() if word in words), Meaning.OTHER)


def about_promise(what: str, language: str, center: str, when: str) -> Phrase:
    """The text that confirms a promise (`when`: "10:40-10:55"; "" for as soon as we can), or that says we call now."""
    number = written(center)
    if what == SOON:
        return Phrase("text-soon", language, (("center", number),))
    if not when:
        return Phrase("text-booked-soon", language, (("center", number),))
    return Phrase("text-booked", language, (("center", number), ("when", when)))


def answer(meant: Meaning, language: str, center: str, *, done: bool, stands: bool = False) -> Phrase | None:
    """What is answered to a text, and whether it was `done`; None to STOP, which the carrier confirms itself.

    `stands`: whether a call to this number is promised still.
    """
    match meant:
        case Meaning.STOP:
            return None
        case Meaning.START:
            key = "text-started"
        case Meaning.CANCEL if done:
            key = "text-cancelled-one" if stands else "text-cancelled"
        case Meaning.KEEP if done:
            key = "text-kept"
        case _:
            key = "text-calls-only"
    return Phrase(key, language, (("center", written(center)),))


def written(e164: str) -> str:
    """A number of the United States as people write it: "312-555-0100"."""
    digits = e164[-10:]
    return f"{digits[:3]}-{digits[3:6]}-{digits[6:]}"


def short_window(starts: datetime, ends: datetime, now: datetime, zone: str) -> str:
    """A window as a text can afford it, in every language: "10:40-10:55 AM", on another day "3/16 10:40-10:55 AM"."""
    here = ZoneInfo(zone)
    first, last = starts.astimezone(here), ends.astimezone(here)
    day = "" if first.date() == now.astimezone(here).date() else f"{first.month}/{first.day} "
    same = _half(first) == _half(last)
    return f"{day}{twelve_hours(first)}{'' if same else ' ' + _half(first)}-{twelve_hours(last)} {_half(last)}"


def _half(local: datetime) -> str:
    return "AM" if local.hour < 12 else "PM"
