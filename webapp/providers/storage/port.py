"""What we ask of whoever keeps our files, in our own words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

#: Bytes of a piece of a big file: a worker holds a few of them, not the file.
PIECE = 1024 * 1024
#: Folders and a name, of letters, digits and signs that mean nothing to any file system or in any address.
_KEY = re.compile(r"(?:[a-z0-9]{1,40}/){0,4}[A-Za-z0-9][A-Za-z0-9_.-]{0,120}")


class StoragePort(Protocol):
    """Files by key ("originals/7/ab12"). Every failure is a ProviderError; none leaves half a file behind.

    Adapters raise NetworkInTransaction when a write transaction is open: nobody waits for a disk of somebody else's
    with a lock in his hands.
    """

    def put(self, key: str, content: bytes) -> None:
        """Keep this; what was under the key is replaced, and readers see the one or the other."""

    def put_file(self, key: str, file: Path) -> None:
        """The same for a file of this machine, however big: it is never whole in memory."""

    def get(self, key: str) -> bytes | None:
        """The content, None when there is none."""

    def read(self, key: str) -> Iterator[bytes] | None:
        """The content in pieces, for what may be big; None when there is none. A piece may fail too."""

    def delete(self, key: str) -> None:
        """Forget it; what is not there is no error."""


def checked(key: str) -> str:
    """The key itself. Raises ValueError for one that could lead out of its folder."""
    if not _KEY.fullmatch(key):
        raise ValueError(f"not a key: {key[:100]!r}")
    return key
