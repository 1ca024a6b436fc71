"""`python -m demo.pay --data DIR --ready-file FILE --stripe-endpoint URL`: run the gateway until SIGTERM."""

from __future__ import annotations

import argparse
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from werkzeug.serving import make_server

from demo.files import write_json

from .book import Book
from .pages import create_gateway, telling

LOOPBACK = "127.0.0.1"


def main() -> None:
    """Write FILE ({"url"}) by rename when the port is open, then wait for the end."""
    parser = argparse.ArgumentParser(prog="python -m demo.pay", description="Take payments that move no money.")
    parser.add_argument("--data", type=Path, required=True, help="folder that keeps the payments")
    parser.add_argument("--ready-file", type=Path, required=True, help="written when the port is open")
    parser.add_argument("--stripe-endpoint", required=True, help="where webhooks of Stripe go")
    given = parser.parse_args()
    ends = {signal.SIGINT, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)  # before any thread starts: sigwait takes them
    with running(given.data, given.stripe_endpoint) as url:
        write_json(given.ready_file, {"url": url})
        signal.sigwait(ends)


@contextmanager
def running(folder: Path, stripe_endpoint: str) -> Iterator[str]:
    """The gateway, until the block ends: its address without a final slash."""
    app = create_gateway(Book(folder / "payments.json"), telling(stripe_endpoint))
    server = make_server(LOOPBACK, 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="gateway", daemon=True)
    thread.start()
    try:
        yield f"http://{LOOPBACK}:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


if __name__ == "__main__":
    main()
