"""Counts from pasted journals: what a reader counts by hand is what the fold counts."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls import metrics
from calls.board_dictionary import COUNTS, Count
from calls.metrics import Counts, Entry
from tests.calls.made_up import journal as made_up

START = datetime(2026, 3, 3, 18, tzinfo=UTC)
NOTHING = Counts(0, 0, 0, 0, 0, 0, 0, 0)

JOE_TALKS = """
    0 joe call_arrived
    5 joe chose             {"what": "service", "choice": "therapy"}
   20 joe verified          {"level": 2}
   21 joe joined_line
   21 joe offer_made
   30 joe call_ended        {"party": "clinician"}
   30 joe offer_given_back  {"cause": "no_answer"}
   31 joe offer_made
   40 joe offer_accepted
   41 joe in_room           {"who": "clinician"}
   42 joe in_room           {"who": "patient"}
   42 joe talk_started
  300 joe talk_ended
  301 joe leg_ended
  301 joe call_ended {"party": "patient"}
"""
MARY_HANGS_UP = """
   10 mary call_arrived
   20 mary joined_line
   80 mary left_line        {"why": "hung_up"}
   80 mary leg_ended
   80 mary call_ended {"party": "patient"}
"""
PAUL_IS_RUNG_BACK = """
    0 paul call_arrived
   10 paul joined_line
  100 paul left_line          {"why": "callback"}
  100 paul callback_booked    {"service": "therapy"}
  110 paul call_ended {"party": "patient"}
  900 paul joined_line
 1000 paul offer_accepted
 1020 paul callback_answered  {"accepted": true}
 1025 paul talk_started
 1200 paul talk_ended
"""
RITA_DOES_NOT_PRESS_THE_KEY = """
    0 rita call_arrived
    5 rita callback_booked
  900 rita joined_line
  920 rita callback_answered  {"accepted": false}
  921 rita left_line          {"why": "not_reached"}
"""
CUT_OFF = """
    0 first  call_arrived
   20 first  joined_line
   80 first  left_line   {"why": "hung_up"}
   80 first  call_ended {"party": "patient"}
  260 second call_arrived
  280 second joined_line  {"resumes": "first"}
  300 second talk_started
"""
SAM_LEAVES_A_MESSAGE = """
    0 sam call_arrived
   10 sam joined_line
   40 sam left_line     {"why": "message"}
   70 sam message_kept  {"seconds": 20}
   71 sam call_ended {"party": "patient"}
"""
TINA_GETS_THE_OPERATOR = """
    0 tina call_arrived
    4 tina verification_failed
   10 tina operator_tried  {"reached": true}
   90 tina call_ended {"party": "patient"}
"""


def journal(table: str) -> list[Entry]:
    """Entries of a table: seconds, call, fact and, where there are any, details as JSON."""
    return [_entry(*line.split(maxsplit=3)) for line in table.strip().splitlines()]


def _entry(seconds: str, call: str, fact: str, details: str = "{}") -> Entry:
    return Entry(START + timedelta(seconds=int(seconds)), call, fact, json.loads(details))


DAY = "".join(
    [
        JOE_TALKS,
        MARY_HANGS_UP,
        PAUL_IS_RUNG_BACK,
        RITA_DOES_NOT_PRESS_THE_KEY,
        SAM_LEAVES_A_MESSAGE,
        TINA_GETS_THE_OPERATOR,
    ]
).replace("\n\n", "\n")


@pytest.mark.parametrize(
    ("table", "counts"),
    [
        ("", NOTHING),
        (JOE_TALKS, Counts(1, 1, 0, 0, 0, 0, longest_wait_s=21, average_wait_s=21)),
        (MARY_HANGS_UP, Counts(1, 0, 0, 0, 0, 1, longest_wait_s=60, average_wait_s=60)),
        (PAUL_IS_RUNG_BACK, Counts(1, 0, 1, 1, 0, 0, longest_wait_s=90, average_wait_s=90)),
        (RITA_DOES_NOT_PRESS_THE_KEY, Counts(1, 0, 1, 0, 0, 0, longest_wait_s=0, average_wait_s=0)),
        (SAM_LEAVES_A_MESSAGE, Counts(1, 0, 0, 0, 1, 0, longest_wait_s=30, average_wait_s=30)),
        (TINA_GETS_THE_OPERATOR, Counts(1, 0, 0, 0, 0, 0, longest_wait_s=0, average_wait_s=0)),
        (DAY, Counts(6, 1, 2, 1, 1, 1, longest_wait_s=90, average_wait_s=50)),
    ],
    ids=["nothing", "joe", "mary", "paul", "rita", "sam", "tina", "day"],
)
def test_a_journal_is_counted(table: str, counts: Counts) -> None:
    assert metrics.fold(journal(table)) == counts


def test_a_wait_that_still_goes_on_is_not_counted_yet() -> None:
    assert metrics.fold(journal("0 joe call_arrived\n5 joe joined_line")) == Counts(1, 0, 0, 0, 0, 0, 0, 0)


def test_joining_more_lines_while_waiting_is_one_wait() -> None:
    counts = metrics.fold(journal("0 joe joined_line\n30 joe joined_line\n50 joe talk_started"))
    assert counts.longest_wait_s == 50


def test_a_wish_that_joined_an_earlier_promise_is_no_other_promise() -> None:
    table = '0 joe callback_booked\n90 joe2 callback_booked {"merged": true}'
    assert metrics.fold(journal(table)).callbacks_booked == 1


def test_a_caller_who_hangs_up_after_talking_did_not_leave_waiting() -> None:
    table = JOE_TALKS + '  302 joe left_line {"why": "hung_up"}'
    assert metrics.fold(journal(table.replace("\n\n", "\n"))).left_waiting == 0


def test_a_second_talk_in_one_call_is_the_same_answered_call() -> None:
    assert metrics.fold(journal("0 joe call_arrived\n9 joe talk_started\n50 joe talk_started")).answered == 1


@given(order=st.permutations(journal(DAY)))
def test_the_order_in_which_entries_are_read_does_not_matter(order: list[Entry]) -> None:
    apart = [entry for entry in order if entry.fact not in ("callback_booked", "offer_made", "call_ended")]
    kept = [entry for entry in journal(DAY) if entry in apart]
    assert metrics.fold(apart) == metrics.fold(kept)


def test_counts_are_named_for_json() -> None:
    assert metrics.as_dict(metrics.fold(journal(MARY_HANGS_UP)))["left_waiting"] == 1


def test_who_is_cut_off_and_calls_again_is_counted_once() -> None:
    counts = metrics.fold(journal(CUT_OFF))
    assert (counts.calls, counts.resumed, counts.left_waiting, counts.answered) == (1, 1, 0, 1)


@pytest.mark.parametrize("count", COUNTS, ids=lambda count: count.key)
def test_a_count_is_the_sum_of_what_each_call_is_of_it(count: Count) -> None:
    entries = made_up(600, seed=11) + journal(DAY) + journal(CUT_OFF)
    told = metrics.stories(entries)
    continued = metrics.gone_on(told)
    assert "first" in continued
    assert sum(count.of(each, continued) for each in told) == count.value(metrics.fold(entries)) > 0
