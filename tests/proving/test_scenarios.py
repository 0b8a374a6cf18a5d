"""Scenarios as a clinic writes them: those that ship come true; what does not, or cannot be read, is told by line."""

from pathlib import Path

import pytest

from ivr import flow, no_one
from ivr.prompts import Speaker
from ivr.replies import HangUp
from ivr.session import Stage
from ivr.turn import Move, Part, say
from proving.playing import Played, play
from proving.scenarios import PEOPLE, read_scenarios
from tests.ivr.conversation import shipped
from tests.resources import ROOT

FOLDER = ROOT / "config" / "scenarios"
FILES = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.yaml")}
NAMES = sorted(FILES.keys() - {PEOPLE})
JOE = [f"joe-{number:02}.yaml" for number in range(1, 31)]


def played(name: str, text: str) -> Played:
    scenarios, flaws = read_scenarios({PEOPLE: FILES[PEOPLE], name: text})
    assert flaws == []
    return play(scenarios[0], shipped(), Speaker(shipped()))


def flaw_of(text: str, people: str = FILES[PEOPLE]) -> str:
    """The first thing that is wrong with a file: as it is read, else as it is played."""
    scenarios, flaws = read_scenarios({PEOPLE: people, "mine.yaml": text})
    return str(flaws[0] if flaws else play(scenarios[0], shipped(), Speaker(shipped())).flaw)


def changed(name: str, before: str, after: str) -> str:
    assert before in FILES[name], "the file no longer holds what this test changes"
    return FILES[name].replace(before, after, 1)


def test_the_thirty_variants_of_joe_are_there() -> None:
    assert set(JOE) <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_scenario_that_ships_comes_true(name: str) -> None:
    assert str(played(name, FILES[name]).flaw) == "None"


@pytest.mark.parametrize("name", NAMES)
def test_the_whole_call_that_a_file_names_is_a_test_and_the_file_says_what_it_proves_beyond(name: str) -> None:
    scenarios, _ = read_scenarios({PEOPLE: FILES[PEOPLE], name: FILES[name]})
    whole, beyond = scenarios[0].head.whole_call, scenarios[0].head.beyond
    assert bool(whole) == bool(beyond)
    if whole:
        path, _, function = whole.partition("::")
        assert f"def {function}(" in Path(ROOT / path).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "before", "after", "told"),
    [
        ("joe-01.yaml", "press: 03141957", "press: 03141958", ["joe-01.yaml:17: hears", "did not match"]),
        (
            "joe-01.yaml",
            "ana: ready, luis",
            "ana: away, luis",
            ["joe-01.yaml:17:", "Ana, your physical therapist, cannot"],
        ),
        ("joe-01.yaml", "never hears Joe", "never hears press 1", ["joe-01.yaml:21:", 'never to hear "press 1"']),
        ("joe-01.yaml", "connected with ana", "connected with luis", ["joe-01.yaml:24:", "a talk with luis"]),
        (
            "joe-03.yaml",
            "visit until 10:40, luis",
            "visit until 11:40, luis",
            ["until about 11:40 a.m.", "until about 10:40"],
        ),
        ("joe-04.yaml", "expect: offered to luis", "expect: offered to ana", ["found luis", "accepted: ana"]),
        ("joe-05.yaml", "offered to ana, luis", "offered to luis", ["found ana, luis", "accepted: luis"]),
        ("joe-09.yaml", "known as joe", "known as rosa", ["found joe", "accepted: rosa"]),
        ("joe-11.yaml", "1194#", "6620#", ["did not match"]),
        ("joe-13.yaml", "I have chest pain", "I have a question", ["joe-13.yaml"]),
        ("joe-16.yaml", "expect: in es", "expect: in en", ["found es", "accepted: en"]),
        ("joe-18.yaml", "saturday 15:00", "monday 15:00", ["For exercises or therapy"]),
        ("joe-19.yaml", "voicemail for therapy", "voicemail for nurse", ["found therapy", "one message for nurse"]),
        ("joe-20.yaml", "wait: until 8:01", "wait: 5 seconds", ["nobody's phone rings"]),
        ("joe-21.yaml", "wait: 60 seconds", "wait: 15 minutes", ["We kept your place in line"]),
        ("joe-22.yaml", "expect: promise kept", "expect: no promise\n  - expect: unknown", ["found joe"]),
        ("joe-25.yaml", "luis: does not ring", "luis: rings", ["luis's phone to ring"]),
        ("joe-27.yaml", "center: loses the records", "note: nothing", ["calling Ana"]),
        ("joe-30.yaml", "{avoids: luis}", "{avoids: mia}", ["found luis, elena; accepted: elena"]),
    ],
)
def test_what_does_not_come_true_is_told_with_its_line_and_what_was_found(
    name: str, before: str, after: str, told: list[str]
) -> None:
    flaw = str(played(name, changed(name, before, after)).flaw)
    assert flaw.startswith(name)
    assert all(part in flaw for part in told), flaw


