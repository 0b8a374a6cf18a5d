"""What the lines and the duty board are told: each state once, by the entry that was written for it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as Disconnected
from redis.exceptions import NoPermissionError, ReadOnlyError
from sqlalchemy import select

import clock
import deeds
import errands
import health
import routing.store
from calls.store import OUTBOX, Entry
from config import valkey
from routing import presence, rows
from routing.lines import TAG, Lines
from routing.needs import Follow
from routing.policy import DutyEntry, Match
from routing.presence import State
from tests.scenarios.orders import Center
from tools import Tools


@pytest.fixture
def told(center: Center, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The versions of clinicians' states that the duty board is told from now on."""
    versions: list[int] = []

    def apply_duty(entry: DutyEntry, _now_ms: int) -> None:
        versions.append(entry.version)

    monkeypatch.setattr(center.lines, "apply_duty", apply_duty)
    return versions


@pytest.fixture
def redis(valkey_url: str) -> Iterator[Redis]:
    """An empty Redis."""
    with Redis.from_url(valkey_url) as client:
        yield client


@pytest.fixture
def matching(center: Center, redis: Redis) -> Center:
    """A center whose lines are in Redis."""
    center.tools = replace(center.tools, lines=Lines(redis))
    return center


def ana_is(center: Center, state: State) -> list[Entry]:
    """Ana's state is set; what is to be told of it, by somebody who has not told it yet."""
    with center.database.transaction() as tx:
        chosen = routing.store.set_presence(tx, "ana", state, reason=None, until=None, now=center.clock.now())
        return deeds.outbox(tx, chosen, None, center.clock.now())


def told_again(center: Center) -> list[Entry]:
    """What she can do has changed."""
    with center.database.transaction() as tx:
        return deeds.outbox(tx, routing.store.told_again(tx, {"ana"}), None, center.clock.now())


def outcome(center: Center, entry: Entry) -> str | None:
    """What became of an entry."""
    with center.database.reading() as tx:
        return tx.execute(select(OUTBOX.c.outcome).where(OUTBOX.c.id == entry.id)).scalar()


def test_what_changes_twice_in_one_millisecond_is_told_twice(center: Center, told: list[int]) -> None:
    errands.after_commit(ana_is(center, State.READY), center.tools)
    told.clear()
    for _ in range(2):
        errands.after_commit(told_again(center), center.tools)
    assert len(told) == 2


def test_a_state_for_which_another_entry_was_written_is_left_to_that_one(
    center: Center, told: list[int]
) -> None:
    older, newer = ana_is(center, State.AWAY), ana_is(center, State.READY)
    errands.after_commit(newer, center.tools)
    errands.after_commit(older, center.tools)
    assert told == [newer[0].version]
    assert outcome(center, older[0]) == "overtaken"
    assert outcome(center, newer[0]) == "standing"


def test_a_newer_state_for_which_no_entry_was_written_is_told_by_an_older_one(
    center: Center, told: list[int]
) -> None:
    older = ana_is(center, State.AWAY)
    with center.database.transaction() as tx:
        person = rows.presence_of(tx, "ana", lock=True)
        assert person is not None
        rows.put_presence(tx, person, presence.choose(person, State.READY, None, None, center.clock.now()))
    errands.after_commit(older, center.tools)
    assert told == [older[0].version + 1]


def test_a_wait_for_whose_newer_state_another_entry_was_written_is_not_matched_from_an_older_one(
    center: Center,
) -> None:
    center.joe_waits(for_whom=None)
    with center.database.transaction() as tx:
        (wait,) = routing.store.waits_open(tx)
        first = deeds.outbox(tx, routing.store.hurry(tx, wait.call_id, 60), None, center.clock.now())
        deeds.outbox(tx, routing.store.hurry(tx, wait.call_id, 60), None, center.clock.now())
    center.lines.next_clinician = "luis"
    errands.after_commit(first, center.tools)
    assert center.lines.next_clinician == "luis", "whom the other entry may just have matched has no second choice"


def test_a_redis_that_comes_back_kept_no_line_and_is_told_all_again(center: Center, tmp_path: Path) -> None:
    with valkey.running(tmp_path) as server, Redis.from_url(server.url) as client:
        lines = Lines(client)
        tools = replace(center.tools, lines=lines)
        clock.rebuild_lost_lines(tools)
        whole = lines.snapshot()
        assert whole.ready
        assert clock.rebuild_lost_lines(tools) == 0, "whoever built it once needs not build it again"
    with valkey.running(tmp_path) as server, Redis.from_url(server.url) as client:
        lines = Lines(client)
        assert client.exists(f"{TAG}built"), "it remembers that all was built"
        assert not lines.snapshot().ready
        clock.rebuild_lost_lines(replace(center.tools, lines=lines))
        assert lines.snapshot() == whole


