"""The supervisor keeps real processes alive, stops them in order, and takes them along when it is killed outright."""

import os
import runpy
import signal
import socket
import sys
import urllib.request
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from config import children, processes, valkey
from config.processes import CannotStart, Process, Supervisor, product_processes
from config.settings import load_settings
from tests.config.watching import alive, eventually, kill_hard
from tests.ports import free_port
from tests.resources import ROOT

LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells orphans to stop")
ENVIRON = {**os.environ, "PYTHONPATH": str(ROOT)}

TINY_APP = '''"""The least that gunicorn can serve."""

def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(environ["gunicorn.socket"].getsockname()[1]).encode()]
'''

WHOLE = '''"""A supervisor with a Redis and a web server, as the product has them."""
import os, sys
from pathlib import Path
from config import valkey
from config.processes import Process, Supervisor

folder, port = Path(sys.argv[1]), int(sys.argv[2])
web = (sys.executable, "-m", "gunicorn", "-c", str(Path(sys.argv[3]) / "config/gunicorn_web.py"), "tiny:app")
listed = [
    valkey.own_server(folder).process(),
    Process("web", web, {"PORT": str(port)}, ready=f"http://127.0.0.1:{port}/", port=port),
]
with Supervisor(listed, environ=os.environ, cwd=folder, lock=folder / "running.lock") as supervisor:
    print("ready", flush=True)
    supervisor.watch()
print("stopped", flush=True)
'''


def sleeper(name: str, mark: Path, before: str = "", **more: object) -> Process:
    """A process that writes its name to `mark` when it starts and when it is asked to stop."""
    program = (
        "import signal, sys, time\n"
        f"def say(what): open({str(mark)!r}, 'a').write(what + '\\n')\n"
        f"signal.signal(signal.SIGTERM, lambda *_: (say('stopped {name}'), sys.exit(0)))\n"
        f"say('started {name}')\n{before}\ntime.sleep(60)\n"
    )
    return Process(name, (sys.executable, "-c", program), **more)  # type: ignore[arg-type]


def said(mark: Path) -> list[str]:
    return mark.read_text().splitlines() if mark.exists() else []


def says(mark: Path, line: str, times: int = 1) -> Callable[[], bool]:
    return lambda: said(mark).count(line) >= times


def test_processes_start_in_order_and_stop_in_reverse_order(tmp_path):
    mark = tmp_path / "mark"
    listed = [sleeper(name, mark, ready=says(mark, f"started {name}")) for name in ("one", "two", "three")]
    with Supervisor(listed, environ=ENVIRON) as supervisor:
        assert list(supervisor.pids()) == ["one", "two", "three"]
    assert sorted(said(mark)[:3]) == ["started one", "started three", "started two"]
    assert said(mark)[3:] == ["stopped three", "stopped two", "stopped one"]


def test_what_is_independent_starts_at_the_same_time(tmp_path):
    mark = tmp_path / "mark"
    listed = [
        sleeper("one", mark, ready=says(mark, "started two")),
        sleeper("two", mark, ready=says(mark, "started one")),
    ]
    with Supervisor(listed, environ=ENVIRON) as supervisor:
        assert list(supervisor.pids()) == ["one", "two"]


def test_a_step_waits_until_those_before_it_are_of_use(tmp_path):
    up = tmp_path / "up"
    slow = Process("slow", ("/bin/sh", "-c", f"sleep 0.1; touch {up}; exec sleep 60"), ready=up.exists)
    step = Process("release", ("/bin/sh", "-c", f"test -e {up} || touch {tmp_path}/early"), once=True)
    with Supervisor([slow, step], environ=ENVIRON):
        assert not (tmp_path / "early").exists()


def test_a_process_that_dies_is_started_again(tmp_path):
    mark = tmp_path / "mark"
    listed = [sleeper("one", mark, ready=says(mark, "started one"))]
    with Supervisor(listed, environ=ENVIRON) as supervisor:
        first = supervisor.pids()["one"]
        os.kill(first, signal.SIGKILL)
        supervisor.watch(until=says(mark, "started one", times=2))
        eventually(lambda: supervisor.pids()["one"] != first)


