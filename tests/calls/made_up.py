"""Journals made by chance: calls with every turn that one can take, for comparing two ways to count the same."""

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from calls.metrics import Entry

Said = Callable[..., Entry]
Later = Callable[[float], datetime]

SERVICES, LANGUAGES, PEOPLE = ("therapy", "nurse", "clinic"), ("en", "es"), ("ana", "luis", "dana", "noah")
FLOWS = ("callback", "message", "operator", "closed")
CAUSES = ("no_answer", "declined", "busy", "no_key", "expired", "failed", "lost")


def journal(calls: int, seed: int, days: float = 1.0) -> list[Entry]:
    """So many calls over so many days; whole milliseconds, as the database keeps them."""
    chance = random.Random(seed)
    begins = datetime(2026, 3, 1, 6, tzinfo=UTC)
    offers = iter(range(1, 10**9))
    made = [
        entry
        for number in range(calls)
        for entry in _call(f"call-{number:06}", begins + timedelta(days=days * chance.random()), chance, offers)
    ]
    return sorted(made, key=lambda entry: entry.at)


def _call(call_id: str, arrives: datetime, chance: random.Random, offers: Iterator[int]) -> Iterator[Entry]:
    at = arrives.replace(microsecond=arrives.microsecond // 1000 * 1000)

    def later(mean: float) -> datetime:
        nonlocal at
        at += timedelta(milliseconds=round(chance.expovariate(1 / mean) * 1000))
        return at

    def said(fact: str, **details: object) -> Entry:
        return Entry(at, call_id, fact, details)

    yield said("call_arrived")
    service, language = chance.choice(SERVICES), chance.choice(LANGUAGES)
    for what, choice in (("language", language), ("service", service)):
        later(5)
        yield said("chose", what=what, choice=choice)
    own = chance.choice((None, *PEOPLE))
    for _ in range(chance.choice((0, 1, 1, 1, 1, 2))):  # some never wait, some wait twice
        later(4)
        yield said("joined_line", service=service, language=language, own=own, ladder="shipped")
        if chance.random() < 0.1:
            later(2)
            yield said("joined_line", service=service, language=language, own=own, ladder="shipped")  # told twice
        for _ in range(chance.choice((0, 0, 1, 2))):
            later(6)
            offer = next(offers)
            yield said("offer_made", offer=offer, clinician=chance.choice(PEOPLE), rung=0)
            later(9)
            yield said("call_ended", party="clinician")
            yield said("offer_given_back", offer=offer, cause=chance.choice(CAUSES))
        match chance.choice(("talk", "talk", "talk", "hung_up", "hung_up", "flow", "ended", "rings", "open")):
            case "talk":
                yield from _talk(said, later, next(offers), chance)
            case "hung_up":
                later(15)
                yield said("left_line", why="hung_up")
            case "flow":
                later(60)
                why = chance.choice(FLOWS)
                yield said("left_line", why=why)
                if why == "callback":
                    yield from _called_back(said, later, next(offers), chance, service, language)
                    return
            case "ended":
                later(10)
            case "rings":
                later(5)
                yield said("offer_made", offer=next(offers), clinician=chance.choice(PEOPLE), rung=1)
                later(8)
                yield said("left_line", why="hung_up")
            case "open":
                return  # he waits to this day
    later(3)
    yield said("call_ended", party="patient")


def _talk(said: Said, later: Later, offer: int, chance: random.Random) -> Iterator[Entry]:
    later(40)
    yield said("offer_made", offer=offer, clinician=chance.choice(PEOPLE), rung=0)
    later(8)
    yield said("offer_accepted", offer=offer)
    later(2)
    yield said("talk_started", offer=offer)
    if chance.random() < 0.95:
        later(240)
        yield said("talk_ended", offer=offer)


def _called_back(
    said: Said, later: Later, offer: int, chance: random.Random, service: str, language: str
) -> Iterator[Entry]:
    yield said("callback_booked", service=service, language=language, merged=chance.random() < 0.1)
    later(1)
    yield said("call_ended", party="patient")
    if chance.random() < 0.3:
        return
    later(900)
    yield said("offer_made", offer=offer, clinician=chance.choice(PEOPLE), rung=0)
    yield said("offer_accepted", offer=offer)
    later(10)
    accepted = chance.random() < 0.8
    yield said("callback_answered", accepted=accepted, attempt=offer)
    if not accepted:
        yield said("left_line", why="not_reached")
        return
    yield said("talk_started", offer=offer)
    later(240)
    yield said("talk_ended", offer=offer)