def test_whom_a_match_that_died_took_out_of_the_lines_is_in_them_again(
    matching: Center, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.rebuild_lost_lines(matching.tools)
    before = in_ready_lines(matching.tools.lines)
    with monkeypatch.context() as dying:
        dying.setattr(errands, "make_offer", _dies)
        matching.joe_waits(for_whom=None)
    matching.clock.sleep(4)
    clock.sweep_lines(matching.tools)
    matching.works()
    with matching.database.reading() as tx:
        rung = {offer.clinician_id for offer in rows.offers_where(tx, rows.OPEN_OFFERS)}
    assert len(rung) == 1
    assert in_ready_lines(matching.tools.lines) == before - rung


def in_ready_lines(lines: Lines) -> set[str]:
    """The clinicians whom a caller would find."""
    return {clinician for line in lines.snapshot().ready.values() for clinician, _ in line}


def _dies(match: Match, tools: Tools) -> list[Entry]:
    raise RuntimeError("killed between Redis and SQL")


def test_while_redis_is_away_nothing_more_is_written_for_it(center: Center, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(center.lines, "apply_duty", _away)
    errands.after_commit(ana_is(center, State.AWAY), center.tools)
    before = written(center)
    for _ in range(3):
        center.clock.sleep(60)
        assert clock.sweep_lines(center.tools) == 0
    assert written(center) == before


def written(center: Center) -> int:
    """How many entries there are, done or not."""
    with center.database.reading() as tx:
        return len(tx.execute(select(OUTBOX.c.id)).all())


def _away(entry: DutyEntry, _now_ms: int) -> None:
    raise Disconnected("nobody answers")


def test_a_redis_that_may_not_tell_its_run_is_never_taken_as_built(
    matching: Center, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis, "info", _refused)
    with pytest.raises(NoPermissionError):
        clock.rebuild_lost_lines(matching.tools)


def test_a_redis_that_tells_no_run_counts_as_away_and_calls_are_answered(
    matching: Center, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis, "info", _of_no_run)
    assert "no-redis" in health.degraded_modes(matching.tools)


def _of_no_run(_section: str) -> dict[str, str]:
    return {}


def _refused(section: str) -> dict[str, str]:
    raise NoPermissionError("no permissions to run the 'info' command")


def test_what_the_lines_were_on_an_earlier_run_of_redis_is_forgotten(matching: Center) -> None:
    lines = matching.tools.lines
    clock.rebuild_lost_lines(matching.tools)
    now = lines.snapshot()
    lines.apply_duty(DutyEntry("long gone", 1, lines=("pt+en",)), 0)
    lines.mark_built("an earlier run")
    assert clock.rebuild_lost_lines(matching.tools) > 0
    assert lines.snapshot() == now


def test_what_was_done_long_ago_is_forgotten_and_what_is_not_done_is_kept(center: Center) -> None:
    errands.after_commit(ana_is(center, State.AWAY), center.tools)
    left = {entry.id for entry in ana_is(center, State.READY)}
    center.clock.sleep(clock.DONE_LONG_AGO.total_seconds() - 1)
    before = written(center)
    assert clock.retain(center.tools) == 0
    assert written(center) == before > len(left)
    center.clock.sleep(3600)
    assert clock.retain(center.tools) > 0
    with center.database.reading() as tx:
        kept = tx.execute(select(OUTBOX.c.id, OUTBOX.c.done_at)).all()
    assert left <= {entry.id for entry in kept} and not any(entry.done_at for entry in kept)


def test_nothing_is_written_for_a_redis_that_takes_no_writes(
    matching: Center, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = written(matching)
    monkeypatch.setattr(redis, "delete", _read_only)
    with pytest.raises(ReadOnlyError):
        clock.rebuild_lost_lines(matching.tools)
    assert written(matching) == before


def _read_only(key: str) -> None:
    raise ReadOnlyError("You can't write against a read only replica.")


def test_an_entry_of_an_older_release_that_names_an_instant_is_done(center: Center, told: list[int]) -> None:
    now = center.clock.now()
    errands.after_commit(ana_is(center, State.AWAY), center.tools)
    told.clear()
    with center.database.transaction() as tx:
        of_an_instant = deeds.outbox(tx, [Follow("duty", "ana", int(now.timestamp() * 1000))], None, now)
    errands.after_commit(of_an_instant, center.tools)
    assert len(told) == 1
