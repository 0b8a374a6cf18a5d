"""The second ear of the red flags: learns it, measures it on sentences that it did not learn from, and explains it.

    python -m bench.red_flags train              # writes config/red_flags_learned.tsv; the same corpus, the same file
    python -m bench.red_flags check              # learns without one writer, in turn, and is measured on him
    python -m bench.red_flags explain SENTENCE   # what is heard in it, and which words decided
    python -m bench.red_flags speed              # what one look costs

The corpus: bench/red_flag_corpus/*.tsv (kind, language, sentence) and the lists of tests/ivr/red_flag_lists. Plain
Python on purpose: no dependency for a sum. Learning takes about a minute, the check three.
"""

import hashlib
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import exp, log, sqrt
from pathlib import Path
from random import Random
from time import process_time
from typing import Any

from ruamel.yaml import YAML

from config.learned import ACTIONS, HEARD, Kind, Learned, read_learned, write_learned
from config.reading import read_content
from ivr.listening import listen
from ivr.red_flags import Matcher, look
from ivr.second_ear import SecondEar, features

ROOT = Path(__file__).resolve().parents[1]
CORPUS = ROOT / "bench" / "red_flag_corpus"
LISTS = ROOT / "tests" / "ivr" / "red_flag_lists"
LEARNED = ROOT / "config" / "red_flags_learned.tsv"
KINDS = (Kind(HEARD, "emergency"), Kind(HEARD, "crisis"), Kind(HEARD, "nurse"), Kind("abuse", "nurse"))
NAMES = ("emergency", "crisis", "nurse", "abuse", "routine")  # in the corpus, in the order of KINDS; then ordinary talk
LETTERS = {"E": "emergency", "C": "crisis", "N": "nurse"}
OFTEN = 3  # sentences that a feature must stand in
PASSES = 12
RATE, DECAY = 2.0, 1e-5  # of learning: the first step, and what is forgotten at each
SEED = 20261127
UNSEEN = ("blind-8", "first", "second")  # writers, each of whom is left out in turn: one of a list, two of the corpus


@dataclass(frozen=True)
class Sentence:
    """A sentence of the corpus, its kind by number of NAMES, and whence it is."""

    source: str
    kind: int
    language: str
    text: str


def corpus() -> list[Sentence]:
    """Every sentence, in a fixed order."""
    lists = [each for path in sorted(LISTS.glob("*.yaml")) for each in _listed(path)]
    return lists + [each for path in sorted(CORPUS.glob("*.tsv")) for each in _tabbed(path)]


def _tabbed(path: Path) -> Iterable[Sentence]:
    for line in path.read_text("utf-8").splitlines():
        kind, language, text = line.split("\t")
        yield Sentence(path.stem, NAMES.index(kind), language, text)


def _listed(path: Path) -> Iterable[Sentence]:
    data = YAML(typ="safe").load(path)
    if isinstance(data, list):
        for row in data:
            category = row.get("category", "").casefold()
            yield _sentence(path.stem, category, row.get("action", "routine"), row["language"], row["text"])
        return
    for category, by_language in data.items():
        for language, entries in by_language.items():
            for entry in entries:
                said, expect = _said(entry)
                yield _sentence(path.stem, category, expect, language, said)


def _said(entry: Any) -> tuple[str, str]:
    if isinstance(entry, str):
        return entry, "routine"
    if "say" in entry:
        return entry["say"], _action(entry["expect"])
    return next((said, _action(expect)) for expect, said in entry.items())


def _action(expect: str) -> str:
    """The least urgent of the actions that are right: "E/N" is a denied emergency."""
    return LETTERS["N" if "N" in expect else expect[0]]


def _sentence(source: str, category: str, action: str, language: str, text: str) -> Sentence:
    kind = "abuse" if action == "nurse" and "abus" in category else action
    return Sentence(source, NAMES.index(kind), language, text)


def corpus_hash(sentences: Sequence[Sentence]) -> str:
    """What the learned file names as its corpus."""
    return hashlib.sha256("\n".join(f"{each.kind}\t{each.text}" for each in sentences).encode()).hexdigest()


