"""The running demo, once per worker, and browsers that look closely at every page."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser

from tests.harness.running_demo import running_demo
from tests.journeys.town import Town
from tests.journeys.visitor import Visitor

Enter = Callable[..., Visitor]


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """The demo as `make demo` starts it, with its registry and its mailbox."""
    folder = tmp_path_factory.mktemp("demo")
    with running_demo(folder) as demo:
        yield Town(demo, folder)
    assert demo.process.returncode == 0, "it does not end well when it is asked to"
    assert not (folder / "demo.json").exists()
    assert demo.all_gone()


@pytest.fixture
def enter(chromium: Browser, full_tier: bool) -> Iterator[Enter]:
    """`enter(width=360)`: somebody with a browser of their own. At the end nobody may have seen a trouble."""
    visitors: list[Visitor] = []

    def open_browser(width: int = 1280, **options: object) -> Visitor:
        visitors.append(Visitor.arrive(chromium, width, everywhere=full_tier, **options))
        return visitors[-1]

    yield open_browser
    troubles = [trouble for visitor in visitors for trouble in visitor.leave()]
    assert not troubles, "\n".join(troubles)
