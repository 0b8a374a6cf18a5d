"""Who calls: a birth date and a second entry, asked in the same words and time of everybody.

Nothing here depends on what the calling number hints at; the proofs are judged outside, by `CheckIdentity`. Whoever
calls for somebody else enters that person's birth date and a code of his own: no question is added for the others.
"""

from datetime import date

from directory.patients import is_adult
from ivr.caller import go_on
from ivr.copying import replace
from ivr.dates_spoken import EARLIEST_YEAR
from ivr.effects import Chose, CountFailure, Effect, Verified
from ivr.knowledge import ClinicNow, IdentityFacts
from ivr.manner import of_record, remembered
from ivr.promised import WANTED
from ivr.proxies import as_stranger, is_teen, may_hear
from ivr.replies import Ask, Keys, Reply
from ivr.session import Session, Stage
from ivr.signals import DigitsPressed, Signal
from ivr.turn import TRIES, Move, enter, helped_by_person, other_exits, rounds, say, service_of

PROOF_LENGTHS = (4, 6)  # PIN; code of a visit, or a proxy's own


def speak_birth_date(session: Session, _now: ClinicNow) -> Reply:
    """Eight digits; eight seconds to begin and between two."""
    full, short = (say(session, "birth-date"),), (say(session, "birth-date-again"),)
    return Ask(rounds(session, full, short), Keys(most=8, seconds=8))


def hear_birth_date(session: Session, signal: Signal, now: ClinicNow) -> Move:
    """A date that can be a birth date leads on; whether it is anybody's is not known yet."""
    match signal:
        case DigitsPressed("#"):
            return Move(enter(session, Stage.MENU, wants="callback" if session.wants == WANTED else session.wants))
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
    """The length of the entry tells a PIN from a code, so a key ends it."""
    full, short = (say(session, "second-proof"),), (say(session, "second-proof-again"),)
    return Ask(rounds(session, full, short), Keys(most=8, finish="#", seconds=10))


def is_second_proof(digits: str) -> bool:
    """Whether the entry has the shape of a PIN or a code."""
    return len(digits) in PROOF_LENGTHS and digits.isascii() and digits.isdigit()


def hear_second_proof(session: Session, signal: Signal, now: ClinicNow) -> Move:
    """Both proofs are in: proved, wrong, or locked."""
    match signal:
        case DigitsPressed(digits) if is_second_proof(digits):
            return _judge(session, now)
    return other_exits(session, signal, helped_by_person)


def _judge(session: Session, now: ClinicNow) -> Move:
    facts, born = now.known.identity, session.birth_date
    session = replace(session, birth_date="")
    if facts is None:  # we could not look: no fault of the caller
        return helped_by_person(session)
    if facts.patient is None:
        return _wrong(session, facts, child=not is_adult(born, now.now.date()))
    if facts.locked:
        return helped_by_person(session)
    teen = facts.proxy is not None and is_teen(born, now.now.date())
    return _proved(replace(session, teen=teen), facts, facts.patient, now)


def _wrong(session: Session, facts: IdentityFacts, *, child: bool) -> Move:
    """Tried again; a person helps after the third time, and at once where a child's birth date was entered."""
    failed = (CountFailure(facts.named),)
    session = replace(session, failed_proofs=session.failed_proofs + 1)
    if facts.locked or child or session.failed_proofs >= TRIES:
        return helped_by_person(session, failed)
    words = [say(session, "did-not-match")]
    if session.failed_proofs == TRIES - 1:
        words.append(say(session, "press-zero"))
    return Move(enter(session, Stage.BIRTH_DATE), failed, before=tuple(words))


def _proved(session: Session, facts: IdentityFacts, patient: str, now: ClinicNow) -> Move:
    """He is known now, and spoken with in the manner of his record; a proxy only about what is his to speak about."""
    own = facts.own
    session = replace(
        session,
        level=2,
        patient=patient,
        proxy=facts.proxy,
        scope=facts.scope,
        own=own.id if own else None,
        own_given=own.given if own and own.sure else "",
        team=facts.team,
        callback_number=facts.preferred,
        on_file=bool(facts.preferred),
    )
    service = service_of(session, now)
    if service is not None and not may_hear(session, session.service or "", service):
        return helped_by_person(as_stranger(session))
    proved: list[Effect] = [Verified(patient, 2, facts.proxy, "proxy" if facts.proxy else "patient")]
    if facts.proxy is None:
        asked_in = session.language
        session = of_record(session, facts.language, now, slow=facts.slow)
        proved += _news(session, facts)
        if session.language != asked_in:  # who is on duty was counted for the other language: the wait will tell
            proved.append(Chose("language", session.language))
            now = replace(now, known=replace(now.known, staff=None))
    return go_on(session, now, tuple(proved))


def _news(session: Session, facts: IdentityFacts) -> list[Effect]:
    """What this call tells anew of how he wants to be spoken with."""
    known = (facts.language, facts.slow)
    wishes = (session.language if session.chose_language else facts.language, session.slow)
    return list(remembered(session)) if wishes != known else []
