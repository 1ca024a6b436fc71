"""A demo that cannot start says why in one line and changes nothing; one that can finds its things again."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from demo import plan as planning
from demo.__main__ import main as start_demo
from demo.plan import CannotStart, Plan, clean_environment, make_plan, only_run, wait_for_port


def _one_line(refused: pytest.ExceptionInfo[CannotStart]) -> str:
    words = str(refused.value)
    assert "\n" not in words
    return words


@pytest.mark.parametrize("port", ["0", "65536", "http", "-1", "", "80 80", "²"])
def test_a_wrong_port_is_refused_in_one_line(tmp_path: Path, port: str) -> None:
    with pytest.raises(CannotStart) as refused:
        make_plan(str(tmp_path), port)
    assert f"PORT={port}" in _one_line(refused)


def test_a_folder_that_is_a_file_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("")
    with pytest.raises(CannotStart) as refused:
        make_plan(str(tmp_path / "var"), "8000")
    assert "VAR=" in _one_line(refused)


def test_a_busy_port_is_one_line_and_exit_code_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(planning, "PATIENCE", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setattr(sys, "argv", ["demo", "--var", str(tmp_path / "var"), "--port", str(port)])
        assert start_demo() == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == (f"Port {port} is not free: another program uses it. Choose another one: make demo PORT=8001\n")


def test_a_port_that_becomes_free_in_time_is_taken(tmp_path: Path) -> None:
    taken = socket.create_server(("127.0.0.1", 0))
    plan = Plan(tmp_path, taken.getsockname()[1])
    threading.Timer(0.5, taken.close).start()
    begun = time.monotonic()
    wait_for_port(plan)
    assert time.monotonic() - begun > 0.4


def test_a_second_demo_in_the_same_folder_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "PATIENCE", 0.2)
    plan = make_plan(str(tmp_path), "8000")
    with only_run(plan):
        with pytest.raises(CannotStart) as refused, only_run(plan):
            pass
        assert "Another demo is running" in _one_line(refused)
    with only_run(plan):
        pass


def test_a_killed_run_does_not_keep_the_folder(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys; from demo.plan import make_plan, only_run\n"
        "with only_run(make_plan(sys.argv[1], '8000')): os.kill(os.getpid(), signal.SIGKILL)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False).returncode == -9
    with only_run(make_plan(str(tmp_path), "8000")):
        pass


def test_the_secret_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    plan = make_plan(str(tmp_path), "8000")
    first = plan.secret_key()
    assert len(first) == 64
    assert plan.secret_key() == first
    assert (tmp_path / "secret").stat().st_mode & 0o077 == 0
    assert make_plan(str(tmp_path / "other"), "8000").secret_key() != first


def test_addresses_leave_the_usual_port_out_as_browsers_do(tmp_path: Path) -> None:
    assert Plan(tmp_path, 8000).url("panel") == "http://panel.localhost:8000"
    assert Plan(tmp_path, 80).url() == "http://localhost"


def test_settings_of_the_callers_shell_do_not_reach_the_demo() -> None:
    strange = {"WITRYNA_DATABASE_URL": "postgresql://prod", "GRANIAN_PORT": "1", "FLASK_DEBUG": "1", "PATH": os.defpath}
    assert clean_environment(strange) == {"PATH": os.defpath, "PYTHONUNBUFFERED": "1"}
