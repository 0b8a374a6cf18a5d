"""Sms and Refer: the two verbs of a call's document that are done in passing."""

from __future__ import annotations

from emulator.frame import Frame, Step
from emulator.numbering import is_e164, normal
from emulator.reader import Reader
from emulator.twiml import Notice, Verb

LONGEST = 1600


async def sms_verb(frame: Frame, verb: Verb) -> Step | None:
    """Sends a text, by default to the caller from the number he called; the action hears of it at once."""
    reader, leg, exchange = Reader(verb, frame.note), frame.leg, frame.leg.exchange
    own, person = (leg.to, leg.from_) if leg.direction == "inbound" else (leg.from_, leg.to)
    to, from_ = normal(reader.text("to") or person), normal(reader.text("from") or own)
    action = reader.address("action")
    callback = reader.address("statusCallback")
    problem = _problem(frame, to, from_, verb.text)
    if problem:
        frame.note(problem)
        return None
    message = exchange.texts.new(to, from_, verb.text, [], "outbound-call", "queued")
    message.callback = frame.resolve(callback) if callback else None
    exchange.texts.send(message)
    if not action:
        return None
    return frame.goto(action, reader.method(), (("SmsSid", message.sid), ("SmsStatus", "sent"),
                                                ("MessageSid", message.sid), ("MessageStatus", "sent")))


def _problem(frame: Frame, to: str, from_: str, body: str) -> Notice | None:
    if not is_e164(to):
        return Notice(14101, f"{to!r} cannot be texted")
    if not frame.leg.exchange.own_number(from_):
        return Notice(14108, f"{from_!r} is no number of the account that can text")
    if not body or len(body) > LONGEST:
        return Notice(14103, f"A text has 1 to {LONGEST} characters")
    return None


async def refer_verb(frame: Frame, _verb: Verb) -> Step | None:
    """Refused: only SIP legs can be referred, and this carrier has none that come in over SIP."""
    frame.note(Notice(13801, "Refer is for SIP legs only"))
    return None
