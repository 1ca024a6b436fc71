"""Whatever happens to the demo, nothing of it is left running. Real processes, real signals."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from demo.supervisor import ProgramFailed, Supervisor

QUIET = "import time; print('ready', flush=True); time.sleep(600)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {QUIET}"
PARENT_OF_ONE = f"import subprocess, sys; print(subprocess.Popen([sys.executable, '-c', {STUBBORN!r}]).pid); {QUIET}"
SUPERVISING = f"""
import os, pathlib, sys
from demo.supervisor import EndRequested, Supervisor, end_on_signal
try:
    with end_on_signal(), Supervisor(pathlib.Path(sys.argv[1]), pathlib.Path.cwd()) as supervisor:
        programs = [supervisor.start(f"child{{n}}", [sys.executable, "-c", {QUIET!r}], os.environ) for n in (1, 2)]
        print(*(program.pid for program in programs), flush=True)
        supervisor.watch()
except EndRequested as request:
    print(f"ended by {{request}}")
"""


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    with Supervisor(tmp_path, tmp_path) as running:
        yield running


def _python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def _log(path: Path) -> str | None:
    return path.read_text() or None


def _alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state not in "ZX"


def _gone(*pids: int, within: float = 5.0) -> bool:
    deadline = time.monotonic() + within
    while any(_alive(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not any(_alive(pid) for pid in pids)


def test_every_program_is_ended_the_last_one_first(tmp_path: Path) -> None:
    told = tmp_path / "told"
    code = f"""
import signal, sys, time
def end(*_):
    open({str(told)!r}, "a").write(sys.argv[1] + " ")
    sys.exit()
signal.signal(signal.SIGTERM, end)
print("ready", flush=True)
time.sleep(600)
"""
    with Supervisor(tmp_path, tmp_path) as supervisor:
        for name in ("valkey", "web", "tick"):
            program = supervisor.start(name, [*_python(code), name], os.environ)
            assert supervisor.wait(program, partial(_log, program.log)) == "ready\n"
    assert told.read_text() == "tick web valkey "


def test_a_program_that_ends_is_named_with_its_last_words(supervisor: Supervisor) -> None:
    supervisor.start("web", _python(QUIET), os.environ)
    supervisor.start("worker", _python("print('cannot reach the queue'); raise SystemExit(3)"), os.environ)
    with pytest.raises(
        ProgramFailed, match=r"(?s)^worker ended with exit code 3\. The end of .*worker\.log:\ncannot re"
    ):
        supervisor.watch()


def test_a_program_that_is_killed_is_named_with_the_signal(supervisor: Supervisor) -> None:
    program = supervisor.start("tick", _python(QUIET), os.environ)
    os.kill(program.pid, signal.SIGKILL)
    with pytest.raises(ProgramFailed, match="tick was ended by SIGKILL"):
        supervisor.watch()


def test_waiting_ends_when_another_program_dies(supervisor: Supervisor) -> None:
    web = supervisor.start("web", _python(QUIET), os.environ)
    supervisor.start("registry", _python("raise SystemExit('no such folder')"), os.environ)
    with pytest.raises(ProgramFailed, match=r"(?s)registry ended .*no such folder"):
        supervisor.wait(web, lambda: None)


def test_waiting_has_an_end(supervisor: Supervisor) -> None:
    web = supervisor.start("web", _python(QUIET), os.environ)
    with pytest.raises(ProgramFailed, match="web is not ready after 0 seconds"):
        supervisor.wait(web, lambda: None, seconds=0.3)


def test_a_step_that_fails_stops_the_start_and_one_that_succeeds_does_not(supervisor: Supervisor) -> None:
    supervisor.run("migrate", _python("print('done')"), os.environ)
    with pytest.raises(ProgramFailed, match=r"(?s)seed ended with exit code 1.*no table"):
        supervisor.run("seed", _python("raise SystemExit('no table')"), os.environ)


def test_a_stubborn_program_is_killed_with_its_children(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("demo.supervisor.GRACE", 0.3)
    with Supervisor(tmp_path, tmp_path) as supervisor:
        stubborn = supervisor.start("stubborn", _python(STUBBORN), os.environ)
        parent = supervisor.start("parent", _python(PARENT_OF_ONE), os.environ)
        supervisor.wait(stubborn, lambda: _log(stubborn.log))
        supervisor.wait(parent, lambda: parent.log.read_text().count("ready") == 2 or None)
        child = int(next(line for line in parent.log.read_text().splitlines() if line.isdigit()))
    assert _gone(stubborn.pid, parent.pid, child)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_everything_in_good_order(tmp_path: Path, how: signal.Signals) -> None:
    with subprocess.Popen([*_python(SUPERVISING), str(tmp_path)], stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        pids = [int(word) for word in run.stdout.readline().split()]
        run.send_signal(how)
        assert run.stdout.readline() == f"ended by {how.name}\n"
        assert run.wait(10) == 0
    assert _gone(*pids, within=0)


def test_not_even_sigkill_leaves_a_program_behind(tmp_path: Path) -> None:
    with subprocess.Popen([*_python(SUPERVISING), str(tmp_path)], stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        pids = [int(word) for word in run.stdout.readline().split()]
        run.kill()
    assert _gone(*pids)


def test_the_log_of_the_run_before_is_kept(tmp_path: Path) -> None:
    for words in ("first", "second"):
        with Supervisor(tmp_path, tmp_path) as supervisor:
            supervisor.run("seed", _python(f"print('{words}')"), os.environ)
    assert (tmp_path / "seed.log").read_text() == "second\n"
    assert (tmp_path / "seed.log.1").read_text() == "first\n"
