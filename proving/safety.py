"""Proofs over the walk: what must hold at every step of every leg, whatever a clinic has written."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from config.coherence import Incoherence, Where
from config.content import Content
from ivr.effects import BookCallback, KeepMessage
from ivr.prompts import Speaker, UnknownPromptError
from ivr.replies import Ask, ConnectOperator, Hold, LeaveQueue, Phrase, TakeMessage, all_said
from ivr.session import Session, Stage
from ivr.signals import CallArrived, DigitsPressed, Party, Signal
from ivr.spoken import PATIENTS, VARIABLES, prompt_named
from proving.coverage import EXITS, STRANDED, Seen, end_of, note
from proving.sentences import MOST_SECONDS, speaking_seconds
from proving.walking import SILENCE, WRONG_KEY, Narrow, Place, Step, Walk, has_key, question_of

MOST_QUESTION_SECONDS = 30  # with what is said before a question
LISTENING = Ask | Hold | TakeMessage


@dataclass
class Safety:
    """Walks a content once and finds every breach; each is told once, with the shortest way to it."""

    content: Content
    seen: Seen = field(default_factory=Seen)
    narrow: Narrow = field(default_factory=Narrow)
    _told: set[tuple[str, ...]] = field(default_factory=set)
    _judged: dict[tuple[Phrase, Party, int, bool], tuple[tuple[str, str, str], ...]] = field(default_factory=dict)
    _seconds: dict[Phrase, float] = field(default_factory=dict)
    _again: dict[Signal, dict[Place, Place]] = field(default_factory=lambda: {SILENCE: {}, WRONG_KEY: {}})

    def breaches(self) -> Iterator[Incoherence]:
        """Everything that must not be."""
        self._walk = Walk(self.content, self.narrow)
        self._speaker = Speaker(self.content)
        for step in self._walk.steps():
            self._note(step)
            for rule, found, accepted in self._breaches_of(step):
                stage = step.turn.session.stage if step.turn else step.place.session.stage if step.place else ""
                if (rule, stage, found) not in self._told:
                    self._told.add((rule, stage, found))
                    yield self._where(step), f"{found} (after {self._walk.way_to(step)})", accepted
        yield from self._endless()
        if self.narrow == Narrow():  # in some state of the clinic a question need not have all its exits
            yield from self._exits()
        self.seen.places = len(self._walk.came_by)

    def _where(self, step: Step) -> Where:
        session = step.place.session if step.place else step.turn.session if step.turn else None
        line = session.line if session and session.line in self.content.lines else next(iter(self.content.lines))
        return "lines", line

    # --- one step -----------------------------------------------------------------------------------------------

    def _breaches_of(self, step: Step) -> Iterator[tuple[str, str, str]]:
        if step.error or step.turn is None:
            yield "error", step.error, "a conversation that goes on"
            return
        yield from self._said(step)
        if step.turn.session.party in PATIENTS:
            yield from self._ending(step)
        if step.turn.session.party is Party.PATIENT:
            yield from self._first_words(step)
            yield from self._same_keys(step)
            yield from self._too_long(step)

    def _said(self, step: Step) -> Iterator[tuple[str, str, str]]:
        """Each sentence is for this party, at this level, with its variables; numbers are small or text."""
        turn = step.turn
        assert turn is not None
        heard_by = (turn.session.party, turn.session.level, has_key(step.place, turn, step.signal))
        for phrase in phrases_of(step):
            said = (phrase, *heard_by)
            if said not in self._judged:  # the same sentence to the same is judged once
                self._judged[said] = tuple(self._judge(*said))
            yield from self._judged[said]

    def _judge(self, phrase: Phrase, party: Party, level: int, key: bool) -> Iterator[tuple[str, str, str]]:
        prompt, names = prompt_named(phrase.key), {name for name, _ in phrase.values}
        if names != set(prompt.variables):
            yield "variables", f"{phrase.key} with {sorted(names)}", f"its variables {sorted(prompt.variables)}"
        if party not in prompt.hears:
            yield "party", f"{phrase.key} said to the {party}", "a sentence for this party"
        if prompt.level > level:
            yield "level", f"{phrase.key} at level {level}", f"level {prompt.level} or above"
        if prompt.key and not key:
            yield "key", f"{phrase.key} before the key", "nothing of the call before the key is pressed"
        yield from self._values(phrase)

    def _values(self, phrase: Phrase) -> Iterator[tuple[str, str, str]]:
        for name, value in phrase.values:
            if isinstance(value, int) and not (isinstance(VARIABLES[name].example, int) and value < 10_000):
                yield "number", f"${name} of {phrase.key} is the number {value}", "text, unless words are chosen by it"
            if isinstance(value, str) and value.startswith("@"):
                try:
                    self._speaker.say(Phrase(value[1:], phrase.language))
                except UnknownPromptError:
                    yield "reference", f"{phrase.key} names {value[1:]}", "a message of the prompts"

    def _first_words(self, step: Step) -> Iterator[tuple[str, str, str]]:
        """Before anything else, the emergency sentence in every language."""
        if isinstance(step.signal, CallArrived) and step.place is None:
            first = [(phrase.key, phrase.language) for phrase in phrases_of(step)]
            wanted = [("emergency", language) for language in self.content.languages]
            if first[: len(wanted)] != wanted:
                yield "emergency", f"first words {first[: len(wanted)]}", "emergency in every language"

    def _ending(self, step: Step) -> Iterator[tuple[str, str, str]]:
        """A patient is hung up on when somebody answers for him, or when nobody is there: never else."""
        turn = step.turn
        assert turn is not None
        for effect in turn.effects:
            if isinstance(effect, BookCallback | KeepMessage) and effect.service not in self.content.services:
                yield "owner", f"a promise of {effect.service!r}", "a promise that a service of the content owns"
        if end_of(step) == STRANDED:
            when = "closed hours end" if step.closed else "a call ends"
            stage = step.place.session.stage if step.place else turn.session.stage
            yield "ending", f"{when} in {stage} without a promise", "a person, or a promise with an owner"

    def _same_keys(self, step: Step) -> Iterator[tuple[str, str, str]]:
        """0 is a person, * repeats, # goes back, wherever something is asked."""
        place, turn, signal = step.place, step.turn, step.signal
        if place is None or turn is None or not isinstance(place.reply, LISTENING):
            return
        if signal == DigitsPressed("0") and not _to_person(turn.session, turn.reply):
            yield "zero", f"0 in {place.session.stage} leads to {turn.session.stage}", "a person"
        if not isinstance(place.reply, Ask):
            return
        if signal == DigitsPressed("*") and _counted(turn.session) != _counted(place.session):
            yield "star", f"* in {place.session.stage} leads to {turn.session.stage}", "the same question again"
        if signal == DigitsPressed("#") and any(isinstance(one, BookCallback | KeepMessage) for one in turn.effects):
            yield "pound", f"# in {place.session.stage} makes a promise", "the way back"

    def _too_long(self, step: Step) -> Iterator[tuple[str, str, str]]:
        turn = step.turn
        assert turn is not None
        if isinstance(turn.reply, Ask):
            said = [phrase for phrase in phrases_of(step) if phrase.key not in self._no_part_of_a_question]
            seconds = sum(map(self._takes, said))
            most = MOST_SECONDS if turn.session.stage is Stage.MENU and len(said) == 1 else MOST_QUESTION_SECONDS
            if seconds > most:
                yield "long", f"{turn.session.stage} takes {seconds:.0f} s to say", f"at most {most} s"

    def _takes(self, phrase: Phrase) -> float:
        if phrase not in self._seconds:
            self._seconds[phrase] = speaking_seconds(self._speaker.say(phrase), phrase.language)
        return self._seconds[phrase]

    @cached_property
    def _no_part_of_a_question(self) -> set[str]:
        """The emergency sentence must be there; guidance is what he asked to hear."""
        return {"emergency", *(key for guidance in self.content.education.values() for key in guidance.says)}

    # --- the whole ----------------------------------------------------------------------------------------------

    def _note(self, step: Step) -> None:
        end = end_of(step)
        note(self.seen, step, self.content, end, self._walk.way_to(step) if end and end not in self.seen.ends else "")
        place, turn = step.place, step.turn
        if place is None or turn is None or not isinstance(place.reply, Ask):
            return
        left = turn.session.stage is not place.session.stage or not isinstance(turn.reply, Ask)
        if step.after is not None and not left and step.signal in self._again:
            self._again[step.signal][place] = step.after

    def _endless(self) -> Iterator[Incoherence]:
        """Whoever only keeps silent, or only presses what is not offered, gets out of every question."""
        for signal, again in self._again.items():
            stuck = (place for place, after in again.items() if question_of(place) == question_of(after))
            for place in stuck:
                what, step = "silence" if signal == SILENCE else "a wrong key", self._walk.came_by[place]
                found = f"{what} never leaves {place.session.stage} (after {self._walk.way_to(step)})"
                yield self._where(step), found, "three tries, then a person or a way on"
                break

    def _exits(self) -> Iterator[Incoherence]:
        """Every question has its four exits."""
        for stage, exits in self.seen.exits.items():
            if missing := [one for one in EXITS if one not in exits]:
                yield ("lines",), f"{stage} without exit: {', '.join(missing)}", "match, no match, no input, gave up"


def phrases_of(step: Step) -> tuple[Phrase, ...]:
    """What is said at the end of a step."""
    return all_said(step.turn.reply) if step.turn else ()


def _to_person(session: Session, reply: object) -> bool:
    return isinstance(reply, ConnectOperator) or (isinstance(reply, LeaveQueue) and session.stage is Stage.OPERATOR)


def _counted(session: Session) -> tuple[Stage, int, int]:
    return session.stage, session.silences, session.mismatches
