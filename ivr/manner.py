"""How a caller is spoken with: in which language, and with how much time. One key each, at every question.

What he chose is remembered once he has proved who he is, and used again when he has proved it the next time; before
that nothing depends on his record. "More time" is for relay calls, captioned phones and whoever wants it.
"""

from ivr.copying import replace
from ivr.effects import Chose, Effect, LeaveLine, Remember
from ivr.knowledge import ClinicNow
from ivr.menus import SURE_ENOUGH, fit, normal
from ivr.own_offer import standing
from ivr.replies import Ask, Phrase, Reply
from ivr.session import Session, Stage
from ivr.signals import DigitsPressed, Signal, SpeechHeard
from ivr.turn import MORE_TIME, Move

OTHER_LANGUAGE = "8"  # on the keys, at every question
LONGEST_PAUSE = 15  # seconds: an operator types what we say, and reads what the caller types
SLOWER = "words-slow"
LANGUAGE_NAMES = {"english": "en", "ingles": "en", "espanol": "es", "spanish": "es"}


def changed(session: Session, signal: Signal, now: ClinicNow) -> Move | None:
    """The same question in another manner, if that was asked for by key or word; else None."""
    match signal:
        case DigitsPressed(digits) if digits == str(MORE_TIME):
            return _paced(session, now, slow=not session.slow)
        case DigitsPressed(digits) if digits == OTHER_LANGUAGE and session.stage is not Stage.LANGUAGE:
            return _in_language(session, next_language(session, now), now)
        case SpeechHeard(text, confidence) if confidence >= SURE_ENOUGH:
            return _by_word(session, text, now)
    return None


def _by_word(session: Session, text: str, now: ClinicNow) -> Move | None:
    if not session.slow and any(fit(text, now.content.words(of, SLOWER)) for of in now.content.languages):
        return _paced(session, now, slow=True)
    wanted = named(text)
    if session.stage is Stage.LANGUAGE or wanted == session.language or wanted not in now.content.languages:
        return None
    return _in_language(session, wanted, now)


def named(text: str) -> str:
    """The language whose name was said, in whatever language; "" for none."""
    return next((LANGUAGE_NAMES[word] for word in normal(text).split() if word in LANGUAGE_NAMES), "")


def next_language(session: Session, now: ClinicNow) -> str:
    languages = now.content.languages
    at = languages.index(session.language) if session.language in languages else -1
    return languages[(at + 1) % len(languages)]


def _in_language(session: Session, language: str, now: ClinicNow) -> Move:
    """The same question in this language. Who stands in line stands there for people who speak it, at his old place."""
    if language == session.language:
        return Move(session)
    changed_to = replace(session, language=language, chose_language=True, silences=0, mismatches=0)
    effects: tuple[Effect, ...] = (Chose("language", language), *remembered(changed_to))
    if session.in_line:
        effects = (*effects, LeaveLine("language"), *standing(changed_to, now))
    return Move(changed_to, effects)


def _paced(session: Session, now: ClinicNow, *, slow: bool) -> Move:
    paced = replace(session, slow=slow, silences=0, mismatches=0)
    languages = now.content.languages if session.stage is Stage.LANGUAGE else (session.language,)
    words = tuple(Phrase("slow-on" if slow else "slow-off", language) for language in languages)
    return Move(paced, (Chose("pace", "slow" if slow else "usual"), *remembered(paced)), before=words)


def remembered(session: Session) -> tuple[Effect, ...]:
    """What is to be kept on the record of a patient who has proved who he is; a proxy's manner is not his."""
    if session.level < 2 or session.patient is None or session.proxy is not None:
        return ()
    return (Remember(session.patient, session.language if session.chose_language else None, session.slow),)


def at_his_pace(session: Session, reply: Reply) -> Reply:
    """The reply with time to read and to type, for who asked for it."""
    if not session.slow or not isinstance(reply, Ask):
        return reply
    keys = replace(reply.keys, seconds=max(2 * reply.keys.seconds, LONGEST_PAUSE), pause=2 * reply.keys.pause)
    return replace(reply, keys=keys)


def other_language(session: Session, now: ClinicNow) -> tuple[Phrase, ...]:
    """The way to the other language, offered in that language; nothing where there is only one."""
    language = next_language(session, now)
    if language == session.language:
        return ()
    return (Phrase("other-language", language, (("key", int(OTHER_LANGUAGE)),)),)


def of_record(session: Session, language: str | None, now: ClinicNow, *, slow: bool) -> Session:
    """The session of a patient just proved, in the manner of his record, unless he chose another one in this call."""
    if not session.chose_language and language in now.content.languages:
        session = replace(session, language=language or session.language)
    return replace(session, slow=session.slow or slow)
