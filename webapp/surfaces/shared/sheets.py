"""Lists for a spreadsheet: CSV (UTF-8 with its mark, which every one of them reads) and XLSX, in flat memory."""

from __future__ import annotations

import csv
import io
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Any

from flask import Response
from openpyxl import Workbook

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_PIECE = 64 * 1024
#: What XML cannot hold.
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def harmless(cell: Any) -> Any:
    """What others typed must not become a formula of whoever opens the file."""
    return f"'{cell}" if isinstance(cell, str) and cell.lstrip(" ")[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def csv_file(name: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Response:
    """`rows` are read to their end before the answer begins: a fault is then an error page, not half a file."""
    kept = tempfile.TemporaryFile()  # noqa: SIM115  closed when it has been sent
    text = io.TextIOWrapper(kept, "utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    text.detach()
    return _sent(kept, f"{name}.csv", "text/csv; charset=utf-8")


def xlsx_file(name: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Response:
    """The same as a workbook of one sheet."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(name[:31])
    sheet.append(list(header))
    for row in rows:
        sheet.append([_CONTROLS.sub("", harmless(cell)) if isinstance(cell, str) else cell for cell in row])
    kept = tempfile.TemporaryFile()  # noqa: SIM115  closed when it has been sent
    book.save(kept)
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
    answer.call_on_close(kept.close)  # after HEAD too, which reads nothing
    return answer


def _pieces(kept: IO[bytes]) -> Iterator[bytes]:
    kept.seek(0)
    while piece := kept.read(_PIECE):
        yield piece
