"""Hears words that mean danger in whatever a patient says, and what shall be done: recognise, never diagnose.

The rules are those of the center's red flags (design of the conversation, issue 6 point 5): both languages whatever was
chosen, the third person like the first, and a denied emergency still goes to a nurse.

Two ears: the cues that clinicians wrote, here; and what was learned from sentences of callers (`ivr/second_ear.py`).

Longer than 300 lines because reading the terms, hearing them and judging them are one rule, signed by clinicians as a
whole.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise, product
from operator import itemgetter
from typing import Literal

from config.content import Content, RedFlags
from config.learned import Kind, read_learned
from ivr.listening import Heard, forgiven, is_number, listen, near, plain, swapped
from ivr.second_ear import Scores, SecondEar

Action = Literal["emergency", "crisis", "nurse"]
URGENCY: tuple[Action, ...] = ("emergency", "crisis", "nurse")  # the most urgent first
DENIED_WITHIN = 5  # words after a denial that it may be about
SHORTEST_ERROR = 4  # letters
SHORTEST_SPLIT = 8
SHORTEST_JOINED = 7  # letters of two words that were heard as one
SHORTEST_PIECE = 3
LONGEST_ENDING = 4  # letters that may follow the beginning of a word that was heard with an error
FEWEST_WORDS = (
    3  # beside numbers, that the second ear alone may judge: "no", "help" and "the first" are answers to our questions
)
MOST_PLACES = 4  # of one term in one utterance: more are as good as these
DENIALS = frozenset(
    {"no", "not", "never", "without", "dont", "doesnt", "didnt", "isnt", "arent", "wasnt", "havent", "hasnt", "none"}
    | {"denies", "sin", "nunca", "ningun", "ninguna", "tampoco", "nada"}
)
# What ends a denial: "no I have chest pain", "not feeling well because my chest hurts". The second kind may stand
# right after the denial itself: "no tengo dolor de pecho".
ENDS_DENIAL = frozenset(
    {"i", "im", "ive", "my", "but", "because", "since", "so", "yes", "pero", "porque", "si", "he", "she"}
)
ENDS_DENIAL_LATER = frozenset(
    {"have", "has", "having", "tengo", "tiene", "me", "mi", "le", "siento", "siente", "y", "feel"}
)
UNSURE = frozenset({"sure", "know", "se", "segura", "seguro"})  # "I don't know, ..." denies nothing

# Words between an event and its date in one thought: "a fall from a ladder in 2011", "in 2011 they told me of a fall".
MOST_BEFORE_DATE, MOST_AFTER_DATE = 4, 6
PARTS_THOUGHTS = frozenset({"and", "or", "but", "because", "y", "e", "o", "pero", "porque"})

Span = tuple[int, int]  # first and last position of the words that a term was heard in


@dataclass(frozen=True)
class Hit:
    """A red flag that was heard: which, what to do, and by which list (no word of the caller's)."""

    flag: str
    action: Action
    version: str


def look(content: Content, text: str) -> Hit | None:
    """The most urgent red flag of this content in `text`; its list's version is the content's."""
    return _matcher(_Listed(content)).look(text)


@contextmanager
def remembering(content: Content) -> Iterator[None]:
    """Meanwhile what this content hears in a text is kept, and told again: for a walk over the conversation, which says
    the same few words at every question. Nothing that a caller says is ever kept.
    """
    matcher = _matcher(_Listed(content))
    matcher.remembered = {}
    try:
        yield
    finally:
        matcher.remembered = None


class _Listed:
    """A content known by its version: what is compiled for it is compiled once."""

    def __init__(self, content: Content) -> None:
        self.content = content

    def __hash__(self) -> int:
        return hash(self.content.version)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Listed) and self.content.version == other.content.version


@lru_cache(maxsize=4)
def _matcher(listed: _Listed) -> "Matcher":
    content = listed.content
    return Matcher(content.red_flags, content.version[:12], content.learned)


