"""What a page shows of how talks ended: the form of a wrap-up, and what was noted of talks before. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from calls.notes_store import Note
from config.content import Content
from config.outcomes import SiteWord, label_of, offered
from desk.rows import EndRow, Mine
from desk.words import Moment

Opened = Callable[[str], str]


@dataclass(frozen=True)
class EndForm:
    """How one's own talk ended: what may be chosen, what stands, and how much time there is."""

    offer_id: int
    who: str
    when: str
    outcomes: tuple[tuple[str, str], ...]
    chosen: str
    words: str
    saved: str  # when it was noted; "" if it was not
    seconds_left: int | None  # of the wrap-up; None: it is over, or has not begun
    over: bool  # the talk, so that he can be rung again


@dataclass(frozen=True)
class Noted:
    """What was noted of one talk, to be read."""

    who: str
    when: str
    outcome: str
    words: str


def end_form(rows: Mine, names: Mapping[str, str], content: Content, opened: Opened, moment: Moment) -> EndForm | None:
    """The form of the latest talk: while it goes on, while he wraps up, and later until something is noted."""
    end = rows.end
    wraps_up = rows.me.state == "wrapping_up"
    if end is None or (end.ended_at is not None and end.note is not None and not wraps_up):
        return None
    note = end.note
    choices = offered(content, end.service or "", rows.words)
    if note and note.outcome and note.outcome not in choices:
        choices[note.outcome] = label_of(content, note.service, note.outcome, rows.words)
    until = rows.me.until if wraps_up and end.ended_at is not None else None
    return EndForm(
        offer_id=end.offer_id,
        who=_who(end, names),
        when=f"ended {moment.at(end.ended_at)}" if end.ended_at else "goes on",
        outcomes=tuple(choices.items()),
        chosen=note.outcome if note else "",
        words=opened(note.note_sealed) if note and note.note_sealed else "",
        saved=moment.at(note.written_at) if note else "",
        seconds_left=max(int((until - moment.now).total_seconds()), 0) if until else None,
        over=end.ended_at is not None,
    )


def _who(end: EndRow, names: Mapping[str, str]) -> str:
    proved = end.level >= 2 and end.patient_id in names
    return names[end.patient_id or ""] if proved else "Caller not verified"


def noted(
    notes: Sequence[Note],
    people: Mapping[str, str],
    content: Content,
    words: Sequence[SiteWord],
    opened: Opened,
    moment: Moment,
) -> tuple[Noted, ...]:
    """What was noted of talks, to be read by who may."""
    return tuple(
        Noted(
            who=people.get(note.clinician_id, "a former colleague"),
            when=moment.when(note.talked_at),
            outcome=label_of(content, note.service, note.outcome, words) if note.outcome else "",
            words=opened(note.note_sealed) if note.note_sealed else "",
        )
        for note in notes
    )
