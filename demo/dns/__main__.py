"""`python -m demo.dns --data DIR --ready-file FILE`: run the name servers and the registrar's page until SIGTERM."""

from __future__ import annotations

import argparse
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from werkzeug.serving import make_server

from demo.files import write_json

from .pages import create_pages
from .registrar import Registrar, serving

LOOPBACK = "127.0.0.1"


def main() -> None:
    """Write FILE ({"resolver": "ip:port", "url"}) by rename when the ports are open, then wait for the end."""
    parser = argparse.ArgumentParser(prog="python -m demo.dns", description="Serve made-up domains on this machine.")
    parser.add_argument("--data", type=Path, required=True, help="folder that keeps the records")
    parser.add_argument("--ready-file", type=Path, required=True, help="written when the ports are open")
    given = parser.parse_args()
    ends = {signal.SIGINT, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)  # before any thread starts: sigwait takes them
    with running(given.data) as (resolver, url):
        write_json(given.ready_file, {"resolver": resolver, "url": url})
        signal.sigwait(ends)


@contextmanager
def running(folder: Path) -> Iterator[tuple[str, str]]:
    """Everything, until the block ends: the resolver ("ip:port") and the page's address without a final slash."""
    registrar = Registrar(folder / "domains.json")
    server = make_server(LOOPBACK, 0, create_pages(registrar), threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="dns-pages", daemon=True)
    with serving(registrar) as resolver:
        thread.start()
        try:
            yield resolver, f"http://{LOOPBACK}:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


if __name__ == "__main__":
    main()
