"""What an order line is about: a domain, or a service that no registry knows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.reseller.billing.models import ProformaLine
from webapp.reseller.services import queries as services
from webapp.reseller.services.models import Domain, Service

from .models import OrderLine

Subject = Domain | Service


@dataclass(frozen=True)
class Known:
    """What papers say of a domain or service, where its row itself is not at hand: work in bulk reads columns."""

    kind: str  # domain | hosting | certificate | other
    id: int
    name: str


def subject_of(session: Session, line: OrderLine) -> Subject:
    """The domain or service of a line. Raises NotFound."""
    if line.domain_id is not None:
        return services.domain(session, line.domain_id)
    return services.service(session, line.service_id or 0)


def name_of(subject: Subject | Known) -> str:
    """What a reader calls it: "żółw.pl", or what a service is for."""
    if isinstance(subject, Known):
        return subject.name
    return subject.name_unicode if isinstance(subject, Domain) else subject.label


def is_domain(subject: Subject | Known) -> bool:
    """Is it a domain, whether its row is at hand or not?"""
    return isinstance(subject, Domain) or (isinstance(subject, Known) and subject.kind == "domain")


def kind_of(subject: Subject | Known) -> str:
    """How the log and messages call it: "domain" or "service"."""
    return "domain" if is_domain(subject) else "service"


def domains_of(session: Session, lines: Iterable[OrderLine]) -> dict[int, Domain]:
    """domain id -> domain, for those of the lines that are about one. One statement."""
    return services.domains_by_id(session, [line.domain_id for line in lines if line.domain_id is not None])


def services_of(session: Session, lines: Iterable[OrderLine]) -> dict[int, Service]:
    """service id -> service, for those of the lines that are about one. No statement where there are none."""
    ids: Sequence[int] = [line.service_id for line in lines if line.service_id is not None]
    if not ids:
        return {}
    return {row.id: row for row in session.scalars(select(Service).where(Service.id.in_(ids)))}


def lines_of(session: Session, proforma_id: int) -> Sequence[OrderLine]:
    """The order lines behind a proforma, in its order; empty for a manual one."""
    joined = select(OrderLine).join(ProformaLine, ProformaLine.id == OrderLine.proforma_line_id)
    return session.scalars(joined.where(ProformaLine.proforma_id == proforma_id).order_by(OrderLine.id)).all()
