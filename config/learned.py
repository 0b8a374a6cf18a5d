"""What the second ear learned from sentences of callers, as the file `red_flags_learned.tsv` holds it.

A line of the file: a feature of a sentence, how much it tells (its idf), and what it speaks for, by kind of danger. The
numbers are whole hundredths. `bench/red_flags.py` writes the file; nobody edits it by hand.
"""

from dataclasses import dataclass
from functools import lru_cache

HEARD = "heard"  # the flag of a danger that is of no flag of the list
ACTIONS = ("emergency", "crisis", "nurse")


@dataclass(frozen=True)
class Kind:
    """A kind of danger: the flag of the list that it is told as, and what is done."""

    flag: str
    action: str


@dataclass(frozen=True)
class Learned:
    """Kinds of danger, how likely each is before a word is heard, and what each feature adds.

    A feature's row is its share of the length that a sentence is measured by, then its weight for each kind.
    """

    corpus: str  # hash of the sentences that it was learned from
    kinds: tuple[Kind, ...]
    bias: tuple[float, ...]
    features: dict[str, tuple[float, ...]]


@lru_cache(maxsize=4)
def read_learned(text: str) -> Learned:
    """What such a file says; ValueError names the line that cannot be read."""
    corpus, kinds, bias = "", tuple[Kind, ...](), tuple[float, ...]()
    features: dict[str, tuple[float, ...]] = {}
    for number, line in enumerate(text.split("\n"), 1):
        if not line or line.startswith("# "):
            continue
        name, *values = line.split("\t")
        try:
            if name == "corpus":
                corpus = values[0]
            elif name == "kinds":
                kinds = tuple(Kind(*value.split("/")) for value in values)
            elif name == "bias":
                bias = tuple(int(value) / 100 for value in values)
            else:
                idf, *weights = (int(value) / 100 for value in values)
                features[name] = (idf * idf, *weights)
        except (ValueError, TypeError, IndexError) as error:
            raise ValueError(f"line {number}: {line[:40]!r}") from error
    if {kind.action for kind in kinds} - {*ACTIONS}:
        raise ValueError(f"kinds: only {', '.join(ACTIONS)} are done")
    if (
        not corpus
        or not kinds
        or len(bias) != len(kinds)
        or {len(row) for row in features.values()} != {len(kinds) + 1}
    ):
        raise ValueError("corpus, kinds and bias first, then for every feature a number for its idf and for each kind")
    return Learned(corpus, kinds, bias, features)


def write_learned(learned: Learned) -> str:
    """The text of the file, the same for the same content."""
    head = [
        "# What the second ear of the red flags learned: written by `python -m bench.red_flags train`, never by hand.",
        "\t".join(("corpus", learned.corpus)),
        "\t".join(("kinds", *(f"{kind.flag}/{kind.action}" for kind in learned.kinds))),
        "\t".join(("bias", *map(_hundredths, learned.bias))),
    ]
    rows = [
        "\t".join((name, _hundredths(row[0] ** 0.5), *map(_hundredths, row[1:])))
        for name, row in sorted(learned.features.items())
    ]
    return "\n".join((*head, *rows)) + "\n"


def _hundredths(value: float) -> str:
    return str(round(value * 100))
