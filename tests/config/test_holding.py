"""Timetables of what one hears while waiting, and recorded guidance: each way in which they can be wrong is told."""

import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import app
from config.content import EVERY, Content, HoldEntry
from config.difference import difference
from config.holding import CODINGS, Wav, hold_entries, playable, read_wav
from config.reading import SHEETS, ContentError, Flaw, read_content
from emulator.sound import wav_ms
from tests.config.sounds import put, wav

SHIPPED = Path(__file__).parents[2] / "config"
TIMETABLE = """
    hold:
      - plays: media/piano.wav
      - minute: 2
        plays: {en: media/tips-en.wav, es: media/tips-es.wav}
        between: ["08:00", "12:00"]
      - minute: 5
        says: education-walk
"""
GUIDANCE = "    guidance_recording: {en: media/walk-en.wav, es: media/walk-es.wav}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The shipped content with a timetable for therapy, recorded guidance, and the sounds that both name."""
    for name in SHEETS:
        shutil.copy(SHIPPED / name, tmp_path / name)
    shutil.copytree(SHIPPED / "prompts", tmp_path / "prompts")
    spoil(tmp_path, "    education: after-surgery\n", "    education: after-surgery" + TIMETABLE)
    spoil(tmp_path, "    says: [education-walk, ", GUIDANCE + "    says: [education-walk, ")
    for name in ("piano", "tips-en", "tips-es"):
        put(tmp_path, f"{name}.wav", wav(20))
    for name in ("walk-en", "walk-es"):
        put(tmp_path, f"{name}.wav", wav(40, bits=16))
    return tmp_path


def spoil(folder: Path, old: str, new: str) -> None:
    path = folder / "services.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def read(folder: Path) -> Content:
    return read_content(folder, playable(folder))


def flaws(folder: Path) -> tuple[Flaw, ...]:
    with pytest.raises(ContentError) as error:
        read(folder)
    return error.value.flaws


def line_with(folder: Path, text: str) -> int:
    """The last one, if there are several."""
    lines = (folder / "services.yaml").read_text().splitlines()
    return max(number for number, line in enumerate(lines, 1) if text in line)


def test_a_timetable_and_recorded_guidance_are_read(folder: Path) -> None:
    content = read(folder)
    assert content.services["therapy"].hold == (
        HoldEntry(plays={EVERY: "media/piano.wav"}),
        HoldEntry(minute=2, plays={"en": "media/tips-en.wav", "es": "media/tips-es.wav"}, between=("08:00", "12:00")),
        HoldEntry(minute=5, says="education-walk"),
    )
    assert content.education["after-surgery"].guidance_recording["es"] == "media/walk-es.wav"


def test_the_shipped_content_has_no_timetable_and_needs_no_file() -> None:
    content = read(SHIPPED)
    assert list(hold_entries(content)) == []
    assert not any(guidance.guidance_recording for guidance in content.education.values())


def test_the_program_starts_with_sounds_that_it_has_alone(folder: Path) -> None:
    settings: Any = SimpleNamespace(in_production=False, clinic_config=folder)
    read_content(folder, *app.proofs(settings))
    (folder / "media" / "piano.wav").unlink()
    with pytest.raises(ContentError):
        read_content(folder, *app.proofs(settings))


