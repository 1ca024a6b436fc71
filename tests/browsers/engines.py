"""Real browsers behind one small set of verbs: Debian's Firefox by Marionette, WebKitGTK's MiniBrowser by WebDriver.

A scenario says `go`, `into`, `click`, `write`, `run`, `until`; which engine does it, it need not know. `into(css)` goes
into a frame of the present document, `top()` back to the page. Every engine has a fresh profile that ends with it.
"""

from __future__ import annotations

import glob
import os
import shutil
import socket
import subprocess
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from selenium import webdriver
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.webkitgtk.options import Options
from selenium.webdriver.webkitgtk.service import Service

from demo.parentage import die_with_parent

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # Mozilla's package imports telnetlib, which we never use
    from marionette_driver.by import By
    from marionette_driver.keys import Keys as FirefoxKeys
    from marionette_driver.marionette import Marionette

PATIENCE = 20.0
#: The frame in the loader's element, or the element itself.
_INTO = "css => { const e = document.querySelector(css); return e && (e.shadowRoot?.querySelector('iframe') ?? e); }"
#: A place for the window of WebKitGTK, which has no mode without one.
DISPLAYS = range(90, 120)


class Engine(Protocol):
    """What a scenario may ask of a browser. Selectors are CSS; `run` gives what the script returns, as JSON says it."""

    name: str
    #: Whether clicks and keys reach a frame of another site as a person's would.
    hands: bool
    #: Whether it keeps cookies of the site that one is at.
    keeps: bool

    def fresh(self) -> None:
        """As it was in the beginning: one empty window, no cookie, no storage."""

    def go(self, address: str) -> None:
        """Open an address in the present window."""

    def into(self, css: str) -> None:
        """Work inside this frame from now on."""

    def top(self) -> None:
        """Work in the page itself again."""

    def run(self, script: str, *arguments: Any) -> Any:
        """The value that a function body returns where we are now."""

    def click(self, css: str) -> None:
        """As a mouse would, where the engine can."""

    def write(self, css: str, text: str) -> None:
        """Into a field that is emptied before."""

    def press(self, css: str, key: str) -> None:
        """ "ENTER" or "TAB", by the keyboard."""

    def windows(self) -> list[str]:
        """Every open window."""

    def open_window(self) -> None:
        """Work in a new one, empty."""

    def show(self, window: str) -> None:
        """Work in another window."""

    def close_window(self) -> None:
        """Close the present one."""

    def picture(self, path: Path) -> None:
        """What is seen, as PNG."""


def until(engine: Engine, script: str, *arguments: Any, seconds: float = PATIENCE) -> Any:
    """What the script returns once that is true. Raises AssertionError with the last answer."""
    deadline, found = time.monotonic() + seconds, None
    while time.monotonic() < deadline:
        try:
            found = engine.run(script, *arguments)
        except Exception as problem:  # noqa: BLE001  each engine has its own errors, and the document may just be leaving
            found = problem
        if found and not isinstance(found, Exception):
            return found
        time.sleep(0.1)
    raise AssertionError(f"{engine.name}: not within {seconds:.0f} s: {script} (last: {found!r})")


class Firefox:
    """Debian's Firefox ESR without a window."""

    hands = True

    def __init__(self, marionette: Marionette, name: str, *, keeps: bool = True) -> None:
        self._m, self.name, self.keeps = marionette, name, keeps

    def fresh(self) -> None:
        """The storage of a frame goes with its window."""
        with self._m.using_context("chrome"):
            self._m.execute_script("Services.cookies.removeAll()")
        old = self.windows()
        self.open_window()
        new = self._m.current_window_handle
        for window in old:
            self._m.switch_to_window(window)
            self._m.close()
        self._m.switch_to_window(new)

    def go(self, address: str) -> None:
        self._m.navigate(address)

    def into(self, css: str) -> None:
        until(self, f"return Boolean(({_INTO})(...arguments))", css)
        self._m.switch_to_frame(self.run(f"return ({_INTO})(...arguments)", css))

    def top(self) -> None:
        self._m.switch_to_frame()

    def run(self, script: str, *arguments: Any) -> Any:
        return self._m.execute_script(script, script_args=arguments, sandbox=None)

    def click(self, css: str) -> None:
        self._m.find_element(By.CSS_SELECTOR, css).click()

    def write(self, css: str, text: str) -> None:
        field = self._m.find_element(By.CSS_SELECTOR, css)
        field.clear()
        field.send_keys(text)

    def press(self, css: str, key: str) -> None:
        self._m.find_element(By.CSS_SELECTOR, css).send_keys(getattr(FirefoxKeys, key))

    def windows(self) -> list[str]:
        return list(self._m.window_handles)

    def open_window(self) -> None:
        self._m.switch_to_window(self._m.open(type="tab")["handle"])

    def show(self, window: str) -> None:
        self._m.switch_to_window(window)

    def close_window(self) -> None:
        self._m.close()

    def picture(self, path: Path) -> None:
        path.write_bytes(self._m.screenshot(format="binary", full=False))


#: Nothing is asked of the network, and nothing that a person would have to click away appears.
_QUIET = {
    "datareporting.policy.dataSubmissionEnabled": False,
    "app.update.enabled": False,
    "app.normandy.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
    "browser.aboutwelcome.enabled": False,
    "dom.disable_open_during_load": True,
    "dom.webdriver.enabled": True,
}


