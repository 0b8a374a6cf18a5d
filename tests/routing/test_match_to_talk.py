"""SQL and Redis together, as one call sees them: from joining to a talk, and what a lost step leaves behind."""

from typing import Any

import pytest

from config.database import Database
from routing import explain, rows, store
from routing.lines import Lines
from routing.needs import Follow, OnDuty, epoch_ms
from routing.policy import Match
from routing.presence import State
from tests.routing.world import ANA, JOE, NOON, Center, after

PEOPLE = {"ana": ANA, "ben": OnDuty("ben", {"pt": 1}, ("en",))}


class Shell:
    """Performs what follows, as the switchboard does: says to Redis what SQL says, and offers what matches."""

    def __init__(self, center: Center, lines: Lines) -> None:
        self.center, self.lines = center, lines

    def follow(self, follows: list[Follow], at: Any = NOON) -> list[Match]:
        matches = [match for follow in follows if (match := self._say(follow, epoch_ms(at)))]
        for match in matches:
            self.follow(self._offer(match, at), at)
        return matches

    def _say(self, follow: Follow, now_ms: int) -> Match | None:
        if follow.kind == "line":
            return self.lines.apply_wait(self.center.do(store.line_entry, follow.subject), now_ms)
        if follow.kind == "duty":
            entry = self.center.do(store.duty_entry, follow.subject, PEOPLE[follow.subject])
            return self.lines.apply_duty(entry, now_ms)
        return None

    def _offer(self, match: Match, at: Any) -> list[Follow]:
        why = explain.record(match, JOE, 0)
        named = {"wait_id": match.wait_id, "clinician_id": match.clinician_id, "room": f"room-{match.wait_version}"}
        made = self.center.do(store.make_offer, **named, why=lambda _wait: why, now=at, ring_seconds=20)
        if made is None:
            return [Follow("line", match.wait_id), Follow("duty", match.clinician_id)]
        return self.center.do(store.follows_of_new, made)[0]


@pytest.fixture
def shell(database: Database, lines: Lines) -> Shell:
    return Shell(Center(database), lines)


def test_joe_speaks_with_his_own_therapist(shell: Shell) -> None:
    center = shell.center
    for person in ("ben", "ana"):
        shell.follow(center.ready(person))
    (match,) = shell.follow(center.joins())
    assert match.clinician_id == "ana"
    made = next(iter(center.do(rows.offers_where, rows.OPEN_OFFERS)), None)
    assert made is not None
    assert explain.why_this(made.why) == "The patient's own clinician was ready."
    assert shell.lines.snapshot().waiting == {}
    assert shell.lines.snapshot().ready.keys() == {"clinician:ben", "pt+en", "pt:0+en"}


def test_one_who_does_not_answer_makes_room_for_the_team_in_the_same_place(shell: Shell) -> None:
    center = shell.center
    shell.follow(center.ready("ana"))
    shell.follow(center.joins())
    made = next(iter(center.do(rows.offers_where, rows.OPEN_OFFERS)), None)
    assert made is not None
    assert shell.follow(center.do(store.give_back, made.id, "no_answer", now=after(20)), after(20)) == []
    (match,) = shell.follow(center.ready("ben", after(21)), after(21))
    assert (match.wait_id, match.clinician_id, match.trigger) == ("wait-call-1", "ben", "duty")


def test_when_redis_promised_what_sql_refuses_both_are_said_again(shell: Shell) -> None:
    center = shell.center
    shell.follow(center.ready("ana"))
    center.sets("ana", "away")  # committed, but Redis has not heard of it
    (match,) = shell.follow(center.joins())
    assert match.clinician_id == "ana"
    assert center.presence().state is State.AWAY
    assert set(shell.lines.snapshot().waiting) == {"clinician:ana", "clinician:ben"}
    (second,) = shell.follow(center.ready("ben"))
    assert second.clinician_id == "ben"


def test_all_is_rebuilt_from_sql_when_redis_forgot_everything(shell: Shell) -> None:
    center = shell.center
    shell.follow(center.joins())
    before = shell.lines.snapshot()
    shell.lines.clear()
    shell.follow([Follow("line", wait.id) for wait in center.do(store.waits_open)])
    assert shell.lines.snapshot() == before