def test_who_dies_again_and_again_waits_longer_each_time(tmp_path, monkeypatch):
    seconds = [0.0]
    monkeypatch.setattr("config.processes.time.monotonic", lambda: seconds[0])
    listed = [Process("doomed", ("/bin/false",))]
    waits = []
    with Supervisor(listed, environ=ENVIRON) as supervisor:
        (kept,) = supervisor._kept
        for _ in range(8):
            assert kept.child is not None
            kept.child.wait()
            supervisor.tend()
            assert kept.start_again_at is not None
            waits.append(round(kept.start_again_at - seconds[0], 3))
            seconds[0] = kept.start_again_at
            supervisor.tend()
    assert waits == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]


def test_a_step_runs_to_its_end_before_the_next_process_starts(tmp_path):
    step = Process("release", ("/bin/sh", "-c", f"sleep 0.1; touch {tmp_path}/migrated"), once=True)
    needs_it = Process("web", ("/bin/sh", "-c", f"test -e {tmp_path}/migrated && exec sleep 60"))
    with Supervisor([step, needs_it], environ=ENVIRON) as supervisor:
        assert (tmp_path / "migrated").exists()
        assert list(supervisor.pids()) == ["web"]


def test_a_step_that_keeps_failing_is_given_up_loudly(monkeypatch):
    monkeypatch.setattr(processes, "BACK_OFF_SECONDS", (0.0,))
    step = Process("release", ("/bin/false",), once=True)
    with pytest.raises(CannotStart, match="release failed 10 times"), Supervisor([step], environ=ENVIRON):
        pass


def test_what_is_never_ready_is_named_and_what_had_started_is_stopped(tmp_path):
    mark = tmp_path / "mark"
    first = sleeper("one", mark, ready=says(mark, "started one"))
    never = sleeper("two", mark, ready=lambda: False, ready_seconds=0.3)
    with pytest.raises(CannotStart, match="two was not ready"), Supervisor([first, never], environ=ENVIRON):
        pass
    assert said(mark)[-1] == "stopped one"


def test_a_program_that_does_not_exist_is_named():
    nothing = Process("ghost", ("/nowhere/at/all",))
    with pytest.raises(CannotStart, match="ghost: No such file"), Supervisor([nothing], environ=ENVIRON):
        pass


