"""Single promises and their totals as the supervisor reads them. Pure; patients have no names here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from callbacks.ledger import Kept, Standing, Totals, standing, why
from callbacks.ledger_dictionary import LEDGER
from callbacks.requests import Attempt, RequestState
from calls.metrics import Entry
from desk import words
from desk.boards import Tile
from desk.words import Moment

BADGES = {
    Standing.OPEN: "Open",
    Standing.AT_RISK: "At risk",
    Standing.LATE: "Late",
    Standing.KEPT: "Kept",
    Standing.KEPT_LATE: "Kept late",
    Standing.CANCELLED: "Taken back",
    Standing.TO_PERSON: "With a person",
}
WORRYING = frozenset({Standing.AT_RISK, Standing.LATE})


@dataclass(frozen=True)
class PromiseLine:
    """One promise in a list."""

    id: str
    title: str
    note: str
    badge: str
    late: bool


def line(kept: Kept, names: Mapping[str, str], now: Moment) -> PromiseLine:
    """One promise: what, by whom, by when, and how it stands."""
    promise = kept.promise
    stands = standing(promise, now.now)
    whom = f"for {names.get(promise.own_id, 'a former colleague')}" if promise.own_id else "for the team"
    return PromiseLine(
        id=promise.id,
        title=f"{words.plain(promise.service)}, {whom}",
        note=f"{words.language(promise.language)}, by {now.when(promise.promise_by)}; {why(kept, now.now)}",
        badge=BADGES[stands],
        late=stands in WORRYING,
    )


def about(
    kept: Kept, names: Mapping[str, str], asked: Sequence[tuple[str, str]], now: Moment
) -> tuple[tuple[str, str], ...]:
    """What was promised, when, to be kept by whom, and who asked."""
    promise = kept.promise
    outside = "; ".join(f"{client} ({words.plain(reason).lower()})" for client, reason in asked)
    facts = (
        ("Promised", now.when(promise.booked_at)),
        ("For", f"{now.when(promise.promised_from)} to {now.when(promise.promise_by)}"),
        ("Asked by", outside or words.plain(promise.asked_by)),
        ("Next try", now.when(promise.due_at) if promise.ended_at is None else ""),
        ("Ended", now.when(promise.ended_at) if promise.ended_at else ""),
        ("Talked with", names.get(kept.by, "a former colleague") if kept.by else ""),
    )
    return tuple(fact for fact in facts if fact[1])


def tried(attempt: Attempt, now: Moment) -> tuple[str, str, str]:
    """One try: its number, when, and what became of it."""
    outcome = words.plain(attempt.outcome or attempt.state.value)
    return str(attempt.number), now.when(attempt.asked_at or attempt.intended_at), outcome


def told(entry: Entry, now: Moment) -> tuple[str, str]:
    """One fact of the journal."""
    what = "The promise" if entry.fact == "promise" else f"Try {entry.details['attempt']}"
    state, cause = (words.plain(str(entry.details[name])).lower() for name in ("state", "why"))
    return now.when(entry.at), f"{what}: {state} ({cause})"


def took(kept: Kept) -> str:
    """How long it took from the promise to the talk; "" while there was none."""
    promise = kept.promise
    if promise.state is not RequestState.REACHED or promise.ended_at is None:
        return ""
    return words.unbroken(words.span(words.seconds_between(promise.booked_at, promise.ended_at)))


def tiles(found: Totals) -> tuple[Tile, ...]:
    """What the listed promises come to; each opens its definition and the promises behind it."""
    usual = found.usual_seconds
    said = {
        "promised": str(found.promised),
        "kept_in_time": "none due" if found.kept_share is None else f"{found.kept_share:.1%}",
        "late_now": str(found.late),
        "with_person": str(found.to_person),
        "usual_time": "none yet" if usual is None else words.unbroken(words.span(int(usual))),
    }
    tones = {"late_now": "low" if found.late else ""}
    return tuple(Tile(each.name, said[each.key], tone=tones.get(each.key, ""), key=each.key) for each in LEDGER)
