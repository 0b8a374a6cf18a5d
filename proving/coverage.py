"""What a walk over the conversation has shown, and what it has not: lines, menus, questions, sentences, ends."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from config.content import Content
from ivr.effects import (
    AttemptAnswered,
    BookCallback,
    CancelCallback,
    Effect,
    KeepMessage,
    LeaveAlone,
    MoveCallback,
    TriedOperator,
)
from ivr.flow import PATIENTS
from ivr.replies import Ask, HangUp, Phrase, all_said
from ivr.session import Stage
from ivr.signals import DigitsPressed, MessageRecorded, NothingEntered, Party, Signal
from ivr.spoken import SPOKEN
from proving.sentences import named_by_content
from proving.walking import SILENCE, WRONG_KEY, Step

EXITS = ("match", "no match", "no input", "gave up")
WRITTEN = "text-"  # sentences of text messages: nothing speaks them
PERSON, PROMISE, VOICEMAIL = "a person", "a promise", "a voicemail that somebody owns"
GOOD = (PERSON, PROMISE, VOICEMAIL)
AGAIN = "a promise that stands, and is tried again"
UNWANTED, NOBODY, STRANDED = "he wants no call any more", "nobody is there", "nothing"
AFTER_A_TALK = (Stage.AFTER_TALK, Stage.SURVEY)
RUNG_BACK = (Stage.NEW, Stage.RETURN_GREETING, Stage.WAITING)  # before he talks


@dataclass
class Seen:
    """What the walk has shown, for the coverage. An end is kept with how often, and by which way first."""

    exits: defaultdict[Stage, set[str]] = field(default_factory=lambda: defaultdict(set))
    prompts: set[str] = field(default_factory=set)
    stages: set[Stage] = field(default_factory=set)
    lines: set[str] = field(default_factory=set)
    options: set[tuple[str, str]] = field(default_factory=set)  # menu and key
    ends: dict[str, tuple[int, str]] = field(default_factory=dict)
    steps: int = 0
    places: int = 0


def silent(signal: Signal) -> bool:
    """Whether nobody was heard: no key, no word, an empty recording."""
    return isinstance(signal, NothingEntered) or (isinstance(signal, MessageRecorded) and signal.seconds < 1)


def end_of(step: Step) -> str:
    """How a patient's path ends with this step; "" if it goes on, or is nobody's."""
    turn, before = step.turn, step.place
    if turn is None or turn.session.party not in PATIENTS or not isinstance(turn.reply, HangUp):
        return ""
    for effect in turn.effects:
        match effect:
            case KeepMessage():
                return VOICEMAIL
            case BookCallback() | MoveCallback():
                return PROMISE
            case TriedOperator(reached=True):
                return PERSON
            case CancelCallback():
                return UNWANTED
    stage = before.session.stage if before else Stage.NEW
    if stage in AFTER_A_TALK:
        return PERSON
    if turn.session.party is Party.RETURNED and stage in RUNG_BACK:
        return UNWANTED if any(isinstance(each, LeaveAlone) or _unwanted(each) for each in turn.effects) else AGAIN
    if turn.session.promise or (before is not None and before.answered_for):
        return PROMISE
    return NOBODY if silent(step.signal) else STRANDED


def _unwanted(effect: Effect) -> bool:
    return isinstance(effect, AttemptAnswered) and not effect.wanted


def sentences_of(phrases: Collection[Phrase]) -> set[str]:
    """The names of what is said: the sentences, and those that are spoken within them."""
    within = {value[1:] for each in phrases for _, value in each.values if isinstance(value, str) and value[:1] == "@"}
    return {each.key for each in phrases} | within


def note(seen: Seen, step: Step, content: Content, end: str, way: str) -> None:
    """What one step adds; `end`: how a path ends with it, if it does, and `way` leads there."""
    seen.steps += 1
    turn, place = step.turn, step.place
    if turn is None:
        return
    seen.stages.add(turn.session.stage)
    seen.prompts |= sentences_of(all_said(turn.reply))
    if turn.session.line:
        seen.lines.add(turn.session.line)
    if end:
        often, first = seen.ends.get(end, (0, way))
        seen.ends[end] = (often + 1, first)
    if place is None or not isinstance(place.reply, Ask):
        return
    stage = place.session.stage
    left = turn.session.stage is not stage or not isinstance(turn.reply, Ask)
    seen.exits[stage] |= exits_of(step.signal, left=left)
    if stage is Stage.MENU and isinstance(step.signal, DigitsPressed):
        line = content.lines.get(place.session.line)
        menu = place.session.menu or (line.menu if line else "")
        moved = left or turn.session != place.session
        if moved and menu in content.menus:
            seen.options.add((menu, step.signal.digits))


def exits_of(signal: Signal, *, left: bool) -> set[str]:
    """Which of the four exits of a question a step took; one that is left at the first trouble is given up at once."""
    if signal == SILENCE:
        return {"no input", "gave up"} if left else {"no input"}
    if signal == WRONG_KEY:
        return {"no match", "gave up"} if left else {"no match"}
    return {"match"} if left else set()


def told(seen: Seen, content: Content, also_said: Collection[str] = ()) -> Iterator[str]:
    """The coverage in lines. `also_said`: sentences that were spoken elsewhere, as in scenarios."""
    yield f"walked {seen.steps} steps; {seen.places} states of a call are different enough to go on from"
    yield f"lines: {len(seen.lines)} of {len(content.lines)}: {', '.join(sorted(seen.lines))}"
    for name, menu in content.menus.items():
        chosen = [option.key for option in menu.options if (name, option.key) in seen.options]
        yield f"menu {name}: {len(chosen)} of {len(menu.options)} options chosen: {', '.join(chosen)}"
    yield f"questions: {len(seen.exits)}"
    for stage, exits in sorted(seen.exits.items()):
        yield f"  {stage}: {', '.join(each for each in EXITS if each in exits)}"
    spoken = {key for key in (*SPOKEN, *named_by_content(content)) if not key.startswith(WRITTEN)}
    said = (seen.prompts | set(also_said)) & spoken
    yield f"sentences: {len(said)} of {len(spoken)} spoken"
    yield "patients' paths end with"
    for end, (often, way) in sorted(seen.ends.items(), key=lambda each: -each[1][0]):
        yield f"  {end}: {often}, such as: {way}"
    yield from _uncovered(seen, content, spoken - said)


def _uncovered(seen: Seen, content: Content, unsaid: set[str]) -> Iterator[str]:
    """What no path came by."""
    missing = [f"line {name}" for name in content.lines if name not in seen.lines]
    missing += [
        f"option {option.key} of menu {name}"
        for name, menu in content.menus.items()
        for option in menu.options
        if (name, option.key) not in seen.options
    ]
    for stage, exits in sorted(seen.exits.items()):
        missing += [f'exit "{each}" of {stage}' for each in EXITS if each not in exits]
    missing += [f"an end with {end}" for end in GOOD if end not in seen.ends]
    missing += [f"sentence {key}" for key in sorted(unsaid)]
    yield f"uncovered: {len(missing)}" if missing else "uncovered: nothing"
    yield from (f"  {each}" for each in missing)
