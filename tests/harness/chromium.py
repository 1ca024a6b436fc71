"""Find Chromium and the fonts that every visitor's machine has, or install Debian's packages where we may.

`python -m tests.harness.chromium` before the tests. Exit code 1 and one line that says what to do, when they are
missing: the journeys in a real browser are not optional, and what a page looks like before its fonts have come is
measured with the fonts that stand in for them (Arial and Times, or Liberation, which has the same widths).

The fast tier drives Debian's headless shell where it is there: the same engine without the windows, profiles and
services around it, which takes two thirds of the processor time. The frames, which ask for a profile's cookie rules,
the full tier and the bench always drive the whole Chromium.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SHELL = "chromium-headless-shell"
PACKAGES = ("chromium", "fontconfig", "fonts-liberation")
WHAT_TO_DO = (
    f"Chromium or the Liberation fonts are missing: as root run `apt-get install {' '.join(PACKAGES)}`, or put a "
    "chromium on PATH and Arial and Times among the fonts, then try again."
)


def find_chromium() -> str | None:
    """The path of the first Chromium on PATH, or None."""
    return next((path for path in map(shutil.which, NAMES) if path), None)


def find_shell() -> str | None:
    """The path of the headless shell or, without it, of the whole Chromium; None if there is neither."""
    return shutil.which(SHELL) or find_chromium()


def has_usual_fonts() -> bool:
    """True when fontconfig knows Arial and Times or what stands in for them."""
    if shutil.which("fc-list") is None:
        return False
    families = subprocess.run(["fc-list", ":", "family"], capture_output=True, text=True, check=False).stdout
    return "Liberation" in families or ("Arial" in families and "Times New Roman" in families)


def is_ready() -> bool:
    """True when nothing is missing."""
    return find_chromium() is not None and has_usual_fonts()


def install() -> bool:
    """Install Debian's packages when this is Debian and we are root (or sudo asks none). True if all is there."""
    if shutil.which("apt-get") is None:
        return False
    prefix = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if prefix and not _sudo_without_password():
        return False
    print("Chromium or its fonts are missing: installing Debian's packages ...", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["install", "-q", "-y", "--no-install-recommends"]
    for step in (["update", "-q"], [*install, *PACKAGES], [*install, SHELL]):  # not every archive has the last
        subprocess.run([*prefix, "apt-get", *step], env=environment, stdout=subprocess.DEVNULL, check=False)
    return is_ready()


def _sudo_without_password() -> bool:
    return (
        bool(shutil.which("sudo"))
        and not subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode
    )


def main() -> int:
    """Exit code 0 when the tests can have a browser."""
    if is_ready() or install():
        return 0
    print(WHAT_TO_DO, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
