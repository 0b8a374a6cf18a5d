"""Answers who hears whom: the audio graph of bridges and conferences."""

from __future__ import annotations

from collections.abc import Iterable

from emulator.leg import Leg


def hears(listener: Leg, speaker: Leg) -> tuple[bool, str]:
    """Whether the listener hears the speaker, and why or why not."""
    if not (listener.answered and speaker.answered):
        return False, "one of them has no connected call"
    if listener.bridge and listener.bridge is speaker.bridge:
        return True, "they are connected by a Dial"
    line = listener.bridge.other(listener).far if listener.bridge else None
    if line and line is not speaker:  # the sound of an own number that was called comes through its inbound leg
        return hears(line, speaker)
    return _in_conference(listener, speaker)


def _in_conference(listener: Leg, speaker: Leg) -> tuple[bool, str]:
    ear, mouth = listener.participant, speaker.participant
    if not ear or not mouth or ear.conference is not mouth.conference:
        return False, "they are not in the same conference or Dial"
    if ear.conference.status != "in-progress":
        return False, "their conference has not started"
    if ear.hold or mouth.hold:
        return False, "one of them is on hold"
    if ear.announcing:
        return False, "the listener hears an announcement"
    if mouth.muted:
        return False, "the speaker is muted"
    if mouth.coaching and mouth.coached_sid != listener.sid:
        return False, "the speaker coaches somebody else"
    return True, "they are in the same conference"


def listeners(speaker: Leg, legs: Iterable[Leg]) -> list[Leg]:
    """Every leg that hears the speaker."""
    return [leg for leg in legs if leg is not speaker and hears(leg, speaker)[0]]


def hear_each_other(first: list[Leg], second: list[Leg]) -> tuple[bool, str]:
    """Whether two phones hear each other over any of their legs, and why or why not."""
    if not first or not second:
        return False, "one of the numbers has no live call"
    reason = ""
    for one in first:
        for other in second:
            there, why = hears(one, other)
            back, why_back = hears(other, one)
            if there and back:
                return True, why
            reason = why if not there else why_back
    return False, reason
