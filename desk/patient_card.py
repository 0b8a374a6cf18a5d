"""What a clinician sees of the patient whom he talks with and who proved who he is, out of the directory. Pure."""

from collections.abc import Iterator, Mapping

from desk import words
from desk.lists import OUTCOMES
from desk.rows import CallRow, CardRow
from desk.words import Moment

Fact = tuple[str, str]


def facts(card: CardRow, people: Mapping[str, str], moment: Moment) -> tuple[Fact, ...]:
    """How long ago he left the hospital, who cares for him, what he speaks, and when he called before."""
    return tuple(fact for fact in _facts(card, people, moment) if fact[1])


def _facts(card: CardRow, people: Mapping[str, str], moment: Moment) -> Iterator[Fact]:
    if card.discharged_at:
        days = (moment.now - card.discharged_at).days
        yield "Left hospital", "today" if days == 0 else f"{days} day{'' if days == 1 else 's'} ago"
    yield "Cared for by", ", ".join(_carers(card, people))
    yield "Speaks", words.language(card.language)
    yield "Called before", "; ".join(_called(call, moment) for call in card.calls)


def _carers(card: CardRow, people: Mapping[str, str]) -> Iterator[str]:
    if own := people.get(card.own_id or ""):
        yield f"{own} (own)"
    yield from (people[mate] for mate in card.team if mate in people)


def _called(call: CallRow, moment: Moment) -> str:
    about = words.plain(call.service).lower() or "no service chosen"
    outcome = OUTCOMES.get(call.outcome or "", "ended").lower()
    return f"{moment.when(call.arrived_at)} about {about}, {outcome}"
