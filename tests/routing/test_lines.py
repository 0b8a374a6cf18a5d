"""The lines in Redis: the Lua and the pure policy agree over any history; what is late or doubled does no harm."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis import Redis
from structlog.testing import capture_logs

from config.content import Ladder, Rung
from routing.lines import GONE, KEEP_GONE_MS, TAG, Lines
from routing.needs import Need, OnDuty, Wait, WaitState
from routing.policy import DutyEntry, Match, Stand, WaitEntry, duty_entry, wait_entry
from routing.presence import Presence, State
from tests.routing.board import Board

T = 1_930_000_000_000
DAY = datetime(2031, 3, 3, tzinfo=UTC)
LADDER = Ladder(rungs=(Rung(serve=("own",), seconds=9), Rung(serve=("team", "site"), seconds=9), Rung(serve=("any",))))
PEOPLE = [  # the capital letter would be sorted elsewhere by a locale
    OnDuty("ana", {"pt": 2}, ("en", "es"), "north"),
    OnDuty("Ben", {"pt": 1}, ("en",), "north"),
    OnDuty("cy", {"pt": 1, "ot": 3}, ("en", "es"), "south"),
    OnDuty("dee", {"ot": 1}, ("es",)),
]
IDS = [person.clinician_id for person in PEOPLE]

some_ids = st.lists(st.sampled_from(IDS), max_size=3, unique=True).map(tuple)
needs = st.builds(
    Need,
    skill=st.sampled_from(["pt", "pt", "ot"]),
    level=st.integers(1, 3),
    language=st.sampled_from(["en", "en", "es"]),
    site=st.sampled_from([None, "north", "south"]),
    own=st.sampled_from([None, *IDS]),
    team=some_ids,
    avoid=st.one_of(st.just(()), some_ids),
)
keys = st.sampled_from([T, T, T + 30_000])  # few, so that ties and the own bonus decide
versions = st.sampled_from([0, 1, 1, 1, -1])  # against the last: the same again, newer, or stale


@dataclass(frozen=True)
class WaitSaid:
    id: str
    newer: int
    state: WaitState
    need: Need
    rung: int
    place: int


@dataclass(frozen=True)
class DutySaid:
    person: int
    newer: int
    state: State
    idle: int


wait_states = st.sampled_from([WaitState.WAITING] * 4 + [WaitState.OFFERED, WaitState.LEFT])
waits_said = st.builds(
    WaitSaid, st.sampled_from(["w1", "w2", "w3", "w4", "w5"]), versions, wait_states, needs, st.integers(0, 2), keys
)
duties_said = st.builds(
    DutySaid, st.integers(0, 3), versions, st.sampled_from([State.READY] * 3 + [State.AWAY, State.TALKING]), keys
)
histories = st.lists(st.one_of(waits_said, duties_said), min_size=1, max_size=40)


def entry_of_wait(said: WaitSaid, version: int) -> WaitEntry:
    return wait_entry(
        Wait(
            id=said.id,
            call_id="c",
            kind="call",
            sid=None,
            callback_id=None,
            state=said.state,
            need=said.need,
            ladder="x",
            rung=said.rung,
            rung_until=None,
            place_ms=said.place,
            version=version,
            joined_at=DAY,
        ),
        LADDER,
    )


def entry_of_duty(said: DutySaid, version: int) -> DutyEntry:
    person = PEOPLE[said.person]
    now = Presence(person.clinician_id, said.state, DAY, idle_since_ms=said.idle, version=version)
    return duty_entry(now, person)


def entries(history: list[WaitSaid | DutySaid]) -> list[WaitEntry | DutyEntry]:
    """What is said, with versions that rise, repeat, or come late."""
    newest: dict[str, int] = {}
    told = []
    for said in history:
        who = said.id if isinstance(said, WaitSaid) else IDS[said.person]
        version = newest.get(who, 1) + said.newer
        newest[who] = max(version, newest.get(who, 1))
        told.append(entry_of_wait(said, version) if isinstance(said, WaitSaid) else entry_of_duty(said, version))
    return told


def apply(to: Lines | Board, entry: WaitEntry | DutyEntry, now_ms: int) -> Match | None:
    return to.apply_wait(entry, now_ms) if isinstance(entry, WaitEntry) else to.apply_duty(entry, now_ms)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(histories)
def test_redis_and_the_pure_policy_give_the_same_answers_over_any_history(
    lines: Lines, history: list[WaitSaid | DutySaid]
) -> None:
    lines.clear()
    board = Board()
    for moment, entry in enumerate(entries(history), start=T):
        assert apply(lines, entry, moment) == apply(board, entry, moment)
    held = lines.snapshot()
    assert held.waiting == board.waiting()
    assert held.ready == board.ready()


def wait(name: str, *lines: str, version: int = 1, key: int = T, avoid: tuple[str, ...] = ()) -> WaitEntry:
    return WaitEntry(name, version, tuple(Stand(line, i, key) for i, line in enumerate(lines)), avoid)


def duty(name: str, *lines: str, version: int = 1, idle: int = T) -> DutyEntry:
    return DutyEntry(name, version, idle, lines)


def test_a_head_that_avoids_him_is_passed_only_when_it_would_be_taken(lines: Lines) -> None:
    board = Board()
    for to in (lines, board):
        apply(to, wait("shy", "nurse+en", key=T - 5, avoid=("ana",)), T)
        apply(to, wait("joe", "pt+en", key=T - 9), T)
    found, expected = (apply(to, duty("ana", "pt+en", "nurse+en"), T) for to in (lines, board))
    assert found == expected
    assert found is not None
    assert [(seen.line, seen.id) for seen in found.looked] == [("pt+en", "joe"), ("nurse+en", "shy")]


def pair(match: Match | None) -> tuple[str, str] | None:
    return (match.wait_id, match.clinician_id) if match else None


def test_a_caller_gets_his_own_clinician_before_one_who_is_idle_longer(lines: Lines) -> None:
    lines.apply_duty(duty("ben", "clinician:ben", "pt+en", idle=T - 9_000), T)
    lines.apply_duty(duty("ana", "clinician:ana", "pt+en", idle=T), T)
    match = lines.apply_wait(wait("joe", "clinician:ana", "pt+en", version=4), T)
    assert match is not None
    assert (match.clinician_id, match.line, match.group, match.trigger) == ("ana", "clinician:ana", 0, "wait")
    assert (match.wait_version, match.clinician_version) == (4, 1)


def test_both_leave_all_their_lines_when_they_are_matched(lines: Lines) -> None:
    lines.apply_wait(wait("joe", "clinician:ana", "pt+en"), T)
    assert pair(lines.apply_duty(duty("ben", "clinician:ben", "pt+en"), T)) == ("joe", "ben")
    assert lines.apply_duty(duty("ana", "clinician:ana", "pt+en"), T) is None
    assert set(lines.snapshot().waiting) == set()
    assert set(lines.snapshot().ready) == {"clinician:ana", "pt+en"}


def test_a_late_join_cannot_undo_a_leave(lines: Lines) -> None:
    lines.apply_wait(wait("joe", version=2), T)
    lines.apply_wait(wait("joe", "pt+en", version=1), T)
    assert lines.apply_duty(duty("ana", "pt+en"), T) is None


def test_a_late_ready_cannot_undo_an_absence(lines: Lines) -> None:
    lines.apply_duty(duty("ana", version=2), T)
    lines.apply_duty(duty("ana", "pt+en", version=1), T)
    assert lines.apply_wait(wait("joe", "pt+en"), T) is None


def test_the_same_word_again_finds_a_match_that_came_to_nothing(lines: Lines) -> None:
    lines.apply_duty(duty("ana", "pt+en"), T)
    assert lines.apply_wait(wait("joe", "pt+en"), T)
    assert lines.apply_duty(duty("ana", "pt+en"), T) is None
    assert pair(lines.apply_wait(wait("joe", "pt+en"), T)) == ("joe", "ana")


def test_the_order_of_callers_is_place_then_id(lines: Lines) -> None:
    for name, key in (("c", T), ("b", T + 1), ("a", T)):
        lines.apply_wait(wait(name, "pt+en", key=key), T)
    served = [lines.apply_duty(duty(person, "pt+en"), T) for person in ("x", "y", "z")]
    assert [match.wait_id for match in served if match] == ["a", "c", "b"]


def test_a_tie_across_lines_is_settled_by_the_bytes_of_the_ids(lines: Lines) -> None:
    lines.apply_duty(duty("ana", "clinician:ana"), T)
    lines.apply_duty(duty("Ben", "clinician:Ben"), T)
    team = (Stand("clinician:ana", 0, T), Stand("clinician:Ben", 0, T))
    assert pair(lines.apply_wait(WaitEntry("joe", 1, team), T)) == ("joe", "Ben")
    lines.apply_wait(wait("amy", "pt+en"), T)
    lines.apply_wait(wait("Zoe", "pt+es"), T)
    assert pair(lines.apply_duty(duty("ana", "pt+en", "pt+es", version=2), T)) == ("Zoe", "ana")


def test_everybody_a_caller_avoids_is_passed_over(lines: Lines) -> None:
    for name in ("ana", "ben", "cy"):
        lines.apply_duty(duty(name, "pt+en"), T)
    assert pair(lines.apply_wait(wait("joe", "pt+en", avoid=("ben", "ana")), T)) == ("joe", "cy")


@pytest.mark.parametrize(("crowd", "warned"), [(16, False), (17, True), (40, True)])
def test_a_head_that_avoids_her_is_passed_and_a_deep_search_is_told(lines: Lines, crowd: int, warned: bool) -> None:
    for number in range(crowd):
        lines.apply_wait(wait(f"w{number:02}", "pt+en", avoid=("ana",)), T)
    lines.apply_wait(wait("joe", "pt+en", key=T + 1), T)
    with capture_logs() as logged:
        assert pair(lines.apply_duty(duty("ana", "pt+en"), T)) == ("joe", "ana")
    assert [entry["event"] for entry in logged] == (["line_searched_deep"] if warned else [])


def test_the_version_of_a_wait_is_forgotten_an_hour_after_it_left(lines: Lines, redis: Redis) -> None:
    lines.apply_wait(wait("joe", version=2), T)
    lines.apply_wait(wait("other", version=1), T + KEEP_GONE_MS - 1)
    assert redis.exists(f"{TAG}wait:joe")
    lines.apply_wait(wait("other", version=1), T + KEEP_GONE_MS)
    assert not redis.exists(f"{TAG}wait:joe")
    assert redis.zrange(GONE, 0, -1) == [b"other"]


def test_one_who_waits_again_is_not_forgotten(lines: Lines, redis: Redis) -> None:
    lines.apply_wait(wait("joe", version=2), T)
    lines.apply_wait(wait("joe", "pt+en", version=3), T)
    lines.apply_wait(wait("other", "pt+en"), T + 2 * KEEP_GONE_MS)
    assert redis.exists(f"{TAG}wait:joe")


def test_the_scripts_come_back_after_redis_forgot_them(lines: Lines, redis: Redis) -> None:
    lines.apply_wait(wait("joe", "pt+en"), T)
    redis.script_flush()
    assert pair(lines.apply_duty(duty("ana", "pt+en"), T)) == ("joe", "ana")


def test_a_cleared_board_is_not_built_and_knows_no_version(lines: Lines, redis: Redis) -> None:
    lines.apply_wait(wait("joe", "pt+en", version=9), T)
    lines.mark_built(lines.server())
    assert lines.built(lines.server())
    redis.set("other", "1")
    lines.clear()
    assert not lines.built(lines.server())
    assert redis.keys("*") == [b"other"]


def test_a_client_that_decodes_is_understood_too(valkey_url: str, lines: Lines) -> None:
    decoding = Lines(Redis.from_url(valkey_url, decode_responses=True))
    decoding.apply_wait(wait("joe", "pt+en"), T)
    assert decoding.snapshot() == lines.snapshot()
    assert pair(decoding.apply_duty(duty("ana", "pt+en"), T)) == ("joe", "ana")


def test_one_whose_record_a_wipe_has_taken_has_a_version_that_loses(lines: Lines, redis: Redis) -> None:
    lines.apply_wait(wait("joe", "clinician:ana", "pt+en", version=7), T)
    redis.delete(f"{TAG}wait:joe")
    match = lines.apply_duty(duty("ana", "pt+en"), T)
    assert match is not None
    assert (match.wait_id, match.wait_version, match.line, match.group) == ("joe", 0, "pt+en", 0)
    lines.clear()
    lines.apply_duty(duty("ben", "pt+en", version=7), T)
    redis.delete(f"{TAG}duty:ben")
    match = lines.apply_wait(wait("joe", "pt+en"), T)
    assert match is not None
    assert (match.clinician_id, match.clinician_version) == ("ben", 0)


def test_every_key_shares_one_hash_tag(lines: Lines, redis: Redis) -> None:
    lines.apply_wait(wait("joe", "pt+en"), T)
    lines.apply_wait(wait("gone"), T)
    lines.apply_duty(duty("ana", "ot+en"), T)
    lines.mark_built(lines.server())
    assert all(TAG in str(key) for key in redis.keys("*"))
