"""No process of the center waits for the libraries of another: what each has loaded once it is ready to work."""

import json
import os
import subprocess
import sys

import pytest

from tests.resources import ROOT

PROGRAM = """
import json, sys
{start}
unwanted = {unwanted!r}
print(json.dumps([name for name in unwanted if name in sys.modules]))
"""
STARTS = {
    "the supervisor": ("import cli, demo", "app desk flask redis rq sqlalchemy twilio switchboard"),
    "web": ("import app; app.create_web()", "desk alembic"),
    "worker and clock": (
        "import app, clock, cli; app.build_tools(app.settings_from_environment())",
        "desk flask alembic webhooks",
    ),
}


@pytest.mark.parametrize("process", STARTS)
def test_a_process_loads_only_what_it_works_with(process, tmp_path):
    start, unwanted = STARTS[process]
    environ = {**os.environ, "VAR_DIR": str(tmp_path)}
    program = PROGRAM.format(start=start, unwanted=unwanted.split())
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environ, capture_output=True, text=True, timeout=100, check=True
    )
    assert json.loads(done.stdout) == []
