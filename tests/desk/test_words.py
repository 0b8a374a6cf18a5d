"""Numbers, times and stories read as people say them."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from desk import lists, words
from desk.explaining import reasons
from desk.rows import ClinicianRow, TalkRow
from desk.story import FactRow, Names, story
from desk.words import Moment
from ivr import effects, signals

CHICAGO = ZoneInfo("America/Chicago")
NOON = datetime(2031, 3, 3, 18, 0, tzinfo=UTC)
NOW = Moment(NOON, CHICAGO)
NAMES = Names({"ana": "Ana Ruiz"}, {7: "ana"})


@pytest.mark.parametrize(("seconds", "said"), [(0, "0:00"), (65, "1:05"), (3661, "1:01:01"), (-4, "0:00")])
def test_a_running_time_reads_like_a_clock(seconds: int, said: str) -> None:
    assert words.timer(seconds) == said


@pytest.mark.parametrize(("hours", "said"), [(2, "2:00 PM"), (24, "tomorrow 12:00 PM"), (72, "Thu Mar 6, 12:00 PM")])
def test_a_time_names_its_day_unless_it_is_today(hours: int, said: str) -> None:
    assert words.when(NOON + timedelta(hours=hours), NOON, CHICAGO) == said


@pytest.mark.parametrize(("hours", "said"), [(-2, "at 10:00 AM"), (-24, "on Sun Mar 2, 12:00 PM")])
def test_the_past_inside_a_sentence_names_its_day_unless_it_is_today(hours: int, said: str) -> None:
    assert NOW.at(NOON + timedelta(hours=hours)) == said


def test_today_begins_at_the_midnight_of_the_clinic() -> None:
    assert words.start_of_day(NOON, CHICAGO) == datetime(2031, 3, 3, 6, 0, tzinfo=UTC)
    late = datetime(2031, 3, 4, 3, 0, tzinfo=UTC)
    assert words.start_of_day(late, CHICAGO) == datetime(2031, 3, 3, 6, 0, tzinfo=UTC)


def test_a_choice_made_during_a_talk_is_said_as_what_comes_after() -> None:
    row = ClinicianRow("ana", "Ana", "Ruiz", "", "talking", "then:away:lunch", NOON, None)
    assert lists.presence_note(row, NOW) == "then away, lunch"


def talk(**need: Any) -> TalkRow:
    wanted = {"skill": "pt", "language": "es", **need}
    return TalkRow(1, "c", {"trigger": "duty"}, wanted, NOON, None, "call", NOON, None, 0, "therapist", "es")


WHY = [
    ({"own": "ana"}, "You are this patient's own clinician."),
    ({"own": "luis", "team": ["ana"]}, "Luis Ortega was not free. You are on this patient's care team."),
    ({"own": "luis"}, "Luis Ortega was not free. You take calls for PT in Spanish."),
    ({}, "You take calls for PT in Spanish."),
]


@pytest.mark.parametrize(("need", "said"), WHY)
def test_the_card_says_why_me(need: dict[str, Any], said: str) -> None:
    first, second = reasons(talk(**need), "ana", {"luis": "Luis Ortega"})
    assert first == said
    assert second == "This caller was the first in your lines when you became ready."


def told(fact: str, **details: Any) -> str:
    lines = story([FactRow(NOON, fact, details)], NAMES, NOW)
    return lines[0].text if lines else ""


SENTENCES = [
    (("left_line", {"why": "callback"}), "The caller left the line for a callback."),
    (("left_line", {"why": "new_reason"}), "The caller left the line (new reason)."),
    (
        ("offer_given_back", {"offer": 7, "cause": "no_answer"}),
        "Ana Ruiz did not answer; the caller kept the first place.",
    ),
    (
        ("offer_given_back", {"offer": 9}),
        "The clinician did not take the call (no cause noted); the caller kept the first place.",
    ),
    (("callback_booked", {"own": "ana"}), "A callback was promised by Ana Ruiz."),
    (("message_kept", {"seconds": 75}), "The caller left a message of 1 min for the team."),
    (("operator_tried", {"reached": False}), "The operator did not answer."),
    (("dialled_in", {"clinician": "ana"}), "Ana Ruiz proved to be the one who called."),
    (
        ("duty_set", {"clinician": "ana", "state": "ready", "minutes": 10}),
        "Ana Ruiz set the state by phone: ready, for 10 minutes.",
    ),
    (("leg_ended", {"while_in": "waiting"}), "A phone was hung up at this step: waiting."),
    (("in_room", {"who": "patient", "offer": 7}), "The patient entered the room."),
    (("moon_landing", {"crew_size": 3}), "Moon landing (crew size 3)."),
    (("moon_landing", {}), "Moon landing."),
    (("hold_tick", {}), ""),
]


@pytest.mark.parametrize(("fact", "said"), SENTENCES)
def test_each_fact_is_one_plain_sentence(fact: tuple[str, dict[str, Any]], said: str) -> None:
    assert told(fact[0], **fact[1]) == said


@pytest.mark.parametrize("effect", effects.Effect.__args__, ids=lambda effect: effect.fact)
def test_every_effect_of_a_call_has_a_sentence_even_without_details(effect: Any) -> None:
    assert told(effect.fact) not in ("", words.plain(effect.fact) + ".")


@pytest.mark.parametrize("signal", signals.Signal.__args__, ids=lambda signal: signal.__name__)
def test_every_signal_has_a_sentence_or_is_routine(signal: Any) -> None:
    name = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in signal.__name__).lstrip("_")
    assert told(name) != words.plain(name) + "."


def test_a_note_stands_inside_a_sentence_and_a_text_becomes_one() -> None:
    assert words.inside("Lunch, until 12:25 PM") == "lunch, until 12:25 PM"
    assert words.sentence("found x; accepted: y") == "Found x; accepted: y."
    assert words.sentence("Done.") == "Done."
    assert words.sentence("") == ""
