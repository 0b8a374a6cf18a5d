"""A clinic's folder is read whole, or refused with everything that is wrong with it."""

import shutil
from pathlib import Path

import pytest

from config.reading import LEARNED, SHEETS, ContentError, Flaw, read_content

SHIPPED = Path(__file__).parents[2] / "config"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped content that a test may spoil."""
    for name in (*SHEETS, LEARNED):
        shutil.copy(SHIPPED / name, tmp_path / name)
    shutil.copytree(SHIPPED / "prompts", tmp_path / "prompts")
    return tmp_path


def spoil(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def flaws(folder: Path) -> tuple[Flaw, ...]:
    with pytest.raises(ContentError) as error:
        read_content(folder)
    return error.value.flaws


def line_with(path: Path, text: str) -> int:
    return next(number for number, line in enumerate(path.read_text().splitlines(), 1) if text in line)


def test_the_shipped_content_is_sound():
    content = read_content(SHIPPED)
    assert content.languages == ("en", "es")
    assert content.services["therapy"].skill == "physical_therapy"
    assert [rung.serve for rung in content.ladders["shipped"].rungs] == [("own", "team"), ("any",)]
    assert [rung.seconds for rung in content.ladders["promised"].rungs] == [14400, 1800, None]
    assert [option.key for option in content.menus["main"].options] == ["1", "2", "3", "4", "0"]


def test_the_version_changes_with_any_file_and_with_nothing_else(folder: Path):
    before = read_content(folder).version
    assert before == read_content(folder).version == read_content(SHIPPED).version
    spoil(folder / "prompts" / "es.ftl", "Adiós", "Hasta luego")
    assert read_content(folder).version != before


def test_a_misspelt_key_is_named_with_its_file_and_line(folder: Path):
    spoil(folder / "services.yaml", "skill: nurse", "skil: nurse")
    found = flaws(folder)
    line = line_with(folder / "services.yaml", "skil: nurse")
    assert Flaw("services.yaml", line, "services.nurse.skil", "'nurse'", found[1].accepted) in found
    assert any(flaw.where == "services.nurse.skill" and flaw.found == "nothing" for flaw in found)


def test_a_wrong_value_says_what_is_accepted(folder: Path):
    spoil(folder / "hours.yaml", "sat", "saturday")
    (flaw,) = flaws(folder)
    assert flaw.file == "hours.yaml" and flaw.line == line_with(folder / "hours.yaml", "saturday")
    assert "saturday" in flaw.found and "'sat'" in flaw.accepted


def test_flaws_of_several_files_are_told_at_once(folder: Path):
    spoil(folder / "hours.yaml", "sat", "saturday")
    spoil(folder / "menus.yaml", "leads_to: operator", "leads: operator")
    spoil(folder / "prompts" / "en.ftl", "goodbye = Thank you. Goodbye.", "goodbye Thank you.")
    assert {flaw.file for flaw in flaws(folder)} == {"hours.yaml", "menus.yaml", "prompts/en.ftl"}


@pytest.mark.parametrize(
    ("name", "old", "new", "where"),
    [
        ("lines.yaml", "menu: main", "menu: mian", "lines.center.menu"),
        ("lines.yaml", "hours: center", "hours: always", "lines.center.hours"),
        ("lines.yaml", "general: clinic", "general: clinics", "lines.center.general"),
        ("lines.yaml", "number: center", "number: '5550100'", "lines.center.number"),
        ("menus.yaml", "leads_to: service:nurse", "leads_to: service:nurses", "menus.main.options.1.leads_to"),
        ("menus.yaml", "label: option-nurse", "label: option-nurses", "menus.main.options.1.label"),
        ("menus.yaml", "key: 2", "key: 1", "menus.main.options.1.key"),
        ("menus.yaml", "key: 2", 'key: "#"', "menus.main.options.1.key"),
        ("menus.yaml", "key: 0", "key: 5", "menus.main.options.4.leads_to"),
        ("menus.yaml", "en: [nurse", "fr: [nurse", "menus.main.options.1.words.fr"),
        ("services.yaml", "ladder: shipped", "ladder: short", "services.therapy.ladder"),
        ("services.yaml", "head_start_seconds: 60", "head_start_seconds: -1", "services.nurse.head_start_seconds"),
        ("services.yaml", "message_hours: 2", "callback_hold_seconds: 31", "services.nurse.callback_hold_seconds"),
        (
            "services.yaml",
            "message_hours: 2",
            "callback_first: patient\n    callback_hold_seconds: 61",
            "services.nurse.callback_hold_seconds",
        ),
        ("services.yaml", "message_hours: 2", "callback_first: nurse", "services.nurse.callback_first"),
        ("services.yaml", "seconds: 30", "seconds: -30", "ladders.shipped.rungs.0.seconds"),
        ("services.yaml", "wait: for_own", "wait: plain", "services.therapy.own_offer.wait"),
        ("services.yaml", "next: next_available", "next: nobody", "services.therapy.own_offer.next"),
        *(
            ("services.yaml", "skill: nurse\n", f"skill: nurse\n    limits: {it}\n", f"services.nurse.limits.{where}")
            for it, where in (
                ("{waiting: {most: 0, exit: callback}}", "waiting.most"),
                ("{waiting: {most: 9, exit: voicemail}}", "waiting.exit"),
                ("{wait_seconds: {most: 9, exit: service:nurses}}", "wait_seconds.exit"),
                ("{nobody_ready: service:nurse}", "nobody_ready"),
                ("{nobody_ready: menu:main}", "nobody_ready"),
            )
        ),
        ("services.yaml", "      - serve: [any]\n", "      - serve: [site]\n", "ladders.shipped.rungs.1"),
        ("hours.yaml", "America/Chicago", "America/Chicagoo", "hours.center.zone"),
        ("hours.yaml", "US-IL", "Illinois", "hours.center.holidays"),
        ("hours.yaml", '"07:00"', '"7 am"', "hours.center.weekly.0.opens"),
        ("hours.yaml", "[sat]", "[]", "hours.center.weekly.1.days"),
        ("lines.yaml", "languages: [en, es]", "languages: []", "languages"),
        ("services.yaml", "[Ana Ruiz (demo)]", '[" "]', "education.after-surgery.approved_by.0"),
    ],
)
def test_a_name_or_value_that_leads_nowhere_is_found(folder: Path, name: str, old: str, new: str, where: str):
    spoil(folder / name, old, new)
    (flaw,) = flaws(folder)
    assert (flaw.file, flaw.where) == (name, where)
    assert flaw.line is not None


def test_limits_that_lead_round_in_a_circle_are_found(folder: Path):
    for skill, exit_ in (("physical_therapy", "nurse"), ("nurse", "clinic"), ("primary_care", "callback")):
        limits = f"skill: {skill}\n    limits: {{nobody_ready: {'service:' if exit_ != 'callback' else ''}{exit_}}}\n"
        spoil(folder / "services.yaml", f"skill: {skill}\n", limits)
    read_content(folder)  # no circle
    spoil(folder / "services.yaml", "{nobody_ready: callback}", "{nobody_ready: service:therapy}")
    assert {flaw.where for flaw in flaws(folder)} == {
        f"services.{name}.limits.nobody_ready" for name in ("therapy", "nurse", "clinic")
    }


def test_a_dated_exception_needs_a_real_date_and_both_times(folder: Path):
    spoil(
        folder / "hours.yaml",
        "    holidays",
        '    exceptions:\n      - {date: "2026-02-30"}\n      - {date: "2026-12-24", opens: "08:00"}\n    holidays',
    )
    assert [flaw.where for flaw in flaws(folder)] == ["hours.center.exceptions.0.date", "hours.center.exceptions.1"]


def test_a_duplicate_yaml_key_is_an_error_with_its_line(folder: Path):
    spoil(folder / "hours.yaml", "    holidays: US-IL", "    holidays: US-IL\n    holidays: US")
    (flaw,) = flaws(folder)
    assert flaw.file == "hours.yaml" and "duplicate" in flaw.found
    assert flaw.line is not None


def test_broken_yaml_a_stray_key_and_a_missing_file_are_told(folder: Path):
    spoil(folder / "hours.yaml", "weekly:", "weekly: [")
    spoil(folder / "lines.yaml", "languages:", "langauges:")
    (folder / "menus.yaml").unlink()
    files = {flaw.file for flaw in flaws(folder)}
    assert files == {"hours.yaml", "lines.yaml", "menus.yaml"}


def test_a_file_that_is_no_mapping_is_told(folder: Path):
    (folder / "hours.yaml").write_text("- one\n")
    assert flaws(folder)[0].found == "list"


def test_broken_fluent_is_told_with_its_line(folder: Path):
    path = folder / "prompts" / "es.ftl"
    spoil(path, "goodbye = Gracias. Adiós.", "goodbye = Gracias { $.")
    flaw = flaws(folder)[0]
    assert (flaw.file, flaw.line) == ("prompts/es.ftl", line_with(path, "Gracias { $."))


def test_a_sentence_missing_in_one_language_and_a_variable_that_differs_are_told(folder: Path):
    spoil(folder / "prompts" / "es.ftl", "goodbye = Gracias. Adiós.\n", "")
    spoil(folder / "prompts" / "es.ftl", "{ $seconds } segundos", "{ $segundos } segundos")
    assert {(flaw.file, flaw.where) for flaw in flaws(folder)} == {
        ("prompts/es.ftl", "goodbye"),
        ("prompts/es.ftl", "whisper-waited"),
    }


def test_a_second_message_of_one_name_is_told(folder: Path):
    spoil(folder / "prompts" / "en.ftl", "welcome =", "emergency =")
    assert flaws(folder)[0].found == "a second message"


def test_a_language_without_sentences_is_told(folder: Path):
    spoil(folder / "lines.yaml", "[en, es]", "[en, es, vi]")
    assert flaws(folder)[0].file == "prompts/vi.ftl"


def test_bytes_that_are_no_text_are_told(folder: Path):
    (folder / "lines.yaml").write_bytes(b"\xff\xfe\x00")
    assert flaws(folder)[0].found == "bytes that are not UTF-8"


def test_a_flaw_reads_as_one_sentence(folder: Path):
    spoil(folder / "lines.yaml", "menu: main", "menu: mian")
    (flaw,) = flaws(folder)
    assert str(flaw) == f"lines.yaml:{flaw.line}: lines.center.menu: found 'mian'; accepted: main"


@pytest.mark.parametrize(
    ("old", "new", "where", "found"),
    [
        ("[answered, exercises,", "[answered, excercises,", "services.therapy.outcomes.1", "'excercises'"),
        ("[answered, exercises,", "[answered, answered, exercises,", "services.therapy.outcomes.1", "'answered'"),
        ("{label: Question answered}", "{label: ' '}", "outcomes.answered.label", "' '"),
        ("  to_nurse: {label", "  lost: {label: Lost}\n  to_nurse: {label", "outcomes.lost", "no service names"),
        ("  to_nurse: {label", "  To Nurse: {label: X}\n  to_nurse: {label", "outcomes.To Nurse", "'To Nurse'"),
    ],
)
def test_outcomes_are_named_once_and_lead_somewhere(folder: Path, old: str, new: str, where: str, found: str):
    spoil(folder / "services.yaml", old, new)
    assert any(flaw.where == where and found in flaw.found for flaw in flaws(folder))


def test_a_list_of_outcomes_that_nobody_reads_is_refused(folder: Path):
    many = ", ".join(f"o{number}" for number in range(16))
    spoil(folder / "services.yaml", "[answered, exercises,", f"[{many}, answered, exercises,")
    spoil(
        folder / "services.yaml",
        "  to_nurse: {label",
        "".join(f"  o{n}: {{label: O}}\n" for n in range(16)) + "  to_nurse: {label",
    )
    assert "22 outcomes" in {flaw.found for flaw in flaws(folder)}


def test_a_learned_file_that_cannot_be_read_is_named(folder: Path):
    (folder / LEARNED).write_text("corpus\tx\n=word\tmuch\n")
    assert [(flaw.file, flaw.found) for flaw in flaws(folder)] == [(LEARNED, "line 2: '=word\\tmuch'")]


def test_a_folder_may_do_without_what_was_learned(folder: Path):
    (folder / LEARNED).unlink()
    content = read_content(folder)
    assert content.learned == "" and content.version != read_content(SHIPPED).version


def test_what_was_learned_speaks_of_flags_that_exist(folder: Path):
    spoil(folder / LEARNED, "abuse/nurse", "theft/nurse")
    assert [flaw.found for flaw in flaws(folder)] == ["'theft'"]
