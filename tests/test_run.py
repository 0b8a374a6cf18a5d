"""The `run` script on an empty machine: sets up once, repairs what is half-made, waits for another start, says why not.

Installs one tiny wheel from a folder, so that no network and little time is needed.
"""

import base64
import hashlib
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.resources import ROOT

CLI = "import os, sys, tiny\nprint('ran', tiny.WORD, sys.argv[1:], os.getcwd())\n"


def wheel(folder: Path) -> str:
    """A wheel of one module; its hash in the form of a lock file."""
    info = "tiny-1.0.dist-info"
    files = {
        "tiny.py": "WORD = 'tiny'\n",
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{name},sha256={_digest(text)},{len(text)}\n" for name, text in files.items())
    path = folder / "tiny-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in {**files, f"{info}/RECORD": f"{record}{info}/RECORD,,\n"}.items():
            archive.writestr(name, text)
    return "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()


def _digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with nothing but the script, a lock file and a program to run."""
    folder, wheels = tmp_path / "checkout", tmp_path / "wheels"
    folder.mkdir()
    wheels.mkdir()
    (folder / "run").write_bytes((ROOT / "run").read_bytes())
    (folder / "requirements.lock").write_text(f"tiny==1.0 \\\n    --hash={wheel(wheels)}\n")
    (folder / "cli.py").write_text(CLI)
    return folder


def environ(checkout: Path, **changes: str) -> dict[str, str]:
    pip = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(checkout.parent / "wheels"), "PIP_CONFIG_FILE": os.devnull}
    return {"PATH": "/usr/bin:/bin", "HOME": str(checkout.parent), **pip, **changes}


def run(checkout: Path, *arguments: str, cwd: Path | None = None, **changes: str) -> subprocess.CompletedProcess[str]:
    python = getattr(sys, "_base_executable", sys.executable)  # the machine's own, as a person would call it
    argv = [python, str(checkout / "run"), *arguments]
    return subprocess.run(
        argv, cwd=cwd or checkout, env=environ(checkout, **changes), capture_output=True, text=True, timeout=100
    )


def test_the_first_start_sets_up_and_the_next_one_only_runs(checkout, tmp_path):
    first = run(checkout)
    assert first.stdout == f"ran tiny ['demo'] {checkout}\n", first.stderr
    assert "installing" in first.stderr
    second = run(checkout, "who", "--at", "noon", cwd=tmp_path)
    assert second.stdout == f"ran tiny ['who', '--at', 'noon'] {checkout}\n"
    assert second.stderr == ""


def test_bytecode_is_kept_even_where_the_environment_forbids_it(checkout):
    (checkout / "cli.py").write_text("import kept\n")
    (checkout / "kept.py").write_text("")
    run(checkout, PYTHONDONTWRITEBYTECODE="1")
    assert list(checkout.glob("__pycache__/kept.*.pyc"))
    assert list((checkout / ".venv").rglob("tiny.*.pyc"))


def test_a_file_named_from_another_folder_is_still_found(checkout, tmp_path):
    (tmp_path / "bundle.json").touch()
    ran = run(checkout, "import-fhir", "bundle.json", cwd=tmp_path)
    assert f"['import-fhir', '{tmp_path}/bundle.json']" in ran.stdout


@pytest.mark.parametrize("harm", ["unfinished", "no python", "other python", "new lock"])
def test_what_is_half_made_broken_or_out_of_date_is_mended(checkout, harm):
    run(checkout)
    venv = checkout / ".venv"
    match harm:
        case "unfinished":
            (venv / "unfinished").touch()
            next(venv.glob("lib/*/site-packages/tiny.py")).unlink()
        case "no python":
            (venv / "bin" / "python").unlink()
        case "other python":
            (venv / "installed").write_text((venv / "installed").read_text().replace("Python 3", "Python 2"))
        case "new lock":
            lock = checkout / "requirements.lock"
            lock.write_text(lock.read_text() + "# changed\n")
    mended = run(checkout)
    assert "installing" in mended.stderr
    assert mended.stdout.startswith("ran tiny"), mended.stderr


def test_two_starts_at_once_install_once(checkout):
    argv = [getattr(sys, "_base_executable", sys.executable), str(checkout / "run")]
    starts = [
        subprocess.Popen(argv, env=environ(checkout), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    ends = [start.communicate(timeout=100) for start in starts]
    assert [out.startswith("ran tiny") for out, _ in ends] == [True, True]
    assert sum("installing what" in err for _, err in ends) == 1


def test_a_package_that_is_not_the_listed_one_is_refused(checkout):
    lock = checkout / "requirements.lock"
    lock.write_text("tiny==1.0 \\\n    --hash=sha256:" + "0" * 64 + "\n")
    refused = run(checkout)
    assert refused.returncode == 1
    assert "run: could not install" in refused.stderr
    assert (checkout / ".venv" / "unfinished").exists()


def test_without_a_network_it_says_so(checkout):
    refused = run(checkout, PIP_FIND_LINKS="")
    assert refused.returncode == 1
    assert "Is there a network" in refused.stderr


def test_without_pip_it_says_what_to_install(checkout):
    (checkout / "pip.py").write_text("raise SystemExit(1)\n")
    refused = run(checkout, PYTHONPATH=str(checkout))
    assert refused.returncode == 1
    assert "has no pip; install it" in refused.stderr


def test_an_old_python_is_told_which_one_is_needed(checkout):
    (checkout / "sitecustomize.py").write_text("import sys\nsys.version_info = (3, 9, 2, 'final', 0)\n")
    refused = run(checkout, PYTHONPATH=str(checkout))
    assert refused.returncode == 1
    assert "needs Python 3.11 or newer, but this is Python 3.9.2" in refused.stderr


def test_uv_is_used_when_it_is_here(checkout, tmp_path):
    (tmp_path / "bin").mkdir()
    uv = tmp_path / "bin" / "uv"
    uv.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/asked\n')
    uv.chmod(0o755)
    run(checkout, PATH=f"{tmp_path}/bin:/usr/bin:/bin")
    assert (tmp_path / "asked").read_text().startswith("pip install --quiet --compile-bytecode --python")
