"""Photograph the gallery at three widths and let axe-core judge it.

    python -m tests.look.shoot OUT [part of a page name ...]

Pictures go to OUT/shots. Exits 1 when axe finds a violation, a page is wider than the screen, or the
CSP blocked something.
"""

import argparse
import shutil
import sys
import threading
from pathlib import Path

from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from tests.harness.axe import violations
from tests.look import gallery

WIDTHS = {360: 740, 768: 1024, 1280: 800}
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]


def _problems(page: Page) -> list[str]:
    wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    return violations(page) + (["wider than the screen"] if wide else [])


def _shoot(browser: Browser, base: str, name: str, shots: Path, widths: list[int]) -> list[str]:
    problems: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error":
            problems.append(f"{name}: {message.text}")

    for width in widths:
        page = browser.new_page(viewport={"width": width, "height": WIDTHS.get(width, 740)})
        page.on("console", note)
        page.goto(f"{base}/{name}", wait_until="load")
        page.wait_for_timeout(150)
        page.screenshot(path=shots / f"{name.replace('/', '_')[:-5]}-{width}.png", full_page=True)
        problems += [f"{name} at {width}: {each}" for each in _problems(page)]
        page.close()
    return problems


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("parts", nargs="*", help="only pages whose name holds one of these")
    parser.add_argument("--width", type=int, action="append")
    options = parser.parse_args()
    pages = [page for page in gallery.write(options.out) if "-auto/" not in page]
    wanted = [page for page in pages if not options.parts or any(part in page for part in options.parts)]
    (options.out / "shots").mkdir(exist_ok=True)
    with gallery.server(options.out) as server, sync_playwright() as play:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        base = f"http://127.0.0.1:{server.server_port}"
        widths, shots = options.width or list(WIDTHS), options.out / "shots"
        problems = [line for page in wanted for line in _shoot(browser, base, page, shots, widths)]
        server.shutdown()
    print("\n".join(problems) or f"{len(wanted)} pages without a problem")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