def test_a_taken_port_is_named_with_the_setting_that_moves_it(monkeypatch):
    monkeypatch.setattr(processes, "PORT_FREE_WITHIN_SECONDS", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        port = stranger.getsockname()[1]
        web = Process("desk", ("/bin/sleep", "60"), port=port, port_variable="DESK_PORT")
        with pytest.raises(CannotStart, match=f"port {port} is taken.*DESK_PORT"), Supervisor([web], environ=ENVIRON):
            pass


def test_two_supervisors_never_share_a_data_folder(tmp_path):
    lock = tmp_path / "running.lock"
    with (
        Supervisor([], environ=ENVIRON, lock=lock),
        pytest.raises(CannotStart, match="another access center runs on"),
        Supervisor([], environ=ENVIRON, lock=lock),
    ):
        pass
    with Supervisor([], environ=ENVIRON, lock=lock):
        pass


def test_a_process_that_will_not_stop_is_ended_with_all_it_started(tmp_path, monkeypatch):
    monkeypatch.setattr(processes, "STOP_SECONDS", 0.2)
    child = f"trap '' TERM; touch {tmp_path}/up; while :; do sleep 0.1; done"
    stubborn = Process("stubborn", ("/bin/sh", "-c", child), ready=(tmp_path / "up").exists)
    with Supervisor([stubborn], environ=ENVIRON):
        pass
    assert not alive(str(tmp_path / "up"))


def test_what_children_print_goes_to_a_file_each(tmp_path):
    step = Process("release", ("/bin/echo", "migrated"), once=True)
    with Supervisor([step], environ=ENVIRON, outputs=tmp_path / "log"):
        pass
    assert (tmp_path / "log" / "release.log").read_text() == "migrated\n"


def test_signal_handlers_are_put_back(tmp_path):
    before = signal.getsignal(signal.SIGTERM)
    with Supervisor([], environ=ENVIRON):
        assert signal.getsignal(signal.SIGTERM) != before
    assert signal.getsignal(signal.SIGTERM) == before


def whole(folder: Path, port: int) -> children.Child:
    """A supervisor in a process of its own, with a real Redis and a real gunicorn."""
    (folder / "tiny.py").write_text(TINY_APP)
    (folder / "whole.py").write_text(WHOLE)
    environ = {**ENVIRON, "VAR_DIR": str(folder), "HOME": str(folder), "XDG_RUNTIME_DIR": ""}
    with (folder / "said").open("wb") as output:
        argv = [sys.executable, str(folder / "whole.py"), str(folder), str(port), str(ROOT)]
        child = children.start(argv, environ=environ, cwd=folder, output=output)
    eventually(lambda: "ready" in (folder / "said").read_text() or child.poll() is not None)
    assert child.poll() is None, (folder / "said").read_text()
    return child


def answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
            return bool(answer.read() == str(port).encode())
    except OSError:
        return False


@LINUX
def test_a_supervisor_killed_outright_leaves_no_process(tmp_path):
    child = whole(tmp_path, free_port())
    eventually(lambda: len(alive(str(tmp_path))) >= 5)  # itself, Redis, gunicorn and its two workers
    kill_hard(child)
    eventually(lambda: not alive(str(tmp_path)))


@LINUX
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_asked_supervisor_stops_everything_in_order(tmp_path, number):
    child = whole(tmp_path, free_port())
    child.send_signal(number)
    assert child.wait(30) == 0
    assert not alive(str(tmp_path))
    assert (tmp_path / "said").read_text().split() == ["ready", "stopped"]


@LINUX
def test_a_killed_worker_of_gunicorn_is_replaced_and_a_killed_gunicorn_too(tmp_path):
    port = free_port()
    child = whole(tmp_path, port)
    try:
        eventually(lambda: len(gunicorns(tmp_path)) == 3)
        for pick in (max, min):  # a worker, started last; then the master, started first
            victim = pick(gunicorns(tmp_path))
            os.kill(victim, signal.SIGKILL)
            eventually(partial(is_gone, victim, tmp_path))
            eventually(lambda: len(gunicorns(tmp_path)) == 3 and answers(port))
    finally:
        children.stop(child, seconds=30)


def gunicorns(folder: Path) -> list[int]:
    return [pid for pid in alive("tiny:app") if pid in alive(str(folder))]


def is_gone(victim: int, folder: Path) -> bool:
    return victim not in gunicorns(folder)


@LINUX
def test_gunicorn_opens_no_control_socket(tmp_path):
    child = whole(tmp_path, free_port())
    eventually(lambda: len(gunicorns(tmp_path)) == 3)
    children.stop(child, seconds=30)  # it would be opened once the workers are there; its folder would stay
    assert not (tmp_path / ".gunicorn").exists()


@pytest.mark.parametrize(("file", "variable"), [("gunicorn_web.py", "PORT"), ("gunicorn_desk.py", "DESK_PORT")])
def test_each_server_listens_where_the_settings_say_and_writes_no_access_log(tmp_path, monkeypatch, file, variable):
    for name, value in {variable: "4321", "HOST": "127.0.0.2", "VAR_DIR": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)
    found = runpy.run_path(str(ROOT / "config" / file))
    assert found["bind"] == "127.0.0.2:4321"
    assert found["accesslog"] is None
    assert found["control_socket_disable"] is True


def test_the_products_processes_start_with_migrations_and_end_with_the_clock(tmp_path):
    listed = product_processes(load_settings({"HOST": "0.0.0.0", "PORT": "4321"}, root=tmp_path))
    assert [process.name for process in listed] == ["release", "web", "desk", "worker", "clock"]
    assert listed[0].once
    assert listed[1].ready == "http://127.0.0.1:4321/healthz"


def test_a_server_of_ours_is_kept_alive_by_the_supervisor(tmp_path):
    server = valkey.own_server(tmp_path)
    with Supervisor([server.process()], environ=ENVIRON) as supervisor:
        os.kill(supervisor.pids()["valkey"], signal.SIGKILL)
        eventually(lambda: not server.answers())
        supervisor.watch(until=server.answers)
