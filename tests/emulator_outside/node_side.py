"""Runs a program of `tests/emulator_outside/node` with the packages that .ci/run installed."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from tests.resources import NODE_PACKAGES

FOLDER = Path(__file__).parent / "node"


def run(program: str, given: Any = None, **environ: str) -> Any:
    """What a program prints, as JSON; AssertionError with its own words if it fails."""
    done = subprocess.run(
        ["node", str(FOLDER / program)],
        input=json.dumps(given),
        env={**os.environ, **environ, "NODE_PATH": str(NODE_PACKAGES / "node_modules")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
