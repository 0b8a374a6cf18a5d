"""Red flags against the judge's lists: what must be found is found with the right action, and routine talk is let be.

The lists in `red_flag_lists/` were written from the clinical table, without sight of the matcher, and are never edited
to pass; their headers say how to add to them.
"""

import unicodedata
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from ruamel.yaml import YAML

from config.reading import read_content
from ivr.red_flags import Matcher
from tests.resources import ROOT

LISTS = Path(__file__).parent / "red_flag_lists"
HELD_OUT = Path(__file__).parent / "red_flag_held_out"  # lists that nobody tunes to, and nothing is learned from
ACTIONS = {"E": "emergency", "C": "crisis", "N": "nurse"}
LANGUAGES = {"en", "es"}
PARAPHRASES_FOUND = 0.98
FALSE_ALARMS = 0.05
HELD = sorted(path.name.removesuffix("-routine.yaml") for path in HELD_OUT.glob("*-routine.yaml"))
# Their writers name the least urgent action that the clinical table allows ("E/N"): more is no miss.
OF_LEAST_ACTIONS = ("blind-9", "blind-10", "blind-11", *HELD)
# Measured before anybody tuned to them (docs/red-flags.md has those figures), then tuned to: none is blind any more.
ONCE_BLIND = ("blind-2-2026-11-27", "blind-3-2026-11-27", *(f"blind-{number}" for number in (4, 6, 7, 8, 9, 10, 11)))
AT_LEAST = {"N": "E/C/N", "C": "C/E", "E": "E"}


class Line(NamedTuple):
    """One sentence of a caller, and the actions that are right for it: none for routine talk."""

    flag: str
    language: str
    say: str
    right: frozenset[str]


@cache
def groups(name: str) -> list[tuple[str, str, Any]]:
    """(flag or topic, language, entry) of every entry of one list: grouped, or a row for each sentence."""
    folder = HELD_OUT if (HELD_OUT / f"{name}.yaml").exists() else LISTS
    listed = YAML(typ="safe").load(folder / f"{name}.yaml")
    if isinstance(listed, list):
        return [(row.get("category", ""), row["language"], _entry(row)) for row in listed]
    return [(flag, language, entry) for flag, by in listed.items() for language in by for entry in by[language]]


def _entry(row: dict[str, str]) -> Any:
    letter = next((letter for letter, action in ACTIONS.items() if action == row.get("action")), None)
    return {letter: row["text"]} if letter else row["text"]


def actions(expect: str) -> frozenset[str]:
    """The actions that "E", "C", "N", or two of them joined by "/", allow."""
    return frozenset(ACTIONS[letter] for letter in expect.split("/"))


def seeded() -> list[Line]:
    return [Line(flag, language, entry["say"], actions(entry["expect"])) for flag, language, entry in groups("seeded")]


def paraphrases(name: str = "paraphrases") -> list[Line]:
    least = name.removesuffix("-paraphrases") in OF_LEAST_ACTIONS
    return [
        Line(flag, language, say, actions(AT_LEAST[expect] if least else expect))
        for flag, language, entry in groups(name)
        for expect, say in entry.items()
    ]


def routine(name: str = "routine") -> list[Line]:
    return [Line(topic, language, say, frozenset()) for topic, language, say in groups(name)]


@cache
def matcher() -> Matcher:
    content = read_content(ROOT / "config")
    return Matcher(content.red_flags, learned=content.learned)


def action(text: str) -> str | None:
    """What the matcher would do about `text`; None: nothing."""
    hit = matcher().look(text)
    return hit.action if hit else None


def misses(lines: Iterable[Line], as_said: Callable[[str], str] = str) -> list[str]:
    """A sentence about every line whose action is not among the right ones."""
    heard = [(line, as_said(line.say)) for line in lines]
    return [
        f"{line.flag}, {line.language}: {said!r}: expected {' or '.join(sorted(line.right))}, got {action(said)}"
        for line, said in heard
        if action(said) not in (line.right or {None})
    ]


