"""Reads TwiML back: what a carrier's parser finds in a document, and the replies that documents are made from."""

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from typing import cast

from ivr.prompts import Speaker
from ivr.replies import (
    Ask,
    Bridge,
    Connect,
    ConnectOperator,
    HangUp,
    Hold,
    Keys,
    LeaveQueue,
    Nothing,
    Phrase,
    Reply,
    Role,
    TakeMessage,
)
from telephony.twiml import Page
from telephony.urls import Urls

SID = "CA" + "1" * 32
ORIGIN = "https://calls.example.org"
OPERATOR = "+13125550199"
URLS = Urls(ORIGIN)


class Reading:
    """A speaker of the simplest content: a phrase sounds like its only value, or like its key."""

    def say(self, phrase: Phrase) -> str:
        return str(phrase.values[0][1]) if phrase.values else phrase.key


def page(*, waiting: bool = False, turn: int = 7, sid: str = SID) -> Page:
    """What replies are rendered with in these tests."""
    return Page(sid=sid, turn=turn, waiting=waiting, urls=URLS, speaker=cast(Speaker, Reading()), operator=OPERATOR)


def spoken(words: str, language: str = "en") -> Phrase:
    """A phrase that sounds like these words."""
    return Phrase("words", language, (("words", words),))


def replies(phrases: tuple[Phrase, ...]) -> dict[str, Reply]:
    """Every kind of reply that says something, by name."""
    return {
        "ask": Ask(phrases),
        "ask for a number": Ask(phrases, Keys(most=None, finish="#", seconds=6)),
        "ask for words": Ask(phrases, Keys(most=10, finish="#", seconds=7, hints=("exercises", "a new visit"))),
        "enter the queue": Hold(phrases, entering=True),
        "hold": Hold(phrases, language="es"),
        "connect": Connect("room-1", Role.PATIENT, phrases),
        "connect operator": ConnectOperator(phrases),
        "leave queue": LeaveQueue(phrases),
        "take message": TakeMessage(phrases, seconds=90),
        "hang up": HangUp(phrases),
    }


SILENT: dict[str, Reply] = {"bridge": Bridge(), "nothing": Nothing()}
IN_QUEUE = ("ask", "ask for a number", "ask for words", "hold", "leave queue", "hang up")
"""The replies a leg in the carrier's queue may be given; the flow turns the others into a `LeaveQueue` first."""


def root(document: str) -> ET.Element:
    """The document as a strict parser reads it, from the bytes that go over the wire."""
    return ET.fromstring(document.encode())


def verbs(document: str) -> list[str]:
    """The names of all elements below Response, in document order; nested ones as "Gather/Say"."""
    return list(_names(root(document), ""))


def _names(parent: ET.Element, path: str) -> Iterator[str]:
    for element in parent:
        name = f"{path}{element.tag}"
        yield name
        yield from _names(element, f"{name}/")


def words(document: str) -> list[str]:
    """What the voice is given, one string for each Say."""
    return [element.text or "" for element in root(document).iter("Say")]
