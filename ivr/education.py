"""Short guidance a clinician approved, for whoever presses its key while he waits or when we are closed.

What is dangerous comes first. It never costs a place in line: one who is listening may be connected at any moment.
"""

from config.content import Education
from ivr.knowledge import ClinicNow
from ivr.replies import Ask, Keys, Phrase, Reply
from ivr.session import Session, Stage
from ivr.signals import DigitsPressed, Signal
from ivr.turn import Move, enter, line_of, say, service_of

KEY = "4"


def guidance(session: Session, now: ClinicNow) -> Education | None:
    """What there is to hear about his service, or where he chose none on his line; nothing that nobody approved."""
    service = service_of(session, now)
    found = now.content.education.get((service.education if service else line_of(session, now).education) or "")
    return found if found and found.approved_by else None


def offered(session: Session, now: ClinicNow) -> tuple[Phrase, ...]:
    """The key that leads there, if there is anything to hear."""
    found = guidance(session, now)
    return (say(session, "education-offer", label=f"@{found.label}"),) if found else ()


def begin(session: Session) -> Move:
    """To the guidance."""
    return Move(enter(session, Stage.EDUCATION))


def speak_education(session: Session, now: ClinicNow) -> Reply:
    """The danger signs, then the guidance, spoken or as it was recorded, and how to hear it again."""
    found = guidance(session, now)
    if recording := found.guidance_recording.get(session.language) if found else None:
        first = (say(session, "education-danger"), say(session, "education-recording"))
        return Ask(first, Keys(seconds=3), recording=recording)
    says = tuple(say(session, key) for key in found.says) if found else ()
    return Ask((say(session, "education-danger"), *says, say(session, "repeat")), Keys(seconds=3))


def hear_education(session: Session, signal: Signal, _now: ClinicNow) -> Move:
    """Star repeats it; whatever else he does, or does not, he is back where he was."""
    if signal == DigitsPressed("*"):
        return Move(session)
    if session.in_line:
        return Move(enter(session, Stage.WAITING), before=(say(session, "keep-waiting"),))
    return Move(enter(session, Stage.NO_ONE))
