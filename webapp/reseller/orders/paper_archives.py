"""Many papers as one ZIP: long work whose result only the partner's own staff can fetch."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy.orm import Session

from webapp.foundation import outbox
from webapp.reseller.billing.paper_data import Paper, file_name
from webapp.reseller.partners import long_works
from webapp.reseller.partners import queries as partners
from webapp.reseller.partners.models import LongWork

from .papers import Context, bearing, picture_of

#: So many papers between two words about how far it is.
CHUNK = 50
#: So many papers are set at once: typst lets go of the interpreter while it sets one.
AT_ONCE = 2
#: What one file of a storage may reasonably be: some hundred megabytes of papers.
MOST = 10_000

#: (id, number, paper) of the next documents of the work after an id, at most CHUNK.
Batch = Callable[[Session, LongWork, int], Sequence[tuple[int, str, Paper]]]


def build(context: Context, lease: outbox.Lease, name: str, batch: Batch) -> None:
    """The job: set the papers chunk by chunk and put them together. Begun again, it starts from the first one.

    The data of a chunk are read in a session, the papers are set outside of any. `name` begins the file's name.
    """
    with context.database.writing() as session:
        work = long_works.get(session, lease.payload["work_id"], lock=True)
        if work.state != "running":
            outbox.complete(session, lease)
            return
        work.done = 0
        logo = partners.brand(session).logo
    key = f"archives/{lease.partner_id}/{name}-{work.id}.zip"
    with TemporaryDirectory() as folder:
        file = Path(folder) / "papers.zip"
        _pack(context, lease, work, batch, picture_of(logo, context.storage), file)
        context.storage.put_file(key, file)
    with context.database.writing() as session:
        long_works.finish(session, long_works.get(session, work.id, lock=True), key)
        outbox.complete(session, lease)


def _pack(
    context: Context, lease: outbox.Lease, work: LongWork, batch: Batch, picture: bytes | None, file: Path
) -> None:
    """Every paper into a file of this machine: thousands of them are too much to hold in memory."""
    after = 0
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive, ThreadPoolExecutor(AT_ONCE) as setters:
        while papers := _next(context, batch, work, after):
            made = setters.map(lambda paper: bearing(paper[2], picture).pdf(), papers)
            for (_id, number, _sheet), pdf in zip(papers, made, strict=True):
                archive.writestr(file_name(number), pdf)
            after = papers[-1][0]
            _stepped(context, lease, work.id, len(papers))


def _next(context: Context, batch: Batch, work: LongWork, after: int) -> Sequence[tuple[int, str, Paper]]:
    with context.database.reading() as session:
        return batch(session, work, after)


def _stepped(context: Context, lease: outbox.Lease, work_id: int, done: int) -> None:
    with context.database.writing() as session:
        outbox.lengthen(session, lease)
        long_works.step(session, long_works.get(session, work_id, lock=True), done)
