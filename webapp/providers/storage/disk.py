"""Files in a folder of this machine."""

from __future__ import annotations

import io
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from webapp.foundation.db import assert_no_write_transaction
from webapp.providers.errors import ProviderError

from .port import PIECE, checked


class DiskStorage:
    """Implements StoragePort. The folder is made when the first file comes."""

    def __init__(self, root: Path) -> None:
        self._root = root.absolute()

    def put(self, key: str, content: bytes) -> None:
        """Keep this under the key."""
        self._put(key, io.BytesIO(content))

    def put_file(self, key: str, file: Path) -> None:
        """Keep a copy of the file under the key."""
        with file.open("rb") as content:
            self._put(key, content)

    def _put(self, key: str, content: BinaryIO) -> None:
        """Written beside its place and renamed, so that nobody ever reads half a file."""
        assert_no_write_transaction()
        path = self._root / checked(key)
        temporary = path.with_name(f".{secrets.token_hex(8)}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _write(temporary, content)
            temporary.replace(path)
        except OSError as problem:  # full, read-only, gone
            with suppress(OSError):
                temporary.unlink()
            raise _told(problem) from None

    def get(self, key: str) -> bytes | None:
        """The content, None when there is none."""
        try:
            return (self._root / checked(key)).read_bytes()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None
        except OSError as problem:
            raise _told(problem) from None

    def read(self, key: str) -> Iterator[bytes] | None:
        """The content in pieces, None when there is none. Opened with the first one: an answer may never be read."""
        path = self._root / checked(key)
        try:
            return _pieces(path) if path.is_file() else None
        except OSError as problem:
            raise _told(problem) from None

    def delete(self, key: str) -> None:
        """Forget it."""
        assert_no_write_transaction()
        try:
            (self._root / checked(key)).unlink(missing_ok=True)
        except OSError as problem:
            raise _told(problem) from None


def _pieces(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as content:
            while piece := content.read(PIECE):
                yield piece
    except OSError as problem:
        raise _told(problem) from None


def _write(path: Path, content: BinaryIO) -> None:
    with path.open("wb") as file:
        shutil.copyfileobj(content, file, PIECE)
        file.flush()
        os.fsync(file.fileno())  # a row that names this file is committed next


def _told(problem: OSError) -> ProviderError:
    return ProviderError(f"disk: {problem.strerror}", permanent=False, code=problem.errno)
