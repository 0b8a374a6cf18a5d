"""Spoken menus: composing them from content, and matching keys and words against their options."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TypeVar

from config.content import Menu, Option
from ivr.replies import Phrase

SURE_ENOUGH = 0.5  # speech below this confidence is no match

Choice = TypeVar("Choice")
_NOT_WORDS = re.compile(r"[^a-z0-9]+")


def services_only(menu: Menu) -> Menu:
    """The options that lead to a service: what a callback or a message can be about."""
    return Menu(options=tuple(option for option in menu.options if option.leads_to.startswith("service:")))


def about_callback(menu: Menu) -> Menu:
    """The services, and the callback that was promised already: by the key that led here. The same for everybody."""
    leading = [option for option in menu.options if option.leads_to == "callback"]
    names = {"leads_to": "promise", "label": "option-promise", "short": "service-promise"}
    promised = [option.model_copy(update=names) for option in leading]
    return Menu(options=(*services_only(menu).options, *promised))


def spoken(menu: Menu, language: str) -> tuple[Phrase, ...]:
    """The menu in full: "For X, press N" for each option."""
    return tuple(_option(option.key, option.label, language) for option in menu.options)


def spoken_short(menu: Menu, language: str) -> tuple[Phrase, ...]:
    """The menu for somebody who has heard it: the same with shorter labels."""
    return tuple(_option(option.key, option.short or option.label, language) for option in menu.options)


def _option(key: str, label: str, language: str) -> Phrase:
    return Phrase("menu-option", language, (("label", f"@{label}"), ("key", int(key))))


def pressed(menu: Menu, digits: str) -> Option | None:
    """The option with this key."""
    return next((option for option in menu.options if option.key == digits), None)


def heard(menu: Menu, language: str, text: str, confidence: float, least: float = SURE_ENOUGH) -> Option | None:
    """The one option whose words are in `text`; None when unsure, or when two options fit equally well."""
    if confidence < least:
        return None
    return best([(option, fit(text, option.words.get(language, ()))) for option in menu.options])


def best(fits: Sequence[tuple[Choice, int]]) -> Choice | None:
    """The one that explains most of what was said; None when nothing does, or two as well as each other."""
    most = max((explained for _, explained in fits), default=0)
    found = [choice for choice, explained in fits if explained == most]
    return found[0] if most and len(found) == 1 else None


def fit(text: str, words: Iterable[str]) -> int:
    """How many letters of what was said the best of these wordings explains, as whole words; 0 for none."""
    said = f" {normal(text)} "
    return max((len(wording) for wording in map(_wording, words) if wording and f" {wording} " in said), default=0)


@lru_cache(maxsize=1024)
def _wording(word: str) -> str:
    """A word of the content, as it is compared; what callers say is not kept."""
    return normal(word)


def hints(menu: Menu, language: str) -> tuple[str, ...]:
    """The words worth listening for."""
    return tuple(word for option in menu.options for word in option.words.get(language, ()))


def normal(text: str) -> str:
    """Lower case, without accents and punctuation, single spaces: "¿Español?" -> "espanol"."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return _NOT_WORDS.sub(" ", letters).strip()
