"""Lists for a spreadsheet: CSV (UTF-8 with its mark, which every one of them reads) and XLSX, in flat memory."""

from __future__ import annotations

import csv
import io
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from typing import IO, Any

from flask import Response

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_PIECE = 64 * 1024
#: What XML cannot hold.
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def harmless(cell: Any) -> Any:
    """What others typed must not become a formula of whoever opens the file."""
    return f"'{cell}" if isinstance(cell, str) and cell.lstrip(" ")[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def csv_file(name: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Response:
    """`rows` are read to their end before the answer begins: a fault is then an error page, not half a file."""
    with ExitStack() as unless_sent:
        kept = unless_sent.enter_context(tempfile.TemporaryFile())
        text = io.TextIOWrapper(kept, "utf-8-sig", newline="", write_through=True)
        unless_sent.callback(text.detach)
        writer = csv.writer(text)
        writer.writerow(header)
        writer.writerows([harmless(cell) for cell in row] for row in rows)
        unless_sent.pop_all()
    text.detach()
    return _sent(kept, f"{name}.csv", "text/csv; charset=utf-8")


def xlsx_file(name: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Response:
    """The same as a workbook of one sheet."""
    from openpyxl import Workbook  # takes long to import, and few requests need it

    with ExitStack() as unless_sent:
        kept = unless_sent.enter_context(tempfile.TemporaryFile())
        book = Workbook(write_only=True)
        sheet = book.create_sheet(name[:31])
        try:
            sheet.append(list(header))
            for row in rows:
                sheet.append([_CONTROLS.sub("", harmless(cell)) if isinstance(cell, str) else cell for cell in row])
        finally:
            book.save(kept)  # half a book too: it has a temporary file of its own
        unless_sent.pop_all()
    return _sent(kept, f"{name}.xlsx", _XLSX)


def zip_file(name: str, content: bytes) -> Response:
    """Files in one."""
    answer = Response(content, content_type="application/zip")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.zip"'
    return answer


def _sent(kept: IO[bytes], name: str, media_type: str) -> Response:
    size = kept.seek(0, io.SEEK_END)
    answer = Response(_pieces(kept), content_type=media_type)
    answer.headers["Content-Length"] = str(size)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.call_on_close(kept.close)  # after HEAD too, which reads nothing, and where the reader goes away
    return answer


def _pieces(kept: IO[bytes]) -> Iterator[bytes]:
    with kept:
        kept.seek(0)
        while piece := kept.read(_PIECE):
            yield piece
