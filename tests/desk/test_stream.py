"""Live pages: fragments come soon after a hint, stop with the sign-in, and never cross from one person to another."""

import re
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import copy_context
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from redis import Redis

from bench import screens
from callbacks.tables import CallbackRequest
from desk import boards, csrf, end_streams_on_sigterm, store, stream
from desk.stream import Hub, Wave, event, hub_of
from directory.tables import Clinician, User
from routing.tables import Offer, Presence
from tests.desk.test_browser import furnish
from tests.desk.world import NOON, World, clinic, token


@contextmanager
def listening(world: World, login: str, path: str) -> Iterator[Iterator[str]]:
    """The events of one stream, as whole texts. It runs in a context of its own, as in a thread of a server."""
    client, aside = world.browser(login), copy_context()
    answer = aside.run(client.get, path, buffered=False)
    chunks: Iterator[bytes] = iter(answer.response)  # type: ignore[arg-type]
    try:
        yield iter(lambda: str(aside.run(next, chunks, b""), "utf-8"), "")
    finally:
        aside.run(answer.close)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Streams that hardly pause, so that no test waits for a heartbeat."""
    monkeypatch.setattr(stream, "PACE", 0.01)
    monkeypatch.setattr(stream, "LOOK_AGAIN", 0.05)


def test_a_fragment_becomes_one_unnamed_event() -> None:
    assert event("<p>a</p>\n<p>b</p>") == "retry: 1500\ndata: <p>a</p>\ndata: <p>b</p>\n\n"


def test_each_event_is_the_whole_live_part_as_it_is_now(world: World, quick: None) -> None:
    with listening(world, "sam", "/board/stream") as events:
        assert "The center now" in next(events)
        world.change(Presence, "luis", state="offered")
        assert "Ringing" in next(events)


def test_the_measuring_of_boards_counts_who_waits_on_them(world: World, quick: None) -> None:
    with listening(world, "sam", "/board/stream") as events:
        begun = [(0.0, next(events).encode())]
        world.wait("one-more")
        came = [*begun, (1.0, next(events).encode())]
    before, after = [waiting for _, waiting in screens.fragments(came)]
    assert after == before + 1 > 1


def test_the_list_of_work_is_live_as_it_was_sorted_and_filtered(world: World, quick: None) -> None:
    with listening(world, "ana", "/owed/stream?kind=callback&sort=owner") as events:
        first = next(events)
        assert 'id="line-cb-rosa"' in first and "vm-ana" not in first
        assert "/owed/callbacks/cb-rosa/done?sort=owner&amp;kind=callback" in first
        world.change(CallbackRequest, "cb-late", own_id="ana")
        assert 'id="line-cb-late"' in next(events)


def test_the_list_of_work_shows_each_his_own_and_writes_down_each_look_once(world: World, quick: None) -> None:
    with listening(world, "ana", "/owed/stream") as of_ana, listening(world, "luis", "/owed/stream") as of_luis:
        for hours in (2, 3, 4):
            assert "Rosa V." in next(of_ana)
            assert "Rosa" not in next(of_luis)
            world.change(CallbackRequest, "cb-rosa", promise_by=NOON + timedelta(hours=hours + 1))
            world.change(CallbackRequest, "cb-late", promise_by=NOON + timedelta(hours=hours))
    looks = [audit[1:] for audit in world.audits() if audit[0] == "user:ana" and audit[1].startswith("saw_")]
    assert looks == [("saw_work", "p-rosa"), ("saw_work", "call-of-vm-team"), ("saw_callback", "p-rosa")]


def test_to_a_supervisor_the_list_of_work_names_nobody_and_no_look_is_written_down(world: World, quick: None) -> None:
    with listening(world, "sam", "/owed/stream") as events:
        assert "Rosa" not in next(events)
    assert not [audit for audit in world.audits() if audit[1].startswith("saw_")]


def test_a_list_of_work_in_which_nothing_changes_is_not_sent_again_and_tells_that_it_is_of_now(
    world: World, quick: None
) -> None:
    with listening(world, "sam", "/owed/stream") as events:
        assert "As of 12:00:00 PM" in next(events)
        world.clock.move(seconds=7)
        assert next(events) == "event: still\ndata: 12:00:07 PM\n\n"
        world.clock.move(hours=2)
        assert "signed out" in next(events), "what is not sent again is looked after all the same"


def test_the_page_of_a_clinician_is_live_until_he_takes_no_calls_any_more(world: World, quick: None) -> None:
    with listening(world, "sam", "/people/luis/stream") as events:
        assert "Ready" in next(events)
        world.change(Presence, "luis", state="away", reason="lunch")
        assert "Lunch" in next(events)
        world.change(Clinician, "luis", active=False)
        assert "Nobody of this name takes calls any more" in next(events)
    assert world.browser("sam").get("/people/nobody/stream").status_code == 404


def test_a_stream_shows_its_own_person_only(world: World, quick: None) -> None:
    with listening(world, "ana", "/me/stream") as of_ana, listening(world, "luis", "/me/stream") as of_luis:
        for _ in range(2):
            assert "Joe S." in next(of_ana)
            assert "Joe" not in next(of_luis)


ENDINGS: list[Any] = [
    lambda world: world.clock.move(minutes=16),
    lambda world: world.change(User, "u-ana", active=False),
    lambda world: world.change(User, "u-ana", role="auditor", clinician_id=None),
    lambda world: sign_out_elsewhere(world),
]


def test_a_wave_looks_up_those_alone_who_may_sign_in(world: World) -> None:
    world.change(User, "u-ana", active=False)
    with world.database.reading() as tx:
        found = store.people(tx)
    assert "u-sam" in found and "u-ana" not in found


def sign_out_elsewhere(world: World) -> None:
    other = world.browser("ana")
    other.post("/sign-out", data={"csrf_token": token(other)})


@pytest.mark.parametrize("end", ENDINGS, ids=["idle", "stopped", "demoted", "signed out elsewhere"])
@pytest.mark.parametrize(("path", "patient"), [("/me/stream", "Joe S."), ("/owed/stream", "Rosa V.")])
def test_a_stream_ends_with_the_sign_in_and_takes_the_patient_off_the_screen(
    world: World, quick: None, path: str, patient: str, end: Any
) -> None:
    with listening(world, "ana", path) as events:
        assert patient in next(events)
        end(world)
        last = next(events)
        assert "You are signed out" in last
        assert last.endswith("event: ended\ndata: over\n\n")
        assert patient not in last
        assert list(events) == []


def test_a_stream_writes_down_each_look_once(world: World, quick: None) -> None:
    with listening(world, "ana", "/me/stream") as events:
        for _ in range(4):
            next(events)
    calls = [audit for audit in world.audits() if audit[1] == "saw_call"]
    assert calls == [("user:ana", "saw_call", "p-joe")]


def test_a_new_caller_on_a_stream_is_a_new_look(world: World, quick: None) -> None:
    with listening(world, "luis", "/me/stream") as events:
        next(events)
        world.change(Offer, 1, clinician_id="luis")
        assert "Joe S." in next(events)
    assert ("user:luis", "saw_call", "p-joe") in world.audits()


def test_streams_end_when_the_process_stops(world: World) -> None:
    with listening(world, "sam", "/board/stream") as events:
        next(events)
        hub_of(world.app).close()
        assert list(events) == []


def test_being_told_to_stop_ends_the_streams_and_then_does_what_was_to_be_done(world: World) -> None:
    told: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _frame: told.append(number))
    try:
        end_streams_on_sigterm(world.app)
        with listening(world, "sam", "/board/stream") as events:
            next(events)
            signal.raise_signal(signal.SIGTERM)
            assert list(events) == []
    finally:
        signal.signal(signal.SIGTERM, before)
    assert told == [signal.SIGTERM]


def test_a_process_with_enough_streams_opens_no_more(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "MOST_STREAMS", 1)
    with listening(world, "sam", "/board/stream") as events:
        next(events)
        assert world.browser("sam").get("/board/stream").status_code == 204
    with world.browser("sam").get("/board/stream", buffered=False) as answer:
        assert answer.status_code == 200


def test_a_hint_wakes_a_waiting_stream_and_none_is_lost_meanwhile(quick: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "LOOK_AGAIN", 60.0)
    hub = Hub(None)
    drawn = hub.first()
    hub.hint()  # before anybody waits, and before anything beats
    hub.enter()
    wave = hub.after(drawn)
    assert wave is not None and wave.began > drawn.began
    threading.Timer(0.05, hub.hint).start()
    assert hub.after(wave) is not None
    hub.close()


def test_hints_in_quick_succession_are_one_wave(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "PACE", 0.2)
    monkeypatch.setattr(stream, "LOOK_AGAIN", 60.0)
    hub = Hub(None)
    hub.enter()
    for _ in range(50):
        hub.hint()
    first = hub.after(hub.first())
    assert first is not None and first.number == 1
    threading.Timer(0.3, hub.close).start()
    assert hub.after(first) is None, "there was nothing more to say"


def test_the_boards_of_a_wave_are_read_and_drawn_once_and_each_has_its_own_token(
    world: World, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    readings: list[object] = []
    drawings: list[object] = []
    read, draw = store.open_waits, boards.board
    monkeypatch.setattr(boards, "board", lambda rows, at: drawings.append(rows) or draw(rows, at))  # type: ignore[func-returns-value]
    monkeypatch.setattr(store, "open_waits", lambda tx: readings.append(tx) or read(tx))  # type: ignore[func-returns-value]
    wave = Wave(1, monotonic())
    monkeypatch.setattr(Hub, "first", lambda _hub: wave)
    with listening(world, "sam", "/board/stream") as one, listening(world, "root", "/board/stream") as other:
        shown = [next(one), next(other)]
    tokens = [re.findall(r'name="csrf_token" value="([^"]+)"', each) for each in shown]
    assert len(readings) == len(drawings) == 1
    assert all(len(set(each)) == 1 for each in tokens) and tokens[0][0] != tokens[1][0]
    assert shown[0].replace(tokens[0][0], "") == shown[1].replace(tokens[1][0], "")
    assert csrf.PLACE not in shown[0]


def test_the_token_of_a_live_board_works(world: World, quick: None) -> None:
    browser = world.browser("sam")
    aside = copy_context()
    answer = aside.run(browser.get, "/board/stream", buffered=False)
    chunks: Iterator[bytes] = iter(answer.response)  # type: ignore[arg-type]
    fragment = str(aside.run(next, chunks), "utf-8")
    aside.run(answer.close)
    sent = re.findall(r'name="csrf_token" value="([^"]+)"', fragment)[0]
    assert browser.post("/board/hours", data={"csrf_token": sent, "state": "open"}).status_code == 303


def test_what_one_supervisor_has_taken_on_is_his_on_his_live_board_alone(world: World, quick: None) -> None:
    furnish(world)
    sam = world.browser("sam")
    found = re.search(r"/board/owed/(\w+)/claim", sam.get("/board").text)
    assert found
    sam.post(f"/board/owed/{found[1]}/claim", data={"csrf_token": token(sam)})
    with listening(world, "sam", "/board/stream") as his, listening(world, "root", "/board/stream") as anothers:
        assert "Yours" in next(his)
        assert "Yours" not in next(anothers)


def test_a_hint_over_redis_reaches_the_streams_of_another_process(
    tmp_path: Path, valkey_url: str, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "HEARTBEAT", 60.0)
    monkeypatch.setattr(stream, "LOOK_AGAIN", 60.0)
    world = clinic(tmp_path, Redis.from_url(valkey_url, socket_timeout=1.0))
    with listening(world, "sam", "/board/stream") as events:
        next(events)
        next(events)  # the listener is there now, and said so
        world.change(Presence, "luis", state="away", reason="lunch")
        assert Redis.from_url(valkey_url).publish(stream.CHANNEL, "changed") >= 1
        assert "0 of 1" in next(events)
    hub_of(world.app).close()


def test_pressing_a_button_hints_to_every_process(tmp_path: Path, valkey_url: str) -> None:
    world = clinic(tmp_path, Redis.from_url(valkey_url))
    channel: Any = Redis.from_url(valkey_url).pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]
    channel.subscribe(stream.CHANNEL)
    channel.get_message(timeout=2)
    luis = world.browser("luis")
    luis.post("/me/presence", data={"csrf_token": token(luis), "state": "offline"})
    assert channel.get_message(timeout=2)
    channel.close()
