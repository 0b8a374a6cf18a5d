"""Menus: what is spoken comes from the options, and what is heard is matched with them."""

import pytest

from config.content import Menu, Option
from ivr import menus
from ivr.prompts import Speaker
from ivr.replies import Phrase
from ivr.session import Session, Stage
from ivr.signals import Party, Resumed
from tests.ivr.conversation import at, shipped

MENU = Menu(
    options=(
        Option(key="1", leads_to="service:a", label="la", words={"en": ("doctor",), "es": ("médico",)}),
        Option(key="2", leads_to="service:b", label="lb", short="sb", words={"en": ("doctor's office", "office")}),
        Option(key="0", leads_to="operator", label="lo", words={"en": ("person",)}),
    )
)


def test_each_option_is_spoken_with_its_label_and_key():
    assert menus.spoken(MENU, "en")[1] == Phrase("menu-option", "en", (("label", "@lb"), ("key", 2)))
    assert menus.spoken_short(MENU, "en")[1].values == (("label", "@sb"), ("key", 2))


@pytest.mark.parametrize(
    ("text", "language", "confidence", "key"),
    [
        ("The doctor, please!", "en", 0.9, "1"),
        ("the doctor's office", "en", 0.9, "2"),
        ("MEDICO", "es", 0.5, "1"),
        ("doctor", "en", 0.49, None),
        ("doctoral", "en", 0.9, None),
        ("an office or a person", "en", 0.9, None),
        ("", "en", 0.9, None),
    ],
)
def test_the_longest_wording_that_was_said_wins_and_a_tie_is_no_match(text, language, confidence, key):
    option = menus.heard(MENU, language, text, confidence)
    assert (option.key if option else None) == key


def test_a_key_without_option_is_no_match():
    assert menus.pressed(MENU, "7") is None
    assert menus.pressed(MENU, "2") is MENU.options[1]


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("wants", ["", "callback", "message"])
def test_no_menu_takes_longer_than_twenty_seconds_to_say(language, wants):
    speaker = Speaker(shipped())
    leg = at(Session(Party.PATIENT, Stage.MENU, language=language, wants=wants)).hears(Resumed())
    words = " ".join(speaker.say(phrase) for phrase in leg.phrases).split()
    assert len(words) / 2.7 <= 20, len(words)
