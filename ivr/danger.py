"""A red call: the caller said, or keyed, that he may be in danger. Whatever he was being asked, he is told what to do
and brought to a person before everybody else: to the services that the clinic names for it one after the other, then
to the operator, then from the beginning. He is never sent to a callback, to a message, or away.

`flow.step` asks here before any stage hears a signal (`heard`), and again before any move is made (`kept`), so that
every stage is covered, also one that knows nothing of it. We recognise and connect; we never judge and never reassure.
"""

from config.content import Content, RedFlags
from ivr.copying import replace
from ivr.effects import Chose, Effect, JoinLine, RedFlagHeard
from ivr.knowledge import ClinicNow, WaitFacts
from ivr.red_flags import URGENCY, Hit, look
from ivr.replies import HangUp, Hold, Phrase, Reply
from ivr.session import Session, Stage
from ivr.signals import DigitsPressed, HoldTick, NothingEntered, Party, Signal, SpeechHeard, TalkLeft
from ivr.turn import Move, enter, leave_line, no_longer_held, say, to_person

KEYS = frozenset({"9", "911"})  # the first key of 9-1-1, and who dials it all
WITH_A_PERSON = frozenset({Stage.TALKING, Stage.OPERATOR})
NO_CALLERS_WORDS = frozenset({Stage.NEW, Stage.RETURN_GREETING, Stage.ENDED})  # nobody asked yet: a machine may speak
SAFE = frozenset({Stage.RED_FLAG, Stage.AFTER_TALK, Stage.ENDED}) | WITH_A_PERSON
RING_SECONDS = 30  # how much longer a phone that rings already is waited for
ROUNDS_PER_COMFORT = 2
WRITTEN = {"emergency": "text-emergency", "crisis": "text-crisis", "nurse": "text-nurse"}
WORDS = {"emergency": "red-emergency", "crisis": "red-crisis", "nurse": "red-nurse"}
COMFORT = {"emergency": "red-wait-emergency", "crisis": "red-wait-crisis", "nurse": "red-wait"}


def may_concern(session: Session, signal: Signal) -> bool:
    """Whether it may matter at this signal who can help: always in a red call, else when something is said."""
    return bool(session.red) or isinstance(signal, SpeechHeard) or _is_key(signal)


def _is_key(signal: Signal) -> bool:
    return isinstance(signal, DigitsPressed) and signal.digits in KEYS


def heard(session: Session, signal: Signal, now: ClinicNow) -> Hit | None:
    """The red flag in what a patient says or keys; None where he talks with a person already."""
    if session.stage in NO_CALLERS_WORDS | WITH_A_PERSON:
        return None
    match signal:
        case SpeechHeard(text):
            return look(now.content, text)
        case DigitsPressed() if _is_key(signal):
            return Hit("key", "emergency", now.content.version[:12])
    return None


def begin(session: Session, hit: Hit, now: ClinicNow) -> Move:
    """He is told what to do, and stands before everybody else in the line of who can help."""
    told: tuple[Effect, ...] = (RedFlagHeard(hit.flag, hit.action, hit.version, quiet=is_quiet(hit, now.content)),)
    red = worse(session.red or hit.action, hit.action)
    marked = replace(session, red=red, quiet=session.quiet or is_quiet(hit, now.content))
    first = _words(marked, now)
    if session.stage is Stage.RED_FLAG:  # he stands there: he is told once more, and kept
        return Move(marked, told, before=first)
    move = _ask_from(marked, 0, now)
    return replace(move, effects=(*told, *move.effects), before=first)


def worse(one: str, other: str) -> str:
    """The more urgent of two actions."""
    order: tuple[str, ...] = URGENCY
    return min(one, other, key=order.index)


def is_quiet(hit: Hit, content: Content) -> bool:
    """Whether whom the caller fears may be listening, or reading."""
    flag = content.red_flags.flags.get(hit.flag)
    return flag is not None and flag.quiet


def written(hit: Hit, content: Content) -> tuple[Phrase, ...]:
    """The answer to a text with words of danger, in every language; none, where the usual answer is the safest."""
    if is_quiet(hit, content):
        return ()
    return tuple(Phrase(WRITTEN[hit.action], language) for language in content.languages)


def _words(session: Session, now: ClinicNow) -> tuple[Phrase, ...]:
    """What to do, in his language; in every language as long as he has chosen none.

    Who may be overheard by the person he fears hears that he is being connected, and no more.
    """
    key = "red-quiet" if session.quiet and session.red == "nurse" else WORDS.get(session.red, "red-nurse")
    languages = now.content.languages if session.stage is Stage.LANGUAGE else (session.language,)
    return tuple(Phrase(key, language) for language in languages)


