"""Who calls: a birth date and a second entry, asked in the same words and time of everybody.

Nothing here depends on what the calling number hints at; the proofs are judged outside, by `CheckIdentity`.
"""

from dataclasses import replace
from datetime import date

from ivr.caller import go_on
from ivr.effects import CountFailure, Verified
from ivr.knowledge import ClinicNow, IdentityFacts
from ivr.replies import Ask, Keys, Reply
from ivr.session import Session, Stage
from ivr.signals import DigitsPressed, Signal
from ivr.turn import TRIES, Move, enter, helped_by_person, other_exits, rounds, say

PROOF_LENGTHS = (4, 5)  # PIN or visit code; ZIP code
EARLIEST_YEAR = 1900


def speak_birth_date(session: Session, _now: ClinicNow) -> Reply:
    """Eight digits; eight seconds to begin and between two."""
    full, short = (say(session, "birth-date"),), (say(session, "birth-date-again"),)
    return Ask(rounds(session, full, short), Keys(most=8, seconds=8))


def hear_birth_date(session: Session, signal: Signal, now: ClinicNow) -> Move:
    """A date that can be a birth date leads on; whether it is anybody's is not known yet."""
    match signal:
        case DigitsPressed("#"):
            return Move(enter(session, Stage.MENU))
        case DigitsPressed(digits) if born := read_birth_date(digits, now.now.date()):
            return Move(enter(session, Stage.SECOND_PROOF, birth_date=born.isoformat()))
    return other_exits(session, signal, helped_by_person)


def read_birth_date(digits: str, today: date) -> date | None:
    """The date in "mmddyyyy"; None when there is no such day, or nobody alive was born on it."""
    if len(digits) != 8 or not (digits.isascii() and digits.isdigit()):
        return None
    try:
        born = date(int(digits[4:]), int(digits[:2]), int(digits[2:4]))
    except ValueError:
        return None
    return born if born.year >= EARLIEST_YEAR and born <= today else None


def speak_second_proof(session: Session, _now: ClinicNow) -> Reply:
    """The length of the entry tells a PIN from a ZIP code, so a key ends it."""
    full, short = (say(session, "second-proof"),), (say(session, "second-proof-again"),)
    return Ask(rounds(session, full, short), Keys(most=8, finish="#", seconds=10))


def is_second_proof(digits: str) -> bool:
    """Whether the entry has the shape of a PIN, a visit code or a ZIP code."""
    return len(digits) in PROOF_LENGTHS and digits.isascii() and digits.isdigit()


def hear_second_proof(session: Session, signal: Signal, now: ClinicNow) -> Move:
    """Both proofs are in: proved, wrong, or locked."""
    match signal:
        case DigitsPressed(digits) if is_second_proof(digits):
            return _judge(session, now)
    return other_exits(session, signal, helped_by_person)


def _judge(session: Session, now: ClinicNow) -> Move:
    facts = now.known.identity
    session = replace(session, birth_date="")
    if facts is None:  # we could not look: no fault of the caller
        return helped_by_person(session)
    if facts.patient is None:
        return _wrong(session, facts)
    return helped_by_person(session) if facts.locked else _proved(session, facts, facts.patient, now)


def _wrong(session: Session, facts: IdentityFacts) -> Move:
    failed = (CountFailure(facts.named),)
    session = replace(session, failed_proofs=session.failed_proofs + 1)
    if facts.locked or session.failed_proofs >= TRIES:
        return helped_by_person(session, failed)
    return Move(enter(session, Stage.BIRTH_DATE), failed, before=(say(session, "did-not-match"),))


def _proved(session: Session, facts: IdentityFacts, patient: str, now: ClinicNow) -> Move:
    own = facts.own
    session = replace(
        session,
        level=2,
        patient=patient,
        own=own.id if own else None,
        own_given=own.given if own and own.sure else "",
        team=facts.team,
    )
    return go_on(session, now, (Verified(patient, 2),))
