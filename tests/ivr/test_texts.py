"""Texts about a promised callback: short enough, in the GSM alphabet, nothing personal; and what an answer means."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from ivr import texts
from ivr.prompts import Speaker
from ivr.replies import Phrase
from ivr.texts import Meaning
from tests.ivr.conversation import shipped

CENTER = "+13125550100"
NOW = datetime(2026, 3, 13, 15, 0, tzinfo=UTC)
# The basic GSM alphabet (3GPP TS 23.038, 6.2.1): each character counts once.
GSM = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)


def all_texts(language: str) -> list[str]:
    tomorrow = texts.short_window(NOW + timedelta(days=1), NOW + timedelta(days=1, minutes=15), NOW, "America/Chicago")
    phrases: list[Phrase | None] = [
        *(texts.about_promise(what, language, CENTER, when) for what in ("booked", "soon") for when in ("", tomorrow)),
        *(texts.answer(meant, language, CENTER, done=had) for meant in Meaning for had in (True, False)),
        texts.answer(Meaning.CANCEL, language, CENTER, done=True, stands=True),
    ]
    speaker = Speaker(shipped())
    return [speaker.say(phrase) for phrase in phrases if phrase]


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_text_fits_one_message_and_names_the_emergency_number(language: str) -> None:
    for said in all_texts(language):
        assert len(said) <= texts.LONGEST, (len(said), said)
        assert set(said) <= GSM, set(said) - GSM
        assert "911" in said


@pytest.mark.parametrize(
    ("body", "meant"),
    [
        ("STOP", Meaning.STOP), (" stop. ", Meaning.STOP), ("Alto", Meaning.STOP), ("unsubscribe", Meaning.STOP),
        ("c", Meaning.CANCEL), ("C.", Meaning.CANCEL), ("cancelar", Meaning.CANCEL), ("start", Meaning.START),
        ("k", Meaning.KEEP), ("llamen", Meaning.KEEP),
        ("", Meaning.OTHER), ("stop calling my wife", Meaning.OTHER), ("ok c u", Meaning.OTHER), ("911", Meaning.OTHER),
    ],
)  # fmt: skip
def test_a_word_is_understood_and_a_sentence_is_not_guessed_at(body: str, meant: Meaning) -> None:
    assert texts.meaning(body) is meant


def test_stop_is_answered_by_the_carrier_alone() -> None:
    assert texts.answer(Meaning.STOP, "en", CENTER, done=True) is None


def test_a_window_of_another_day_names_the_day() -> None:
    starts = NOW + timedelta(minutes=40)
    assert texts.short_window(starts, starts + timedelta(minutes=15), NOW, "America/Chicago") == "10:40-10:55 AM"
    later = starts + timedelta(days=3)
    assert texts.short_window(later, later + timedelta(minutes=15), NOW, "America/Chicago") == "3/16 10:40-10:55 AM"


@pytest.mark.parametrize(
    ("hour", "minute", "written"),
    [(12, 0, "12:00-12:15 PM"), (11, 45, "11:45 AM-12:00 PM"), (13, 0, "1:00-1:15 PM"), (18, 50, "6:50-7:05 PM")],
)
def test_a_time_is_written_on_a_clock_of_twelve_hours(hour: int, minute: int, written: str) -> None:
    starts = datetime(2026, 3, 13, hour, minute, tzinfo=ZoneInfo("America/Chicago"))
    assert texts.short_window(starts, starts + timedelta(minutes=15), NOW, "America/Chicago") == written
