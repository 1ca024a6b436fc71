"""Lists for a spreadsheet hold their file open until they are sent, and no longer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from webapp.surfaces.shared import sheets


def _open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def _broken() -> Iterator[Sequence[Any]]:
    yield ["a"]
    raise LookupError


@pytest.mark.parametrize("write", [sheets.csv_file, sheets.xlsx_file])
def test_a_list_that_was_sent_asked_for_its_head_or_broken_off_leaves_no_file_open(write: Any) -> None:
    before = _open_files()
    sent = write("things", ["name"], [["a"], ["b"]])
    assert _open_files() == before + 1
    sent.direct_passthrough = False
    assert len(sent.get_data()) == int(sent.headers["Content-Length"])
    assert _open_files() == before, "sent to its end"
    head = write("things", ["name"], [["a"]])
    head.close()
    assert _open_files() == before, "closed before anything was read"
    with pytest.raises(LookupError) as broken:
        write("things", ["name"], _broken())
    assert broken.traceback, "which would keep the file alive"
    assert _open_files() == before, "the rows broke off"
