"""Proformas as PDF in one file: the ticked ones, or everything that the list shows."""

from __future__ import annotations

import io
import zipfile

from tests.web.client import Page
from tests.web.sales.conftest import Desk, token


def _names(desk: Desk, progress: Page) -> list[str]:
    """What is in the file that comes out of a piece of work."""
    desk.shop.work()
    assert "Download the ZIP" in desk.owner.get(progress.path).words
    number = progress.path.rpartition("/")[2]
    answer = desk.owner.get(f"/proformas/papers/{number}.zip").response
    assert answer.headers["Cache-Control"] == "no-store"
    archive = zipfile.ZipFile(io.BytesIO(answer.data))
    assert all(archive.read(name).startswith(b"%PDF-") for name in archive.namelist())
    return archive.namelist()


def test_the_ticked_ones_or_all_of_the_filter_come_as_one_file(desk: Desk) -> None:
    """H-35: proformas are downloaded as PDF, many at once, with their progress."""
    desk.shop.worker.storage = desk.web.app.extensions["storage"]
    first, second, third = (desk.shop.order(f"name{number}.com") for number in range(3))
    desk.shop.pay(third)
    page = desk.owner.get("/proformas?state=issued")
    sent = {"csrf_token": token(page)}
    ticked = desk.owner.post("/proformas/papers", sent | {"id": [str(second.id), "999999", "x"]})
    progress = desk.owner.follow(ticked)
    assert _names(desk, progress) == [f"{second.number.replace('/', '-')}.pdf"]
    every = desk.owner.follow(desk.owner.submit(page, {}, action="/proformas/papers"))
    found = _names(desk, every)
    assert sorted(found) == sorted(f"{each.number.replace('/', '-')}.pdf" for each in (first, second))
    nothing = desk.owner.follow(desk.owner.post("/proformas/papers?q=nobody-is-called-so", sent))
    assert "Choose at least one proforma" in nothing.words
