"""Sentences for whoever pressed a button: beside the live part of a page, which is drawn anew all the time."""

from flask import get_flashed_messages, render_template


def notices() -> list[str]:
    """What is to be told once, on the page that is drawn now."""
    return [str(said) for said in get_flashed_messages()]


def beside_the_live_part() -> str:
    """The same for a request that swaps the live part alone: they take the place of those before, or of none."""
    return render_template("desk/_notices.html", notices=notices(), beside=True)
