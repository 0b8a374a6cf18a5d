"""Ten typical calls, and what colleagues hear beside them, in each language, with the content that ships.

.venv/bin/python -m tests.ivr.transcripts > docs/transcripts.md

Longer than 300 lines because every call of the document is played here, each by a few lines.
"""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from config.content import EVERY, Content, HoldEntry
from ivr.knowledge import CallerFacts, OutlookFacts, OwnClinician, PromiseFacts, StaffFacts, WindowFacts
from ivr.prompts import Speaker
from ivr.replies import Connect, ConnectOperator, HangUp, Hold, TakeMessage
from ivr.signals import (
    DigitsPressed,
    Ending,
    HoldTick,
    MessageRecorded,
    MovedToTalk,
    NothingEntered,
    Party,
    Signal,
    SpeechHeard,
    TalkLeft,
)
from tests.ivr.conversation import (
    ACCEPTED,
    ATTEMPT,
    GUEST,
    JOE,
    MONDAY,
    NOW,
    OFFER,
    PROVED,
    TALKED,
    WAIT,
    WINDOW,
    WRONG,
    Leg,
    answered,
    calling,
    shipped,
)

LANGUAGES = {"en": "English", "es": "Spanish"}
AFTER = {
    Hold: "music",
    Connect: "he is in the room",
    ConnectOperator: "the operator's phone rings",
    TakeMessage: "tone",
    HangUp: "the call ends",
}
BUSY = OwnClinician("ana", "Ana", sure=True, presence="talking", at_work=True, wait=(3, 10))


@dataclass
class Telling:
    """Writes down one leg as it goes on: what is done in italics, what is heard as it is spoken."""

    language: str
    lines: list[str] = field(default_factory=list)
    _leg: Leg | None = None
    _speaker: Speaker = field(default_factory=lambda: Speaker(shipped()))

    def calls(self, *pressed: str, **world: Any) -> None:
        """A patient calls, and chooses his language."""
        self._leg = calling(**{"identity": self.proved(), **world})
        self._told("A patient calls.")
        self.presses("1" if self.language == "en" else "2", *pressed)

    def picks_up(self, party: Party, **world: Any) -> None:
        """A phone that we rang is answered."""
        self._leg = answered(party, **world)
        self._told("The phone is answered.")

    def presses(self, *entries: str, **world: Any) -> None:
        """Keys, entry after entry."""
        for keys in entries:
            self.hears(f"Presses {keys}.", DigitsPressed(keys), **world)

    def says(self, en: str, es: str, confidence: float, **world: Any) -> None:
        """Words, each language its own."""
        words = en if self.language == "en" else es
        self.hears(f"Says: “{words}” (heard with confidence {confidence}).", SpeechHeard(words, confidence), **world)

    def is_silent(self, times: int = 1) -> None:
        """No key and no word."""
        for _ in range(times):
            self.hears("Says nothing.", NothingEntered())

    def waits(self, **world: Any) -> None:
        """One round of music."""
        self.hears("Twenty seconds go by.", HoldTick(), **world)

    def talks(self, **world: Any) -> None:
        """The clinician takes the call, and it ends."""
        self.hears("A clinician takes the call.", MovedToTalk(7), offer=ACCEPTED, **world)
        self.hears("They have talked.", TalkLeft(Ending.COMPLETED, bridged=True), offer=TALKED)

    def hears(self, done: str, signal: Signal, **world: Any) -> None:
        """One turn."""
        assert self._leg is not None, "somebody must call first"
        self._leg.hears(signal, **world)
        self._told(done)

    def proved(self, **facts: Any) -> Any:
        """Joe as he is known once he has proved who he is, in this language."""
        return replace(PROVED, language=self.language, **facts)

    def _told(self, done: str) -> None:
        assert self._leg is not None
        reply = self._leg.reply
        after = (reply.plays if isinstance(reply, Hold) else "") or AFTER.get(type(reply), "")
        spoken = [self._speaker.say(phrase) for phrase in self._leg.phrases]
        heard = [*spoken, f"({after})"] if after else spoken
        self.lines += [f"*{done}*", "", *(f"> {sentence}  " for sentence in heard), ""]


def reaches_ana(call: Telling) -> None:
    call.calls("1", "03141957", "4821")
    call.waits()
    call.talks()
    call.presses("2", "5", "5")