STEPS = "title: T\ncaller: joe\nsteps:\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "mine.yaml:1: found NoneType; accepted: keys and values"),
        ("title: T\n", "found 'nothing'; accepted: a list of steps, such as - press: 1"),
        ("titel: T\n" + STEPS, "mine.yaml:1: titel: found 'T'; accepted: title, about, at"),
        ("caller: joe\nsteps: [{dial: center}]\n", "title: found nothing"),
        (
            STEPS + "  - presses: 1\n",
            "mine.yaml:4: steps.0: found 'presses'; accepted: dial, hears, never hears, press",
        ),
        (STEPS + "  - dial: center\n  - press: #\n", "mine.yaml:5: steps.1.press: found ''; accepted: keys, such as 1"),
        (STEPS + "  - dial: center\n  - ana: sings\n", "mine.yaml:5: steps.1.ana: found 'sings'; accepted: dials LINE"),
        (STEPS + "  - anna: answers\n", "mine.yaml:4: steps.0: found 'anna'; accepted: dial"),
        (STEPS + "  - wait: a while\n", "accepted: 90 seconds, until 10:40"),
        (STEPS + "  - expect: joy\n", "accepted: connected with PERSON, waiting, promise"),
        (
            STEPS + "  - expect: connected with anna\n",
            "mine.yaml:4: expect: connected with anna: found 'anna'; accepted",
        ),
        (STEPS + "  - dial: centre\n", "found 'centre'; accepted: center"),
        (STEPS + "  - center: explodes\n", "accepted: closes, opens, loses the records"),
        (STEPS + "  - [dial, press]\n", "accepted: one thing in each step"),
        (STEPS + "  - {dial: center\n", "mine.yaml:5"),
        ("caller: jo\n" + "title: T\nsteps: [{dial: center}]\n", "mine.yaml:1: caller: found 'jo'; accepted: somebody"),
        ("title: T\nsteps: [{dial: center}]\n", "accepted: a line caller: joe above"),
        ("title: T\ntitle: U\n", "mine.yaml:2"),
        ("staff: {ana: asleep}\n" + STEPS + "  - dial: center\n", "staff.ana: found 'asleep'; accepted: is ready"),
        ("staff: {anna: ready}\n" + STEPS + "  - dial: center\n", "staff.anna: found 'anna'; accepted: a clinician"),
        ("patients: {jo: {}}\n" + STEPS + "  - dial: center\n", "patients.jo: found 'jo'; accepted: a patient"),
        ("at: noon\n" + STEPS + "  - dial: center\n", "at: found 'noon'; accepted: a day and a time"),
        ("language: fr\n" + STEPS + "  - dial: center\n", "language: found 'fr'; accepted: en, es"),
        (STEPS + "  - press: 1\n", "he is on no call"),
        (STEPS + "  - ana: answers\n", "the phone does not ring"),
        (STEPS + "  - dial: center\n  - leave a message: 9 seconds\n", "no message is being recorded"),
    ],
)
def test_what_cannot_be_read_or_done_is_told_by_file_line_found_and_accepted(text: str, told: str) -> None:
    flaw = flaw_of(text)
    assert flaw.startswith("mine.yaml") and told in flaw, flaw


def test_a_mistake_among_the_people_is_told_too() -> None:
    text = STEPS + "  - dial: center\n"
    assert flaw_of(text, FILES[PEOPLE].replace("1957-03-14", "14 March")).startswith("people.yaml:8: patients.joe.born")
    assert "found 'anna'" in flaw_of(text, FILES[PEOPLE].replace("therapy: [ana, luis]", "therapy: [anna]"))
    assert read_scenarios({"mine.yaml": text})[1][0].file == PEOPLE


def test_a_call_that_ends_without_a_person_or_a_promise_is_told_wherever_it_happens(monkeypatch) -> None:
    def sends_away(session: object, *_: object) -> Move:
        return Move(session, reply=HangUp((say(session, "goodbye"),)))  # type: ignore[arg-type]

    monkeypatch.setitem(flow.HANDLERS, Stage.NO_ONE, Part(no_one.speak_no_one, sends_away))
    flaw = str(played("joe-19.yaml", FILES["joe-19.yaml"]).flaw)
    assert flaw.startswith("joe-19.yaml:12: press: 2") and "accepted: a person, a promise or a message" in flaw


def test_what_a_rehearsal_cannot_play_is_said_and_not_played_otherwise() -> None:
    content = shipped()
    first = content.services["therapy"].model_copy(update={"callback_first": "patient"})
    other = content.model_copy(update={"services": {**content.services, "therapy": first}})
    scenarios, _ = read_scenarios({PEOPLE: FILES[PEOPLE], "joe-22.yaml": FILES["joe-22.yaml"]})
    assert "rings the patient first" in str(play(scenarios[0], other, Speaker(other)).flaw)
