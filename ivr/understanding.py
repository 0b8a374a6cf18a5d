"""What a caller says becomes the keys he would have pressed, so that every question takes keys and voice alike.

Heard clearly it counts at once; heard less clearly, and whenever it is a date, it is said back and confirmed. What
proves who he is never is: it is asked for again, and the keys are there. The words are content: `words-...` in the
prompt files.
"""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import chain

from babel.dates import get_month_names

from ivr.copying import replace
from ivr.dates_spoken import date_in, digits_in
from ivr.identify import is_second_proof
from ivr.knowledge import ClinicNow
from ivr.manner import SLOWER
from ivr.menus import SURE_ENOUGH, best, fit, heard, hints
from ivr.prompts import spoken_date
from ivr.replies import Ask, Phrase, Reply
from ivr.session import Session, Stage
from ivr.signals import DigitsPressed, NothingEntered, Signal, SpeechHeard
from ivr.turn import Move, enter, helped_by_person, menu_asked, other_exits, rounds, say

WORTH_ASKING = 0.25  # heard with less confidence, it might be anything
MOST_HINTS = 100

Choices = tuple[tuple[str, tuple[str, ...]], ...]  # keys, and the lists of words that mean them
EVERYWHERE: Choices = (("0", ("words-person",)), ("*", ("words-repeat",)), ("#", ("words-back",)))
AT: dict[Stage, Choices] = {
    Stage.CALLBACK_CONFIRM: (
        ("1", ("words-yes",)),
        ("2", ("words-no", "words-other")),
        ("3", ("words-wait",)),
        ("4", ("words-move",)),
    ),
    Stage.CALLBACK_WHEN: (("1", ("words-first",)), ("2", ("words-second",)), ("3", ("words-third",))),
    Stage.MY_CALLBACK: (
        ("1", ("words-keep",)),
        ("2", ("words-cancel",)),
        ("3", ("words-move",)),
        ("4", ("words-else",)),
    ),
    Stage.CLOSING: (("1", ("words-callback",)), ("2", ("words-message",)), ("3", ("words-wait",))),
    Stage.OWN_OFFER: (("1", ("words-wait",)), ("2", ("words-callback",)), ("3", ("words-next",))),
    Stage.NO_ONE: (("1", ("words-callback",)), ("2", ("words-message",)), ("3", ("words-wait",))),
    Stage.PROMISED: (("1", ("words-yes",)), ("2", ("words-no",))),
    Stage.OWN_LATER: (("1", ("words-yes", "words-callback")), ("2", ("words-wait",))),
    Stage.AFTER_TALK: (("1", ("words-yes", "words-cut-off")), ("2", ("words-questions",))),
    Stage.HEARD: (("1", ("words-yes",)), ("2", ("words-no",))),
}
DIGITS = "words-digits"  # what a number is said with
LISTS = frozenset(
    {SLOWER, DIGITS, *chain.from_iterable(lists for choices in (EVERYWHERE, *AT.values()) for _, lists in choices)}
)
NUMBERS = frozenset({Stage.SECOND_PROOF, Stage.CALLBACK_NUMBER, Stage.SURVEY})
LISTENS = frozenset({Stage.LANGUAGE, Stage.MENU, Stage.BIRTH_DATE, Stage.EDUCATION, *NUMBERS, *AT})


@dataclass(frozen=True)
class Entry:
    """What a caller would have pressed. `sure`: it counts without being said back."""

    keys: str
    sure: bool


def understood(session: Session, signal: Signal, now: ClinicNow) -> tuple[Session, Signal] | Move:
    """The signal as keys, and the session that hears it; or the question whether we heard it right."""
    entry = _entry(session, signal, now) if isinstance(signal, SpeechHeard) else None
    if entry is not None and not entry.sure:
        return Move(replace(session, stage=Stage.HEARD, asked=session.stage, heard=entry.keys))
    heard_as = DigitsPressed(entry.keys) if entry else signal
    return _confirmed(session, heard_as) if heard_as == DigitsPressed("1") else (session, heard_as)


def supposed(session: Session, signal: Signal) -> tuple[Session, Signal]:
    """What the signal may turn out to mean, as far as facts have to be looked up for it. Knows no content."""
    if session.stage is Stage.HEARD and isinstance(signal, DigitsPressed | SpeechHeard):
        return _confirmed(session, signal)
    match session.stage, signal:
        case Stage.SECOND_PROOF | Stage.CALLBACK_NUMBER, SpeechHeard(text):
            return session, DigitsPressed(digits_in(text))
        case Stage.CALLBACK_CONFIRM | Stage.CALLBACK_WHEN | Stage.CLOSING, SpeechHeard():
            return session, DigitsPressed("1")
    return session, signal


def _confirmed(session: Session, signal: Signal) -> tuple[Session, Signal]:
    """Back to the question, with what was heard as its answer."""
    if session.stage is not Stage.HEARD or session.asked is None:
        return session, signal
    return replace(session, stage=session.asked, asked=None, heard=""), DigitsPressed(session.heard)


