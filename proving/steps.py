"""The sentences that a step of a scenario may be, and how they are shown to whoever wrote another one."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Form:
    """A sentence that a step may be: its pattern, and how it is shown to whoever wrote another one."""

    verb: str
    pattern: re.Pattern[str]
    shown: str


def _form(verb: str, shown: str) -> Form:
    """From "presses KEYS": words in capitals vary, words in brackets may be left out."""
    pattern = re.sub(r" \[(.+?)\]", r"(?: \1)?", shown)
    pattern = re.sub(r"\b([A-Z]{3,})\b", lambda found: f"(?P<{found[1].lower()}>.+?)", pattern)
    return Form(verb, re.compile(pattern, re.IGNORECASE), shown)


SPAN = r"(?P<count>\d+) (?P<unit>second|minute|hour|day)s?"
STATES = (
    Form("state", re.compile("(?:is )?(?P<state>ready|away|at home|talking)", re.IGNORECASE), "is ready"),
    Form("state", re.compile("(?:is )?(?P<state>ready|away|at home|talking)", re.IGNORECASE), "is away"),
    Form("state", re.compile("(?:is )?(?P<state>ready|away|at home|talking)", re.IGNORECASE), "is at home"),
    Form(
        "state",
        re.compile(r"(?:is )?(?P<state>talking), free in (?P<low>\d+) to (?P<high>\d+) minutes", re.IGNORECASE),
        "is talking, free in 3 to 10 minutes",
    ),
    Form(
        "state",
        re.compile(rf"(?:is )?(?P<state>in a visit)(?: until (?P<clock>\d?\d:\d\d)| for {SPAN})?", re.IGNORECASE),
        "is in a visit until 10:40",
    ),
)
OF_PEOPLE = (
    _form("dials", "dials LINE"),
    _form("hears", "hears WORDS"),
    _form("never hears", "never hears WORDS"),
    _form("presses", "presses KEYS"),
    _form("says", "says WORDS"),
    _form("mumbles", "mumbles WORDS"),
    _form("hangs up", "hangs up"),
    Form("leaves a message", re.compile(f"leaves a message of {SPAN}", re.IGNORECASE), "leaves a message of 9 seconds"),
    _form("rings", "rings"),
    _form("does not ring", "does not ring"),
    _form("answers", "answers"),
    _form("takes the call", "takes the call"),
    _form("will not answer", "will not answer"),
    _form("has voicemail on", "has voicemail on"),
    _form("answers by hand", "answers by hand"),
    _form("asks for an interpreter", "asks for an interpreter"),
    _form("asked", "is asked into the talk as interpreter"),
    *STATES,
)
OF_CENTER = (
    _form("closes", "closes"),
    _form("opens", "opens"),
    _form("loses the records", "loses the records"),
    _form("finds the records", "finds the records"),
    _form("publishes", "publishes ladder LADDER for SERVICE"),
)
EXPECTATIONS = (
    _form("connected", "connected with PERSON"),
    _form("waiting", "waiting"),
    _form("promise", "promise"),
    _form("kept", "promise kept"),
    _form("no promise", "no promise"),
    _form("voicemail", "voicemail for SERVICE"),
    _form("hang-up", "hang-up"),
    _form("offered", "offered to PEOPLE"),
    _form("known", "known as PERSON"),
    _form("unknown", "unknown"),
    _form("language", "in LANGUAGE"),
)
WAITS = (
    Form("passes", re.compile(SPAN, re.IGNORECASE), "90 seconds"),
    Form("until", re.compile(r"until (?P<clock>\d?\d:\d\d)", re.IGNORECASE), "until 10:40"),
)
# What the caller does is written without his name: "press: 1".
OF_CALLER = {
    "dial": "dials",
    "hears": "hears",
    "never hears": "never hears",
    "press": "presses",
    "say": "says",
    "mumble": "mumbles",
    "leave a message": "leaves a message of",
    "hang up": "hangs up",
}
OTHERS = {"expect": EXPECTATIONS, "wait": WAITS}
NOTE = "note"


def matched(text: str, forms: tuple[Form, ...]) -> tuple[str, dict[str, str]] | None:
    """The verb and the details of a sentence; None if it is none of these."""
    for form in forms:
        if found := form.pattern.fullmatch(text.strip()):
            return form.verb, {name: value for name, value in found.groupdict().items() if value}
    return None


def shown(forms: tuple[Form, ...]) -> str:
    """The sentences that are accepted, for whoever wrote another one."""
    return ", ".join(dict.fromkeys(form.shown for form in forms))


def wanted_after(key: str, forms: tuple[Form, ...]) -> str:
    """What is accepted after this key."""
    if key not in OF_CALLER:
        return shown(forms)
    examples = {"dial": "center", "press": 'keys, such as 1; * and # in quotes: "#"', "leave a message": "9 seconds"}
    return examples.get(key, "nothing" if key == "hang up" else "words")
