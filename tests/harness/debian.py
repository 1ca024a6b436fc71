"""Install Debian's packages for `make test-browsers` where we may: `python -m tests.harness.debian`.

Exit code 1 and one line that says what to do when a program is missing and cannot be installed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

#: What must be there -> the package that brings it.
PROGRAMS = {
    "firefox-esr": "firefox-esr",
    "WebKitWebDriver": "webkit2gtk-driver",
    "Xvfb": "xvfb",
    "php": "php-cli",
    "mariadbd": "mariadb-server",
}
FOLDERS = {
    "/usr/share/wordpress": "wordpress",
    "/usr/share/wordpress/wp-content/themes/twentytwentythree": "wordpress-theme-twentytwentythree",
    "/usr/share/doc/php-mysql": "php-mysql",
}
_SBIN = "/usr/sbin:/sbin"


def missing() -> list[str]:
    """The packages whose programs or folders are not there."""
    path = f"{os.environ.get('PATH', '')}:{_SBIN}"
    programs = [package for name, package in PROGRAMS.items() if shutil.which(name, path=path) is None]
    return programs + [package for folder, package in FOLDERS.items() if not Path(folder).is_dir()]


def install(packages: list[str]) -> None:
    """By apt-get, as root or with a sudo that asks no password. No service is started by it."""
    prefix = [] if os.geteuid() == 0 else ["sudo", "-n"]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    for step in (["update", "-q"], ["install", "-q", "-y", "--no-install-recommends", *packages]):
        subprocess.run([*prefix, "apt-get", *step], env=environment, stdout=subprocess.DEVNULL, check=False)


def main() -> int:
    """Exit code 0 when everything is there."""
    wanted = missing()
    if wanted and shutil.which("apt-get"):
        print(f"Installing Debian's {', '.join(wanted)} ...", flush=True)
        install(wanted)
    left = missing()
    if left:
        print(f"Missing: as root run `apt-get install {' '.join(left)}`, then try again.", file=sys.stderr)
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