@dataclass(frozen=True)
class Word:
    """One word of a cue: itself, the beginning of a word (`stem`), or a number between two (`numbers`)."""

    letters: str
    stem: bool = False
    numbers: tuple[float, float] | None = None

    @cached_property
    def _letters(self) -> frozenset[str]:
        return frozenset(self.letters)

    def is_word(self, word: str) -> bool:
        """Whether exactly this was heard."""
        return word.startswith(self.letters) if self.stem else word == self.letters

    def may_be(self, letters: set[str]) -> bool:
        """Whether a word of these letters can be this one with the errors it is forgiven: a quick first look."""
        return len(self._letters - letters) <= forgiven(len(self.letters))

    def is_like(self, word: str) -> bool:
        """Whether it was heard with a forgivable error; never in the first letter."""
        most = forgiven(len(self.letters))
        if not most or word[:1] != self.letters[:1]:
            return swapped(word, self.letters)
        return self._begins_like(word, most) if self.stem else near(word, self.letters, most)

    def _begins_like(self, word: str, most: int) -> bool:
        """Whether the beginning was heard with an error: "sangrdao". A much longer word is another one."""
        long = len(self.letters)
        heads = range(long - 1, min(long + 1, len(word)) + 1) if len(word) <= long + LONGEST_ENDING else ()
        return any(near(word[:head], self.letters, most) for head in heads)


Wording = tuple[Word, ...]  # words one right after another
Term = tuple[Wording, ...]  # wordings of which one must be heard


def read_cue(text: str, groups: dict[str, tuple[str, ...]]) -> tuple[Term, ...]:
    """The terms of one written cue; KeyError for an unknown group, ValueError for an empty word."""
    return tuple(_read_term(part, groups) for part in text.split())


def _read_term(text: str, groups: dict[str, tuple[str, ...]]) -> Term:
    wordings: list[str] = []
    for part in text.split("|"):
        wordings += groups[part[1:-1]] if part.startswith("<") and part.endswith(">") else (part,)
    return tuple(tuple(_read_word(word) for word in wording.split("_")) for wording in wordings)


def _read_word(text: str) -> Word:
    low, dots, high = text.partition("..")
    if dots:
        return Word(text, numbers=(float(low), float(high) + 0.999))
    letters = plain(text.rstrip("*"))
    if not letters:
        raise ValueError("an empty word in a cue")
    return Word(letters, stem=text.endswith("*"))


# --- compiled: words and terms by number, because their hashes are dear ---------------------------------------------


class Vocabulary:
    """Every word of the list, found by what was heard: exactly, by its beginning, or with a forgivable error."""

    def __init__(self, plain_words: frozenset[str]) -> None:
        self.numbers: list[tuple[int, float, float]] = []
        self._plain = plain_words
        self._known: dict[Word, int] = {}
        self._first: dict[str, list[tuple[int, Word]]] = {}
        self._whole: set[str] = set()
        self._exactly: dict[str, int] = {}
        self._begins: dict[str, int] = {}

    def number(self, word: Word) -> int:
        """The number of a word of the list."""
        if word not in self._known:
            number = self._known[word] = len(self._known)
            if word.numbers:
                self.numbers.append((number, *word.numbers))
            else:
                self._first.setdefault(word.letters[0], []).append((number, word))
                self._whole.add(word.letters)
                (self._begins if word.stem else self._exactly)[word.letters] = number
        return self._known[word]

    def of(self, word: str) -> list[int]:
        """The listed words that `word` can be."""
        exact = self._exact(word)
        if word in self._whole or word in self._plain or len(word) < SHORTEST_ERROR:
            return list(exact)
        letters, begun = set(word), tuple(exact.values())  # "pressur" is "press*" and may be "pressure", nothing else
        relatives = (pair for pair in self._first.get(word[0], []) if not begun or pair[1].letters.startswith(begun))
        like = (number for number, listed in relatives if listed.may_be(letters) and listed.is_like(word))
        return list(dict.fromkeys((*exact, *like)))

    def _exact(self, word: str, least: int = 1) -> dict[int, str]:
        """The listed words of so many letters or more that are this word, or its beginning."""
        heads = (word[:end] for end in range(least, len(word) + 1))
        exact = {self._begins[head]: head for head in heads if head in self._begins}
        return {**exact, self._exactly[word]: word} if word in self._exactly else exact

    def apart(self, word: str) -> tuple[str, ...]:
        """The two listed words that were run together, "chestpain"; else the word itself."""
        if len(word) >= SHORTEST_JOINED and word not in self._plain and not self.of(word):
            for cut in range(SHORTEST_PIECE, len(word) - SHORTEST_PIECE + 1):
                if word[:cut] in self._whole and word[cut:] in self._whole:
                    return word[:cut], word[cut:]
        return (word,)

    def split(self, one: str, other: str) -> list[int]:
        """The long listed words that were heard in two pieces: "dis located"."""
        whole = one + other
        return [] if len(whole) < SHORTEST_SPLIT else list(self._exact(whole, least=len(one) + 2))


