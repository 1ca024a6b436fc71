"""Papers of money as answers, for both panels."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response

from webapp.foundation.db import Database
from webapp.providers.storage.port import StoragePort
from webapp.reseller.orders import money_papers

from .current import database, storage


@dataclass(frozen=True)
class _Here:
    """What making a paper needs, in a request."""

    database: Database
    storage: StoragePort


def pdf_answer(paper_id: int, account_id: int | None = None) -> Response:
    """A paper as PDF; with `account_id`, only if it is that account's. Raises NotFound."""
    name, content = money_papers.made(_Here(database(), storage()), paper_id, account_id)
    answer = Response(content, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="{name}"'
    return answer
