"""A second ear for danger: how likely a sentence is one of a caller in danger, learned from sentences of callers.

The cues of the red flags know what clinicians wrote down. Callers say it otherwise, and are heard badly. This ear
weighs every word, its letters, how it sounds, and the words near it, by what was learned (`config/learned.py`); a sum
and no more, so that it can name the words that decided.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import exp, sqrt

from config.learned import Learned
from ivr.listening import Heard

SHORTEST, LONGEST = 3, 5  # letters of a piece of a word
NEAR = 3  # words that make pairs with the words before them
WINDOW, STRIDE = 30, 15  # words of a long talk that are weighed at once, and from one such part to the next
_BOUNDS = (
    0,
    4,
    13,
    36,
    38,
    43,
    55,
    70,
    90,
    95,
    100.4,
    107,
    140,
    200,
    300,
    400,
    700,
)  # where a number's meaning changes
_SOUNDS = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        ("ph", "f"), ("qu(?=[ei])|q|ck", "k"), ("ch", "C"), ("sh", "S"), ("th", "T"), ("ll", "y"), ("h", ""),
        ("v", "b"), ("[zc](?=[ei])|z", "s"), ("c", "k"), ("g(?=[ei])", "j"), ("gu(?=[ei])", "g"), ("y", "i"),
        (r"(.)\1+", r"\1"),
    )
)  # fmt: skip

Scores = tuple[float, ...]  # for each kind of danger; ordinary talk has 0


@dataclass(frozen=True)
class Features:
    """What is weighed of one word of a sentence: pieces of letters, and words with those before them."""

    letters: tuple[str, ...]
    words: tuple[str, ...]


def sound(word: str) -> str:
    """How a word sounds, in one spelling for what Spanish and English writers by ear mix up."""
    for pattern, instead in _SOUNDS:
        word = pattern.sub(instead, word)
    return word


def features(heard: Heard) -> list[Features]:
    """Of every word of what was heard, in order."""
    values = dict(heard.numbers)
    said = [_band(values[at]) if at in values else word for at, word in enumerate(heard.words)]
    sounds = [word if word[0] == "#" else sound(word) for word in said]
    return [
        Features(() if word[0] == "#" else tuple(_pieces(word)), (f"={word}", f"~{sounds[at]}", *_pairs(sounds, at)))
        for at, word in enumerate(said)
    ]


def _band(value: float) -> str:
    return f"#{sum(bound <= value for bound in _BOUNDS)}"


def _pieces(word: str) -> Iterator[str]:
    whole = f"<{word}>"
    for size in range(SHORTEST, LONGEST + 1):
        for start in range(len(whole) - size + 1):
            yield whole[start : start + size]


def _pairs(sounds: list[str], at: int) -> Iterator[str]:
    for back in range(1, min(NEAR, at) + 1):
        yield f"+{sounds[at - back]} {sounds[at]}" if back == 1 else f"-{sounds[at - back]} {sounds[at]}"


class SecondEar:
    """Weighs what was heard. Safe to share between threads: what it learned never changes."""

    def __init__(self, learned: Learned) -> None:
        self.kinds = learned.kinds
        self._bias = learned.bias
        self._rows = learned.features
        self._nothing = (0.0,) * (len(learned.kinds) + 1)

    def odds(self, heard: Heard) -> list[Scores]:
        """How many times likelier than ordinary talk each kind of danger is: in all that was said, or in each part of a
        long talk.
        """
        weighed = [self._weigh(each) for each in features(heard)]
        starts = range(0, max(len(weighed) - WINDOW, 0) + STRIDE, STRIDE) if len(weighed) > WINDOW else (0,)
        return [self._sum(weighed[start : start + WINDOW]) for start in starts]

    def deciding(self, heard: Heard, kind: int) -> list[tuple[str, float]]:
        """The words of what was heard by how much each spoke for this kind of danger, the weightiest first."""
        weighed = [self._weigh(each) for each in features(heard)]
        lengths = [sqrt(sum(each[block][0] for each in weighed)) or 1.0 for block in (0, 1)]
        spoke = [
            (word, sum(each[block][kind + 1] / lengths[block] for block in (0, 1)))
            for word, each in zip(heard.words, weighed, strict=True)
        ]
        return sorted(spoke, key=lambda pair: -pair[1])

    def _weigh(self, of: Features) -> tuple[Scores, Scores]:
        return self._added(of.letters), self._added(of.words)

    def _added(self, names: tuple[str, ...]) -> Scores:
        rows = [self._rows[name] for name in names if name in self._rows]
        return tuple(map(sum, zip(*rows, strict=True))) if rows else self._nothing

    def _sum(self, weighed: list[tuple[Scores, Scores]]) -> Scores:
        scores = list(self._bias)
        for block in zip(*weighed, strict=True):
            length, *sums = map(sum, zip(*block, strict=True))
            if length:
                root = sqrt(length)
                scores = [score + added / root for score, added in zip(scores, sums, strict=True)]
        return tuple(exp(min(score, 50.0)) for score in scores)
