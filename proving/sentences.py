"""Proofs about sentences: whatever the conversation says can be said, in every language, with the right keys in it."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from fluent.runtime import FluentBundle, FluentResource

from config.coherence import Incoherence, Where, variables
from config.content import Content, Menu
from ivr.menus import SURE_ENOUGH, heard, spoken
from ivr.prompts import Speaker
from ivr.replies import Phrase
from ivr.spoken import SPOKEN, VARIABLES, Prompt
from ivr.understanding import LISTS

EMERGENCY_NUMBER = "9 1 1"
MOST_SECONDS = 20  # of one menu: nobody remembers its beginning after that
WORDS_PER_SECOND = {"en": 2.7, "es": 2.7}  # a telephone voice at its usual pace; others are taken for slower
SLOW_WORDS_PER_SECOND = 2.3
NUMBERS = {
    "en": "zero one two three four five six seven eight nine",
    "es": "cero uno dos tres cuatro cinco seis siete ocho nueve",
}
LISTENED = "words-"  # messages that list what callers say; nothing speaks them
KEYS_BY_NAME = {"star": "*", "asterisco": "*", "pound": "#", "numeral": "#"}
PRESS = re.compile(r"\b(?:press|oprima)(?: the| el| la tecla)? (\w+)", re.IGNORECASE)
_STRAY = re.compile("[\u2066-\u2069\u200e\u200f\u202a-\u202e]|[{}$@<>&_]|\\bnan\\b")
_WORD = re.compile(r"\w+")


def sentences(content: Content) -> Iterator[Incoherence]:
    """Every sentence that is missing, idle, empty, untranslated, wrongly worded or that names a wrong key."""
    yield from _unspeakable(content)
    yield from _unheard(content)
    yield from _idle(content)
    for language in content.prompts:
        for key in content.prompts[language]:
            if not key.startswith(LISTENED):
                yield from _sounding(language, key, content)
    yield from _untranslated(content)
    yield from _emergency(content)
    yield from _menu_words(content)


def _unspeakable(content: Content) -> Iterator[Incoherence]:
    """Sentences of the conversation that some language lacks, or words with other variables."""
    for language, words in content.prompts.items():
        for key, prompt in SPOKEN.items():
            where: Where = ("prompts", language, key)
            if key not in words:
                yield where, "no such message", "a message, as the conversation speaks it"
            elif variables(words[key]) != set(prompt.variables):
                yield where, _listed(variables(words[key])), _listed(prompt.variables)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"${name}" for name in sorted(names)) or "no variables"


def _unheard(content: Content) -> Iterator[Incoherence]:
    """Lists of what callers say that some language lacks: there only keys would answer."""
    for language, words in content.prompts.items():
        for name in sorted(LISTS - words.keys()):
            yield ("prompts", language, name), "no such message", "what callers say for it, with commas between"


def _idle(content: Content) -> Iterator[Incoherence]:
    """Sentences that nobody speaks: most often a name that was mistyped."""
    named = {*SPOKEN, *named_by_content(content)}
    for language, words in content.prompts.items():
        for key in words.keys() - named:
            if key in LISTS:
                continue
            yield ("prompts", language, key), "a message that nothing speaks", "the name of one that is spoken"


def named_by_content(content: Content) -> set[str]:
    """The sentences that the content itself names: greetings, labels, roles, languages."""
    found = {f"language-{language}" for language in content.languages}
    texts = set(_texts(content.model_dump(exclude={"prompts", "red_flags", "learned", "version"})))
    return found | (texts & content.prompts[content.languages[0]].keys())


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _texts(each)


def _sounding(language: str, key: str, content: Content) -> Iterator[Incoherence]:
    """How a sentence sounds with typical values: no failure, no stray mark, not empty; its keys are the right ones."""
    where: Where = ("prompts", language, key)
    prompt = SPOKEN.get(key, Prompt(frozenset()))
    pattern = content.prompts[language][key]
    for values in examples(prompt):
        sentence, failures = rendered(language, pattern, values)
        if failures:
            yield where, failures, "a sentence that can be made with " + _listed(prompt.variables)
        elif not _WORD.search(sentence):
            yield where, repr(sentence), "words"
        elif stray := _STRAY.search(sentence):
            yield where, f"{stray.group()!r} in {sentence!r}", "words alone: braces, marks and codes are not spoken"
        elif "key" in values and digits_said(sentence, language) != [str(values["key"])]:
            yield where, f"{sentence!r} for key {values['key']}", f"a sentence that names key {values['key']} alone"
        else:
            continue
        return
    if "key" not in prompt.variables:
        yield from _keys(where, language, pattern, prompt, content)


def examples(prompt: Prompt) -> list[dict[str, str | int]]:
    """Values to try a sentence with: typical ones, each key, and numbers that choose other words."""
    typical = {name: VARIABLES[name].example for name in prompt.variables}
    if "key" in typical:
        return [{**typical, "key": key} for key in range(10)]
    counted = [name for name, value in typical.items() if isinstance(value, int)]
    return [{**typical, **dict.fromkeys(counted, count)} for count in ((0, 1, 2, 45) if counted else (0,))]


@lru_cache(maxsize=8192)
def _made(language: str, pattern: str, values: tuple[tuple[str, str | int], ...]) -> tuple[str, str]:
    bundle = FluentBundle([language], use_isolating=False)
    bundle.add_resource(FluentResource(f"it = {pattern}\n"))
    message = bundle.get_message("it") if bundle.has_message("it") else None
    if message is None or message.value is None:
        return "", "no sentence"
    sentence, failures = bundle.format_pattern(message.value, dict(values))
    return str(sentence), "; ".join(map(str, failures))


def rendered(language: str, pattern: str, values: dict[str, str | int]) -> tuple[str, str]:
    """The sentence of a pattern, and what went wrong in making it ("" if nothing)."""
    plain = {name: "x" if str(value).startswith("@") else value for name, value in values.items()}
    return _made(language, pattern, tuple(sorted(plain.items())))


def digits_said(sentence: str, language: str) -> list[str]:
    """Every digit a sentence names, in figures or in words of its language, in the order of size."""
    names = {word: str(value) for value, word in enumerate(NUMBERS.get(language, "").split())}
    words = _WORD.findall(sentence.lower())
    return sorted(digit for word in words for digit in (word if word.isdecimal() else names.get(word, "")))


def numbers_said(sentence: str, language: str) -> set[str]:
    """The digits a sentence names, but for 1: "one" is a number in one language and an article in another."""
    return {*digits_said(sentence, language)} - {"1"}


def keys_said(sentence: str, language: str) -> list[str]:
    """The keys a sentence asks to press."""
    names = {word: str(value) for value, word in enumerate(NUMBERS.get(language, "").split())} | KEYS_BY_NAME
    pressed = (word.lower() for word in PRESS.findall(sentence))
    return sorted({names.get(word, word) for word in pressed if word in names or word.isdecimal()})


def _keys(where: Where, language: str, pattern: str, prompt: Prompt, content: Content) -> Iterator[Incoherence]:
    """The keys named are those the conversation listens for; every number is the same in every language."""
    if language in NUMBERS and keys_said(pattern, language) != sorted(prompt.keys):
        found = ", ".join(keys_said(pattern, language)) or "no key"
        yield where, f"{found} in {pattern!r}", "keys " + ", ".join(sorted(prompt.keys)) if prompt.keys else "no key"
    first = content.languages[0]
    wanted = numbers_said(content.prompts[first].get(str(where[2]), ""), first)
    if language in NUMBERS and first in NUMBERS and numbers_said(pattern, language) != wanted:
        yield where, repr(pattern), f"the numbers that {first} says: {', '.join(sorted(wanted)) or 'none'}"


def _untranslated(content: Content) -> Iterator[Incoherence]:
    """A sentence of several words is not the same in two languages."""
    first = content.languages[0]
    for language, words in content.prompts.items():
        for key, pattern in words.items():
            spoken_of = language != first and not key.startswith(LISTENED) and len(_WORD.findall(pattern)) > 2
            if spoken_of and pattern == content.prompts[first].get(key):
                yield ("prompts", language, key), f"{pattern!r}, as in {first}", f"the sentence in {language}"


def _emergency(content: Content) -> Iterator[Incoherence]:
    for language, words in content.prompts.items():
        if EMERGENCY_NUMBER not in words.get("emergency", ""):
            found = repr(words.get("emergency", ""))
            yield ("prompts", language, "emergency"), found, f"a sentence that names {EMERGENCY_NUMBER}"


def _menu_words(content: Content) -> Iterator[Incoherence]:
    """Each word of an option is heard as that option; each menu can be spoken in time."""
    speaker = Speaker(content)
    for name, menu in content.menus.items():
        for position, option in enumerate(menu.options):
            for language in content.languages:
                where: Where = ("menus", name, "options", position, "words")
                if not option.words.get(language):
                    yield where, f"no word in {language}", "what a caller may say, in every language"
                for word in option.words.get(language, ()):
                    if heard(menu, language, word, SURE_ENOUGH) != option:
                        yield (*where, language), repr(word), "a word of this option alone"
        yield from _length(name, menu, speaker, content)


def _length(name: str, menu: Menu, speaker: Speaker, content: Content) -> Iterator[Incoherence]:
    for language in content.languages:
        said = [*spoken(menu, language), Phrase("press-nine", language), Phrase("repeat", language)]
        seconds = speaking_seconds(" ".join(speaker.say(phrase) for phrase in said), language)
        if seconds > MOST_SECONDS:
            yield ("menus", name), f"{seconds:.0f} s to say in {language}", f"at most {MOST_SECONDS} s: shorter labels"


def speaking_seconds(text: str, language: str) -> float:
    """How long it takes to say this."""
    return len(text.split()) / WORDS_PER_SECOND.get(language, SLOW_WORDS_PER_SECOND)
