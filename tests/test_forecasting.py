"""What the operator reads when he asks what would have been."""

import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import cli
import directory.store
import routing.store
from bench.routing_whatif import FIRST_DAY, past_of, rules, simulated
from config.columns import metadata
from config.database import Database
from config.reading import read_content
from config.settings import ROOT
from forecasting import BadTrace, NothingToReplay, Question, told
from routing.needs import Need
from routing.staffing import Target
from routing.traces import calls_as_csv, roster_as_csv
from tests.routing.world import Center, after

SETTINGS: Any = SimpleNamespace(clinic_config=ROOT / "config")
TARGET = Target(30, 0.8)


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> tuple[Path, Path]:
    """Two days of therapy calls, and who was there."""
    folder = tmp_path_factory.mktemp("past")
    calls = [
        replace(call, service="therapy", need=replace(call.need, skill="physical_therapy"))
        for call in past_of(simulated(days=2, calls_a_day=60))
    ]
    workers = [
        replace(worker, on_duty=replace(worker.on_duty, skills={"physical_therapy": worker.on_duty.skills["care"]}))
        for worker in rules(3).workers
    ]
    (folder / "calls.csv").write_text(calls_as_csv(calls))
    (folder / "roster.csv").write_text(roster_as_csv(workers, FIRST_DAY))
    return folder / "calls.csv", folder / "roster.csv"


def asked(files: tuple[Path, Path | None], **named: object) -> list[str]:
    question = Question(30, TARGET, calls=files[0], roster=files[1], **named)  # type: ignore[arg-type]
    return told(question, SETTINGS, lambda: pytest.fail("the record was opened"))


def test_the_past_is_told_beside_its_replay_and_the_formula(files):
    past, replay, formula = asked(files)
    assert past.startswith("the past: 120 calls, speed of answer")
    assert replay.partition(":")[2] == past.partition(":")[2]
    assert "Erlang A" in formula


def test_other_rules_are_told_as_changes_with_their_doubt(files, tmp_path):
    shutil.copytree(ROOT / "config", tmp_path / "other")
    services = tmp_path / "other" / "services.yaml"
    services.write_text(services.read_text().replace("ladder: shipped", "ladder: plain"))
    lines = asked(files, policy=tmp_path / "other")
    own = next(line for line in lines if line.startswith("  own"))
    assert "change -" in own
    assert "+-" in own


def test_a_roster_without_anybody_answers_nobody(files, tmp_path):
    nobody = tmp_path / "nobody.csv"
    nobody.write_text(files[1].read_text().splitlines()[0] + "\n")
    lines = asked(files, variant_roster=nobody)
    assert any(line.startswith("  abandoned") and "100.0%" in line for line in lines)


def test_staffing_names_each_half_hour(files):
    head, *slots = asked(files, staffing=True)
    assert head.startswith("clinicians for 80% in 30 s")
    assert any(line.startswith("  Mon 10:00") for line in slots)


def test_the_past_can_be_saved_and_read_again(files, tmp_path):
    asked(files, save=tmp_path / "kept")
    assert asked((tmp_path / "kept" / "calls.csv", tmp_path / "kept" / "roster.csv")) == asked(files)


def test_what_is_missing_is_told_in_a_sentence(files, tmp_path):
    with pytest.raises(NothingToReplay, match="needs --roster"):
        asked((files[0], None))
    with pytest.raises(BadTrace, match="lacks"):
        asked((files[1], files[0]))
    nurse = tmp_path / "calls.csv"
    nurse.write_text(files[0].read_text().replace(",therapy,", ",dentist,"))
    with pytest.raises(NothingToReplay, match="no call of the past"):
        asked((nurse, files[1]))


def test_the_command_line_asks_for_what_it_says(files, capsys, monkeypatch):
    monkeypatch.setattr(cli, "_settings", lambda: SETTINGS)
    assert cli.main(["what-if", "--calls", str(files[0]), "--roster", str(files[1]), "--staffing"]) == 0
    assert "Mon 10:00" in capsys.readouterr().out
    assert cli.main(["what-if", "--calls", str(files[0])]) == 1
    assert "needs --roster" in capsys.readouterr().err


def test_the_record_itself_is_replayed(database_url, monkeypatch):
    made = Database(database_url)
    metadata.create_all(made.engine)
    ana = SimpleNamespace(id="ana", skills={"physical_therapy": 2}, languages=("en",), site_id=None)
    monkeypatch.setattr(directory.store, "clinicians", lambda tx: [ana])
    center, need = Center(made), Need("physical_therapy")
    center.joins("answered", need=need)
    center.ready("ana", at=after(20))  # on record: who was on duty is no longer guessed from the calls
    offer = center.talks("answered", at=after(20))
    center.do(routing.store.finish_talk, offer.id, now=after(320), wrap_up_seconds=30)
    center.joins("gave-up", need=need, at=after(60))
    center.do(routing.store.leave, call_id="gave-up", why="hung_up", now=after(100))
    settings: Any = SimpleNamespace(clinic_config=SETTINGS.clinic_config, wrap_up_seconds=30)
    content = read_content(SETTINGS.clinic_config)
    tools: Any = SimpleNamespace(database=made, settings=settings, content=content, now=lambda: after(3600))
    past, again, _ = told(Question(1, TARGET), settings, lambda: tools)
    assert past.startswith("the past: 2 calls, speed of answer 20.0 s")
    assert "gave up 50.0%" in past
    assert again.partition(":")[2] == past.partition(":")[2]
    made.close()