# --- learning: a softmax over sums, by small steps -------------------------------------------------------------------


Block = list[tuple[int, float]]  # features by number, with what each is in a sentence


def learn(sentences: Sequence[Sentence], passes: int = PASSES) -> Learned:
    """What these sentences teach. The same sentences in the same order teach the same."""
    found = [_found(each.text) for each in sentences]
    stands = Counter(name for letters, words in found for name in {*letters, *words})
    names = sorted(name for name, often in stands.items() if often >= OFTEN)
    numbers = {name: number for number, name in enumerate(names)}
    idf = [1 + log((1 + len(sentences)) / (1 + stands[name])) for name in names]
    rows = [_row(pair, numbers, idf) for pair in found]
    weights, bias = _descend(rows, [each.kind for each in sentences], len(names), passes)
    last = len(KINDS)
    features = {
        name: (idf[n] ** 2, *(idf[n] * (weights[n][kind] - weights[n][last]) for kind in range(last)))
        for n, name in enumerate(names)
    }
    return Learned(corpus_hash(sentences), KINDS, tuple(bias[kind] - bias[last] for kind in range(last)), features)


def _found(text: str) -> tuple[list[str], list[str]]:
    each = features(listen(text))
    return [name for one in each for name in one.letters], [name for one in each for name in one.words]


def _row(pair: tuple[list[str], list[str]], numbers: dict[str, int], idf: list[float]) -> Block:
    """Both blocks of a sentence, each of length 1."""
    row: Block = []
    for block in pair:
        known = [numbers[name] for name in block if name in numbers]
        length = sqrt(sum(idf[number] ** 2 for number in known)) or 1.0
        row += [(number, idf[number] / length) for number in known]
    return row


def _descend(rows: list[Block], kinds: list[int], size: int, passes: int) -> tuple[list[list[float]], list[float]]:
    width = len(NAMES)
    weights = [[0.0] * width for _ in range(size)]
    bias = [0.0] * width
    order, random, steps = list(range(len(rows))), Random(SEED), passes * len(rows)
    taken, shrunk = 0, 1.0  # the true weights are `weights` times `shrunk`: forgetting costs one step, not one for each
    for _ in range(passes):
        random.shuffle(order)
        for at in order:
            rate = RATE * (1 - taken / steps)
            taken += 1
            scores = list(bias)
            for number, value in rows[at]:
                a, b, c, d, e = weights[number]
                scores[0] += value * a * shrunk
                scores[1] += value * b * shrunk
                scores[2] += value * c * shrunk
                scores[3] += value * d * shrunk
                scores[4] += value * e * shrunk
            errors = _errors(scores, kinds[at])
            shrunk *= 1 - rate * DECAY
            steps_of = [rate * error / shrunk for error in errors]
            for number, value in rows[at]:
                row = weights[number]
                row[0] += value * steps_of[0]
                row[1] += value * steps_of[1]
                row[2] += value * steps_of[2]
                row[3] += value * steps_of[3]
                row[4] += value * steps_of[4]
            for kind, error in enumerate(errors):
                bias[kind] += 0.1 * rate * error
    return [[weight * shrunk for weight in row] for row in weights], bias


def _errors(scores: list[float], right: int) -> list[float]:
    """By how much each kind was thought too unlikely."""
    most = max(scores)
    odds = [exp(score - most) for score in scores]
    total = sum(odds)
    return [(kind == right) - each / total for kind, each in enumerate(odds)]


# --- measuring -------------------------------------------------------------------------------------------------------


