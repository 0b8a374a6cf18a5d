"""What another program asks for is read strictly, and everything wrong is told at once, in words that help."""

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callbacks import outside
from callbacks.outside import Asked, NotAccepted
from tests.callbacks.desk import NOON

SECRET = "s" * 40
GOOD: dict[str, Any] = {"patient": "liz", "service": "doctor", "clinician": "own", "reason": "glucose-trend"}


def read(**changes: Any) -> Asked:
    plain = {name: value for name, value in {**GOOD, **changes}.items() if value is not ...}
    return read_body(json.dumps(plain).encode())


def read_body(body: bytes) -> Asked:
    return outside.read(body, services=("doctor", "therapy"), languages=("en", "es"), now=NOON)


def test_liz_monitor_asks_for_her_own_doctor() -> None:
    assert read() == Asked("liz", None, "doctor", True, None, "glucose-trend", None)


def test_a_window_is_kept_as_it_was_asked() -> None:
    begins, ends = NOON + timedelta(hours=1), NOON + timedelta(hours=2)
    assert read(when={"from": begins.isoformat(), "to": ends.isoformat()}).window == (begins, ends)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"patient": ...}, "patient"),
        ({"patient": "liz; DROP TABLE"}, "patient"),
        ({"patient": 7}, "patient"),
        ({"patient": ..., "number": "+13125550142"}, "clinician"),
        ({"number": "call me"}, "number"),
        ({"service": "surgery"}, "service"),
        ({"service": ...}, "service"),
        ({"clinician": "ana"}, "clinician"),
        ({"reason": ...}, "reason"),
        ({"reason": "Her glucose is 300 since Monday"}, "reason"),
        ({"language": "fr"}, "language"),
        ({"when": "tomorrow"}, "when"),
        ({"when": {"from": "2026-03-03T19:00:00", "to": "2026-03-03T20:00:00"}}, "when"),
        ({"when": {"from": "2026-03-03T20:00:00+00:00", "to": "2026-03-03T20:05:00+00:00"}}, "when"),
        ({"when": {"from": "2026-03-02T19:00:00+00:00", "to": "2026-03-02T20:00:00+00:00"}}, "when"),
        ({"when": {"from": "2026-09-02T19:00:00+00:00", "to": "2026-09-02T20:00:00+00:00"}}, "when"),
        ({"when": None}, "when"),
        ({"priority": "stat"}, "priority"),
    ],
)
def test_what_is_wrong_is_named_with_what_is_accepted(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(NotAccepted) as caught:
        read(**changes)
    assert [wrong.field for wrong in caught.value.wrong] == [field]
    assert all(wrong.found and wrong.accepted for wrong in caught.value.wrong)


def test_everything_wrong_is_told_at_once() -> None:
    with pytest.raises(NotAccepted) as caught:
        read(service="x", reason="Y", language="z")
    assert {wrong.field for wrong in caught.value.wrong} == {"service", "reason", "language"}


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"7", b'"x"', b"null", b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_object_is_told_as_such(body: bytes) -> None:
    with pytest.raises(NotAccepted) as caught:
        read_body(body)
    assert caught.value.wrong[0].field == "body"


STRANGE: st.SearchStrategy[object] = st.sampled_from(
    [None, True, 1.5, -1, "", "x" * 500, "\x00", [], [[]], {}, {"from": 1, "to": "2"}, "asap", "own"]
)


@given(st.dictionaries(st.sampled_from(outside.FIELDS), STRANGE))
def test_nothing_breaks_it(plain: dict[str, Any]) -> None:
    try:
        asked = read_body(json.dumps(plain).encode())
    except NotAccepted as problem:
        assert problem.wrong
    else:
        assert asked.service in ("doctor", "therapy")


def test_a_signature_covers_time_key_and_body() -> None:
    good = outside.signature(SECRET, "100", "key-0001", b"body")
    assert outside.is_signed(SECRET, "100", "key-0001", b"body", good)
    assert outside.is_signed(SECRET, "100", "key-0001", b"body", good.upper())
    for changed in (("x" * 40, "100", "key-0001", b"body"), (SECRET, "101", "key-0001", b"body"),
                    (SECRET, "100", "key-0002", b"body"), (SECRET, "100", "key-0001", b"Body")):  # fmt: skip
        assert not outside.is_signed(*changed, good)
    assert not outside.is_signed(SECRET, "100", "key-0001", b"body", "")
    assert not outside.is_signed(SECRET, "100", "key-0001", b"body", "ü")


@pytest.mark.parametrize(("seconds", "of_now"), [(0, True), (300, True), (-300, True), (301, False), (-301, False)])
def test_a_request_counts_for_five_minutes(seconds: int, of_now: bool) -> None:
    assert outside.is_of_now(str(int(NOON.timestamp()) + seconds), NOON) is of_now


@pytest.mark.parametrize("timestamp", ["", "now", "1e9", "-1", "٣", "9" * 400])
def test_what_is_no_timestamp_is_never_of_now(timestamp: str) -> None:
    assert not outside.is_of_now(timestamp, NOON)
