"""One suite over every storage: this machine's disk, and S3 as a server of its own speaks it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from webapp.foundation.db import NetworkInTransaction
from webapp.providers.errors import ProviderError
from webapp.providers.storage.disk import DiskStorage
from webapp.providers.storage.port import StoragePort
from webapp.providers.storage.s3 import S3Storage

KEY, SECRET = "shops-of-witryna", "the secret of these tests"


@pytest.fixture(scope="module")
def s3_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A bucket on an S3 server that checks signatures."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    data = tmp_path_factory.mktemp("s3")
    (data / "shops").mkdir()  # its buckets are folders
    command = [
        sys.executable,
        "-m",
        "nanio",
        "serve",
        "--data-dir",
        str(data),
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    environment = os.environ | {"NANIO_ACCESS_KEY": KEY, "NANIO_SECRET_KEY": SECRET}
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(port)
        yield f"s3://shops/media?endpoint=http://127.0.0.1:{port}"
    finally:
        server.kill()
        server.wait()


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.05)


@pytest.fixture(params=["disk", "s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> StoragePort:
    """Each storage, empty enough."""
    if request.param == "disk":
        return DiskStorage(tmp_path / "media")
    return S3Storage(request.getfixturevalue("s3_url"), key=KEY, secret=SECRET)


@pytest.fixture(params=["disk", "s3"])
def broken_storage(request: pytest.FixtureRequest, tmp_path: Path) -> StoragePort:
    """A folder that cannot be written (a file stands in its place), a server that is not there."""
    if request.param == "disk":
        (tmp_path / "media").write_text("no folder")
        return DiskStorage(tmp_path / "media")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    return S3Storage(f"s3://shops?endpoint=http://127.0.0.1:{port}", key=KEY, secret=SECRET)


def test_what_is_put_is_there_until_it_is_deleted(storage: StoragePort) -> None:
    assert storage.get("originals/7/ab12") is None
    storage.put("originals/7/ab12", b"first")
    storage.put("originals/7/ab12", b"\x00second" * 200_000)
    assert storage.get("originals/7/ab12") == b"\x00second" * 200_000
    storage.put("ab12-320.webp", b"")
    assert storage.get("ab12-320.webp") == b""
    for _ in range(2):
        storage.delete("originals/7/ab12")
        assert storage.get("originals/7/ab12") is None
    assert storage.get("originals/7") is None


def test_a_big_file_goes_in_and_comes_out_in_pieces(storage: StoragePort, tmp_path: Path) -> None:
    file = tmp_path / "month.zip"
    content = os.urandom(7_500_000)  # more than one part
    for each in (b"first", content, b""):
        file.write_bytes(each)
        storage.put_file("archives/7/month.zip", file)
        pieces = list(storage.read("archives/7/month.zip") or ())
        assert b"".join(pieces) == each
        assert max(map(len, pieces), default=0) < 5_000_000
    assert storage.read("archives/7/other.zip") is None


@pytest.mark.parametrize("key", ["", "../x", "/etc/passwd", "a/../b", "a//b", ".hidden", "x\0.png", "ż.png", "a" * 200])
def test_a_key_that_could_lead_elsewhere_is_refused(storage: StoragePort, key: str) -> None:
    for act in (storage.get, storage.read, storage.delete, lambda key: storage.put(key, b"x")):
        with pytest.raises(ValueError, match="not a key"):
            act(key)


def test_trouble_is_one_kind_of_error(broken_storage: StoragePort) -> None:
    with pytest.raises(ProviderError):
        broken_storage.put_file("ab12", Path(__file__))
    with pytest.raises(ProviderError) as refused:
        broken_storage.put("ab12", b"x")
    assert not refused.value.permanent
    assert SECRET not in str(refused.value)


def test_a_wrong_secret_opens_nothing(s3_url: str) -> None:
    thief = S3Storage(s3_url, key=KEY, secret="another one")
    for act in (thief.get, thief.read, thief.delete, lambda key: thief.put(key, b"x")):
        with pytest.raises(ProviderError):
            act("ab12")


def test_nobody_waits_for_storage_with_a_lock_in_hand(
    storage: StoragePort, write_transaction: Callable[[], AbstractContextManager[Any]]
) -> None:
    with write_transaction(), pytest.raises(NetworkInTransaction):
        storage.put("ab12", b"x")


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path) -> None:
    """A limit on the size of files stops a write in its middle, as a full disk does."""
    program = (
        "import resource, signal, sys; from pathlib import Path\n"
        "from webapp.providers.storage.disk import DiskStorage\n"
        "from webapp.providers.errors import ProviderError\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try: DiskStorage(Path(sys.argv[1])).put('big', bytes(5000))\n"
        "except ProviderError as error: sys.exit(str(error))"
    )
    run = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=False)
    assert run.stderr.strip() == "disk: File too large"
    assert list(tmp_path.iterdir()) == []