def waits_for_ana(call: Telling) -> None:
    call.calls("1", "03141957", "4821", identity=call.proved(own=BUSY), own=BUSY)
    alone = replace(WAIT, own_alone=True)
    call.presses("1")
    call.waits(wait=alone)
    call.waits(wait=alone, outlook=OutlookFacts(3, (4, 9)))
    call.waits(wait=alone)
    call.waits(wait=alone, outlook=OutlookFacts(1, (1, 1)))
    call.presses("3")
    call.talks()


TIMETABLE = (
    HoldEntry(plays={EVERY: "media/piano.wav"}),
    HoldEntry(minute=1, says="education-walk"),
    HoldEntry(minute=2, plays={"en": "media/tips-en.wav", "es": "media/tips-es.wav"}, between=("08:00", "12:00")),
    HoldEntry(minute=2, says="education-ice", between=("12:00", "18:00")),
)


def timetabled(timetable: tuple[HoldEntry, ...] = TIMETABLE) -> Content:
    """The content that ships, with a timetable for those who wait for therapy."""
    therapy = shipped().services["therapy"].model_copy(update={"hold": timetable})
    return shipped().model_copy(update={"services": {**shipped().services, "therapy": therapy}})


def waits_by_the_timetable(call: Telling) -> None:
    call.calls("1", "03141957", "4821", content=timetabled())
    for seconds in range(20, 180, 20):
        call.waits(wait=replace(WAIT, waited_seconds=seconds), at=NOW + timedelta(seconds=seconds))


def takes_a_callback(call: Telling) -> None:
    starts = [NOW + timedelta(hours=hours) for hours in (3, 24)]
    later = [WindowFacts(start, start + timedelta(minutes=15), WINDOW.zone) for start in starts]
    call.calls("1", "03141957", "4821", identity=call.proved(own=BUSY), own=BUSY)
    call.presses("2", windows=(WINDOW, *later))
    call.presses("2")
    call.presses("3125550123", number="+13125550123")
    call.presses("4", "1", "1")


def asks_about_the_call_that_was_promised(call: Telling) -> None:
    promise = PromiseFacts("p1", "window", WINDOW.starts, WINDOW.ends, WINDOW.zone, JOE)
    starts = [NOW + timedelta(hours=hours) for hours in (5, 24)]
    later = [WindowFacts(start, start + timedelta(minutes=15), WINDOW.zone) for start in starts]
    call.calls("4", "4", "03141957", "4821", identity=call.proved(promise=promise), promise=promise)
    call.presses("3", windows=(WINDOW, *later))
    call.presses("1")


def asks_and_none_was_promised(call: Telling) -> None:
    call.calls("4", "4", "03141957", "4821")


def is_rung_back(call: Telling) -> None:
    call.picks_up(Party.RETURNED, attempt=replace(ATTEMPT, language=call.language))
    call.presses("1")


def wrong_twice(call: Telling) -> None:
    call.calls("3", "03141958", "4821", identity=WRONG)
    call.presses("02301957", "03141957")
    call.presses("4821", identity=call.proved(own=None))


def says_nothing(call: Telling) -> None:
    call.calls()
    call.is_silent(3)


def speaks(call: Telling) -> None:
    call.calls()
    call.says("um, my therapist, please", "este, mi terapeuta, por favor", 0.4)
    call.says("yes", "sí", 0.9)
    call.says("March fourteenth nineteen fifty-seven", "catorce de marzo de 1957", 0.9)
    call.says("mumble mumble", "eh eh", 0.1)
    call.says("yes that's right", "sí, así es", 0.9)
    call.says("four eight two one", "cuatro ocho dos uno", 0.9)


def after_hours(call: Telling) -> None:
    call.calls("1", open=False, opens_at=MONDAY)
    call.presses("1", "1", "03141957", "4821", "1", "2")


def after_hours_message(call: Telling) -> None:
    call.calls("2", open=False, opens_at=MONDAY)
    call.presses("2")
    call.hears("Leaves a message.", MessageRecorded("RE1", 20, False))


