"""The reference: a bare Flask route that returns the same bytes. `BENCH_PAGE` names the file that holds them."""

from __future__ import annotations

import os
from pathlib import Path

from flask import Flask


def create() -> Flask:
    """For gunicorn: `bench.reference:create()`."""
    app = Flask(__name__, static_folder=None)
    page = Path(os.environ["BENCH_PAGE"]).read_bytes()

    @app.get("/")
    def home() -> bytes:
        return page

    return app