@contextmanager
def firefox(
    name: str = "Firefox", preferences: Mapping[str, bool | int | str] | None = None, *, keeps: bool = True
) -> Iterator[Firefox]:
    """A Firefox with a fresh profile and these preferences."""
    with tempfile.TemporaryDirectory() as profile:
        port = _free_port()
        wanted = {**_QUIET, "marionette.port": port, **(preferences or {})}
        lines = [f'user_pref("{key}", {_literal(value)});' for key, value in wanted.items()]
        Path(profile, "user.js").write_text("\n".join(lines), encoding="ascii")
        command = ["firefox-esr", "--headless", "--marionette", "--no-remote", "--profile", profile]
        command += ["--remote-allow-system-access"]  # to take the cookies of every site away at once
        with _program(command, dict(os.environ)):
            marionette = Marionette(host="127.0.0.1", port=port, startup_timeout=60)
            marionette.start_session({"acceptInsecureCerts": True})
            marionette.timeout.implicit = 5
            try:
                yield Firefox(marionette, name, keeps=keeps)
            finally:
                marionette.delete_session()


_SET = """const field = document.querySelector(arguments[0]);
    field.value = arguments[1];
    for (const type of ['input', 'change']) field.dispatchEvent(new Event(type, {bubbles: true}))"""


class WebKit:
    """WebKitGTK's MiniBrowser. Its driver cannot type into frames of other sites, so fields are set by script there."""

    hands = False
    keeps = True

    def __init__(self, start: Callable[[], webdriver.WebKitGTK], name: str) -> None:
        self._start, self.name, self._framed = start, name, False
        self._d = start()

    def fresh(self) -> None:
        self.close()
        self._d = self._start()

    def close(self) -> None:
        """End the program."""
        self._d.quit()
        self._framed = False

    def go(self, address: str) -> None:
        self._framed = False
        self._d.get(address)

    def into(self, css: str) -> None:
        until(self, f"return Boolean(({_INTO})(...arguments))", css)
        self._d.switch_to.frame(self.run(f"return ({_INTO})(...arguments)", css))
        self._framed = True

    def top(self) -> None:
        self._d.switch_to.default_content()
        self._framed = False

    def run(self, script: str, *arguments: Any) -> Any:
        return self._d.execute_script(script, *arguments)

    def click(self, css: str) -> None:
        if self._framed:
            self.run("document.querySelector(arguments[0]).click()", css)
        else:
            self._d.find_element("css selector", css).click()

    def write(self, css: str, text: str) -> None:
        self.run(_SET, css, text)

    def press(self, css: str, key: str) -> None:
        if self._framed and key == "ENTER":
            self.run("document.querySelector(arguments[0]).form.requestSubmit()", css)
        else:
            self._d.find_element("css selector", css).send_keys(getattr(Keys, key))

    def windows(self) -> list[str]:
        return list(self._d.window_handles)

    def open_window(self) -> None:
        self._d.switch_to.new_window("window")  # a tab would lie behind the first one
        self._framed = False

    def show(self, window: str) -> None:
        self._d.switch_to.window(window)
        self._framed = False

    def close_window(self) -> None:
        self._d.close()

    def picture(self, path: Path) -> None:
        path.write_bytes(self._d.get_screenshot_as_png())


@contextmanager
def webkit(name: str = "WebKitGTK") -> Iterator[WebKit]:
    """A MiniBrowser with a fresh profile (the driver makes one) on a display of its own."""
    with _display() as display:
        options = Options()
        options.binary_location = sorted(glob.glob("/usr/lib/*/webkit2gtk-*/MiniBrowser"))[-1]  # noqa: PTH207
        options.add_argument("--automation")
        # The driver's clicks in a frame are a script's, and a script opens no window.
        options.add_argument("--javascript-can-open-windows-automatically=true")
        # Its sandbox needs user namespaces, which containers and root do not give it.
        environment = {**os.environ, "DISPLAY": display, "WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1"}
        path = shutil.which("WebKitWebDriver") or "/usr/bin/WebKitWebDriver"

        def start() -> webdriver.WebKitGTK:
            driver = webdriver.WebKitGTK(options=options, service=Service(path, env=environment))
            driver.implicitly_wait(5)
            return driver

        browser = WebKit(start, name)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def _display() -> Iterator[str]:
    number = next(each for each in DISPLAYS if not Path(f"/tmp/.X11-unix/X{each}").exists())
    command = ["Xvfb", f":{number}", "-screen", "0", "1280x1000x24", "-nolisten", "tcp"]
    with _program(command, dict(os.environ)):
        deadline = time.monotonic() + PATIENCE
        while not Path(f"/tmp/.X11-unix/X{number}").exists():
            assert time.monotonic() < deadline, "no display"
            time.sleep(0.05)
        yield f":{number}"


@contextmanager
def _program(command: list[str], environment: dict[str, str]) -> Iterator[None]:
    quiet: Any = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "preexec_fn": die_with_parent()}
    with subprocess.Popen(command, env=environment, **quiet) as process:
        try:
            yield
        finally:
            process.terminate()


def _literal(value: bool | int | str) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value).lower()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


#: Name -> how to open it: Firefox as it comes, without cookies of third parties, without any cookie or storage.
ENGINES: dict[str, Callable[[], Any]] = {
    "firefox": firefox,
    "firefox-no-third-party": lambda: firefox("Firefox without third parties", {"network.cookie.cookieBehavior": 1}),
    "firefox-no-cookies": lambda: firefox("Firefox without cookies", {"network.cookie.cookieBehavior": 2}, keeps=False),
    "webkitgtk": webkit,
}
