"""How often the turns of a call ask PostgreSQL: each time is a way to another machine and back for who waits."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

import seeding
from actions import Actions
from bench.prepared import prepared
from switchboard import hear, take_turn
from telephony.inbound import incoming, leg_progress, next_turn
from tests.trips import Trips, counted
from tools import Tools

AT_MOST = {  # BEGIN and COMMIT are two of them
    "arrives": 6,
    "language": 6,
    "menu": 8,
    "birth date": 4,
    "PIN, and stands in line": 23,
    "hears music": 6,
    "hangs up": 14,
}


@pytest.fixture
def trips(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trips]:
    with counted(postgres_url, tmp_path_factory.mktemp("pg")) as trips:
        yield trips


@pytest.fixture
def tools(trips: Trips, valkey_url: str, tmp_path: Path) -> Iterator[Tools]:
    center = prepared(trips.url, valkey_url, tmp_path)
    for clinician in seeding.world().ready:
        Actions(center).set_presence(clinician, "in_visit", None, 600)
    yield center
    center.database.close()


def call(number: str, tools: Tools) -> list[Callable[[], object]]:
    """Joe calls from somebody else's phone, hears that Ana is in a visit, and hangs up."""
    form = {"CallSid": f"CA{number[1:].rjust(32, '0')}", "From": number, "To": "+13125550100"}
    answers = [{**form, "Digits": digits} for digits in ("1", "1", "03141957", "4821")]
    fetches = [
        incoming(form),
        *(next_turn(answer, turn, "keys", waiting=False) for turn, answer in enumerate(answers, 2)),
        next_turn(form, 6, "tick", waiting=True),
    ]
    over = leg_progress({**form, "CallStatus": "completed", "SequenceNumber": "0"})
    return [*(partial(take_turn, fetch, tools) for fetch in fetches), partial(hear, over, tools)]


@pytest.mark.postgres
def test_a_turn_asks_no_more_often_than_it_must(trips: Trips, tools: Tools) -> None:
    for number in ("+12125550110", "+12125550111"):  # each statement is prepared once, the content kept and then known
        for turn in call(number, tools):
            turn()
    asked = []
    for turn in call("+12125550112", tools):
        before = trips.count
        turn()
        asked.append(trips.count - before)
    found = dict(zip(AT_MOST, asked, strict=True))
    assert {what: count for what, count in found.items() if count > AT_MOST[what]} == {}, found
