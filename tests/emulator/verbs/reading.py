"""Reads one verb the way the carrier does: its values, and the codes of what it remarks on the way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from emulator.twiml import Notice, Verb, parse

Reader = Callable[[Verb, Callable[[Notice], None]], Any]


def read(reader: Reader, element: str) -> tuple[Any, list[int]]:
    """What a reader makes of an element, and the codes of its notices."""
    notices: list[Notice] = []
    (verb,), remarks = parse(f"<Response>{element}</Response>")
    value = reader(verb, notices.append)
    return value, [notice.code for notice in (*remarks, *notices)]


def read_noun(reader: Reader, noun: str) -> tuple[Any, list[int]]:
    """The same for a noun inside a Dial."""
    return read(lambda dial, note: reader(dial.children[0], note), f"<Dial>{noun}</Dial>")


def values(thing: Any, names: str) -> list[Any]:
    """Several fields of a thing."""
    return [getattr(thing, name) for name in names.split()]
