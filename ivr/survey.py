"""Two short questions after a talk, by key, for whoever asks for them. Kept with the call, without a name."""

from config.content import SurveyQuestion
from ivr.copying import replace
from ivr.effects import SurveyAnswered
from ivr.knowledge import ClinicNow
from ivr.replies import Ask, HangUp, Keys, Phrase, Reply
from ivr.session import Session, Stage
from ivr.signals import DigitsPressed, Signal
from ivr.turn import Move, enter, other_exits, rounds, say


def offered(session: Session, now: ClinicNow) -> tuple[Phrase, ...]:
    """The key that asks for the questions; nothing where the clinic asks none, or he has answered them."""
    open_ = now.content.survey.questions and not session.surveyed
    return (say(session, "survey-offer"),) if open_ else ()


def begin(session: Session) -> Move:
    """To the first question."""
    return Move(enter(session, Stage.SURVEY, surveyed=0))


def speak_survey(session: Session, now: ClinicNow) -> Reply:
    """One question and its keys."""
    question = _question(session, now)
    if question is None:
        return HangUp((say(session, "survey-thanks"),))
    keys = say(session, "survey-keys", lowest=str(question.lowest), highest=str(question.highest))
    return Ask(rounds(session, (say(session, question.says), keys), (keys,)), Keys())


def _question(session: Session, now: ClinicNow) -> SurveyQuestion | None:
    asked = now.content.survey.questions
    return asked[session.surveyed] if session.surveyed < len(asked) else None


def hear_survey(session: Session, signal: Signal, now: ClinicNow) -> Move:
    """An answer leads to the next question; whoever wants no more of it is thanked and let go."""
    question = _question(session, now)
    match signal:
        case DigitsPressed("#"):
            return _enough(session)
        case DigitsPressed(digits) if question and digits in _answers(question):
            answered = SurveyAnswered(question.key, int(digits), session.language)
            on = enter(session, Stage.SURVEY, surveyed=session.surveyed + 1)
            return replace(_enough(on) if _question(on, now) is None else Move(on), effects=(answered,))
    return other_exits(session, signal, _enough)


def _answers(question: SurveyQuestion) -> set[str]:
    return {str(number) for number in range(question.lowest, question.highest + 1)}


def _enough(session: Session) -> Move:
    return Move(session, reply=HangUp((say(session, "survey-thanks"),)))
