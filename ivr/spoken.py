"""Every sentence the conversation speaks by name: who may hear it, from which level on, and what the call fills in.

A new sentence is one line here and one message in each prompt file. Labels and roles are named by the content instead.
`ivr/prompts.py` renders them; `access-center check-config` proves that a content has them all.

Longer than 300 lines because it lists every sentence, a line each.
"""

from dataclasses import dataclass

from ivr.signals import Party

PATIENTS = frozenset({Party.PATIENT, Party.RETURNED})
STAFF = frozenset({Party.CLINICIAN, Party.OPERATOR, Party.GUEST})  # whom we ring
DIALIN = frozenset({Party.DIALIN})


@dataclass(frozen=True)
class Variable:
    """What the call puts into a sentence. `level`: from which a patient may hear it; `key`: staff only after the key.

    A number is given as text, unless a language chooses its words by it (`example` is then an int, and below 1000).
    """

    example: str | int
    level: int = 0
    key: bool = False


VARIABLES: dict[str, Variable] = {
    "key": Variable(3),  # on the phone
    "label": Variable("@service-therapy"),
    "role": Variable("@role-therapy"),
    "about": Variable("@service-therapy"),
    "language": Variable("@language-en"),
    "digits": Variable("0, 1, 4, 2"),  # of a number he entered, or calls from
    "when": Variable("on Wednesday, September 30, at 10:45 a.m."),
    "latest": Variable("Wednesday, September 30, at 10:45 a.m."),  # after "no later than"
    "center": Variable("312-555-0100"),  # its number, in a text
    "number": Variable(3),  # a key on the phone
    "seconds": Variable(45),
    "hours": Variable(4),
    "lowest": Variable("1"),
    "highest": Variable("5"),
    "minutes": Variable(12),
    "words": Variable("therapy"),  # what he said, as we list it
    "date": Variable("March 14, 1957"),  # that he said
    "own": Variable("Ana", level=2),
    "time": Variable("10:40 a.m.", level=2),  # at which his own clinician is free
    "low": Variable("3"),  # minutes
    "high": Variable("10"),
    "position": Variable("2"),
    "most": Variable("5"),
    "patient": Variable("Joe S.", key=True),
    "proxy": Variable("Maria S.", key=True),
    "colleague": Variable("Ana Ruiz"),  # of ours, said to staff alone
    "clinician": Variable("Ana", key=True),  # himself, on the line for clinicians
    "begins": Variable("10:40 a.m."),
    "until": Variable("10:50 a.m."),
    "count": Variable(3),
}
"""Each name a sentence may hold, with what is typical of it. Whoever needs another says here how personal it is."""


@dataclass(frozen=True)
class Prompt:
    """One sentence. `level`: the least at which a patient may hear it; `key`: staff hear it after the key alone.

    `keys` are those it asks to press, written out in it: what the conversation listens for when it was said.
    """

    hears: frozenset[Party]
    variables: tuple[str, ...] = ()
    level: int = 0
    key: bool = False
    keys: str = ""


def to_patient(variables: str = "", *, level: int = 0, keys: str = "") -> Prompt:
    """Said to a patient on the line. `level` is given where the words alone tell something of a record."""
    return _prompt(PATIENTS, variables, level=level, keys=keys)


def to_returned(variables: str = "", *, level: int = 0, keys: str = "") -> Prompt:
    """Said to a phone that we rang back."""
    return _prompt(frozenset({Party.RETURNED}), variables, level=level, keys=keys)


def to_staff(variables: str = "", *, keys: str = "") -> Prompt:
    """Said to a clinician or the operator before the key: a voicemail may be listening."""
    return _prompt(STAFF, variables, keys=keys)


def whispered(variables: str = "") -> Prompt:
    """Said to a clinician or the operator who pressed the key."""
    return _prompt(STAFF, variables, key=True)


def to_dialled_in(variables: str = "", *, keys: str = "") -> Prompt:
    """Said to a clinician who called us and proved who he is."""
    return _prompt(DIALIN, variables, key=True, keys=keys)


def to_anyone(variables: str = "") -> Prompt:
    """Said to whoever is there."""
    return _prompt(PATIENTS | STAFF | DIALIN, variables)