@dataclass
class Figures:
    """How sentences were heard: of those in danger at all, urgently enough, and rightly; and false alarms."""

    danger: int = 0
    heard: int = 0
    urgent: int = 0
    right: int = 0
    ordinary: int = 0
    alarms: int = 0

    def count(self, kind: int, action: str | None) -> None:
        """One sentence more, of a kind, and what was done about it."""
        if NAMES[kind] == "routine":
            self.ordinary += 1
            self.alarms += action is not None
            return
        wanted = KINDS[kind].action
        self.danger += 1
        self.heard += action is not None
        self.urgent += action is not None and ACTIONS.index(action) <= ACTIONS.index(wanted)
        self.right += action == wanted

    def __str__(self) -> str:
        parts = [
            f"{name} {part / max(self.danger, 1):6.1%}"
            for name, part in (("heard", self.heard), ("urgently enough", self.urgent), ("rightly", self.right))
        ]
        alarms = f"false alarms {self.alarms / max(self.ordinary, 1):5.1%} of {self.ordinary}"
        return f"{', '.join(parts)} of {self.danger}; {alarms}"


def measured(matcher: Matcher, sentences: Iterable[Sentence]) -> Figures:
    """How this matcher hears these sentences."""
    figures = Figures()
    for each in sentences:
        hit = matcher.look(each.text)
        figures.count(each.kind, hit.action if hit else None)
    return figures


def matcher(learned: Learned | None) -> Matcher:
    """The shipped cues, with this second ear or none."""
    return Matcher(read_content(ROOT / "config").red_flags, learned=write_learned(learned) if learned else "")


def without_a_writer(source: str) -> Figures:
    """How well a writer is heard whose sentences taught nothing: the nearest thing to a new caller."""
    sentences = corpus()
    taught = learn([each for each in sentences if each.source.split("-paraphrases")[0].split("-routine")[0] != source])
    return measured(matcher(taught), [each for each in sentences if each.source.startswith(source)])


def check() -> None:
    """Prints how each source is heard that the second ear did not learn from."""
    for source in UNSEEN:
        print(f"{source:8} {without_a_writer(source)}", flush=True)


def train() -> None:
    """Writes the learned file and prints how its own corpus is heard, which proves nothing."""
    learned = learn(corpus())
    LEARNED.write_text(write_learned(learned), "utf-8")
    print(
        f"{len(learned.features)} features, {LEARNED.stat().st_size // 1000} kB; {measured(matcher(learned), corpus())}"
    )


def explain(text: str) -> None:
    """Prints what is heard in a sentence, how likely, and the words that decided."""
    content = read_content(ROOT / "config")
    ear, heard = SecondEar(read_learned(content.learned)), listen(text)
    print(f"by cues: {Matcher(content.red_flags).look(text)}; with the second ear: {look(content, text)}")
    odds = ear.odds(heard)[0]
    print(
        ", ".join(
            f"{kind.flag}/{kind.action} {each / (1 + sum(odds)):.2f}" for kind, each in zip(KINDS, odds, strict=True)
        )
    )
    kind = max(range(len(KINDS)), key=odds.__getitem__)
    print(", ".join(f"{word} {weight:+.2f}" for word, weight in ear.deciding(heard, kind)))


def speed() -> None:
    """Prints what one look costs, and what reading and compiling cost once."""
    texts = [each.text for each in corpus()][::7]
    start = process_time()
    content = read_content(ROOT / "config")
    read = process_time()
    looking = Matcher(content.red_flags, learned=content.learned)
    compiled = process_time()
    took = sorted(_milliseconds(looking, text) for text in texts)
    print(f"reading the content {read - start:.2f} s, compiling {compiled - read:.2f} s")
    parts = (("median", 50), ("95 %", 95), ("99 %", 99))
    print("a look:", ", ".join(f"{name} {took[len(took) * part // 100]:.2f} ms" for name, part in parts))
    print(f"7,500 letters of nonsense: {_milliseconds(looking, ('qwer tzui ' * 750)):.0f} ms")


def _milliseconds(looking: Matcher, text: str) -> float:
    start = process_time()
    looking.look(text)
    return (process_time() - start) * 1000


def main(arguments: Sequence[str]) -> None:
    """One of the four commands at the top."""
    match list(arguments):
        case ["train"]:
            train()
        case ["check"]:
            check()
        case ["speed"]:
            speed()
        case ["explain", text]:
            explain(text)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