WRONG = {  # what is changed, into what; where it is told; what is found; what is accepted
    "backwards": ("- minute: 5", "- minute: 1", "hold.2.minute", "minute 1 after minute 2", "in the order"),
    "twice": ("- minute: 2", "- minute: 5", "hold.2.minute", "minute 5 again", "a later minute, or times of day"),
    "before he came": ("- minute: 2", "- minute: -1", "hold.1.minute", "-1", "0 to 240 minutes"),
    "tomorrow": ("- minute: 5", "- minute: 241", "hold.2.minute", "241", "0 to 240 minutes"),
    "empty": ("        says: education-walk", "        says:", "hold.2", "plays and says nothing", "plays (a file)"),
    "no sentence": ("says: education-walk", "says: educatoin-walk", "hold.2.says", "'educatoin-walk'", "the name of a"),
    "a sentence with a gap": ("says: education-walk", "says: education-offer", "hold.2.says", "offer", "without vari"),
    "no time": ('"08:00", "12:00"', '"8", "12:00"', "hold.1.between", "'8'", 'times like ["08:00", "12:00"]'),
    "no while": ('"08:00", "12:00"', '"08:00", "08:00"', "hold.1.between", "'08:00'", "another time than the first"),
    "one time": ('"08:00", "12:00"', '"08:00"', "hold.1.between.1", "nothing", "a value, which is required"),
    "a language less": (
        "{en: media/tips-en.wav, es: media/tips-es.wav}", "{en: media/tips-en.wav}",
        "hold.1.plays", "no recording in es", "one in each language, or one file for all",
    ),
    "a language more": (", es: media/tips-es", ", fr: x, es: media/tips-es", "hold.1.plays.fr", "'fr'", "en or es"),
    "elsewhere": ("media/piano.wav", "../piano.wav", "hold.0.plays.*", "'../piano.wav'", "media/<name>.wav"),
    "another kind": ("media/piano.wav", "media/piano.mp3", "hold.0.plays.*", "piano.mp3", "media/<name>.wav"),
    "a list": ("plays: media/piano.wav", "plays: [media/piano.wav]", "hold.0.plays", "['media/pia", "a valid dict"),
    "an unknown key": ("- minute: 5", "- minutes: 5", "hold.2.minutes", "5", "this one is unknown"),
    "guidance elsewhere": ("media/walk-en.wav", "/tmp/x.wav", "guidance_recording.en", "/tmp/x.wav", "media/<name>"),
    "guidance in French": ("{en: media/walk", "{fr: media/walk", "guidance_recording.fr", "'fr'", "en or es"),
    "no such file": ("media/piano.wav", "media/organ.wav", "hold.0.plays.*", "organ.wav, and no such", "8000 Hz"),
    "no such guidance": ("media/walk-en", "media/run-en", "guidance_recording.en", "and no such file", "8000 Hz"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_each_mistake_is_told_with_its_line(folder: Path, name: str) -> None:
    old, new, where, found, accepted = WRONG[name]
    spoil(folder, old, new)
    told = [flaw for flaw in flaws(folder) if flaw.where.endswith(where)]
    assert any(found in flaw.found and accepted in flaw.accepted for flaw in told), flaws(folder)
    line = line_with(folder, "- minute: 5" if name == "empty" else new)
    assert all(flaw.file == "services.yaml" and flaw.line == line for flaw in told)


def test_the_same_minute_twice_is_right_where_the_later_entry_has_its_hours(folder: Path) -> None:
    spoil(folder, "- minute: 2", "- minute: 0")
    assert [entry.minute for entry in read(folder).services["therapy"].hold] == [0, 0, 5]


@pytest.mark.parametrize("seconds", [9.9, 30.1])
def test_a_round_that_is_too_short_or_too_long_is_refused(folder: Path, seconds: float) -> None:
    put(folder, "piano.wav", wav(seconds))
    (flaw,) = flaws(folder)
    assert (flaw.found, flaw.accepted) == (f"media/piano.wav of {seconds} s", "10 to 30 s")
    assert flaw.line == line_with(folder, "media/piano.wav")


@pytest.mark.parametrize("seconds", [2.9, 120.1])
def test_guidance_that_is_too_short_or_too_long_is_refused(folder: Path, seconds: float) -> None:
    put(folder, "walk-es.wav", wav(seconds))
    (flaw,) = flaws(folder)
    assert flaw.where == "education.after-surgery.guidance_recording.es"
    assert (flaw.found, flaw.accepted) == (f"media/walk-es.wav of {seconds} s", "3 to 120 s")


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", "no WAV file"),
        (b"ID3 an mp3 with another name", "no WAV file"),
        (wav(20)[:-1], "cut short"),
        (wav(20, channels=2), "8-bit PCM, 2 channels, 8000 Hz"),
        (wav(20, rate=44100), "8-bit PCM, 1 channel, 44100 Hz"),
        (wav(20, bits=24), "format 1 of 24 bits, 1 channel, 8000 Hz"),
        (wav(20, coding=85), "format 85 of 8 bits"),
        (wav(1, rate=0) + b"x", "no WAV file"),
        (wav(260), "more than 2000000 bytes"),
    ],
)
def test_what_the_carrier_would_not_play_well_is_refused(folder: Path, data: bytes, found: str) -> None:
    put(folder, "piano.wav", data)
    (flaw,) = flaws(folder)
    assert found in flaw.found and "a WAV file of one channel at 8000 Hz" in flaw.accepted


@pytest.mark.parametrize(("coding", "bits"), CODINGS)
def test_a_wav_file_is_measured(coding: int, bits: int) -> None:
    assert read_wav(wav(12.5, coding=coding, bits=bits)) == Wav((coding, bits), 1, 8000, 12.5)


@pytest.mark.parametrize(("coding", "bits"), CODINGS)
def test_the_emulated_carrier_hears_a_file_as_long_as_it_was_measured(coding: int, bits: int) -> None:
    assert wav_ms(wav(12.5, coding=coding, bits=bits)) == 12500


def test_the_music_that_ships_would_be_accepted() -> None:
    music = read_wav((SHIPPED / "media" / "hold.wav").read_bytes())
    assert music is not None and music.coding in CODINGS and (music.rate, music.seconds) == (8000, 20.0)


def test_a_change_is_told_in_words(folder: Path) -> None:
    before = read(folder)
    spoil(folder, "says: education-walk", "says: education-ice")
    assert any(
        "service therapy: hold is" in told and "education-ice" in told for told in difference(before, read(folder))
    )
