"""Forks of a supervisor: they have what it loaded, and otherwise nothing of it; they end with it, and say how."""

import os
import subprocess
import sys

import pytest

from config import children
from tests.config.watching import alive, eventually, kill_hard
from tests.resources import ROOT

LINUX = pytest.mark.skipif(not children.FORKS_WELL, reason="only Linux forks well")
ENVIRON = {**os.environ, "PYTHONPATH": str(ROOT)}

FORKED = '''"""Says what it is told and what it has, then sleeps if that is its work."""
import os, sys, time
print(sys.argv[1], os.environ["MARK"] in os.getcwd(), "tarfile" in sys.modules, flush=True)
time.sleep(60 if sys.argv[1] == "two" else 0)
'''

FORKING = '''"""A supervisor that loads a module and forks a step and a sleeper."""
import os, sys
from pathlib import Path
from config.processes import Process, Supervisor

def preload():
    import tarfile

folder = Path(sys.argv[1])
(folder / "forked.py").write_text(os.environ["FORKED"])
sys.path.insert(0, str(folder))
program = (sys.executable, "-m", "forked")
listed = [
    Process("step", (*program, "one"), once=True, forks=True),
    Process("sleeper", (*program, "two"), forks=True, ready=lambda: (folder / "out/sleeper.log").read_text() != ""),
]
with Supervisor(listed, environ=os.environ, cwd=folder, outputs=folder / "out", preload=preload) as supervisor:
    print("ready", flush=True)
    supervisor.watch()
'''


ENDING = '''"""Forks that end in different ways."""
import os, signal, sys
from pathlib import Path
from config import children

def fork(*argv):
    return children.fork("ending", (sys.executable, "-m", *argv), environ=os.environ, cwd=Path.cwd())

for argv in (("ending", "0"), ("ending", "3"), ("nothing",)):
    print(fork(*argv).wait(30))
endless = fork("http.server", "0", "--bind", "127.0.0.1")
children.kill(endless)
print(endless.poll())
'''


@LINUX
def test_forks_have_what_was_loaded_print_apart_and_end_with_their_supervisor(tmp_path):
    argv = [sys.executable, "-c", FORKING, str(tmp_path)]
    environ = {**ENVIRON, "MARK": str(tmp_path), "FORKED": FORKED}
    with (tmp_path / "said").open("wb") as output:
        child = children.start(argv, environ=environ, cwd=tmp_path, output=output)
    eventually(lambda: "ready" in (tmp_path / "said").read_text() or child.poll() is not None)
    step, sleeper = ((tmp_path / "out" / f"{name}.log").read_text().split() for name in ("step", "sleeper"))
    assert step == ["one", "True", "True"]
    assert sleeper == ["two", "True", "True"]
    kill_hard(child)
    eventually(lambda: not alive(str(tmp_path)))


@LINUX
def test_the_code_with_which_a_fork_ends_is_known(tmp_path):
    (tmp_path / "ending.py").write_text("import sys\nsys.exit(int(sys.argv[1]))\n")
    done = subprocess.run(
        [sys.executable, "-c", ENDING], env=ENVIRON, cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["0", "3", "1", "-9"]  # the third is of no such module
