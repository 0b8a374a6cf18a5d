"""Sentences for whoever pressed a button: beside the live part of a page, which is drawn anew all the time."""

from dataclasses import dataclass
from typing import Any

from flask import flash, get_flashed_messages, render_template

DONE = "done"


@dataclass(frozen=True)
class Notice:
    """One sentence: that something was done, or why it was not."""

    words: str
    done: bool


def tell_why_not(why_not: str) -> None:
    """To be told on the next page: why something was not done. "": nothing is told."""
    if why_not:
        flash(why_not)


def tell_done(what: str) -> None:
    """To be told on the next page: what was done."""
    flash(what, DONE)


def tell(why_not: str, what: str) -> None:
    """To be told on the next page: why it was not done; "": what was done."""
    tell_why_not(why_not) if why_not else tell_done(what)


def notices() -> list[Notice]:
    """What is to be told once, on the page that is drawn now."""
    told: Any = get_flashed_messages(with_categories=True)
    return [Notice(str(words), kind == DONE) for kind, words in told]


def beside_the_live_part() -> str:
    """The same for a request that swaps the live part alone: they take the place of those before, or of none."""
    return render_template("desk/_notices.html", notices=notices(), beside=True)
