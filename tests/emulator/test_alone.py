"""The emulator beside an application that knows nothing of this repository: README's own Flask and Node programs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from werkzeug.serving import make_server

from emulator.terminal import ENDED_NORMALLY, main
from tests.resources import NODE_PACKAGES, ROOT

README = (ROOT / "emulator" / "README.md").read_text()
CALLER, COLLEAGUE, CENTER = "+13125550142", "+13125550161", "+13125550100"


def program(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", README, re.DOTALL)
    assert found
    return found[1]


@contextmanager
def application() -> Iterator[str]:
    """README's ten lines, served."""
    names: dict[str, Flask] = {"__name__": "app"}  # type: ignore[dict-item]
    exec(compile(program("python"), "README.md", "exec"), names)
    server = make_server("127.0.0.1", 0, names["app"])
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()


@contextmanager
def emulator(voice_url: str) -> Iterator[str]:
    """`python -m emulator --voice-url ...` as README has it, on a port of its own."""
    with make_server("127.0.0.1", 0, lambda environ, start: []) as free:
        port = free.server_port
    argv = [sys.executable, "-m", "emulator", "--voice-url", voice_url, "--number", CENTER, "--port", str(port)]
    argv += ["--rate", "10"]
    environ = {key: value for key, value in os.environ.items() if not key.startswith("TWILIO")}
    process = subprocess.Popen(argv, cwd=ROOT, env=environ, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout and process.stdout.readline().startswith("carrier in a box")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.communicate(timeout=20)


def test_ten_lines_of_flask_are_called_and_say_goodbye(capsys):
    with application() as app, emulator(f"{app}/voice") as carrier:
        assert len(program("python").replace("\n\n", "\n").splitlines()) <= 10
        script = ["--emulator", carrier, "--from", CALLER, "--to", CENTER, "--script", "wait:your name;say:Joe"]
        assert main(script) == ENDED_NORMALLY
        with urllib.request.urlopen(f"{carrier}/control/book") as book:
            assert CENTER in book.read().decode()
    assert "Goodbye Joe." in capsys.readouterr().out


@pytest.mark.node
def test_the_node_sdk_calls_a_colleague():
    if not (NODE_PACKAGES / "node_modules" / "twilio").is_dir():
        pytest.skip("the packages for Node are not installed (.ci/run does it)")
    with emulator("http://127.0.0.1:9/voice") as carrier:
        environ = {**os.environ, "CARRIER": carrier, "NODE_PATH": str(NODE_PACKAGES / "node_modules")}
        done = subprocess.run(["node", "-e", program("javascript")], env=environ, capture_output=True, text=True,
                              timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        assert re.fullmatch(r"CA[0-9a-f]{32} queued\n", done.stdout)
        for _ in range(200):
            with urllib.request.urlopen(f"{carrier}/control/phones/%2B13125550161") as phone:
                if '"ringing": true' in phone.read().decode():
                    return
            time.sleep(0.05)
        pytest.fail("the colleague's phone never rang")
