"""Files that never change under their address: `/static/<hash>/css/core.css`, cached for a year.

The hash is that of the whole tree, so that addresses inside a stylesheet ("../fonts/x.woff2") keep it. The files are
few and small; they stay in memory, texts gzipped as well.
"""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from .compression import accepts_gzip, zipped

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PREFIX = "/static/"
_YEAR = "public, max-age=31536000, immutable"
#: Right file, old or future hash: two releases run side by side for a moment.
_SOON_OVER = "no-cache"
_TEXTS = (".css", ".js", ".svg", ".json", ".txt")
_TYPES = {".woff2": "font/woff2", ".js": "text/javascript", ".svg": "image/svg+xml", ".webp": "image/webp"}


@dataclass(frozen=True)
class _File:
    type: str
    body: bytes
    zipped: bytes | None


class StaticFiles:
    """Folders by prefix: {"": webapp/static, "themes/base/": themes/base/static}. Read once, at the first use."""

    def __init__(self, folders: Mapping[str, Path]) -> None:
        self._folders = dict(folders)

    def url(self, path: str) -> str:
        """The address of a file. Raises LookupError for one that does not exist: a typo must not go live."""
        if path not in self._files:
            raise LookupError(f"there is no static file {path!r}")
        return f"{PREFIX}{self.version}/{path}"

    def has(self, path: str) -> bool:
        """Is there such a file? For pictures that may not have been made yet."""
        return path in self._files

    def content(self, path: str) -> tuple[str, bytes, bytes | None]:
        """(type, bytes, the same gzipped) of a file that has an address of its own, besides `url`."""
        file = self._files[path]
        return file.type, file.body, file.zipped

    @cached_property
    def version(self) -> str:
        """Twelve hex digits over every name and content."""
        total = hashlib.sha256()
        for name, file in sorted(self._files.items()):
            total.update(f"{name}\0{len(file.body)}\0".encode())
            total.update(file.body)
        return total.hexdigest()[:12]

    @cached_property
    def _files(self) -> dict[str, _File]:
        return dict(self._read())

    def _read(self) -> Iterator[tuple[str, _File]]:
        for prefix, folder in self._folders.items():
            for path in sorted(folder.rglob("*")):
                if path.is_file() and not path.name.startswith("."):
                    yield prefix + path.relative_to(folder).as_posix(), _file(path)

    def answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve `/static/<any hash>/<path>`."""
        version, _, name = environ["PATH_INFO"][len(PREFIX) :].partition("/")
        file = self._files.get(name)
        if file is None or environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            start_response("404 Not Found", [("Content-Type", "text/plain"), ("Content-Length", "0")])
            return []
        small = file.zipped if accepts_gzip(environ) else None
        body = small or file.body
        headers = [
            ("Content-Type", file.type),
            ("Content-Length", str(len(body))),
            ("Cache-Control", _YEAR if version == self.version else _SOON_OVER),
            ("X-Content-Type-Options", "nosniff"),
            ("Vary", "Accept-Encoding"),
        ]
        if small:
            headers.append(("Content-Encoding", "gzip"))
        start_response("200 OK", headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]


def _file(path: Path) -> _File:
    body = path.read_bytes()
    kind = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    text = path.suffix in _TEXTS
    return _File(f"{kind}; charset=utf-8" if text else kind, body, zipped(body) if text else None)


class StaticMiddleware:
    """Answers `/static/` on every known host; all else goes on."""

    def __init__(self, app: WSGIApplication, files: StaticFiles) -> None:
        self._app = app
        self._files = files

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"].startswith(PREFIX):
            return self._files.answer(environ, start_response)
        return self._app(environ, start_response)