def report(found: list[str], of: int) -> str:
    return f"{len(found)} of {of}:\n" + "\n".join(found)


def bare(text: str) -> str:
    """As a hurried thumb leaves it: small letters, no accents, no apostrophes, no other marks."""
    letters = unicodedata.normalize("NFD", text.lower())
    return "".join(letter for letter in letters if letter.isalnum() or letter.isspace() or letter in ".,")


def amid_fillers(text: str) -> str:
    return f"Um, hello, este, so, {text}, you know, pues, please"


def curly(text: str) -> str:
    return text.replace("'", "\N{RIGHT SINGLE QUOTATION MARK}")


def test_every_seeded_phrase_is_found_with_its_action():
    found = misses(seeded())
    assert not found, report(found, len(seeded()))


def test_every_seeded_phrase_is_found_by_the_cues_alone():
    cues = Matcher(read_content(ROOT / "config").red_flags)
    heard = [(line, cues.look(line.say)) for line in seeded()]
    assert [line.say for line, hit in heard if hit is None or hit.action not in line.right] == []


@pytest.mark.parametrize("as_said", [str.upper, bare, amid_fillers, curly])
def test_case_accents_apostrophes_and_fillers_hide_no_seeded_phrase(as_said):
    found = misses(seeded(), as_said)
    assert not found, report(found, len(seeded()))


@pytest.mark.parametrize("language", [*sorted(LANGUAGES), "both"])
def test_nearly_every_paraphrase_is_found_with_its_action(language):
    lines = [line for line in paraphrases() if language in (line.language, "both")]
    found = misses(lines)
    assert len(found) <= (1 - PARAPHRASES_FOUND) * len(lines), report(found, len(lines))


@pytest.mark.parametrize("language", [*sorted(LANGUAGES), "both"])
def test_routine_talk_seldom_raises_an_alarm(language):
    lines = [line for line in routine() if language in (line.language, "both")]
    alarms = [f"{line.flag}, {line.language}: {line.say!r}: {action(line.say)}" for line in lines if action(line.say)]
    assert len(alarms) <= FALSE_ALARMS * len(lines), report(alarms, len(lines))


@pytest.mark.parametrize("name", ONCE_BLIND)
def test_nearly_every_paraphrase_of_a_tuned_list_is_found_with_its_action(name):
    said = paraphrases(f"{name}-paraphrases")
    found = misses(said)
    assert len(said) >= 200
    assert len(found) <= (1 - PARAPHRASES_FOUND) * len(said), report(found, len(said))


@pytest.mark.parametrize("name", ONCE_BLIND)
def test_routine_talk_of_a_tuned_list_seldom_raises_an_alarm(name):
    ordinary = routine(f"{name}-routine")
    alarms = misses(ordinary)
    assert len(ordinary) >= 200
    assert len(alarms) <= FALSE_ALARMS * len(ordinary), report(alarms, len(ordinary))


def test_nearly_every_paraphrase_of_a_list_that_is_held_out_is_found_as_urgent_as_it_is():
    for name in HELD:
        said = paraphrases(f"{name}-paraphrases")
        found = misses(said)
        assert len(said) >= 200
        assert len(found) <= (1 - PARAPHRASES_FOUND) * len(said), report(found, len(said))


def test_routine_talk_of_a_list_that_is_held_out_seldom_raises_an_alarm():
    for name in HELD:
        ordinary = routine(f"{name}-routine")
        alarms = misses(ordinary)
        assert len(ordinary) >= 200
        assert len(alarms) <= FALSE_ALARMS * len(ordinary), report(alarms, len(ordinary))


def test_the_lists_are_as_long_as_the_bar_asks_and_hold_every_sentence_once():
    assert len(paraphrases()) >= 200
    assert len(routine()) >= 200
    assert {line.language for line in (*seeded(), *paraphrases(), *routine())} == LANGUAGES
    said = [bare(line.say) for line in (*seeded(), *paraphrases(), *routine())]
    assert sorted(text for text in set(said) if said.count(text) > 1) == []
