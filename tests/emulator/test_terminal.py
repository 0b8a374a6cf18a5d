"""The terminal phone: what it dials, prints and sends, and the exit code it leaves."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from emulator.terminal import ENDED_BADLY, ENDED_NORMALLY, NOT_POSSIBLE, main
from emulator.terminal_words import Act, PhoneError, caption_line, read_line, read_script
from tests.emulator.fake_phones import CENTER, FakePhones, heard, running

JOE = "+13125550142"


@pytest.fixture
def phones() -> Iterator[FakePhones]:
    with running() as fake:
        yield fake


def call(phones: FakePhones, script: str) -> int:
    return main(["--emulator", phones.url, "--from", JOE, "--to", CENTER, "--script", script])


def test_a_script_waits_presses_speaks_and_hangs_up(phones, capsys):
    assert call(phones, "wait:press 1;1;say:my exercises;hang") == ENDED_NORMALLY
    assert phones.did == [
        ("call", {"from": JOE, "to": CENTER}),
        ("digits", {"digits": "1"}),
        ("speech", {"text": "my exercises"}),
        ("hangup", {}),
    ]
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == "Welcome. For your exercises, press 1."
    assert "> pressed 1" in printed
    assert printed[-1] == "(the call ended: completed)"


def test_a_call_the_center_ends_is_a_normal_end(phones):
    assert call(phones, "wait:WELCOME;9") == ENDED_NORMALLY


def test_waiting_for_words_never_said_ends_with_the_call_and_is_no_success(phones, capsys):
    phones.ends_at_once = "completed"
    assert call(phones, "wait:your therapist") == ENDED_BADLY
    assert "before 'your therapist' was heard" in capsys.readouterr().out


def test_words_already_waited_for_are_not_found_a_second_time(phones, capsys):
    assert call(phones, "wait:welcome;9;wait:welcome") == ENDED_BADLY


@pytest.mark.parametrize("status", ["busy", "failed", "no-answer", "canceled"])
def test_a_call_that_never_came_about_is_no_success(phones, status):
    phones.ends_at_once = status
    assert call(phones, "") == ENDED_BADLY


def test_hold_music_that_goes_round_is_printed_once(phones, capsys):
    phones.greeting = [heard("hold", "music.wav"), heard("pause", "1"), heard("hold", "music.wav"), heard("say", "Hi")]
    call(phones, "wait:hi;hang")
    assert capsys.readouterr().out.splitlines()[:2] == ["(hold music)", "Hi"]


def test_a_refusal_is_told_in_the_emulators_own_words(phones, capsys):
    phones.refusal = "+13125550100 is not a number of the center"
    assert call(phones, "hang") == NOT_POSSIBLE
    assert "is not a number of the center" in capsys.readouterr().err


def test_a_missing_emulator_is_named_with_its_address(capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    code = main(["--emulator", f"http://127.0.0.1:{port}", "--from", JOE, "--to", CENTER, "--script", "hang"])
    assert code == NOT_POSSIBLE
    assert f"no emulator answers at http://127.0.0.1:{port}" in capsys.readouterr().err


def test_lines_typed_on_standard_input_are_obeyed_and_a_wrong_one_is_explained(phones):
    command = [sys.executable, "-m", "emulator.terminal", "--emulator", phones.url, "--from", JOE, "--to", CENTER]
    done = subprocess.run(
        command, input="1\ndance\nsay my exercises\nhang\n", capture_output=True, text=True, timeout=30
    )
    assert done.returncode == ENDED_NORMALLY, done.stderr
    assert [act for act, _ in phones.did] == ["call", "digits", "speech", "hangup"]
    assert "not understood: 'dance'" in done.stdout


def test_an_interrupted_phone_hangs_up_before_it_goes(phones):
    command = [sys.executable, "-m", "emulator.terminal", "--emulator", phones.url, "--from", JOE, "--to", CENTER]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as phone:
        assert phone.stdout is not None
        assert phone.stdout.readline().startswith("Welcome.")
        phone.send_signal(signal.SIGINT)
        assert phone.wait(30) == ENDED_BADLY
    assert phones.did[-1] == ("hangup", {})


def test_a_script_names_the_step_it_does_not_understand():
    assert read_script("wait: press 1 ; 1*# ;say:a: b;hang;") == [
        Act("wait", "press 1"),
        Act("keys", "1*#"),
        Act("say", "a: b"),
        Act("hang"),
    ]
    with pytest.raises(PhoneError, match="jump"):
        read_script("1;jump")
    with pytest.raises(PhoneError, match="wait"):
        read_script("wait:")


@pytest.mark.parametrize("line", ["", "say", "say  ", "12a", "wait:x", "hangup"])
def test_a_typed_line_that_is_no_act_is_refused(line):
    with pytest.raises(PhoneError):
        read_line(line)


@pytest.mark.parametrize(
    ("caption", "line"),
    [
        (heard("say", "Hello"), "Hello"),
        (heard("hold", "x.wav"), "(hold music)"),
        (heard("pause", "2"), None),
        (heard("keys", "42"), "> pressed 42"),
        (heard("note", "you are in a conference"), "(you are in a conference)"),
    ],
)
def test_each_caption_is_printed_as_what_it_is(caption, line):
    assert caption_line(caption) == line
