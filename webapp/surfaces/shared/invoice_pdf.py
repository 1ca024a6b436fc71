"""The paper of an invoice as an answer. Typst works outside of any session."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask import Response

from webapp.foundation.db import Database
from webapp.providers.storage.port import StoragePort
from webapp.reseller.billing.paper_data import file_name
from webapp.reseller.orders import invoice_papers

from .current import database, storage


@dataclass(frozen=True)
class _Making:
    """What making a paper needs."""

    database: Database
    storage: StoragePort


def invoice_pdf(invoice_id: int, number: str, duplicate_of: date | None = None) -> Response:
    """The PDF to look at and to keep; `duplicate_of` as in `invoice_papers.made`."""
    content = invoice_papers.made(_Making(database(), storage()), invoice_id, duplicate_of)
    answer = Response(content, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="{_ascii(file_name(number))}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _ascii(name: str) -> str:
    return name.encode("ascii", "replace").decode().replace("?", "-")
