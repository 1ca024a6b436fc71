"""What a person copies from deploy/: every setting is there, each default is the true one, the units are valid."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from demo.starter import ROOT
from webapp.foundation import config

DEPLOY = ROOT / "deploy"
_LINE = re.compile(r"(#?)(WITRYNA_|FRONT_)([A-Z0-9_]+)=(.*)")


def _lines(name: str) -> dict[str, tuple[bool, str]]:
    """Variable with its prefix -> (is it a comment, value)."""
    found = [_LINE.fullmatch(line) for line in (DEPLOY / name).read_text("utf-8").splitlines()]
    return {each[2] + each[3]: (bool(each[1]), each[4]) for each in found if each}


def test_every_setting_stands_in_the_example_with_its_default() -> None:
    known = {f"WITRYNA_{name}": default for name, (_check, default) in config._VARIABLES.items()}
    example = _lines("env.example")
    assert set(example) == set(known), "deploy/env.example and config._VARIABLES must name the same settings"
    shown = {name: value for name, (comment, value) in example.items() if comment}
    assert shown == {name: known[name] for name in shown}, "a line that is a comment shows the default"


def test_the_example_needs_a_secret_and_nothing_else(tmp_path: Path) -> None:
    given = {name: value for name, (comment, value) in _lines("env.example").items() if not comment}
    given["WITRYNA_MEDIA_ROOT"] = str(tmp_path)
    with pytest.raises(config.ConfigError, match="WITRYNA_SECRET_KEY"):
        config.load(given)
    settings = config.load(given | {"WITRYNA_SECRET_KEY": "x" * 64})
    assert (settings.scheme, settings.trusted_proxies) == ("https", 1)


def test_the_fronts_settings_are_those_of_the_caddyfile() -> None:
    used = set(re.findall(r"\{\$([A-Z_]+)", (DEPLOY / "Caddyfile").read_text("utf-8")))
    assert used == set(_lines("front.env.example"))
    front, product = _lines("front.env.example"), _lines("env.example")
    shared = [name for name in used if name.startswith("WITRYNA_")]
    assert {name: front[name] for name in shared} == {name: product[name] for name in shared}


def test_the_units_start_what_is_there() -> None:
    for unit in (DEPLOY / "systemd").rglob("*.service"):
        for module in re.findall(r"python -m ([\w.]+)", unit.read_text("utf-8")):
            assert (ROOT / f"{module.replace('.', '/')}.py").is_file(), unit.name
        for program in re.findall(r"/opt/witryna/(deploy/\w+)", unit.read_text("utf-8")):
            assert (ROOT / program).is_file(), unit.name


@pytest.mark.full
@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze on this machine")
def test_systemd_finds_nothing_wrong_with_the_units(tmp_path: Path) -> None:
    for unit in (DEPLOY / "systemd").glob("witryna*"):
        # The product stands here, not in /opt, and its user exists on real installs only.
        text = unit.read_text("utf-8").replace("/opt/witryna", str(ROOT))
        text = re.sub(r"(?m)^ExecStart=\S+/\.venv/bin/", "ExecStart=/usr/bin/env ", text)
        text = re.sub(r"(?m)^(User|Group)=.*\n", "", text)
        (tmp_path / unit.name.replace("@.", "@1.")).write_text(text)
    units = sorted(str(path) for path in tmp_path.iterdir())
    done = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
