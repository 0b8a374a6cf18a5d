"""Joins a called leg with the inbound leg it becomes when the number called is the account's own.

Nobody holds such a phone: what one program says is what the other hears, and keys pass through.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emulator.leg import Input, Leg
    from emulator.resources import PhoneNumber

OUTCOMES = {"busy": "busy", "failed": "failed"}
PAUSES = frozenset("wW")
LINE_MS = 100  # how long words take over the line: whoever answers is joined before the first is heard


def own_line(leg: Leg) -> PhoneNumber | None:
    """The account's number that answers this call by a program; a scripted person answers before it."""
    exchange = leg.exchange
    number = exchange.own_number(leg.to)
    if number is None or leg.to in exchange.people.scripts:
        return None
    return number if exchange.placing.handling(number).voice_url else None


def arrive_over(leg: Leg, number: PhoneNumber) -> None:
    """The call arrives at the account's own number; its answer and its end are those of the called leg."""
    far = leg.exchange.placing.arrive(leg.from_, number, None, (), caller=leg)
    leg.far = far
    if not far.live:
        _far_is_over(leg, far)
        return
    far.over.add_done_callback(lambda _: _far_is_over(leg, far))
    leg.over.add_done_callback(lambda _: far.end("completed" if far.answered else "no-answer", "person"))


def _far_is_over(leg: Leg, far: Leg) -> None:
    if not leg.picked_up.done():
        leg.picked_up.set_result(OUTCOMES.get(far.status, "no-answer"))
    elif leg.answered:
        leg.end("completed", "person")


def answered(leg: Leg) -> None:
    """The inbound side of a link has been answered: so is the call that led to it."""
    if leg.direction == "inbound" and leg.far and not leg.far.picked_up.done():
        leg.far.picked_up.set_result("answer")


def entered(leg: Leg, given: Input) -> None:
    """Somebody at this leg speaks or presses a key: recordings, conferences and a linked program notice."""
    if given.words:
        leg.exchange.recordings.hear(leg, given.words, 0)
        if leg.participant:
            leg.participant.speaks(given.words)
    other = leg.bridge.other(leg) if leg.bridge else None
    if other and other.far and other.far.answered:
        if given.words:
            leg.exchange.people.say(other.far, given.words, given.confidence)
        else:
            leg.exchange.people.press(other.far, given.key)


def _carry_words(leg: Leg, text: str) -> None:
    if leg.answered and leg.far and leg.far.answered:
        leg.exchange.people.say(leg.far, text)


def said(leg: Leg, kind: str, text: str) -> None:
    """The program of this leg says words or plays keys."""
    if kind == "say":
        leg.exchange.recordings.hear(leg, text, 1)
    if leg.far is None:
        return
    if kind == "say":
        leg.exchange.clock.call_in(LINE_MS, lambda: _carry_words(leg, text))
    elif kind == "play" and text.startswith("keys ") and leg.far.answered:
        keys = "".join(key for key in text.removeprefix("keys ") if key not in PAUSES)
        if keys:
            leg.exchange.people.press(leg.far, keys)