@dataclass(frozen=True)
class Cue:
    """Terms, by number, that must all be heard near each other, and what they mean."""

    flag: str
    action: Action
    terms: tuple[int, ...]


class Terms:
    """Every different term of the list, once."""

    def __init__(self, vocabulary: Vocabulary, groups: dict[str, tuple[str, ...]]) -> None:
        self._vocabulary, self._groups = vocabulary, groups
        self._known: dict[Term, int] = {}
        self._begun_by: dict[int, list[int]] = {}
        self.wordings: list[tuple[tuple[int, ...], ...]] = []

    def of(self, cue: str) -> tuple[int, ...]:
        """The terms of a written cue, by number."""
        return tuple(self._number(term) for term in read_cue(cue, self._groups))

    def any_of(self, words: tuple[str, ...]) -> int:
        """The term, by number, that is heard where any of these words is."""
        return self._number(_read_term("|".join(words), self._groups) if words else ())

    def _number(self, term: Term) -> int:
        if term not in self._known:
            self._known[term] = len(self.wordings)
            numbered = tuple(tuple(self._vocabulary.number(word) for word in wording) for wording in term)
            self.wordings.append(numbered)
            for first in {wording[0] for wording in numbered}:
                self._begun_by.setdefault(first, []).append(self._known[term])
        return self._known[term]

    def begun(self, words: Iterable[int]) -> set[int]:
        """The terms of which one of these listed words is a first one: no other can have been heard."""
        return {term for word in words for term in self._begun_by.get(word, ())}


class Hearing:
    """One utterance being matched: where each word and each term of the list was heard, looked up once."""

    def __init__(self, heard: Heard, vocabulary: Vocabulary, terms: Terms, inside: frozenset[str]) -> None:
        self.heard = heard
        self.gone: frozenset[int] = frozenset()  # positions of harmless talk
        self.places: dict[int, list[int]] = {}
        self._wordings = terms.wordings
        self._inside = inside
        self._spans: dict[int, list[Span]] = {}
        for position, word in enumerate(heard.words):
            for number in vocabulary.of(word):
                self.places.setdefault(number, []).append(position)
        for position, (one, other) in enumerate(pairwise(heard.words)):
            for number in vocabulary.split(one, other):
                self.places.setdefault(number, []).append(position)
        for position, value in heard.numbers:
            for number, low, high in vocabulary.numbers:
                if low <= value <= high:
                    self.places.setdefault(number, []).append(position)
        self.begun = terms.begun(self.places)

    def where(self, term: int) -> list[Span]:
        """Where a term was heard, outside harmless talk."""
        if term not in self._spans:
            spans = {
                span
                for wording in self._wordings[term]
                if wording[0] in self.places
                for span in self._runs(wording)
                if self.gone.isdisjoint(range(span[0], span[1] + 1))
            }
            self._spans[term] = sorted(spans)
        return self._spans[term]

    def _runs(self, wording: tuple[int, ...]) -> list[Span]:
        ends = ((start, self._end(wording, start)) for start in self.places[wording[0]])
        return [(start, end) for start, end in ends if end is not None]

    def _end(self, wording: tuple[int, ...], start: int) -> int | None:
        """Where a wording that begins at `start` ends: word after word, or with one small word between; else None."""
        at = start
        for word in wording[1:]:
            places = self.places.get(word, ())
            if at + 1 in places:
                at += 1
            elif at + 2 in places and self.heard.words[at + 1] in self._inside:
                at += 2
            else:
                return None
        return at

    def without(self, gone: frozenset[int]) -> None:
        """Listen no more to the words at these positions."""
        self.gone = gone
        self._spans = {}


Cues = dict[int, list[tuple[int, Cue]]]  # by their first term, each with its place in the order of all


def _by_first_term(cues: list[Cue]) -> Cues:
    found: Cues = {}
    for place, cue in enumerate(cues):
        found.setdefault(cue.terms[0], []).append((place, cue))
    return found


def _likely(cues: Cues, hearing: Hearing) -> list[Cue]:
    """The cues that may have been heard, in their order: of each term of theirs at least a first word was."""
    begun = hearing.begun
    likely = [each for term in begun for each in cues.get(term, ()) if begun.issuperset(each[1].terms)]
    return [cue for _, cue in sorted(likely, key=itemgetter(0))]


