"""What every carrier does alike: the fake that unit tests use, and Twilio's REST API as the emulator speaks it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from telephony.carrier import CarrierError
from tests.contract.carriers import CENTER, Bench, EmulatorBench, FakeBench, emulator_process

ANA, LUIS, NOBODY = "+13125550161", "+13125550162", "CA" + "f" * 32


@pytest.fixture(scope="module")
def emulator() -> Iterator[str]:
    with emulator_process() as base:
        yield base


@pytest.fixture(params=["fake", "emulator"])
def bench(request: pytest.FixtureRequest) -> Bench:
    """One carrier after the other, without any calls."""
    if request.param == "fake":
        return FakeBench()
    return EmulatorBench(request.getfixturevalue("emulator"))


def ring(bench: Bench, to: str = ANA) -> str:
    """A placed call."""
    url, told = bench.address("first"), bench.address("told")
    return bench.carrier.ring(to=to, url=url, status_url=told, fallback_url=bench.address("fallback"), seconds=20)


def talking(bench: Bench) -> str:
    """A call that was answered."""
    sid = ring(bench)
    bench.rings(sid)
    bench.answers(sid)
    return sid


def is_over(bench: Bench, sid: str) -> bool:
    call = bench.carrier.look(sid)
    assert call is not None
    return call.is_over


def test_a_rung_call_lives_and_is_known_by_its_own_name(bench: Bench) -> None:
    first, second = ring(bench), ring(bench)
    assert first != second
    call = bench.carrier.look(first)
    assert call is not None
    assert (call.sid, call.to, call.is_over) == (first, ANA, False)


def test_an_answered_call_asks_its_url(bench: Bench) -> None:
    sid = talking(bench)
    assert bench.document(sid) == bench.address("first")
    assert not is_over(bench, sid)


@pytest.mark.parametrize("number", ["", "555", "911", "joe", "+0123", "+1312555016x"])
def test_what_is_no_number_is_never_rung(bench: Bench, number: str) -> None:
    with pytest.raises(CarrierError) as caught:
        ring(bench, number)
    assert (caught.value.permanent, caught.value.maybe_done, caught.value.gone) == (True, False, False)


def test_a_call_needs_an_absolute_address(bench: Bench) -> None:
    with pytest.raises(CarrierError) as caught:
        bench.carrier.ring(to=ANA, url="/voice", status_url="/status", fallback_url=None, seconds=20)
    assert (caught.value.permanent, caught.value.maybe_done) == (True, False)
    assert bench.carrier.calls_to(ANA) == []


def test_a_moved_leg_asks_the_new_url(bench: Bench) -> None:
    sid = talking(bench)
    bench.carrier.move(sid, bench.address("second"))
    assert bench.document(sid) == bench.address("second")
    assert not is_over(bench, sid)


def test_a_leg_may_be_moved_twice_to_the_same_place(bench: Bench) -> None:
    sid = talking(bench)
    bench.carrier.move(sid, bench.address("second"))
    bench.carrier.move(sid, bench.address("second"))
    assert bench.document(sid) == bench.address("second")


@pytest.mark.parametrize("state", ["ringing", "declined", "hung up by him", "hung up by us", "unknown"])
def test_a_leg_that_is_not_talking_is_gone_for_a_move(bench: Bench, state: str) -> None:
    sid = _in_state(bench, state)
    with pytest.raises(CarrierError) as caught:
        bench.carrier.move(sid, bench.address("second"))
    assert (caught.value.permanent, caught.value.maybe_done, caught.value.gone) == (True, False, True)


@pytest.mark.parametrize("state", ["placed", "ringing", "talking"])
def test_a_leg_is_hung_up_in_any_state_once_or_twice(bench: Bench, state: str) -> None:
    sid = _in_state(bench, state)
    bench.carrier.hang_up(sid)
    assert is_over(bench, sid)
    before = bench.carrier.look(sid)
    bench.carrier.hang_up(sid)
    assert bench.carrier.look(sid) == before


@pytest.mark.parametrize("state", ["declined", "hung up by him", "unknown"])
def test_hanging_up_what_is_over_changes_nothing(bench: Bench, state: str) -> None:
    sid = _in_state(bench, state)
    before = bench.carrier.look(sid)
    bench.carrier.hang_up(sid)
    assert bench.carrier.look(sid) == before


def test_a_call_nobody_placed_is_unknown(bench: Bench) -> None:
    assert bench.carrier.look(NOBODY) is None


def test_there_is_no_talk_in_a_room_that_nobody_entered(bench: Bench) -> None:
    assert not bench.carrier.has_talk("0" * 32)


def met(bench: Bench) -> tuple[str, str]:
    """Two people in the room "meeting"."""
    sid, other = talking(bench), ring(bench, LUIS)
    bench.rings(other)
    bench.answers(other)
    bench.meets(sid, other, "meeting")
    assert bench.takes_part(sid, "meeting") == set()
    return sid, other


def test_one_in_a_room_is_held_muted_and_outlived_and_all_of_it_ends_again(bench: Bench) -> None:
    sid, other = met(bench)
    bench.carrier.hold("meeting", sid, bench.address("music"))
    bench.carrier.mute("meeting", sid, muted=True)
    bench.carrier.outlive("meeting", sid, outlives=True)
    assert bench.takes_part(sid, "meeting") == {"held", "muted", "outlived"}
    assert bench.takes_part(other, "meeting") == set()
    bench.carrier.hold("meeting", sid, None)
    bench.carrier.mute("meeting", sid, muted=False)
    bench.carrier.outlive("meeting", sid, outlives=False)
    assert bench.takes_part(sid, "meeting") == set()


def test_a_room_ends_for_everybody_and_ends_once(bench: Bench) -> None:
    sid, other = met(bench)
    bench.carrier.end_room("meeting")
    assert bench.takes_part(sid, "meeting") == bench.takes_part(other, "meeting") == {"absent"}
    assert not is_over(bench, sid), "its document goes on"
    bench.carrier.end_room("meeting")


def test_whoever_is_not_in_a_room_is_gone_from_it(bench: Bench) -> None:
    sid, _ = met(bench)
    for room, leg in (("meeting", NOBODY), ("elsewhere", sid)):
        with pytest.raises(CarrierError) as caught:
            bench.carrier.hold(room, leg, None)
        assert (caught.value.gone, caught.value.maybe_done) == (True, False)


@pytest.mark.parametrize("answered", [True, False])
def test_a_leg_has_company_once_somebody_it_dialled_picks_up(bench: Bench, answered: bool) -> None:
    sid, alone = talking(bench), ring(bench, LUIS)
    assert not bench.carrier.has_company(sid)
    bench.dials_out(sid, "+13125550163", answered=answered)
    assert bench.carrier.has_company(sid) is answered
    assert not bench.carrier.has_company(alone)


def test_the_calls_to_a_number_come_newest_first_live_or_over(bench: Bench) -> None:
    first = ring(bench)
    ring(bench, LUIS)
    bench.carrier.hang_up(first)
    second = ring(bench)
    found = bench.carrier.calls_to(ANA)
    assert [(call.sid, call.to, call.is_over) for call in found] == [(second, ANA, False), (first, ANA, True)]
    assert bench.carrier.calls_to("+13125550163") == []


def test_only_the_newest_calls_are_listed(bench: Bench) -> None:
    placed = [ring(bench) for _ in range(22)]
    assert [call.sid for call in bench.carrier.calls_to(ANA)] == placed[:1:-1]


def test_a_number_is_answered_where_it_was_pointed_last(bench: Bench) -> None:
    for name in ("old", "new", "new"):
        url = bench.address(name)
        bench.carrier.point_number(CENTER, voice_url=url, status_url=bench.address("told"), fallback_url=None)
    assert bench.arrives(CENTER) == bench.address("new")


def test_a_number_of_somebody_else_is_not_pointed(bench: Bench) -> None:
    url = bench.address("first")
    with pytest.raises(CarrierError) as caught:
        bench.carrier.point_number(LUIS, voice_url=url, status_url=url, fallback_url=None)
    assert (caught.value.permanent, caught.value.maybe_done) == (True, False)


def test_a_message_is_listed_fetched_and_deleted(bench: Bench) -> None:
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    sid = talking(bench)
    bench.records(sid)
    (told,) = bench.carrier.recordings_since(long_ago)
    assert (told.call_sid, told.by_verb) == (sid, True)
    assert told.seconds >= 2 and told.ended_at is not None
    assert bench.carrier.recordings_since(told.ended_at + timedelta(days=2)) == []
    assert bench.carrier.recording(told.sid).startswith(b"RIFF")
    for _ in range(2):
        bench.carrier.forget_recording(told.sid)
    assert bench.carrier.recordings_since(long_ago) == []
    with pytest.raises(CarrierError) as caught:
        bench.carrier.recording(told.sid)
    assert caught.value.gone


def _in_state(bench: Bench, state: str) -> str:
    """A leg in some state; "unknown" is one that never was."""
    if state == "unknown":
        return NOBODY
    sid = talking(bench) if state in ("talking", "hung up by him") else ring(bench)
    if state in ("ringing", "declined"):
        bench.rings(sid)
    if state in ("declined", "hung up by him"):
        bench.ends(sid)
    if state == "hung up by us":
        bench.carrier.hang_up(sid)
    return sid
