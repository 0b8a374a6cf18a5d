"""The shape of what a clinic edits: lines, menus, services, hours, red flags and words. Typed; unknown keys refused.

`config/reading.py` loads a folder of YAML and Fluent files into one `Content`. Everything here is frozen: a call that
holds a `Content` hears the same clinic to its end.

Longer than 300 lines because the sheets name one another, and what a clinic may write is looked up in one place.
"""

from functools import lru_cache
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

Key = Annotated[str, BeforeValidator(str)]  # YAML reads a digit as a number; a key on a phone is text


class Strict(BaseModel):
    """Frozen, and no unknown keys: a misspelt setting is an error, never a silence."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Rung(Strict):
    """Whose lines a caller stands in, for how long alone. `seconds` empty: until somebody comes.

    `expected_seconds`: left at once when the first of its people is expected to be free only after longer than this.
    `through_visits`: people in a visit are worth waiting for, as who chose to wait for them knows.
    """

    serve: tuple[Literal["own", "team", "site", "any"], ...]
    seconds: int | None = None
    expected_seconds: int | None = None
    through_visits: bool = False


class Ladder(Strict):
    """Rungs in order; the lines of earlier rungs are kept as later ones are added."""

    rungs: tuple[Rung, ...]


class OwnOffer(Strict):
    """What a patient may choose whose own clinician is not ready: the ladders on which he then waits."""

    wait: str  # for his own clinician; also while he is asked
    next: str  # for whoever is free first
    wait_at_most_seconds: int = 1800  # waiting is not offered to one whose own clinician will be busy for longer


class Limit(Strict):
    """The most of something, and the exit for whoever would be more: callback, message, operator or service:<key>."""

    most: int
    exit: str


class Limits(Strict):
    """When a caller cannot wait for a service, or not any longer. Who stands in line counts against his place in it."""

    waiting: Limit | None = None  # callers before him
    per_clinician: Limit | None = None  # callers, he among them, for each clinician on duty
    wait_seconds: Limit | None = None  # his own wait; of whoever comes, the longest wait before him
    nobody_logged_in: str | None = None  # exit when everybody who can help is offline
    nobody_unpaused: str | None = None  # when all of them are offline or away
    nobody_ready: str | None = None  # when nobody could take the call at once

    def exits(self) -> dict[str, str]:
        """The exit of each limit that is set."""
        told = {name: getattr(self, name) for name in type(self).model_fields}
        return {name: it.exit if isinstance(it, Limit) else it for name, it in told.items() if it is not None}


EVERY = "*"  # stands for all languages

Files = Annotated[dict[str, str], BeforeValidator(lambda given: {EVERY: given} if isinstance(given, str) else given)]


class HoldEntry(Strict):
    """What is heard from a minute of waiting on, in place of the usual music and the comfort message.

    What an entry does not name is as usual. Of several that hold, the last one counts.
    """

    minute: int = 0
    plays: Files = {}  # language -> file under the folder; one name alone is music, the same in all languages
    says: str | None = None  # prompt key, said between two rounds of music
    between: tuple[str, str] | None = None  # local times "HH:MM"; an end before the start is past midnight


class Service(Strict):
    """One thing patients call for."""

    skill: str  # key of the skills catalogue
    level: int = 1  # least level of the skill
    also: tuple[str, ...] = ()  # further skills that are required, as "hip" or "hip:3"
    prefer: tuple[str, ...] = ()  # further skills that are wished for: whoever has them is chosen first
    identify: bool = True  # ask who calls before looking for someone
    teen_confidential: bool = False  # about a patient of 12 to 17 a proxy hears nothing of it: a person takes the call
    ladder: str
    callback_ladder: str
    own_offer: OwnOffer | None = None  # none: nobody is asked, everybody waits on `ladder`
    head_start_seconds: int = 0  # urgency: virtual arrival = arrival - head start
    answer_seconds: int = 30  # answered within this: in time, for the service level
    max_wait_seconds: int = 600  # then a callback or a message is offered
    limits: Limits = Limits()  # beyond which nobody waits for it
    hours: str | None = None  # its own opening hours, within which it can be reached; empty: those of the line
    message_hours: int = 4  # within which a message is answered, from opening on; promised in words
    follow_up_minutes: int = 60  # within which a person rings who gave up waiting, or whom a promise did not reach
    callback: Literal["place", "deadline"] = "place"  # he keeps his place in line, or is rung by an instant
    callback_minutes: int = 120  # by a deadline: how long after it was asked for
    handling_minutes: int = 6  # what one call takes of a clinician's time: how much may be promised rests on it
    callback_first: Literal["clinician", "patient"] = "clinician"  # whose phone rings first to keep a promise
    callback_hold_seconds: int = (
        30  # who answered our call waits so long for somebody; then he is told when we ring again
    )
    owned_hours: int = 4  # how long a callback "when she is free" is hers alone, from the promised window on
    education: str | None = None  # guidance offered while one waits for it
    hold: tuple[HoldEntry, ...] = ()  # what is heard at which minute of waiting; none: as the line says
    outcomes: tuple[str, ...] = ()  # how a talk about it may end, as who had it notes it
    label: str  # prompt key, spoken as "For {label}, press N"
    spoken_role: str  # prompt key: "your physical therapist"


class Skill(Strict):
    """One thing a clinician can do. Levels are 0 to 5; who has no level at all does not have the skill."""

    kind: Literal["discipline", "region", "tool", "other"] = "discipline"
    lacking: str = ""  # said of one who does not have it: "does not treat hips"


class Choosing(Strict):
    """How one of several ready clinicians is chosen (the level of the skill comes first), and when none is rung."""

    among: Literal["longest_idle", "least_occupied"] = "longest_idle"  # least occupied: talked least since midnight UTC
    calls_per_hour: int | None = None  # a clinician who took so many rests until an hour after the first of them


class Option(Strict):
    """One choice of a menu: the key, its words, and where it leads. Prompt and digit come from this one place."""

    key: Key
    leads_to: str  # service:<key> | operator | callback | message | menu:<key>
    label: str  # prompt key
    short: str = ""  # prompt key of a shorter wording for repeats; empty: the label again
    words: dict[str, tuple[str, ...]] = {}  # language -> what a caller may say


class Menu(Strict):
    options: tuple[Option, ...]


class Span(Strict):
    """Opening hours of one weekday: local wall-clock times "HH:MM"; an end before the start is past midnight."""

    days: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...]
    opens: str
    closes: str


class Exception_(Strict):
    """One dated exception: closed all day when no times are given. `says`: prompt key, said when it keeps us closed."""

    date: str
    opens: str | None = None
    closes: str | None = None
    says: str | None = None


class Hours(Strict):
    """When a line, or a service, is open. Each calendar has the zone of its site."""

    zone: str
    weekly: tuple[Span, ...]
    exceptions: tuple[Exception_, ...] = ()
    holidays: str | None = None  # a country or country-state of the holidays package, "US" or "US-IL"


class Line(Strict):
    """A number that patients call."""

    number: str  # E.164, or "center" for CENTER_NUMBER
    menu: str
    hours: str
    texts: bool = False  # who is promised a callback here may ask for text messages about it
    callback_first: Literal["clinician", "patient"] | None = None  # for promises made here; empty: as the service says
    keep_place_minutes: int = 10  # who is cut off and calls again within them has his old place; 0: never
    closing_stay_minutes: int = 30  # who still waits when it closes may stay on the line so much longer
    education: str | None = None  # guidance offered when it is closed
    hold: tuple[HoldEntry, ...] = ()  # what is heard at which minute of waiting; none: the usual music and words
    general: str | None = None  # service that owns messages about nothing in particular; empty: the first one
    greeting: str = "welcome"  # prompt key: who answers here
    closed: str = "closed"  # prompt key: said when the line is closed
    closed_holiday: str = "closed-holiday"  # prompt key: the same on a holiday


class ClinicianLine(Strict):
    """The number that clinicians call, to do by phone what their page does."""

    number: str  # E.164


class Alarms(Strict):
    """When supervisors are called. An alarm is over when its reading is below four fifths of the limit."""

    longest_wait_seconds: int = 180  # for somebody who waits for a service
    late_share: float = 0.4  # of the last half hour's callers of a service: not answered in time
    uncovered_callers: int = 1  # who wait for a service that nobody on duty gives

    def limits(self) -> dict[str, float]:
        """The limits by kind of alarm."""
        late, uncovered = self.late_share, float(self.uncovered_callers)
        return {"longest_wait": float(self.longest_wait_seconds), "late_share": late, "no_cover": uncovered}


class Interpreter(Strict):
    """Who interprets a language by telephone: the number to ring, and the keys that its machine asks for."""

    number: str  # E.164
    access_keys: str = ""  # pressed once it answers: digits, * and #; w waits half a second


class Flag(Strict):
    """The cues of one red flag, by what is done when one is heard (how a cue is written: `config/red_flags.yaml`)."""

    emergency: tuple[str, ...] = ()
    crisis: tuple[str, ...] = ()
    nurse: tuple[str, ...] = ()
    quiet: bool = False  # whom the caller fears may be listening: neutral words, no texts, no messages


class SecondEar(Strict):
    """When what was learned from sentences of callers calls a person (`ivr/second_ear.py`)."""

    sure: float = Field(default=0.6, gt=0, lt=1)  # the probability of danger from which it does
    cue_counts: float = Field(default=8, ge=1)  # a cue that was heard makes its danger so many times likelier


class LongOver(Strict):
    """What was long ago: an event beside its date is not listened to, unless it may be happening again."""

    events: tuple[str, ...] = ()  # what may be over, in words of cues: "heart_attack"
    dates: tuple[str, ...] = ()  # when it was: "in_1940..2025", "years_ago"
    again: tuple[str, ...] = ()  # what anywhere in the utterance says that it may not be over: "another_one", "today"


class RedFlags(Strict):
    """Words that mean danger, owned by clinicians. None at all: nothing is listened for."""

    approved_by: tuple[str, ...] = ()  # two people with a licence; empty: not approved locally
    services: tuple[str, ...] = ()  # who is asked for, in this order; after them the operator
    head_start_seconds: int = 86400  # before everybody who came today
    answer_seconds: int = 60  # who has not answered by then is not waited for alone
    within: int = 7  # words that may lie between two words of a cue
    fillers: tuple[str, ...] = ()  # words that say nothing
    inside: tuple[str, ...] = ()  # small words that may stand inside two_words
    plain: tuple[str, ...] = ()  # words never taken for an error of another
    groups: dict[str, tuple[str, ...]] = {}
    harmless: tuple[str, ...] = ()  # ordinary talk that holds a cue
    long_over: LongOver = LongOver()
    flags: dict[str, Flag] = {}
    second_ear: SecondEar = SecondEar()


class Outcome(Strict):
    """How a talk may end, in the words of those who note it."""

    label: str


class Education(Strict):
    """Short guidance that is offered, never imposed. What nobody has approved is not offered."""

    label: str  # prompt key, spoken as "To hear {label}, press 4"
    says: tuple[str, ...]  # prompt keys, in order
    guidance_recording: dict[str, str] = {}  # language -> file under the folder, played in place of those words
    approved_by: tuple[str, ...] = ()  # clinicians' names


class SurveyQuestion(Strict):
    """One question after a talk, answered by a key from `lowest` to `highest`."""

    key: str  # its name in the figures
    says: str  # prompt key
    lowest: int = 1
    highest: int = 5


class Survey(Strict):
    """What is asked of those who press the key for it. No questions: it is not offered."""

    questions: tuple[SurveyQuestion, ...] = ()


class Content(Strict):
    """All a clinic edits, proven to hang together by `config/reading.py`."""

    languages: tuple[str, ...] = Field(min_length=1)  # the first is the default
    lines: dict[str, Line]
    clinician_line: ClinicianLine | None = None  # none: clinicians have their page alone
    menus: dict[str, Menu]
    services: dict[str, Service]
    ladders: dict[str, Ladder]
    skills: dict[str, Skill] = {}  # none: any word is a skill
    choosing: Choosing = Choosing()
    alarms: Alarms = Alarms()
    interpreters: dict[str, Interpreter] = {}  # language -> who interprets it
    outcomes: dict[str, Outcome] = {}  # how a talk may end
    hours: dict[str, Hours]
    red_flags: RedFlags = RedFlags()
    education: dict[str, Education] = {}
    survey: Survey = Survey()
    prompts: dict[str, dict[str, str]]  # language -> prompt key -> Fluent pattern source
    learned: str = Field(default="", repr=False)  # of the second ear, see `config/learned.py`; empty: cues alone
    version: str  # hash of the folder

    def calendar(self, service: str | None = None, line: str = "") -> str:
        """The hours that count for a service as it is reached by a line: its own, else those of the line.

        A line that is not known is taken for the first.
        """
        asked = self.services.get(service or "")
        if asked and asked.hours:
            return asked.hours
        return (self.lines.get(line) or next(iter(self.lines.values()))).hours

    @property
    def home(self) -> Hours:
        """The hours of the first line: in their zone the pages tell time, and days begin that belong to no call."""
        return self.hours[self.calendar()]

    def words(self, language: str, name: str) -> tuple[str, ...]:
        """What a caller may say, from a message that lists it ("words-yes = yes, yeah"); () where it is missing."""
        return _listed(self.prompts.get(language, {}).get(name, ""))


@lru_cache(maxsize=512)  # the same few lists are asked for at every question
def _listed(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())