class Matcher:
    """The red flags of one content, compiled once. Safe to share between threads: what is compiled never changes."""

    def __init__(self, flags: RedFlags, version: str = "", learned: str = "") -> None:
        self.version = version
        self._second = flags.second_ear
        self._quiet = {name for name, flag in flags.flags.items() if flag.quiet}
        self._ear = SecondEar(read_learned(learned)) if learned else None
        self.remembered: dict[str, Hit | None] | None = None  # see `remembering`
        self._within = flags.within
        self._fillers = frozenset(flags.fillers)
        self._inside = frozenset(flags.inside)
        self._vocabulary = Vocabulary(frozenset(map(plain, flags.plain)))
        self._terms = Terms(self._vocabulary, flags.groups)
        self._harmless = _by_first_term([Cue("", "nurse", self._terms.of(text)) for text in flags.harmless])
        self._events, self._dates, self._again = (
            self._terms.any_of(words)
            for words in (flags.long_over.events, flags.long_over.dates, flags.long_over.again)
        )
        self._cues = _by_first_term(
            [
                Cue(name, action, self._terms.of(text))
                for action in URGENCY
                for name, flag in flags.flags.items()
                for text in getattr(flag, action)
            ]
        )

    def look(self, text: str) -> Hit | None:
        """The most urgent red flag in `text`; None when there is none."""
        known = self.remembered
        if known is None:
            return self._look(text)
        if text not in known:
            known[text] = self._look(text)
        return known[text]

    def _look(self, text: str) -> Hit | None:
        """What the cues hear always stands; the second ear may only add to it."""
        cue, ear = self._by_cues(text), self._ear
        if ear is None:
            return cue
        heard = listen(text)
        if cue is None and sum(not is_number(word) for word in heard.words) < FEWEST_WORDS:
            return None
        return self._weighed(ear, ear.odds(heard), cue) or cue

    def _weighed(self, ear: SecondEar, parts: list[Scores], cue: Hit | None) -> Hit | None:
        """The most urgent that the second ear hears in any part; a cue makes its danger likelier."""
        found = None
        for odds in parts:
            likely = self._likely(ear, odds, cue)
            if _sure(likely) >= self._second.sure:
                found = _worse(found, self._hit(max(URGENCY, key=likely.__getitem__), cue, ear, odds))
        return found

    def _likely(self, ear: SecondEar, odds: Scores, cue: Hit | None) -> dict[Action, float]:
        """How many times likelier than ordinary talk each action's danger is."""
        likely = dict.fromkeys(URGENCY, 0.0)
        for kind, each in zip(ear.kinds, odds, strict=True):
            likely[_action(kind)] += each
        if cue:
            likely[cue.action] *= self._second.cue_counts
        return likely

    def _hit(self, action: Action, cue: Hit | None, ear: SecondEar, odds: Scores) -> Hit:
        """Never less urgent than the cue; told as the cue's flag, or as the likeliest kind's when that is quiet."""
        if cue and URGENCY.index(cue.action) < URGENCY.index(action):
            return cue
        kinds = [pair for pair in zip(odds, ear.kinds, strict=True) if pair[1].action == action]
        flag = max(kinds, key=itemgetter(0))[1].flag
        return Hit(flag if cue is None or flag in self._quiet else cue.flag, action, self.version)

    def _by_cues(self, text: str) -> Hit | None:
        """The most urgent flag by the cues alone; an emergency that is denied goes to the nurse."""
        heard = listen(text, self._fillers, self._vocabulary.apart)
        hearing = Hearing(heard, self._vocabulary, self._terms, self._inside)
        if not hearing.places:
            return None
        if gone := frozenset({*self._harmless_talk(hearing), *self._long_over(hearing)}):
            hearing.without(gone)
        return self._most_urgent(hearing)

    def _harmless_talk(self, hearing: Hearing) -> Iterator[int]:
        """The positions of ordinary talk that holds a cue; of its words those that stand closest together."""
        for cue in _likely(self._harmless, hearing):
            said = [_positions(spans) for spans in self._near_each_other(cue.terms, hearing)]
            closest = min(map(_extent, said), default=0)
            for own in said:
                if (len(cue.terms) == 1 or _extent(own) == closest) and _in_one_breath(own, hearing.heard):
                    yield from own

    def _long_over(self, hearing: Hearing) -> Iterator[int]:
        """The positions of what happened long ago, and of its date; none where it may be happening again."""
        events = hearing.where(self._events)
        if not events or hearing.where(self._again):
            return
        for date in hearing.where(self._dates):
            before = [event for event in events if event[1] < date[0]]
            after = [event for event in events if event[0] > date[1]]
            for event in (*before[-1:], *after[:1]):  # a date is that of the event nearest to it
                if _dated(event, date, hearing.heard):
                    yield from _positions((event, date))

    def _most_urgent(self, hearing: Hearing) -> Hit | None:
        lowered: Hit | None = None
        for cue in _likely(self._cues, hearing):  # in order of urgency
            matches = self._near_each_other(cue.terms, hearing)
            if not matches:
                continue
            if cue.action != "emergency" or not all(_denied(spans, hearing.heard) for spans in matches):
                return lowered if lowered and cue.action == "nurse" else Hit(cue.flag, cue.action, self.version)
            lowered = lowered or Hit(cue.flag, "nurse", self.version)
        return lowered

    def _near_each_other(self, terms: tuple[int, ...], hearing: Hearing) -> list[tuple[Span, ...]]:
        """Where all terms were heard, each in words of its own, with at most so many words between; empty if not."""
        places = []
        for term in terms:
            spans = hearing.where(term)
            if not spans:
                return []
            places.append(spans[:MOST_PLACES])
        return [spans for spans in product(*places) if self._together(spans)]

    def _together(self, spans: tuple[Span, ...]) -> bool:
        """Whether the words of no two terms overlap, and none is far from the next."""
        between = [other[0] - one[1] - 1 for one, other in pairwise(sorted(spans))]
        return all(0 <= words <= self._within for words in between)


