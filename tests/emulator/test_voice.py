"""What the phone page asks for beside the calls: audible voices, and the log of a phone."""

from __future__ import annotations

from tests.emulator.box import ANA, CENTER, JOE, Box, play

ESPEAK = '#!/bin/sh\nprintf "RIFF %s %s " "$1" "$2"\ncat\n'


def test_words_are_spoken_in_their_language_and_go_in_over_the_standard_input(tmp_path, monkeypatch):
    program = tmp_path / "espeak-ng"
    program.write_text(ESPEAK)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")

    async def story(box: Box) -> None:
        for language, voice in (("en-US", "en-us"), ("es-MX", "es-419"), ("de-DE", "de-de")):
            async with box.session.get(f"{box.url}/control/voice",
                                       params={"text": "--help", "language": language}) as sound:
                assert sound.content_type == "audio/wav"
                assert await sound.text() == f"RIFF -v {voice} --help"
        for bad in ({"text": " "}, {"text": "x" * 5000}, {"text": "x", "language": "-w/tmp/x"}):
            async with box.session.get(f"{box.url}/control/voice", params=bad) as refused:
                assert refused.status == 400

    play(story)


def test_without_a_program_the_browser_has_to_speak(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))

    async def story(box: Box) -> None:
        async with box.session.get(f"{box.url}/control/voice", params={"text": "Hello"}) as answer:
            assert answer.status == 404

    play(story)


def test_a_phone_keeps_a_log_of_its_calls_the_latest_first():
    async def story(box: Box) -> None:
        box.says("/voice", "<Pause length='5'/>")
        first = await box.dials_in()
        await box.advance(6)
        await box.rest("POST", "/Calls.json", status=201, To=JOE, From=CENTER, Url=box.app_url + "/voice", Timeout=5)
        await box.advance(20)
        missed, called = (await box.control("GET", f"/phones/{JOE}"))["log"]
        assert (missed["direction"], missed["status"]) == ("outbound-api", "no-answer")
        assert (called["sid"], called["ended_ms"] - called["answered_ms"]) == (first, 5000)
        assert (await box.control("GET", f"/phones/{ANA}"))["log"] == []

    play(story)
