"""Runs `flask --app app ...`, each time in a fork of this process, which has loaded the libraries already.

A command spends a second on loading and a tenth of it on its work. A fork begins with nothing but modules: settings,
application and connections are its own. One JSON line in: {"environment", "words", "folder"}; one out: {"code"}; what
the command printed stands in the files `out` and `err` of the folder.
"""

from __future__ import annotations

import json
import os
import runpy
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any

from webapp import create_app
from webapp.foundation import config


def load_everything(folder: str) -> None:
    """Import what the application imports, by making one that nobody uses and that connects to nothing."""
    settings = {
        "WITRYNA_DATABASE_URL": f"sqlite:///{folder}/none.sqlite3",
        "WITRYNA_REDIS_URL": "redis://127.0.0.1:9/0",
        "WITRYNA_PLATFORM_HOST": "localhost:8000",
        "WITRYNA_SECRET_KEY": "tests only: forty characters of nothing much",
        "WITRYNA_MEDIA_ROOT": folder,
    }
    create_app(config.load(settings))


def become_command(environment: dict[str, str], words: list[str], folder: Path) -> int:
    """Be `flask --app app WORDS` in this process; returns its exit code."""
    os.environ.clear()
    os.environ.update(environment)
    for number, name in ((1, "out"), (2, "err")):
        os.dup2(os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    sys.argv = ["flask", "--app", "app", *words]
    try:
        runpy.run_module("flask", run_name="__main__", alter_sys=True)
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001  what Python itself does with it
        traceback.print_exc()
        return 1
    return 0


def run(job: dict[str, Any]) -> int:
    """The exit code of one command."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = become_command(job["environment"], job["words"], Path(job["folder"]))
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def main() -> None:
    """Answer jobs until the input ends."""
    with tempfile.TemporaryDirectory() as folder:
        load_everything(folder)
    for line in sys.stdin:
        print(json.dumps({"code": run(json.loads(line))}), flush=True)


if __name__ == "__main__":
    main()