def wants_a_nurse(call: Telling) -> None:
    call.calls("2", "03141957", "604193", identity=call.proved(own=None), staff=StaffFacts(0, 0))
    call.presses("2")
    call.hears("The recording is empty.", MessageRecorded("", 0, False))
    call.hears("Leaves a message.", MessageRecorded("RE1", 20, False))


def has_chest_pain(call: Telling) -> None:
    call.calls()
    call.says("I have chest pain", "tengo dolor de pecho", 0.6)
    call.waits()
    call.waits()


def presses_nine(call: Telling) -> None:
    call.calls("9")
    call.waits()
    call.waits()


def calls_for_her_father(call: Telling) -> None:
    call.calls("1", "03141957", "482113", identity=call.proved(proxy="maria", own=None))
    call.waits()


def needs_time(call: Telling) -> None:
    call.calls()
    call.presses("7", "1")
    call.is_silent(4)
    call.presses("03141957", "4821")


def takes_a_call(phone: Telling) -> None:
    phone.picks_up(Party.CLINICIAN, offer=replace(OFFER, language="es", proxy_shown="Maria S."))
    phone.presses("1")


def has_no_time(phone: Telling) -> None:
    phone.picks_up(Party.CLINICIAN, offer=replace(OFFER, was_set_away=True))
    phone.presses("3", "2")


def joins_a_talk(phone: Telling) -> None:
    phone.picks_up(Party.GUEST, guest=replace(GUEST, listens=True))
    phone.presses("1")


def helps_unheard(phone: Telling) -> None:
    phone.picks_up(Party.GUEST, guest=replace(GUEST, coaches=True))
    phone.presses("1")


def interprets(phone: Telling) -> None:
    phone.picks_up(Party.GUEST, guest=replace(GUEST, interpreter=True, patient_shown=""))
    phone.presses("1")


def is_the_operator(phone: Telling) -> None:
    phone.picks_up(Party.OPERATOR, caller=CallerFacts(level=0, hint=True, red="nurse"))
    phone.presses("1")


SCENES: Mapping[str, Callable[[Telling], None]] = {
    "Joe reaches Ana": reaches_ana,
    "Ana is busy, and he waits for her": waits_for_ana,
    "A clinic has a timetable of what is heard while one waits": waits_by_the_timetable,
    "He takes a callback, at another number and another time": takes_a_callback,
    "He moves the call that he was promised": asks_about_the_call_that_was_promised,
    "None was promised": asks_and_none_was_promised,
    "He is rung back": is_rung_back,
    "A wrong birth date, and a wrong one again": wrong_twice,
    "Silence": says_nothing,
    "He speaks, and is not heard well": speaks,
    "After hours: a callback": after_hours,
    "After hours: a message": after_hours_message,
    "A nurse, and none is at work": wants_a_nurse,
    "Chest pain": has_chest_pain,
    "Key 9": presses_nine,
    "A daughter calls for her father": calls_for_her_father,
    "A relay operator types for him": needs_time,
}
COLLEAGUES: Mapping[str, Callable[[Telling], None]] = {
    "Ana takes a call": takes_a_call,
    "Ana is in a visit": has_no_time,
    "A colleague listens": joins_a_talk,
    "A colleague is heard by Ana alone": helps_unheard,
    "An interpreter joins": interprets,
    "The operator is rung": is_the_operator,
}


def transcript(scene: Callable[[Telling], None], language: str) -> list[str]:
    """What is done and heard in a scene, line by line."""
    telling = Telling(language)
    scene(telling)
    return telling.lines


HEAD = """# Typical calls, word for word

What a caller hears with the content that ships, in one call with a timetable beside it, and what colleagues hear.
Printed by

    .venv/bin/python -m tests.ivr.transcripts > docs/transcripts.md

Print it anew after a change of `config/prompts/`, and read it aloud. What was found and mended stands in
`docs/reading-aloud.md`. After each new line the voice pauses.
"""


def document() -> str:
    """All transcripts, as they are kept."""
    lines = [HEAD]
    for language, name in LANGUAGES.items():
        lines += [f"## {name}", ""]
        for title, scene in SCENES.items():
            lines += [f"### {title}", "", *transcript(scene, language)]
    lines += ["## Colleagues", ""]
    for title, scene in COLLEAGUES.items():
        lines += [f"### {title}", "", *transcript(scene, "en")]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(document())
