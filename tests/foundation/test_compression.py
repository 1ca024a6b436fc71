"""Who is sent gzip, and that the bytes are the same every time."""

from __future__ import annotations

import gzip

import pytest

from webapp.foundation.compression import accepts_gzip, encoded, zipped


@pytest.mark.parametrize(
    ("said", "reads"),
    [
        ("gzip", True),
        ("GZIP", True),
        ("gzip, deflate, br, zstd", True),
        ("br;q=1.0, gzip;q=0.8, *;q=0.1", True),
        ("deflate,gzip;q=0.05", True),
        ("x-gzip", True),
        ("", False),
        ("identity", False),
        ("*", False),
        ("br", False),
        ("gzip;q=0", False),
        ("gzip; q=0.000, br", False),
        ("notgzip", False),
        ("gzipped", False),
    ],
)
def test_gzip_is_sent_to_those_who_ask_for_it(said: str, reads: bool) -> None:
    assert accepts_gzip({"HTTP_ACCEPT_ENCODING": said}) is reads


def test_nobody_asked_nobody_gets_it() -> None:
    assert not accepts_gzip({})


def test_the_same_body_gives_the_same_bytes_and_a_true_length() -> None:
    body = b"one, two, three " * 99
    small = zipped(body)
    assert small == zipped(body)
    assert gzip.decompress(small) == body
    headers = encoded([("Content-Type", "text/html"), ("content-length", "1584")], small)
    assert [value for name, value in headers if name.lower() == "content-length"] == [str(len(small))]
    assert ("Content-Encoding", "gzip") in headers
