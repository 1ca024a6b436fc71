"""Find Chromium, or install Debian's package where we may. `python -m tests.harness.chromium` before the tests.

Exit code 1 and one line that says what to do, when there is none: the journeys in a real browser are not optional.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
WHAT_TO_DO = "Chromium is missing: as root run `apt-get install chromium`, or put a chromium on PATH, then try again."


def find_chromium() -> str | None:
    """The path of the first Chromium on PATH, or None."""
    return next((path for path in map(shutil.which, NAMES) if path), None)


def install_chromium() -> bool:
    """Install Debian's package when this is Debian and we are root (or sudo asks no password). True if it is there."""
    if shutil.which("apt-get") is None:
        return False
    prefix = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if prefix and not _sudo_without_password():
        return False
    print("Chromium is not on PATH: installing Debian's package ...", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for step in (["update", "-q"], ["install", "-q", "-y", "--no-install-recommends", "chromium"]):
        subprocess.run([*prefix, "apt-get", *step], env=environment, stdout=subprocess.DEVNULL, check=False)
    return find_chromium() is not None


def _sudo_without_password() -> bool:
    return (
        bool(shutil.which("sudo"))
        and not subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode
    )


def main() -> int:
    """Exit code 0 when the tests can have a browser."""
    if find_chromium() or install_chromium():
        return 0
    print(WHAT_TO_DO, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
