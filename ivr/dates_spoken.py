"""Dates and digits as people say them, in English and Spanish: "March fourteenth nineteen fifty-seven", "catorce de
marzo de 1957", "three fourteen fifty-seven", "four eight double two". Pure; what cannot be read is None or "".
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from functools import lru_cache

from babel.dates import get_month_names

from ivr.listening import plain

LANGUAGES = ("en", "es")
EARLIEST_YEAR = 1900
_PIECES = re.compile(r"[0-9]+|[a-z]+")
_ENGLISH = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
)
_SPANISH = (
    "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciseis diecisiete "
    "dieciocho diecinueve veinte veintiuno veintidos veintitres veinticuatro veinticinco veintiseis veintisiete "
    "veintiocho veintinueve"
)
_ORDINALS = (
    "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
    "fifteenth sixteenth seventeenth eighteenth nineteenth"
)


def _counted(words: str, first: int = 0, step: int = 1) -> dict[str, int]:
    return {word: first + step * position for position, word in enumerate(words.split())}


_SMALL = {
    **_counted(f"{_ENGLISH} eighteen nineteen"),
    **_counted(_SPANISH),
    **_counted(_ORDINALS),
    "oh": 0,
    "o": 0,
    "un": 1,
    "una": 1,
    "primero": 1,
    "primer": 1,
    "twentieth": 20,
    "thirtieth": 30,
}
_TENS = {
    **_counted("twenty thirty forty fifty sixty seventy eighty ninety", 20, 10),
    **_counted("treinta cuarenta cincuenta sesenta setenta ochenta noventa", 30, 10),
}
_HUNDREDS = {"cien": 100, "ciento": 100, "novecientos": 900, "ochocientos": 800}
_TIMES = {"hundred": 100, "thousand": 1000, "mil": 1000}
_REPEATS = {"double": 2, "doble": 2, "triple": 3}
_JOINS = frozenset({"and", "y"})


def date_in(text: str, today: date, *, day_first: bool = False) -> date | None:
    """The birth date that was said; None when there is none, or it is ahead.

    Of numbers alone the month comes first, as it does on the keys; the day if `day_first` and they were said apart.
    """
    words = _PIECES.findall(plain(text))
    month = next((_months()[word] for word in words if word in _months()), None)
    said = [int(value) for value in _numbers([word for word in words if word not in _months()])]
    if month is not None:
        day, *year = _day_first(said) or [0]
        return _date(year, month, day, today)
    digits = "".join(map(str, said)) if all(value < 10 for value in said) or len(said) == 1 else ""
    if len(digits.zfill(8)) == 8 and len(digits) >= 7:
        digits = digits.zfill(8)
        said = [int(digits[:2]), int(digits[2:4]), int(digits[4:])]
        day_first = False
    if len(said) < 3:
        return None
    first, second, *year = said if said[0] <= 31 else (*said[1:], said[0])
    swapped = first > 12 or (day_first and second <= 12)
    month, day = (second, first) if swapped else (first, second)
    return _date(year, month, day, today)


def digits_in(text: str) -> str:
    """All digits that were said, one after the other: "forty-eight twenty-one" is "4821". Other words are passed over.

    "" for a date, and for one large number: nobody knows where its zeros belong.
    """
    words = _PIECES.findall(plain(text))
    if any(word in _HUNDREDS or word in _TIMES or word in _months() for word in words):
        return ""
    return "".join(_numbers(words))


def _day_first(said: Sequence[int]) -> list[int]:
    """The numbers beside a month's name, the day before the year: "1957 March 14" too."""
    if len(said) == 2 and said[0] > 31:
        return [said[1], said[0]]
    return list(said)


def _date(year: Sequence[int], month: int, day: int, today: date) -> date | None:
    try:
        found = date(_year(year, today), month, day)
    except ValueError:
        return None
    return found if found.year >= EARLIEST_YEAR and found <= today else None


def _year(parts: Sequence[int], today: date) -> int:
    """1957 | 19 57 | 19 0 7 | 57 (the last year that ended so) | 1 9 5 7; 0 when it is no year."""
    match parts:
        case [year] if year >= 100:
            return year
        case [short] | [0, short]:
            century = today.year // 100 * 100
            return century + short if century + short <= today.year else century - 100 + short
        case [century, year] if 19 <= century <= 20 and 10 <= year < 100:
            return century * 100 + year
        case [century, 0, year] if 19 <= century <= 20 and year < 10:
            return century * 100 + year
        case [_, _, _, _] if all(part < 10 for part in parts):
            return int("".join(map(str, parts)))
    return 0


# --- numbers --------------------------------------------------------------------------------------------------------


def _numbers(words: Sequence[str]) -> Iterator[str]:
    """Each number of an utterance, in digits as it was written or said: ["march", "07", "nineteen"] -> "07", "19"."""
    position = 0
    while position < len(words):
        word = words[position]
        times = _REPEATS.get(word)
        if times and position + 1 < len(words) and (again := _single(words[position + 1])):
            yield from [again] * times
            position += 2
        elif word.isdigit():
            yield word
            position += 1
        else:
            value, used = _said(words, position)
            if used:
                yield str(value)
            position += max(used, 1)


def _single(word: str) -> str:
    value = int(word) if word.isdigit() else _SMALL.get(word, 10)
    return str(value) if value < 10 else ""


def _said(words: Sequence[str], start: int) -> tuple[int, int]:
    """A number in words that begins here, and how many words it takes; 0 words when there is none."""
    total, used = _below_hundred(words, start)
    if used == 0 and words[start] not in (*_HUNDREDS, "mil"):
        return 0, 0
    at = start + used
    if at < len(words) and words[at] in _TIMES:
        total, at = max(total, 1) * _TIMES[words[at]], at + 1
    elif used:
        return total, used
    if at < len(words) and words[at] in _HUNDREDS:
        total, at = total + _HUNDREDS[words[at]], at + 1
    joined = at < len(words) - 1 and words[at] in _JOINS
    rest, more = _below_hundred(words, at + joined) if at + joined < len(words) else (0, 0)
    return (total + rest, at + joined + more - start) if more else (total, at - start)


def _below_hundred(words: Sequence[str], at: int) -> tuple[int, int]:
    word = words[at]
    if word in _SMALL:
        return _SMALL[word], 1
    if word not in _TENS:
        return 0, 0
    joined = at + 2 < len(words) and words[at + 1] in _JOINS
    following = words[at + 1 + joined : at + 3 + joined]
    if len(following) == 2 and following[1] in _TIMES:  # "January thirty, two thousand"
        return _TENS[word], 1
    unit = _SMALL.get(following[0], 0) if following else 0
    return (_TENS[word] + unit, 2 + joined) if 1 <= unit <= 9 else (_TENS[word], 1)


@lru_cache(maxsize=1)
def _months() -> dict[str, int]:
    """The names of the months, whole and shortened, in every language we listen in."""
    return {
        plain(name).strip("."): month
        for language in LANGUAGES
        for width in ("wide", "abbreviated")
        for month, name in get_month_names(width, locale=language).items()
    }