def _sure(likely: dict[Action, float]) -> float:
    """The probability of any danger."""
    danger = sum(likely.values())
    return danger / (1 + danger)


def _action(kind: Kind) -> Action:
    return next(action for action in URGENCY if action == kind.action)


def _worse(one: Hit | None, other: Hit) -> Hit:
    return min((one, other), key=lambda hit: URGENCY.index(hit.action)) if one else other


def _positions(spans: tuple[Span, ...]) -> set[int]:
    return {at for first, last in spans for at in range(first, last + 1)}


def _extent(own: set[int]) -> int:
    """How far words reach, from the first to the last."""
    return max(own) - min(own)


def _in_one_breath(own: set[int], heard: Heard) -> bool:
    """Whether no comma or full stop was between: "I lost my paper. She passed out" hands out no paper."""
    return heard.breaks.isdisjoint(range(min(own) + 1, max(own) + 1))


def _dated(event: Span, date: Span, heard: Heard) -> bool:
    """Whether a date is that of an event: it follows in the same breath, or it opens the sentence.

    "I had my knee done in 2019 I fell" dates no fall, "in 2019 I fell" does.
    """
    first, last = sorted((event, date))
    between = range(first[1] + 1, last[0])
    words = frozenset(heard.words[at] for at in between)
    if last[0] <= first[1] or not words.isdisjoint(PARTS_THOUGHTS):
        return False
    if first == date:  # a comma may follow the date itself
        whole = heard.breaks.isdisjoint(range(between.start + 1, last[0] + 1))
        return whole and len(between) <= MOST_AFTER_DATE and _opens(date[0], heard)
    whole = heard.breaks.isdisjoint(range(between.start, last[0] + 1))
    return whole and len(between) <= MOST_BEFORE_DATE and words.isdisjoint(ENDS_DENIAL)


def _opens(at: int, heard: Heard) -> bool:
    """Whether a sentence begins here, or with the rest of the number before: "twenty three years ago"."""
    while at > 0 and is_number(heard.words[at - 1]):
        at -= 1
    return at == 0 or at in heard.breaks


def _denied(spans: tuple[Span, ...], heard: Heard) -> bool:
    """Whether a denial stands before or between the words of a cue, in the same clause, and is no part of it."""
    own = _positions(spans)
    first, last = min(own), max(own)
    if any(heard.words[at] in DENIALS and at not in own for at in range(first, last)):
        return True
    for at in range(first - 1, max(first - 1 - DENIED_WITHIN, -1), -1):
        if at + 1 in heard.breaks or heard.words[at] in ENDS_DENIAL:
            return False
        if heard.words[at] in DENIALS:
            return not _takes_back(heard.words[at + 1 : first])
    return False


def _takes_back(between: tuple[str, ...]) -> bool:
    """Whether what stands between a denial and a cue shows that the denial was about something else."""
    return bool(UNSURE & set(between[:1]) or ENDS_DENIAL_LATER & set(between[1:]))
