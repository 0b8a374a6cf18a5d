"""The past as CSV and from the tables: what is written is read again, and what is wrong is named by its line."""

from datetime import UTC, datetime

import pytest

from routing import store
from routing.history_store import past_calls
from routing.needs import Need, OnDuty
from routing.simulation import Worker
from routing.traces import BadTrace, calls_as_csv, calls_of, roster_as_csv, roster_of
from routing.whatif import PastCall
from tests.routing.world import JOE, NOON, Center, after

DAY = datetime(2031, 3, 3, tzinfo=UTC)
CALLS = [
    PastCall("a", NOON, "therapy", Need("pt", own="ana", team=("ben", "cy"), site="north"), 12.5, "ana", 301.0, 6.0),
    PastCall("b", after(60), "therapy", Need("pt", level=2, language="es", avoid=("ana",)), 33.0),
]
SKILLS = {"therapy": ("pt", 1)}


def test_calls_are_read_as_they_were_written():
    assert calls_of(calls_as_csv(CALLS).splitlines(), SKILLS) == CALLS


def test_a_roster_is_read_as_it_was_written():
    workers = [
        Worker(OnDuty("ana", {"hip": 3, "pt": 1}, ("en", "es"), "north"), ((0.0, 3600.0), (7200.0, 9000.0))),
        Worker(OnDuty("ben", {"pt": 0}, ("en",)), ((0.0, 60.0),)),
    ]
    assert roster_of(roster_as_csv(workers, DAY).splitlines(), DAY) == workers


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("2031-03-03T12:00:00+00:00", "2031-03-03T12:00:00"), "line 2: '2031-03-03T12:00:00' has no time zone"),
        (("12.5", "soon"), "line 2: could not convert"),
        (("waited", "delay"), "the first line lacks waited"),
    ],
)
def test_what_cannot_be_read_is_named(change, said):
    with pytest.raises(BadTrace, match=said):
        calls_of(calls_as_csv(CALLS).replace(*change).splitlines(), SKILLS)


def test_a_shift_without_an_end_is_named():
    with pytest.raises(BadTrace, match="line 2"):
        roster_of(["clinician,skills,languages,site,from,until", "ana,pt,en,,2031-03-03T12:00:00Z,"], DAY)


def test_the_record_gives_who_was_answered_and_who_gave_up(database):
    center = Center(database)
    center.ready("ana")
    center.joins("answered")
    offer = center.talks("answered", at=after(20))
    center.do(store.finish_talk, offer.id, now=after(320), wrap_up_seconds=30)
    center.joins("gave-up", at=after(60))
    center.do(store.leave, call_id="gave-up", why="hung_up", now=after(100))
    center.joins("waits", at=after(70))
    seen = center.do(past_calls, DAY, after(3600), {"pt": "therapy"}, 30)
    assert [(call.waited, call.clinician, call.handling, call.ringing) for call in seen] == [
        (20, "ana", 330, 0),
        (40, None, None, 0),
    ]
    assert seen[0].need == JOE
    assert seen[0].service == "therapy"
