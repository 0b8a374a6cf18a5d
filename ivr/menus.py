"""Spoken menus: composing them from content, and matching keys and words against their options."""

import re
import unicodedata

from config.content import Menu, Option
from ivr.replies import Phrase

SURE_ENOUGH = 0.5  # speech below this confidence is no match

_NOT_WORDS = re.compile(r"[^a-z0-9]+")


def services_only(menu: Menu) -> Menu:
    """The options that lead to a service: what a callback or a message can be about."""
    return Menu(options=tuple(option for option in menu.options if option.leads_to.startswith("service:")))


def spoken(menu: Menu, language: str) -> tuple[Phrase, ...]:
    """The menu in full: "For X, press N" for each option."""
    return tuple(_option("menu-option", option.key, option.label, language) for option in menu.options)


def spoken_short(menu: Menu, language: str) -> tuple[Phrase, ...]:
    """The menu for somebody who has heard it: "1 for X"."""
    return tuple(
        _option("menu-option-short", option.key, option.short or option.label, language) for option in menu.options
    )


def _option(sentence: str, key: str, label: str, language: str) -> Phrase:
    return Phrase(sentence, language, (("label", f"@{label}"), ("key", int(key))))


def pressed(menu: Menu, digits: str) -> Option | None:
    """The option with this key."""
    return next((option for option in menu.options if option.key == digits), None)


def heard(menu: Menu, language: str, text: str, confidence: float) -> Option | None:
    """The one option whose words are in `text`; None when unsure, or when two options fit equally well."""
    if confidence < SURE_ENOUGH:
        return None
    spoken_words = normal(text)
    fits = sorted(((_fit(option, language, spoken_words), option) for option in menu.options), key=_by_fit)
    if not fits or fits[-1][0] == 0:
        return None
    tie = len(fits) > 1 and fits[-2][0] == fits[-1][0]
    return None if tie else fits[-1][1]


def _by_fit(pair: tuple[int, Option]) -> int:
    return pair[0]


def _fit(option: Option, language: str, text: str) -> int:
    """How many letters of `text` the option's best wording explains."""
    wordings = (normal(word) for word in option.words.get(language, ()))
    return max((len(wording) for wording in wordings if wording and f" {wording} " in f" {text} "), default=0)


def hints(menu: Menu, language: str) -> tuple[str, ...]:
    """The words worth listening for."""
    return tuple(word for option in menu.options for word in option.words.get(language, ()))


def normal(text: str) -> str:
    """Lower case, without accents and punctuation, single spaces: "¿Español?" -> "espanol"."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return _NOT_WORDS.sub(" ", letters).strip()
