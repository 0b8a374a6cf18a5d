"""What callers hear is short and in order: no sentence is too long to be understood by ear, no key is told twice in one
breath, none comes after the key to a person; and the transcripts can be made."""

import re

import pytest

from ivr.prompts import Speaker
from ivr.replies import Phrase
from ivr.spoken import SPOKEN, VARIABLES
from proving.sentences import PRESS
from tests.ivr.conversation import shipped
from tests.ivr.transcripts import COLLEAGUES, LANGUAGES, SCENES, transcript

MOST_WORDS = 20  # the last digits of a number count as one word
DIGITS = {"uno": "1", "dos": "2", "cero": "0"}
WHEN = {
    "en": "on Monday, March 16, at 10:45 a.m.",
    "es": "el lunes 16 de marzo a las 10:45 de la mañana",
}
SPAN = {
    "en": "on Monday, March 16, between 10:40 and 10:55 a.m.",
    "es": "el lunes 16 de marzo entre las 10:40 y las 10:55 de la mañana",
}
TELLS_A_SPAN = re.compile(r"window|moved|own-later")


def sentences(key: str, language: str) -> list[str]:
    """The sentences of a prompt, with typical values."""
    values = {name: VARIABLES[name].example for name in SPOKEN[key].variables}
    when = (SPAN if TELLS_A_SPAN.search(key) else WHEN)[language]
    values |= {name: value for name, value in (("when", when), ("digits", "0142")) if name in values}
    said = Speaker(shipped()).say(Phrase(key, language, tuple(values.items())))
    said = re.sub(r"\b([ap])\. ?m\.(?= [A-Z]|$)", r"\1m.", said)  # ends the sentence
    said = re.sub(r"\b([ap])\. ?m\.", r"\1m", said)
    return re.split(r"[.?!:;]\s", re.sub(r"\b(\d )+\d\b", "number", said))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_is_short_enough_to_be_heard_once(language: str) -> None:
    texts = {key for key in SPOKEN if key.startswith("text-")}  # read, not heard
    long = [one for key in SPOKEN.keys() - texts for one in sentences(key, language) if len(one.split()) > MOST_WORDS]
    assert long == []


def test_a_day_that_is_named_stands_after_one_preposition() -> None:
    said = [one for key in SPOKEN for one in sentences(key, "en") if "March 16" in one]
    assert len(said) > 5
    assert [one for one in said if re.search(r"\b(for|on|at|by|than) on\b", one, re.IGNORECASE)] == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("title", [*SCENES, *COLLEAGUES])
def test_every_scene_can_be_told_to_its_end(title: str, language: str) -> None:
    lines = transcript({**SCENES, **COLLEAGUES}[title], language)
    assert sum(line.startswith("> ") for line in lines) >= 2
    assert lines[0].startswith("*")


def breaths(lines: list[str]) -> list[str]:
    """What is heard between two things that are done."""
    spoken = "\n".join(line if line.startswith("> ") else "" for line in lines)
    return [breath for breath in spoken.split("\n\n") if breath.strip()]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("title", [*SCENES, *COLLEAGUES])
def test_in_one_breath_no_key_is_told_twice_and_the_choices_rise_to_that_of_a_person(title: str, language: str) -> None:
    for breath in breaths(transcript({**SCENES, **COLLEAGUES}[title], language)):
        keys = [DIGITS.get(word, word) for word in PRESS.findall(breath)]
        assert len(keys) == len(set(keys)), breath
        choices = [key for key in keys if key in set("1234560")]
        assert choices == sorted(choices, key="1234560".index), breath