def _entry(session: Session, said: SpeechHeard, now: ClinicNow) -> Entry | None:
    """What was meant; None when it could be anything."""
    if said.confidence < WORTH_ASKING or session.stage not in LISTENS:
        return None
    sure = said.confidence >= SURE_ENOUGH
    match session.stage:
        case Stage.BIRTH_DATE:
            born = date_in(said.text, now.now.date(), day_first=session.language == "es")
            found = Entry(f"{born:%m%d%Y}", sure=False) if born else None
        case Stage.SECOND_PROOF | Stage.CALLBACK_NUMBER:
            digits = digits_in(said.text)
            fits = is_second_proof(digits) if session.stage is Stage.SECOND_PROOF else len(digits) in (10, 11)
            found = Entry(digits[-10:], sure=True) if sure and fits else None
        case Stage.SURVEY:
            digits = digits_in(said.text)
            found = _chosen(EVERYWHERE, said.text, session, now, sure=True)  # "una operadora" is no one
            found = found or (Entry(digits, sure) if len(digits) == 1 else None)
        case Stage.MENU:
            option = heard(menu_asked(session, now), session.language, said.text, said.confidence, WORTH_ASKING)
            found = Entry(option.key, sure) if option else None
        case _:
            found = _chosen(AT.get(session.stage, ()), said.text, session, now, sure=sure)
    found = found or _chosen(EVERYWHERE, said.text, session, now, sure=True)
    return found if found is None or found.sure or session.stage is not Stage.HEARD else None


def _chosen(choices: Choices, text: str, session: Session, now: ClinicNow, *, sure: bool) -> Entry | None:
    """The one choice whose words were said; None when it is none, or more than one."""
    keys = best([(keys, fit(text, _words(lists, session, now))) for keys, lists in choices])
    return Entry(keys, sure) if keys is not None else None


def _words(lists: tuple[str, ...], session: Session, now: ClinicNow) -> tuple[str, ...]:
    """The words of these lists in the caller's language; in every one before he has chosen."""
    languages = now.content.languages if session.stage is Stage.LANGUAGE else (session.language,)
    listed = now.content.words
    return tuple(chain.from_iterable([listed(language, name) for language in languages for name in lists]))


# --- whether we heard it right --------------------------------------------------------------------------------------


def speak_heard(session: Session, now: ClinicNow) -> Reply:
    """What we think he said."""
    question = (_said_back(session, now), say(session, "heard-keys"))
    return Ask(rounds(session, question, question))


def _said_back(session: Session, now: ClinicNow) -> Phrase:
    if session.asked is Stage.BIRTH_DATE:
        born = date(int(session.heard[4:]), int(session.heard[:2]), int(session.heard[2:4]))
        return say(session, "heard-date", date=spoken_date(born, session.language))
    return say(session, "heard-words", words=_wording(session, now))


def _wording(session: Session, now: ClinicNow) -> str:
    """What is said for the keys we understood: the first of the words that mean them."""
    options = menu_asked(session, now).options if session.asked is Stage.MENU else ()
    of_menu = [word for option in options if option.key == session.heard for word in option.words[session.language]]
    choices = AT.get(session.asked or Stage.HEARD, ())
    of_choice = [word for keys, lists in choices if keys == session.heard for word in _words(lists, session, now)]
    return next(iter([*of_menu, *of_choice]), session.heard)


def hear_heard(session: Session, signal: Signal, _now: ClinicNow) -> Move:
    """Not what he said: the question again. That it was right never comes here: it is the question's answer."""
    again = replace(session, stage=session.asked or Stage.LANGUAGE, asked=None, heard="")
    match signal:
        case DigitsPressed("2"):
            return other_exits(again, signal, helped_by_person)
        case DigitsPressed("#"):
            return Move(enter(again, again.stage))
        case DigitsPressed() | SpeechHeard() | NothingEntered():
            return other_exits(session, signal, helped_by_person)
    return Move(session)


# --- what is worth listening for ------------------------------------------------------------------------------------


def listening(session: Session, reply: Reply, now: ClinicNow) -> Reply:
    """The reply with the words that may be said to it. In the carrier's queue there are keys alone."""
    if not isinstance(reply, Ask) or reply.keys.hints or session.in_queue or session.stage not in LISTENS:
        return reply
    return replace(reply, keys=replace(reply.keys, hints=_hints(session, now)[:MOST_HINTS]))


@lru_cache(maxsize=16)
def _months(language: str) -> tuple[str, ...]:
    return tuple(map(str, get_month_names("wide", locale=language).values()))


def _hints(session: Session, now: ClinicNow) -> tuple[str, ...]:
    person = _words(("words-person",), session, now)
    match session.stage:
        case Stage.MENU:
            return (*hints(menu_asked(session, now), session.language), *person)
        case Stage.BIRTH_DATE:
            return (*_months(session.language), *person)
        case stage if stage in NUMBERS:
            return (*now.content.words(session.language, DIGITS), *person)
    lists = tuple(name for _, names in AT.get(session.stage, ()) for name in names)
    return (*_words(lists, session, now), *person)
