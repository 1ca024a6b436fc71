"""Files on S3-compatible storage (Amazon S3, MinIO, Ceph, Garage, R2 ...), by obstore."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import S3Store

from webapp.foundation.db import assert_no_write_transaction
from webapp.providers.errors import ProviderError

from .port import PIECE, checked

#: A visitor waits for `get`, an uploader for `put`.
_WAIT = timedelta(seconds=20)
_OPTIONS = {"connect_timeout": timedelta(seconds=5), "timeout": _WAIT}
_RETRY: Any = {"max_retries": 2, "retry_timeout": _WAIT}


class S3Storage:
    """Implements StoragePort. `url`: "s3://bucket/folder?endpoint=https://host:port&region=eu-central-1".

    Without an endpoint it is Amazon's; with one the bucket stands in the path, as self-hosted servers have it.
    Connects with its first command.
    """

    def __init__(self, url: str, *, key: str, secret: str) -> None:
        self._url, self._key, self._secret = urlsplit(url), key, secret

    @cached_property
    def _store(self) -> S3Store:
        asked = {name: values[0] for name, values in parse_qs(self._url.query).items()}
        endpoint = asked.get("endpoint", "")
        where: Any = {"endpoint": endpoint} if endpoint else {"virtual_hosted_style_request": True}
        options: Any = _OPTIONS | {"allow_http": endpoint.startswith("http://")}
        return S3Store(
            self._url.hostname or "",
            prefix=self._url.path.strip("/") or None,
            access_key_id=self._key,
            secret_access_key=self._secret,
            region=asked.get("region", "us-east-1"),
            client_options=options,
            retry_config=_RETRY,
            **where,
        )

    def put(self, key: str, content: bytes) -> None:
        """One PUT: there is the whole file or none."""
        assert_no_write_transaction()
        try:
            obstore.put(self._store, checked(key), content, use_multipart=False)
        except (BaseError, OSError) as problem:
            raise _told(problem) from None

    def put_file(self, key: str, file: Path) -> None:
        """In parts when it is big; they become a file when the last one has come."""
        assert_no_write_transaction()
        try:
            obstore.put(self._store, checked(key), file, max_concurrency=2)
        except (BaseError, OSError) as problem:
            raise _told(problem) from None

    def get(self, key: str) -> bytes | None:
        """The content, None when there is none."""
        assert_no_write_transaction()
        try:
            return bytes(obstore.get(self._store, checked(key)).bytes())
        except (FileNotFoundError, NotFoundError):
            return None
        except (BaseError, OSError) as problem:
            raise _told(problem) from None

    def read(self, key: str) -> Iterator[bytes] | None:
        """The content in pieces, None when there is none."""
        assert_no_write_transaction()
        try:
            return _pieces(obstore.get(self._store, checked(key)))
        except (FileNotFoundError, NotFoundError):
            return None
        except (BaseError, OSError) as problem:
            raise _told(problem) from None

    def delete(self, key: str) -> None:
        """Forget it."""
        assert_no_write_transaction()
        try:
            obstore.delete(self._store, checked(key))
        except (FileNotFoundError, NotFoundError):
            return
        except (BaseError, OSError) as problem:
            raise _told(problem) from None


def _pieces(found: obstore.GetResult) -> Iterator[bytes]:
    try:
        yield from map(bytes, found.stream(min_chunk_size=PIECE))
    except (BaseError, OSError) as problem:
        raise _told(problem) from None


def _told(problem: Exception) -> ProviderError:
    """The first line: what follows are the request's details."""
    return ProviderError(f"S3: {str(problem).splitlines()[0][:300]}", permanent=False)