def _ask_from(session: Session, first: int, now: ClinicNow) -> Move:
    """To the next of those who answer red calls that has somebody at work; when there is none, to the operator."""
    services, help_ = now.content.red_flags.services, now.known.help
    for at in range(first, len(services)):
        if services[at] in now.content.services and (help_ is None or at >= len(help_) or help_[at].on_duty):
            return _stand(session, at, services[at], now)
    return to_person(session)


def _stand(session: Session, at: int, key: str, now: ClinicNow) -> Move:
    service = now.content.services[key]
    over = no_longer_held(session)
    session, left = leave_line(session, "red_flag")
    waits = enter(session, Stage.RED_FLAG, help_at=at, service=key, in_line=True, ticks=0, **_NOTHING_ELSE)
    joined = JoinLine(key, session.language, session.patient, None, ladder=service.ladder, head_start_seconds=0)
    urgent = replace(joined, head_start_seconds=now.content.red_flags.head_start_seconds)
    return Move(waits, (*over, *left, Chose("service", key), urgent))


_NOTHING_ELSE: dict[str, object] = {  # what he was asked before has no more part in the call
    "own": None,
    "own_given": "",
    "team": (),
    "whom": "",
    "wants": "",
    "wants_own": False,
    "why_no_one": "",
    "birth_date": "",
    "asked": None,
    "heard": "",
    "long_waits": 0,
}


def speak(session: Session, _now: ClinicNow) -> Reply:
    """Music, in the carrier's queue."""
    return Hold(entering=not session.in_queue, language=session.language)


def hear(session: Session, signal: Signal, now: ClinicNow) -> Move:
    """A round of music is over: on with the wait, or to the next who can help. Any key: once more what to do."""
    match signal:
        case HoldTick() | NothingEntered():
            return _look(session, now.known.wait, now)
        case DigitsPressed() | SpeechHeard():
            return Move(session, before=_words(session, now))
    return Move(session)


def _look(session: Session, wait: WaitFacts | None, now: ClinicNow) -> Move:
    if wait is None or wait.state == "connected":
        return Move(session)  # somebody is on the way
    if wait.state in ("left", "none"):
        return _ask_from(replace(session, in_line=False), session.help_at, now)
    if _waited_enough(wait, now.content.red_flags):
        return replace(_ask_from(session, session.help_at + 1, now), before=(say(session, "red-next"),))
    ticks = session.ticks + 1
    due = ticks % ROUNDS_PER_COMFORT == 0
    return Move(replace(session, ticks=ticks), before=(say(session, _comfort(session)),) if due else ())


def _comfort(session: Session) -> str:
    return "red-wait" if session.quiet else COMFORT.get(session.red, "red-wait")


def _waited_enough(wait: WaitFacts, flags: RedFlags) -> bool:
    """Whether somebody else is to be asked; a phone that rings already is given the time to be answered."""
    most = flags.answer_seconds + (RING_SECONDS if wait.state == "offered" else 0)
    return wait.on_duty == 0 or wait.waited_seconds >= most


def kept(before: Session, signal: Signal, move: Move, now: ClinicNow) -> Move:
    """The move, unless it would lead a red call to a callback, a message or its end: then on to the next person."""
    session = move.session
    if not session.red:
        return move
    if isinstance(move.reply, HangUp):
        talked = isinstance(signal, TalkLeft) and signal.bridged
        return move if before.stage is Stage.AFTER_TALK or talked else _on(before, replace(move, reply=None), now)
    if session.stage in SAFE:
        return move
    if session.stage is Stage.WAITING and session.in_line:
        return replace(move, session=replace(session, stage=Stage.RED_FLAG))
    return _on(before, move, now)


def _on(before: Session, move: Move, now: ClinicNow) -> Move:
    """The operator; when it is he who did not answer, what to do is said again, and all are asked anew."""
    session = move.session
    if before.stage is not Stage.OPERATOR:
        return replace(to_person(session, move.effects), before=_words(session, now))
    again = _ask_from(session, 0, now)
    return replace(again, effects=(*move.effects, *again.effects), before=_words(session, now))


def listens(party: Party, stage: Stage) -> bool:
    """Whether a question of this stage is heard in words too."""
    return party in (Party.PATIENT, Party.RETURNED) and stage not in NO_CALLERS_WORDS - {Stage.ENDED}
