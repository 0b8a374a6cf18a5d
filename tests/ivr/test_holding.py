"""What is heard at which minute of waiting: each rule of the timetable, and that without one all is as usual."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from config.content import EVERY, Content, HoldEntry
from ivr import flow, holding
from ivr.knowledge import OutlookFacts
from ivr.replies import Ask, Hold
from ivr.session import Session, Stage
from ivr.signals import DigitsPressed, HoldTick, NothingEntered, Party, Resumed
from tests.ivr.conversation import JOE, NOW, WAIT, Leg, at, shipped
from tests.ivr.transcripts import TIMETABLE, timetabled

HELD = Session(Party.PATIENT, Stage.WAITING, caller=JOE, service="therapy", in_line=True, in_queue=True, level=2)
PIANO, TIPS = "media/piano.wav", {"en": "media/tips-en.wav", "es": "media/tips-es.wav"}
MUSIC = (HoldEntry(plays={EVERY: PIANO}),)
WORDS = (HoldEntry(says="education-walk"),)


def tick(seconds: int, content: Content, session: Session = HELD, moment: datetime = NOW) -> Leg:
    """One round, after so many seconds of waiting."""
    return at(session, content=content, wait=replace(WAIT, waited_seconds=seconds), at=moment).hears(HoldTick())


def played(leg: Leg) -> str:
    assert isinstance(leg.reply, Hold)
    return leg.reply.plays


def local(hour: int, minute: int = 0) -> datetime:
    """A time of that Friday in Chicago, which is five hours behind."""
    return datetime(2026, 3, 13 + (hour + 5) // 24, (hour + 5) % 24, minute, tzinfo=UTC)


def test_without_a_timetable_all_is_as_usual() -> None:
    joe = tick(20, shipped())
    assert played(joe) == "" and joe.keys == ["wait-choices", "education-offer", "offer-operator"]
    assert tick(60, shipped(), replace(HELD, ticks=2)).keys == ["wait-comfort"]


def test_music_is_the_same_in_every_language_and_a_recording_is_not() -> None:
    both = (HoldEntry(plays={EVERY: PIANO}), HoldEntry(minute=1, plays=TIPS))
    for language in ("en", "es"):
        session = replace(HELD, language=language)
        assert played(tick(59, timetabled(both), session)) == PIANO
        assert played(tick(60, timetabled(both), session)) == TIPS[language]


@pytest.mark.parametrize(
    ("seconds", "plays"), [(0, ""), (59, ""), (60, PIANO), (179, PIANO), (180, TIPS["en"]), (599, TIPS["en"])]
)
def test_an_entry_counts_from_its_minute_to_the_next_ones(seconds: int, plays: str) -> None:
    timetable = (HoldEntry(minute=1, plays={EVERY: PIANO}), HoldEntry(minute=3, plays=TIPS))
    assert played(tick(seconds, timetabled(timetable))) == plays


@pytest.mark.parametrize(("hour", "minute", "holds"), [(7, 59, False), (8, 0, True), (11, 59, True), (12, 0, False)])
def test_between_times_of_day_an_entry_holds_in_the_zone_of_the_clinic(hour: int, minute: int, holds: bool) -> None:
    timetable = (*MUSIC, HoldEntry(plays=TIPS, between=("08:00", "12:00")))
    joe = tick(0, timetabled(timetable), moment=local(hour, minute))
    assert played(joe) == (TIPS["en"] if holds else PIANO)


@pytest.mark.parametrize(("hour", "holds"), [(19, False), (20, True), (23, True), (5, True), (6, False)])
def test_times_may_reach_past_midnight(hour: int, holds: bool) -> None:
    joe = tick(0, timetabled((HoldEntry(plays=TIPS, between=("20:00", "06:00")),)), moment=local(hour))
    assert played(joe) == (TIPS["en"] if holds else "")


def test_words_take_the_place_of_the_comfort_message_and_go_before_the_choices() -> None:
    content = timetabled(WORDS)
    assert tick(0, content).keys == ["education-walk", "wait-choices", "education-offer", "offer-operator"]
    assert tick(50, content, replace(HELD, ticks=2)).keys == ["education-walk"]
    assert tick(50, content, replace(HELD, ticks=1)).keys == [], "never in two rounds that follow each other"


def test_who_waits_for_his_own_clinician_hears_them_with_his_choices() -> None:
    alone = replace(WAIT, own_alone=True)
    joe = at(replace(HELD, whom="own", own_given="Ana", ticks=2), content=timetabled(WORDS), wait=alone)
    assert joe.hears(HoldTick()).keys == ["education-walk", "wait-own-choices", "offer-operator"]


def test_how_it_stands_is_told_as_ever() -> None:
    joe = at(replace(HELD, ticks=1), content=timetabled(MUSIC + WORDS), outlook=OutlookFacts(2, (3, 8)))
    assert joe.hears(HoldTick()).keys == ["position", "wait-range"]


def test_what_an_entry_does_not_name_is_as_usual() -> None:
    joe = tick(60, timetabled((*MUSIC, HoldEntry(minute=1, says="education-walk"))), replace(HELD, ticks=2))
    assert played(joe) == "" and joe.keys == ["education-walk"]
    joe = tick(60, timetabled((*WORDS, HoldEntry(minute=1, plays=TIPS))), replace(HELD, ticks=2))
    assert played(joe) == TIPS["en"] and joe.keys == ["wait-comfort"]


def test_the_lines_timetable_serves_a_service_without_one() -> None:
    content = timetabled(())
    line = content.lines["center"].model_copy(update={"hold": MUSIC})
    content = content.model_copy(update={"lines": {"center": line}})
    assert played(tick(0, content)) == PIANO
    services = timetabled((HoldEntry(plays=TIPS),)).services
    assert played(tick(0, content.model_copy(update={"services": services}))) == TIPS["en"]


def test_a_red_call_and_one_who_is_held_for_a_moment_hear_the_usual_music() -> None:
    red = tick(0, timetabled(MUSIC + WORDS), replace(HELD, red="nurse"))
    assert played(red) == "" and "education-walk" not in red.keys
    held = replace(HELD, party=Party.RETURNED, in_line=False, held_until=NOW.isoformat())
    now = at(held, content=timetabled(MUSIC)).world.now(())
    reply = flow.HANDLERS[Stage.WAITING].speak(held, now)
    assert isinstance(reply, Hold) and reply.short and reply.plays == ""


def test_where_nobody_looked_how_long_he_waited_the_rounds_tell() -> None:
    """After a key, or back from the guidance: the music does not change for one round."""
    content = timetabled((*MUSIC, HoldEntry(minute=1, plays=TIPS)))
    assert played(at(replace(HELD, ticks=2), content=content).hears(DigitsPressed("5"))) == PIANO
    assert played(at(replace(HELD, ticks=3), content=content).hears(DigitsPressed("5"))) == TIPS["en"]
    back = at(replace(HELD, stage=Stage.EDUCATION, ticks=3), content=content)
    assert played(back.hears(NothingEntered())) == TIPS["en"] and back.keys == ["keep-waiting"]


def test_a_phone_that_rings_changes_no_music() -> None:
    joe = at(HELD, content=timetabled(MUSIC), wait=replace(WAIT, state="offered")).hears(HoldTick())
    assert played(joe) == PIANO and joe.keys == []


def test_one_waiting_call_by_its_timetable() -> None:
    """The transcript: what is played, and what is said before it, round by round of twenty seconds."""
    joe, heard = at(HELD, content=timetabled(TIMETABLE)), []
    for seconds in range(0, 180, 20):
        joe.hears(HoldTick(), wait=replace(WAIT, waited_seconds=seconds))
        heard.append((seconds, list(joe.keys), played(joe)))
    assert heard == [
        (0, ["wait-choices", "education-offer", "offer-operator"], PIANO),
        (20, [], PIANO),
        (40, ["wait-comfort"], PIANO),
        (60, [], ""),
        (80, ["education-walk"], ""),
        (100, [], ""),
        (120, ["wait-choices", "education-offer", "offer-operator"], TIPS["en"]),
        (140, [], TIPS["en"]),
        (160, ["wait-comfort"], TIPS["en"]),
    ]
    assert joe.session == replace(HELD, ticks=9), "nothing is remembered of it"


# --- recorded guidance


def recorded(**files: str) -> Content:
    guidance = shipped().education["after-surgery"].model_copy(update={"guidance_recording": files})
    return shipped().model_copy(update={"education": {"after-surgery": guidance}})


def test_recorded_guidance_is_played_after_the_danger_signs() -> None:
    joe = at(replace(HELD, language="es"), content=recorded(**TIPS)).hears(DigitsPressed("4"))
    assert isinstance(joe.reply, Ask) and joe.reply.recording == TIPS["es"]
    assert joe.keys == ["education-danger", "education-recording"] and joe.session.in_line
    again = joe.hears(DigitsPressed("*")).reply
    assert isinstance(again, Ask) and again.recording == TIPS["es"]
    assert isinstance(joe.hears(NothingEntered()).reply, Hold), "it never costs the place"


def test_a_language_without_a_recording_has_the_words() -> None:
    joe = at(replace(HELD, language="es"), content=recorded(en=TIPS["en"])).hears(DigitsPressed("4"))
    assert isinstance(joe.reply, Ask) and joe.reply.recording == "" and joe.keys[1] == "education-walk"


def test_recorded_guidance_is_heard_after_hours_too() -> None:
    closed = at(Session(Party.PATIENT, Stage.NO_ONE, caller=JOE, why_no_one="closed"), content=recorded(**TIPS))
    closed.hears(Resumed(), open=False)
    closed.hears(DigitsPressed("4"))
    assert isinstance(closed.reply, Ask) and closed.reply.recording == TIPS["en"]


def test_what_nobody_approved_is_not_played() -> None:
    guidance = recorded(**TIPS).education["after-surgery"].model_copy(update={"approved_by": ()})
    content = shipped().model_copy(update={"education": {"after-surgery": guidance}})
    joe = at(HELD, content=content).hears(DigitsPressed("4"))
    assert joe.session.stage is Stage.WAITING and isinstance(joe.reply, Hold)


def test_a_moment_without_an_entry_plays_and_says_nothing() -> None:
    content = timetabled((HoldEntry(minute=5, plays=TIPS, says="education-walk"),))
    now = at(HELD, content=content).world.now(())
    assert holding.music(HELD, now) == "" and holding.words(HELD, now) == ()
