"""The lines in memory say what the Lua says, over the same histories."""

from config.content import Ladder, Rung
from routing.board import Board
from routing.lines import Lines
from routing.needs import Need, OnDuty
from routing.policy import Candidate, DutyEntry, Stand, WaitEntry
from routing.simulation import Caller, Center, Worker


def test_a_whole_day_is_the_same_on_the_lua(lines: Lines):
    """Own clinicians, a team, a language that few speak, rungs, people who give up and shifts that end."""

    def day(where: Board | Lines) -> list[tuple[str, float, str | None, int]]:
        center = Center(LADDERS, lines=where)
        return [(o.caller.id, o.wait, o.clinician, o.rung) for o in center.run(callers(300), PEOPLE)]

    mine = day(Board())
    assert day(lines) == mine
    assert {rung for _, _, _, rung in mine} == {0, 1, 2}
    assert any(person is None for _, _, person, _ in mine)


LADDERS = {
    "own": Ladder(
        rungs=(Rung(serve=("own", "team"), seconds=20), Rung(serve=("site",), seconds=20), Rung(serve=("any",)))
    )
}
PEOPLE = [
    Worker(OnDuty("ana", {"pt": 3}, ("en", "es"), "north")),
    Worker(OnDuty("ben", {"pt": 1}, ("en",), "north"), ((0, 4000), (6000, 9000))),
    Worker(OnDuty("cy", {"pt": 2, "ot": 3}, ("en",), "south")),
    Worker(OnDuty("dee", {"ot": 1}, ("es", "en"), "south"), ((1000, 20_000),)),
]


def callers(count: int) -> list[Caller]:
    """Callers without chance: numbers that share no factor make them differ."""
    needs = [
        Need("pt", own="ana", team=("ben",), site="south"),
        Need("pt", own="ben", language="en", site="north"),
        Need("ot", language="es", avoid=("cy",)),
        Need("ot", site="south", own="gone"),
        Need("pt", level=2),
    ]
    return [
        Caller(f"w{n:04d}", n * 37.0, needs[n % 5], "own", 60 + n * 41 % 150, 30 + n * 53 % 240, n % 3 * 60, n % 2 * 7)
        for n in range(count)
    ]


def test_heads_that_avoid_a_clinician_keep_their_place():
    board = Board()
    board.apply_wait(WaitEntry("first", 1, (Stand("pt+en", 0, 1),), avoid=("ana",)), 0)
    board.apply_wait(WaitEntry("second", 1, (Stand("pt+en", 0, 2),)), 0)
    assert (match := board.apply_duty(DutyEntry("ana", 1, 0, ("pt+en",)), 0)) and match.wait_id == "second"
    assert (match := board.apply_duty(DutyEntry("ben", 1, 0, ("pt+en",)), 0)) and match.wait_id == "first"
    assert match.looked == (Candidate("pt+en", "first", 1),)
