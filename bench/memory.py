"""Which processes there are, and the most memory that each kind of them ever had."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from .machine import Memory, memory, tree


def web_workers(server: int) -> list[int]:
    """The processes of a web server that answer: its children, without helpers that only count resources."""
    children = [pid for pid in tree(server) if pid != server]
    sizes = {pid: memory(pid).pss for pid in children}
    # multiprocessing's resource tracker is a small child of its own.
    return [pid for pid in children if sizes[pid] > max(sizes.values()) / 3]


@contextmanager
def watched(roots: dict[str, int], every: float = 0.2) -> Iterator[dict[str, Memory]]:
    """Peaks by name while the block runs; the children of `root` count as "<name>, child"."""
    peaks: dict[str, Memory] = {}
    stop = threading.Event()
    thread = threading.Thread(target=_watch, args=(roots, peaks, stop, every), daemon=True)
    thread.start()
    try:
        yield peaks
    finally:
        stop.set()
        thread.join()


def _watch(roots: dict[str, int], peaks: dict[str, Memory], stop: threading.Event, every: float) -> None:
    last = False
    while not last:
        last = stop.wait(every)
        seen = defaultdict(list)
        for name, root in roots.items():
            for pid in tree(root):
                with suppress(OSError, StopIteration):
                    seen[name if pid == root else f"{name}, child"].append(memory(pid))
        for name, found in seen.items():
            before = peaks.get(name, Memory(0, 0))
            pss, peak = max(each.pss for each in found), max(each.peak for each in found)
            peaks[name] = Memory(max(before.pss, pss), max(before.peak, peak))
