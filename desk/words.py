"""Says times, spans and states as people read them. Pure; the zone is an argument."""

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

STATES = {
    "ready": "Ready",
    "offered": "Ringing",
    "talking": "Talking",
    "wrapping_up": "Wrapping up",
    "away": "Away",
    "in_visit": "In a visit",
    "offline": "Offline",
}
LANGUAGES = {"en": "English", "es": "Spanish"}


def timer(seconds: int) -> str:
    """A running time: 0:07, 12:30, 1:02:03."""
    minutes, rest = divmod(max(seconds, 0), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def span(seconds: int) -> str:
    """A span in words: 45 s, 3 min, 2 h 5 min."""
    if seconds < 60:
        return f"{max(seconds, 0)} s"
    hours, minutes = divmod(seconds // 60, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def unbroken(text: str) -> str:
    """A short text that stands on one line: "2 h 5 min" does not break between its words."""
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def seconds_between(earlier: datetime | None, later: datetime) -> int:
    """Whole seconds, never negative; 0 when there is no start."""
    return max(int((later - earlier).total_seconds()), 0) if earlier else 0


def time_of_day(instant: datetime, zone: tzinfo, *, seconds: bool = False) -> str:
    """10:05 AM, or 10:05:09 AM."""
    return instant.astimezone(zone).strftime("%-I:%M:%S %p" if seconds else "%-I:%M %p")


def when(instant: datetime, now: datetime, zone: tzinfo) -> str:
    """The time, with its day unless that is today."""
    local, today = instant.astimezone(zone), now.astimezone(zone).date()
    clock = time_of_day(instant, zone)
    if local.date() == today:
        return clock
    if local.date() == today + timedelta(days=1):
        return f"tomorrow {clock}"
    return f"{local.strftime('%a %b')} {local.day}, {clock}"


def at(instant: datetime, now: datetime, zone: tzinfo) -> str:
    """Something of the past inside a sentence: "at 10:05 AM", of another day "on Sun Mar 2, 10:05 AM"."""
    today = instant.astimezone(zone).date() == now.astimezone(zone).date()
    return f"{'at' if today else 'on'} {when(instant, now, zone)}"


def start_of_day(now: datetime, zone: tzinfo) -> datetime:
    """The last midnight of the zone."""
    return now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)


def state(name: str) -> str:
    """What a clinician does, as a heading."""
    return STATES.get(name, plain(name))


def language(code: str | None) -> str:
    """A language's name."""
    return LANGUAGES.get(code or "", (code or "").upper())


def plain(name: str | None) -> str:
    """An identifier as words: "post_op-care" gives "Post op care"."""
    words = (name or "").replace("_", " ").replace("-", " ").strip()
    return words[:1].upper() + words[1:]


def inside(text: str) -> str:
    """A note as it stands inside a sentence: "Lunch, until 12:25 PM" gives "lunch, until 12:25 PM"."""
    return text[:1].lower() + text[1:]


def sentence(text: str) -> str:
    """A text as a sentence of its own: "found x; accepted: y" gives "Found x; accepted: y."."""
    return text[:1].upper() + text[1:].rstrip(".") + "." if text else ""


def skill(name: str) -> str:
    """A skill inside a sentence: short ones are abbreviations and stay in capitals."""
    return name.upper() if len(name) <= 3 else name.lower()


@dataclass(frozen=True)
class Moment:
    """Now, where the clinic is."""

    now: datetime
    zone: tzinfo

    def when(self, instant: datetime) -> str:
        """An instant as people here say it."""
        return when(instant, self.now, self.zone)

    def at(self, instant: datetime) -> str:
        """An instant of the past as it stands inside a sentence."""
        return at(instant, self.now, self.zone)

    def since(self, instant: datetime | None) -> int:
        """Whole seconds from an instant to now."""
        return seconds_between(instant, self.now)

    @property
    def stamp(self) -> str:
        """How fresh a page is, to the second."""
        return time_of_day(self.now, self.zone, seconds=True)
