"""From phrases to sentences: Fluent messages, numbers spoken digit by digit, times in the caller's language."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_time
from fluent.runtime import FluentBundle, FluentResource
from fluent.syntax import ast

from config.content import Content
from ivr.replies import Phrase

REFERENCE = "@"  # a text value that names another prompt
DOUBLE_STOP = re.compile(r"(?<!\.)\.\.(?!\.)")  # a sentence that ends with "a.m." has its full stop already


@dataclass(frozen=True)
class TimeWords:
    """How a language tells a time: the near days and the pattern of others, the parts of a day, and all together."""

    near: dict[int, str]
    day: str
    latest: str  # the same after "no later than"
    parts: dict[time, str]  # what is said after a time of day, from each of these on
    article: str
    at: str
    span: str

    def part(self, local: datetime) -> str:
        """In which part of the day a local time lies."""
        return [words for begins, words in self.parts.items() if begins <= local.time()][-1]


TIME_WORDS = {
    "en": TimeWords(
        near={-1: "yesterday", 0: "today", 1: "tomorrow"},
        day="'on' EEEE, MMMM d,",
        latest="EEEE, MMMM d,",
        parts={time(0): "midnight", time(0, 1): "a.m.", time(12): "noon", time(12, 1): "p.m."},
        article="",
        at="{day} at {time}",
        span="{day} between {first} and {last}",
    ),
    "es": TimeWords(
        near={-1: "ayer", 0: "hoy", 1: "mañana"},
        day="'el' EEEE d 'de' MMMM",
        latest="'el' EEEE d 'de' MMMM",
        parts={
            time(0): "de la noche",
            time(1): "de la mañana",
            time(12): "del mediodía",
            time(12, 1): "de la tarde",
            time(19): "de la noche",
        },
        article="las ",
        at="{day} a {time}",
        span="{day} entre {first} y {last}",
    ),
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


ABOUT = timedelta(minutes=5)  # what is only known roughly is not told to the minute


def spoken_clock(instant: datetime, zone: str, language: str) -> str:
    """A time of day, up to the next five minutes: "10:40 a.m."; in Spanish with its article."""
    local = instant.astimezone(ZoneInfo(zone))
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    rounded = midnight + -(-(local - midnight) // ABOUT) * ABOUT
    words = TIME_WORDS.get(language)
    if words is None:
        return str(format_time(rounded, "short", locale=language))
    return _clock(rounded, words)


def spoken_date(day: date, language: str) -> str:
    """A day in words: "March 14, 1957", "14 de marzo de 1957"."""
    return str(format_date(day, "long", locale=language))


def spoken_window(starts: datetime, ends: datetime, now: datetime, zone: str, language: str) -> str:
    """A span of one day as it is said now: "today between 10:40 and 10:55 a.m."; a later day is named."""
    language = language if language in TIME_WORDS else "en"
    words, here = TIME_WORDS[language], ZoneInfo(zone)
    first, last = starts.astimezone(here), ends.astimezone(here)
    begins = _clock(first, words, part=words.part(first) != words.part(last))
    return words.span.format(day=_day(first, now, words.day, language), first=begins, last=_clock(last, words))


def spoken_time(instant: datetime, now: datetime, zone: str, language: str, *, latest: bool = False) -> str:
    """An instant as it is said now: "today at 7:00 a.m.", "on Monday, March 16, at 7:00 a.m."; as the latest, without
    "on". In languages without words for it, Babel's full form.
    """
    words, local = TIME_WORDS.get(language), instant.astimezone(ZoneInfo(zone))
    if words is None:
        return _full(instant, zone, language)
    day = _day(local, now, words.latest if latest else words.day, language)
    return words.at.format(day=day, time=_clock(local, words))


def twelve_hours(local: datetime) -> str:
    """A time of day on a clock of twelve hours, without the half of the day: "10:40"."""
    return f"{local.hour % 12 or 12}:{local:%M}"


def _clock(local: datetime, words: TimeWords, *, part: bool = True) -> str:
    """A time of day with its part of the day: "10:40 a.m.", "la 1:30 de la tarde"."""
    told = twelve_hours(local)
    article = words.article.replace("las ", "la ") if told.startswith("1:") else words.article
    return f"{article}{told} {words.part(local)}" if part else article + told


def _day(local: datetime, now: datetime, pattern: str, language: str) -> str:
    """The day, near ones by their own words."""
    days = (local.date() - now.astimezone(local.tzinfo).date()).days
    return TIME_WORDS[language].near.get(days) or _named_day(local.date(), pattern, language)


@lru_cache(maxsize=256)
def _named_day(day: date, pattern: str, language: str) -> str:
    return str(format_date(day, pattern, locale=language))


@lru_cache(maxsize=256)
def _full(instant: datetime, zone: str, language: str) -> str:
    told = format_datetime(instant, "full", tzinfo=ZoneInfo(zone), locale=language)
    return " ".join(told.split())  # a no-break space stands before "AM"
