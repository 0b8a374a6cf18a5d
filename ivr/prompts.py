"""From phrases to sentences: Fluent messages, numbers spoken digit by digit, times in the caller's language."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from fluent.runtime import FluentBundle, FluentResource
from fluent.syntax import ast

from config.content import Content
from ivr.replies import Phrase

REFERENCE = "@"  # a text value that names another prompt
DOUBLE_STOP = re.compile(r"(?<!\.)\.\.(?!\.)")  # a sentence that ends with "a.m." has its full stop already

TIME_PATTERNS = {
    "en": "EEEE, MMMM d, 'at' h:mm a",
    "es": "'el' EEEE d 'de' MMMM 'a las' h:mm a",
}


@dataclass(frozen=True)
class WindowWords:
    """How a language says a span of one day: the near days, the pattern of others, and all together."""

    days: dict[int, str]
    day: str
    span: str


WINDOW_WORDS = {
    "en": WindowWords({0: "today", 1: "tomorrow"}, "'on' EEEE, MMMM d,", "{day} between {first} and {last}"),
    "es": WindowWords({0: "hoy", 1: "mañana"}, "'el' EEEE d 'de' MMMM", "{day} entre las {first} y las {last}"),
}


class UnknownPromptError(LookupError):
    """No language of the content has this prompt."""


class Speaker:
    """Renders phrases in the words of one content. Safe to share between threads: its caches only ever grow."""

    def __init__(self, content: Content) -> None:
        self._default = content.languages[0]
        self._bundles = {language: _bundle(language, words) for language, words in content.prompts.items()}
        self._plain: dict[Phrase, str] = {}

    def say(self, phrase: Phrase) -> str:
        """The sentence of a phrase, unescaped; UnknownPromptError if no language has it."""
        if not all(_impersonal(value) for _, value in phrase.values):
            return self._render(phrase)
        known = self._plain.get(phrase)
        if known is None:
            known = self._plain[phrase] = self._render(phrase)
        return known

    def _render(self, phrase: Phrase) -> str:
        bundle = self._bundle_with(phrase.key, phrase.language)
        pattern = bundle.get_message(phrase.key).value
        if pattern is None:  # a message of attributes alone says nothing
            raise UnknownPromptError(phrase.key)
        values = {name: self._value(value, phrase.language) for name, value in phrase.values}
        sentence, _ = bundle.format_pattern(pattern, values)
        return DOUBLE_STOP.sub(".", str(sentence))

    def _value(self, value: str | int, language: str) -> str | int:
        if isinstance(value, str) and value.startswith(REFERENCE):
            return self.say(Phrase(value.removeprefix(REFERENCE), language))
        return value

    def _bundle_with(self, key: str, language: str) -> FluentBundle:
        for candidate in (language, self._default):
            bundle = self._bundles.get(candidate)
            if bundle is not None and bundle.has_message(key):
                return bundle
        raise UnknownPromptError(key)


def _impersonal(value: str | int) -> bool:
    """Whether a value is one of a few that content itself holds: a key on the phone, or another prompt."""
    return value < 10 if isinstance(value, int) else len(value) == 1 or value.startswith(REFERENCE)


def _bundle(language: str, words: dict[str, str]) -> FluentBundle:
    bundle = FluentBundle([language], use_isolating=False)
    bundle.add_resource(_resource("\n".join(f"{key} = {pattern}" for key, pattern in words.items()) + "\n"))
    return bundle


@lru_cache(maxsize=32)
def _resource(text: str) -> ast.Resource:
    """Sentences as parsed. Parsing is most of what a start costs, and the proofs of a content speak its words first."""
    return FluentResource(text)  # a function, whatever its name says


def spoken_digits(digits: str) -> str:
    """Digits one by one, ten in the groups of a phone number: "0142" -> "0, 1, 4, 2". The voice knows its language."""
    groups = (digits[:3], digits[3:6], digits[6:]) if len(digits) == 10 else (digits,)
    return ". ".join(", ".join(group) for group in groups)


CLOCK_PATTERNS = {"en": "h:mm a", "es": "'las' h:mm a"}
ABOUT = timedelta(minutes=5)  # what is only known roughly is not told to the minute


def spoken_clock(instant: datetime, zone: str, language: str) -> str:
    """A time of day, up to the next five minutes: "10:40 a.m."; in Spanish with its article."""
    local = instant.astimezone(ZoneInfo(zone))
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    rounded = midnight + -(-(local - midnight) // ABOUT) * ABOUT
    return _spoken(rounded, CLOCK_PATTERNS.get(language, "short"), zone, language)


def spoken_date(day: date, language: str) -> str:
    """A day in words: "March 14, 1957", "14 de marzo de 1957"."""
    return str(format_date(day, "long", locale=language))


@lru_cache(maxsize=256)
def spoken_window(starts: datetime, ends: datetime, now: datetime, zone: str, language: str) -> str:
    """A span of one day as it is said now: "today between 10:40 and 10:55 a.m."; a later day is named."""
    here = ZoneInfo(zone)
    days = (starts.astimezone(here).date() - now.astimezone(here).date()).days
    words = WINDOW_WORDS.get(language, WINDOW_WORDS["en"])
    day = words.days.get(days) or format_datetime(starts, words.day, tzinfo=here, locale=language)
    first, last = (format_datetime(instant, "h:mm a", tzinfo=here, locale=language) for instant in (starts, ends))
    if first.split()[1:] == last.split()[1:]:
        first = format_datetime(starts, "h:mm", tzinfo=here, locale=language)
    return _read_aloud(words.span.format(day=day, first=first, last=last))


def _read_aloud(text: str) -> str:
    """The halves of the day as they are written, and Spanish one o'clock in the singular."""
    text = " ".join(text.split())  # a no-break space stands before "AM", and within the Spanish "a. m."
    return text.replace(" AM", " a.m.").replace(" PM", " p.m.").replace("las 1:", "la 1:")


@lru_cache(maxsize=256)
def spoken_time(instant: datetime, zone: str, language: str) -> str:
    """An instant in local time: "Monday, March 16, at 7:00 a.m."; in languages without a pattern, Babel's full form."""
    return _spoken(instant, TIME_PATTERNS.get(language, "full"), zone, language)


def _spoken(instant: datetime, pattern: str, zone: str, language: str) -> str:
    return _read_aloud(format_datetime(instant, pattern, tzinfo=ZoneInfo(zone), locale=language))
