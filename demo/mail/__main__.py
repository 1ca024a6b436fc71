"""`python -m demo.mail --data DIR --ready-file FILE`: run the catcher until SIGTERM or Ctrl-C."""

from __future__ import annotations

import argparse
import signal
from pathlib import Path

from demo.files import write_json

from .server import LOOPBACK, running_catcher


def main() -> None:
    """Write FILE ({"smtp": {"host", "port"}, "url"}) by rename when the ports are open, then wait for the end."""
    parser = argparse.ArgumentParser(prog="python -m demo.mail", description="Catch mails and show them on a page.")
    parser.add_argument("--data", type=Path, required=True, help="folder that keeps the mails")
    parser.add_argument("--ready-file", type=Path, required=True, help="written when the ports are open")
    parser.add_argument("--smtp-port", type=int, default=0, help="0 (default) takes a free one")
    parser.add_argument("--http-port", type=int, default=0, help="0 (default) takes a free one")
    given = parser.parse_args()
    ends = {signal.SIGINT, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)  # before any thread starts: sigwait takes them
    with running_catcher(given.data, given.smtp_port, given.http_port) as catcher:
        write_json(given.ready_file, {"smtp": {"host": LOOPBACK, "port": catcher.smtp_port}, "url": catcher.url})
        signal.sigwait(ends)


if __name__ == "__main__":
    main()
