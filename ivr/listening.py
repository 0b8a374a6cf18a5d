"""From what speech-to-text wrote to plain words: case, accents, apostrophes, numbers in words, and errors of typing."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

LONG, VERY_LONG = 5, 9  # letters from which one error, and two errors, are forgiven
_WORDS = re.compile(r"\d+(?:[.,]\d+)?|[a-z0-9]+|[.,;:?!]")
_APOSTROPHES = re.compile(r"['’‘`´]")
_UNITS = {
    "zero": 0,
    "oh": 0,
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "eleven": 11,
    "twelve": 12,
    "thirteen": 13,
    "fourteen": 14,
    "fifteen": 15,
    "sixteen": 16,
    "seventeen": 17,
    "eighteen": 18,
    "nineteen": 19,
    "cero": 0,
    "uno": 1,
    "dos": 2,
    "tres": 3,
    "cuatro": 4,
    "cinco": 5,
    "seis": 6,
    "siete": 7,
    "ocho": 8,
    "nueve": 9,
    "diez": 10,
    "once": 11,
    "doce": 12,
    "trece": 13,
    "catorce": 14,
    "quince": 15,
    "dieciseis": 16,
    "diecisiete": 17,
    "dieciocho": 18,
    "diecinueve": 19,
}
_TENS = {
    "twenty": 20,
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "sixty": 60,
    "seventy": 70,
    "eighty": 80,
    "ninety": 90,
    "veinte": 20,
    "treinta": 30,
    "cuarenta": 40,
    "cincuenta": 50,
    "sesenta": 60,
    "setenta": 70,
    "ochenta": 80,
    "noventa": 90,
}
_HUNDREDS = {
    "hundred": 100,
    "cien": 100,
    "ciento": 100,
    "doscientos": 200,
    "trescientos": 300,
    "cuatrocientos": 400,
    "quinientos": 500,
    "seiscientos": 600,
}
_NUMBER_WORDS = {**_UNITS, **_TENS, **_HUNDREDS}
_JOINS = frozenset({"and", "y"})


@dataclass(frozen=True)
class Heard:
    """The words of one utterance, in order; `breaks` are the positions before which a comma or a full stop was."""

    words: tuple[str, ...]
    breaks: frozenset[int]
    numbers: tuple[tuple[int, float], ...]  # position and value


def _as_it_is(word: str) -> tuple[str, ...]:
    return (word,)


def listen(
    text: str, fillers: frozenset[str] = frozenset(), apart: Callable[[str], tuple[str, ...]] = _as_it_is
) -> Heard:
    """The words of `text` without fillers; "¡No, mi pecho!" -> no | mi pecho. `apart` splits words run together."""
    words: list[str] = []
    breaks: set[int] = set()
    for piece in _WORDS.findall(plain(text)):
        if piece in ".,;:?!":
            breaks.add(len(words))
        elif piece not in fillers:
            words.extend(apart(piece))
    return Heard(tuple(words), frozenset(breaks), tuple(_numbers(words)))


def plain(text: str) -> str:
    """Lower case, without accents and apostrophes."""
    letters = unicodedata.normalize("NFKD", _APOSTROPHES.sub("", text.casefold()))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


# --- numbers --------------------------------------------------------------------------------------------------------


def _numbers(words: list[str]) -> Iterator[tuple[int, float]]:
    """Every number said, in digits ("101.5") or in words ("a hundred and two", "one oh two")."""
    position = 0
    while position < len(words):
        if words[position][0].isdigit():
            value = _digits(words[position])
            if value is not None:
                yield position, value
        elif words[position] in _NUMBER_WORDS:
            end = _end_of_number(words, position)
            yield position, _value(words[position:end])
            position = end - 1
        position += 1


def is_number(word: str) -> bool:
    """Whether a word is a number, or a part of one."""
    return word[0].isdigit() or word in _NUMBER_WORDS


def _digits(word: str) -> float | None:
    head = re.match(r"\d+(?:[.,]\d+)?", word)
    return float(head.group().replace(",", ".")) if head else None


def _end_of_number(words: list[str], start: int) -> int:
    end = start
    while end < len(words) and (words[end] in _NUMBER_WORDS or (words[end] in _JOINS and end > start)):
        end += 1
    return end - 1 if words[end - 1] in _JOINS else end


def _value(words: Iterable[str]) -> float:
    """The value of number words: hundreds multiply, units after units are read digit by digit."""
    total, last = 0, -1
    for word in words:
        if word in _JOINS:
            continue
        if word == "hundred":
            total, last = max(total, 1) * 100, 100
            continue
        amount = _NUMBER_WORDS[word]
        total = total + amount if last == -1 or (last > amount and last >= 20) else total * _shift(amount) + amount
        last = amount
    return float(total)


def _shift(amount: int) -> int:
    """How far what was said before moves left: "one oh two" is 102, "one twenty" 120."""
    return 10 if amount < 10 else 100


# --- errors of typing and hearing -----------------------------------------------------------------------------------


def forgiven(length: int) -> int:
    """How many errors a word of so many letters may have."""
    return 2 if length >= VERY_LONG else 1 if length >= LONG else 0


def near(word: str, other: str, most: int) -> bool:
    """Whether at most `most` letters are missing, added, changed or swapped with a neighbour."""
    if abs(len(word) - len(other)) > most:
        return False
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(word, 1):
        before, above, row = row, before, [i]
        for j, wanted in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == other[j - 2] and word[i - 2] == wanted:
                cost = min(cost, above[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return False
    return row[-1] <= most


def swapped(word: str, other: str) -> bool:
    """Whether a short word is the other with two neighbours swapped or one letter doubled: "clafs" no, "claf" yes."""
    if len(other) != 4 or word[:1] != other[:1]:
        return False
    if len(word) == 4:
        return sorted(word) == sorted(other) and near(word, other, 1)
    return len(word) == 5 and re.sub(r"(.)\1", r"\1", word) == other