def _prompt(hears: frozenset[Party], variables: str, *, level: int = 0, key: bool = False, keys: str = "") -> Prompt:
    """A sentence is as personal as the most personal thing in it."""
    names = tuple(variables.split())
    known = [VARIABLES[name] for name in names]
    if any(variable.key for variable in known) and not key:
        raise ValueError(f"{variables!r} is for staff who pressed the key; use whispered()")
    return Prompt(hears, names, level=max([level, *(variable.level for variable in known)]), key=key, keys=keys)


SPOKEN: dict[str, Prompt] = {
    # The first words
    "emergency": to_patient(),
    "choose-language": to_patient("key"),
    "more-time": to_patient("key"),
    "slow-on": to_patient(),
    "slow-off": to_patient(),
    "other-language": _prompt(PATIENTS | DIALIN, "key"),
    # Whether we heard him right
    "heard-words": to_patient("words"),
    "heard-date": to_patient("date"),
    "heard-keys": to_patient(keys="12"),
    # Menus
    "menu-option": to_patient("label key"),
    "menu-again": to_patient(),
    "callback-about": to_patient(),
    "option-promise": to_patient(),  # labels of the one choice that no content names
    "service-promise": to_patient(),
    "message-about": to_patient(),
    "repeat": to_patient(keys="*"),
    "press-zero": to_patient(keys="0"),
    "press-nine": to_patient(keys="9"),
    # Who calls
    "birth-date": to_patient(),
    "birth-date-again": to_patient(),
    "second-proof": to_patient(keys="#0"),
    "second-proof-again": to_patient(keys="#"),
    "did-not-match": to_patient(),
    # A person
    "someone-will-help": to_patient(),
    "connecting-person": to_patient(),
    "goodbye": to_anyone(),
    # Danger
    "red-emergency": to_patient(),
    "red-crisis": to_patient(),
    "red-nurse": to_patient(),
    "red-quiet": to_patient(),
    "red-next": to_patient(),
    "red-wait": to_patient(),
    "red-wait-emergency": to_patient(),
    "red-wait-crisis": to_patient(),
    "text-emergency": to_patient(),
    "text-crisis": to_patient(),
    "text-nurse": to_patient(),
    # Waiting
    "finding-someone": to_patient(),
    "place-kept": to_patient(),
    "own-ready": to_patient("own role"),
    "own-busy": to_patient("own role"),
    "own-away": to_patient("own role"),
    "wait-range": to_patient("low high"),
    "wait-about": to_patient("minutes"),
    "wait-under": to_patient("minutes"),
    "position-next": to_patient(),
    "position": to_patient("position"),
    "position-many": to_patient("most"),
    "wait-choices": to_patient(keys="2"),
    "offer-operator": to_patient(keys="0"),
    "wait-comfort": to_patient(),
    "keep-waiting": to_patient(),
    "sorry-lost": to_patient(),
    "connecting-now": to_patient(),
    "talk-over": to_patient(keys="1"),
    "may-hang-up": to_patient(),
    # What is offered beside: questions after a talk, guidance, and a choice when we close
    "survey-offer": to_patient(keys="2"),
    "survey-keys": to_patient("lowest highest"),
    "survey-thanks": to_patient(),
    "education-offer": to_patient("label", keys="4"),
    "education-danger": to_patient(keys="0"),
    "education-recording": to_patient(keys="*"),
    "closing": to_patient(),
    "closing-place": to_patient(),
    "closing-stay": to_patient("minutes", keys="3"),
    # Whom to wait for
    "own-busy-until": to_patient("own role time"),
    "own-is-busy": to_patient("own role"),
    "offer-wait-own": to_patient("own", keys="1"),
    "offer-callback-own": to_patient("own", keys="2"),
    "offer-next": to_patient(level=2, keys="3"),
    "chose-own": to_patient("own"),
    "chose-next": to_patient(level=2),
    "own-or-colleague": to_patient("own"),
    "own-gone": to_patient("own"),
    "wait-own-choices": to_patient("own", keys="23"),
    # A call back
    "callback-caller": to_patient("digits"),
    "callback-entered": to_patient("digits"),
    "callback-confirm-keys": to_patient(keys="12"),
    "callback-keep-waiting": to_patient(keys="3"),
    "callback-number": to_patient(),
    "callback-number-again": to_patient(),
    "callback-refused": to_patient(),
    "callback-on-file": to_patient("digits", level=2),
    "callback-other-time": to_patient(keys="4"),
    "callback-window": to_patient("when number"),
    "callback-no-time": to_patient(),
    "callback-full": to_patient(),
    "callback-moved": to_patient("when", level=2),
    "callback-promise-window": to_patient("digits when"),
    "callback-promise-window-own": to_patient("own role digits when"),
    "callback-promise-by": to_patient("digits latest"),
    "offer-texts": to_patient(keys="1"),
    "texts-wanted": to_patient(),
    "my-callback-soon": to_patient("digits", level=2),
    "my-callback-by": to_patient("digits latest", level=2),
    "my-callback-window": to_patient("digits when", level=2),
    "my-callback-keys": to_patient(level=2, keys="123"),
    "my-callback-another": to_patient(level=2, keys="4"),
    "my-callback-none": to_patient(level=2),
    "my-callback-stays": to_patient(level=2),
    "my-callback-cancelled": to_patient(level=2),
    "promise-joined": to_patient(level=2),
    "own-later": to_patient("own when", keys="12"),
    "callback-promise": to_patient("digits"),
    "callback-promise-own": to_patient("own role digits"),
    "callback-promise-when": to_patient("digits when"),
    # Nobody can take the call
    "nobody-on-duty": to_patient(),
    "nobody-answered": to_patient(),
    "long-wait": to_patient(),
    "limit-many": to_patient(),
    "limit-long": to_patient(),
    "limit-busy": to_patient(),
    "limit-away": to_patient(),
    "limit-other": to_patient(),
    "offer-callback": to_patient(keys="1"),
    "offer-callback-when": to_patient("when", keys="1"),
    "offer-message": to_patient(keys="2"),
    "offer-keep-waiting": to_patient(keys="3"),
    "offer-person": to_patient(keys="0"),
    # A message
    "message-start": to_patient(keys="#"),
    "message-again": to_patient(keys="#"),
    "message-thanks": to_patient("hours"),
    "message-thanks-own": to_patient("own role hours"),
    "message-thanks-when": to_patient("when"),
    "message-callback": to_patient("digits"),
    "message-none": to_patient(),
    # A clinician's phone
    "offer-greeting": to_staff(keys="12"),
    "offer-after-visit": to_staff(keys="3"),
    "offer-when-free": to_staff(keys="123"),
    "offer-passed-until": to_staff("minutes"),
    "offer-gone": to_staff(),
    "caller-gone": to_staff(),
    "offer-passed": to_staff(),
    "offer-no-key": to_staff(),
    "offer-no-key-away": to_staff(),
    "offer-missed": to_staff(),
    "patient-lost": to_staff(),
    "patient-not-reached": to_staff(),
    "clinician-done": to_staff(),
    "whisper-call-own": whispered("patient"),
    "whisper-call-patient": whispered("patient"),
    "whisper-unproved": whispered(),
    "whisper-proxy-own": whispered("proxy patient"),
    "whisper-proxy-patient": whispered("proxy patient"),
    "whisper-callback-own": whispered("patient"),
    "whisper-callback-patient": whispered("patient"),
    "whisper-callback-unproved": whispered(),
    "whisper-about": whispered("about"),
    "whisper-language": whispered("language"),
    "whisper-waited": whispered("seconds"),
    "whisper-waited-minutes": whispered("minutes"),
    "whisper-ringing": whispered(),
    # The phone of somebody who is asked into a talk
    "guest-greeting": to_staff("colleague", keys="12"),
    "guest-greeting-interpreter": to_staff(keys="12"),
    "guest-not-needed": to_staff(),
    "guest-enters": whispered("patient"),
    "guest-joins": whispered(),
    "guest-listens": whispered(),
    "guest-coaches": whispered(),
    "guest-thanks": to_staff(),
    # The line that clinicians call: before the PIN, and after it
    "dialin-welcome": _prompt(DIALIN, "", keys="#"),
    "dialin-pin": _prompt(DIALIN, "", keys="#"),
    "dialin-wrong": _prompt(DIALIN, ""),
    "dialin-locked": _prompt(DIALIN, ""),
    "dialin-hello": to_dialled_in("clinician"),
    "dialin-menu": to_dialled_in(keys="1234"),
    "dialin-waiting": to_dialled_in("count"),
    "dialin-nobody": to_dialled_in(),
    "dialin-messages": to_dialled_in("count"),
    "dialin-stand-by": to_dialled_in(keys="#"),
    "dialin-stand-by-still": to_dialled_in(keys="#"),
    "dialin-ringing": to_dialled_in(keys="#"),
    "dialin-ringing-still": to_dialled_in(keys="#"),
    "dialin-phone-will-ring": to_dialled_in(),
    "duty-ready": to_dialled_in(),
    "duty-ready-until": to_dialled_in("until"),
    "duty-ready-hours": to_dialled_in("until"),
    "duty-free-later": to_dialled_in("begins until"),
    "duty-away": to_dialled_in(),
    "duty-away-until": to_dialled_in("until"),
    "duty-missed": to_dialled_in(),
    "duty-visit": to_dialled_in(),
    "duty-visit-until": to_dialled_in("until"),
    "duty-offline": to_dialled_in(),
    "duty-wrapping-up": to_dialled_in(),
    "duty-talking": to_dialled_in(),
    "duty-keys": to_dialled_in(keys="#1234"),
    "duty-why": to_dialled_in(keys="#12345"),
    "duty-away-minutes": to_dialled_in(keys="#"),
    "duty-free-minutes": to_dialled_in(keys="#"),
    "message-from": to_dialled_in("patient about when"),
    "message-from-unproved": to_dialled_in("about when"),
    "message-keys": to_dialled_in(keys="#*123"),
    "message-not-rung-being-rung": to_dialled_in(),
    "message-not-rung-changed": to_dialled_in(),
    "message-not-rung-no-number": to_dialled_in(),
    "message-not-rung-at-night": to_dialled_in(),
    "message-not-rung-not-his-hours": to_dialled_in(),
    "message-not-rung-closed": to_dialled_in(),
    "message-not-rung-not-yet": to_dialled_in(),
    "message-not-rung-not-hers": to_dialled_in(),
    "message-not-rung-anothers": to_dialled_in(),
    "message-not-rung-colleagues": to_dialled_in(),
    "message-not-rung-no-service": to_dialled_in(),
    "about-other": to_dialled_in(),  # a label, where the service is gone from the content
    "message-no-more": to_dialled_in(),
    "phone-now": to_dialled_in("digits"),
    "phone-this": to_dialled_in(keys="1"),
    "phone-keys": to_dialled_in(keys="#23"),
    "phone-number": to_dialled_in(),
    "phone-refused": to_dialled_in(),
    "phone-usual": to_dialled_in(),
    # A patient's phone, when we ring back: a machine may be listening
    "return-greeting": to_returned(keys="1239"),
    "return-greeting-unasked": to_returned(keys="1239"),
    "return-sorry": to_returned(),
    "return-not-wanted": to_returned(),
    "return-wrong-person": to_returned(),
    "return-left-alone": to_returned(),
    "return-hold": to_returned(),
    "return-again": to_returned("when"),
    "return-person": to_returned(),
    "return-call-us": to_returned(),
    # Text messages about a callback
    "text-booked": to_patient("center when"),
    "text-booked-soon": to_patient("center"),
    "text-soon": to_patient("center"),
    "text-cancelled": to_patient("center"),
    "text-cancelled-one": to_patient("center"),
    "text-kept": to_patient("center"),
    "text-started": to_patient(),
    "text-calls-only": to_patient("center"),
    # The operator's phone
    "operator-greeting": to_staff(keys="1"),
    "operator-caller-proved": whispered(),
    "whisper-red-emergency": whispered(),
    "whisper-red-crisis": whispered(),
    "whisper-red-nurse": whispered(),
    "operator-caller-hint": whispered(),
    "operator-caller-unknown": whispered(),
}


NAMED_BY_CONTENT = to_anyone()
"""Greetings, labels, roles: whatever a content names itself. Without variables, so there is nothing personal in it."""


def prompt_named(key: str) -> Prompt:
    """What is known of a sentence."""
    return SPOKEN.get(key, NAMED_BY_CONTENT)
