"""`access-center walk`: what it prints, and when it fails."""

from pathlib import Path

import pytest

import cli
from config.content import Content
from ivr import flow, no_one
from ivr.replies import HangUp
from ivr.session import Stage
from ivr.turn import Move, Part, say
from proving.coverage import GOOD
from rehearsing import Asked, CannotWalkError, narrowed, run
from tests.ivr.conversation import shipped
from tests.proving.test_safety import small
from tests.resources import ROOT

NOWHERE = Path("no-such-folder")


@pytest.fixture(scope="module")
def content() -> Content:
    return small()


def test_a_walk_prints_what_it_covered_and_what_not(content: Content, capsys) -> None:
    assert run(Asked(language="en"), content, NOWHERE)
    printed = capsys.readouterr().out
    assert "lines: 1 of 1: center\nmenu main: 2 of 2 options chosen: 1, 0\n" in printed
    assert "  menu: match, no match, no input, gave up\n" in printed
    assert "patients' paths end with" in printed
    for end in GOOD:
        assert f"  {end}: " in printed
    assert "  sentence birth-date\n" in printed, "this content asks nobody who he is"
    assert "  sentence welcome\n" not in printed
    assert printed.endswith("no breach: every path ends as it must\n")


def test_a_walk_of_one_language_hour_and_fact_says_what_that_left_out(content: Content, capsys) -> None:
    asked = Asked(language="es", line="center", at="monday 10:00", given=("wait.on_duty=0",))
    assert run(asked, content, NOWHERE)
    covered, uncovered = capsys.readouterr().out.split("uncovered: ")
    assert "  menu: match, no match, no input, gave up\n" in covered
    assert "sentence closed" in uncovered, "it is open"
    assert "sentence wait-comfort" in uncovered, "nobody is at work for whom one could wait"
    assert "sentence nobody-on-duty" not in uncovered


def test_what_is_not_there_is_told_with_what_is(content: Content) -> None:
    for asked, told in (
        (Asked(language="fr"), "accepted: en, es"),
        (Asked(line="side"), "accepted: center"),
        (Asked(at="noon"), 'accepted: a day and a time, such as "monday 10:00"'),
        (Asked(given=("x",)), "accepted: a fact and its value"),
        (Asked(given=("moon=full",)), "accepted: a value of one of these: identity, identity.patient"),
    ):
        with pytest.raises(CannotWalkError, match=told):
            narrowed(asked, content)
    with pytest.raises(CannotWalkError, match="no such file or folder"):
        run(Asked(scenarios=(NOWHERE,)), content, NOWHERE)


def test_a_path_that_ends_in_nothing_fails_and_is_told_with_its_keys(monkeypatch, content: Content, capsys) -> None:
    def sends_away(session: object, *_: object) -> Move:
        return Move(session, reply=HangUp((say(session, "goodbye"),)))  # type: ignore[arg-type]

    monkeypatch.setitem(flow.HANDLERS, Stage.NO_ONE, Part(no_one.speak_no_one, sends_away))
    assert not run(Asked(line="center", language="en", at="saturday 15:00"), content, NOWHERE)
    printed = capsys.readouterr().out
    assert "  nothing: " in printed
    assert "ends in no_one without a promise (after call, 1, 1)" in printed


def test_scenarios_are_played_from_a_folder_and_from_files_and_their_sentences_count(tmp_path, capsys) -> None:
    folder = ROOT / "config" / "scenarios"
    assert run(Asked(scenarios=(folder / "joe-01.yaml", folder / "joe-14.yaml")), shipped(), NOWHERE)
    assert (
        "joe-14.yaml: Joe presses 0 at once: ends with person\n2 scenarios played, 0 flaws" in capsys.readouterr().out
    )
    (tmp_path / "people.yaml").write_text((folder / "people.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    text = "title: T\ncaller: joe\nsteps:\n  - dial: center\n  - hears: Good evening\n"
    (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")
    assert not run(Asked(scenarios=(tmp_path,)), shipped(), NOWHERE)
    assert "mine.yaml:5: hears: Good evening: found" in capsys.readouterr().out


def test_an_empty_folder_proves_nothing(tmp_path, capsys) -> None:
    (tmp_path / "people.yaml").write_text("patients: {}\n", encoding="utf-8")
    assert not run(Asked(scenarios=(tmp_path,)), shipped(), NOWHERE)
    assert "0 scenarios played" in capsys.readouterr().out


def test_the_command_ends_with_0_if_all_is_so_with_1_if_not_and_with_2_if_misused(tmp_path, capsys) -> None:
    folder = ROOT / "config" / "scenarios"
    assert cli.main(["walk", "--scenarios", str(folder / "joe-01.yaml")]) == cli.OK
    mine = tmp_path / "mine.yaml"
    (tmp_path / "people.yaml").write_text((folder / "people.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    mine.write_text("title: T\ncaller: joe\nsteps:\n  - press: 1\n", encoding="utf-8")
    assert cli.main(["walk", "--scenarios", str(mine)]) == cli.FAILED
    assert "mine.yaml:4: press: 1: found he is on no call" in capsys.readouterr().out
    assert cli.main(["walk", "--line", "side"]) == cli.MISUSED
