"""What ends soon, read by columns: pages of it over all partners, and everything that a chunk of proformas needs."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, cast

from sqlalchemy import Row, Select, and_, select, tuple_
from sqlalchemy.orm import Session

from webapp.foundation import clock, i18n
from webapp.foundation.db import among
from webapp.reseller.accounts.models import Contact, Membership, User
from webapp.reseller.billing.models import ProformaLine
from webapp.reseller.catalog import plans
from webapp.reseller.catalog.models import Product, Tld
from webapp.reseller.partners.models import Partner
from webapp.reseller.services.models import Domain, Service
from webapp.reseller.services.renewal_settings import LATEST, MOST_DAYS, is_due, settings_of
from webapp.reseller.services.states import RENEWABLE

from .models import OrderLine
from .ordered import Ordered
from .parties import is_complete, party
from .renewing import NOTHING_CAME_OF_IT, key_of
from .subjects import Known

#: Domains, or services, of one transaction.
CHUNK = 500
#: What papers, taxes and days need of a partner.
_PARTNER = (
    *("id", "code", "status", "country", "currency", "timezone", "default_locale", "legal_name", "tax_id", "street"),
    *("postcode", "city", "email", "phone", "bank_name", "iban", "bic", "tax_mode", "tax_rate_bp", "payment_days"),
    "settings",
)


@dataclass(frozen=True)
class Due:
    """A domain or service whose period ends. `names` and `code`: the product's; empty for an ending.

    `years`: the shortest period that it can be renewed for.
    """

    partner_id: int
    subject: Known
    account_id: int
    product_id: int | None
    names: Mapping[str, Any]
    code: str
    ends_on: date
    years: int = 1

    @property
    def starts(self) -> date:
        """The first day of the next period on paper: a domain's end itself, the day after for a service."""
        return self.ends_on if self.subject.kind == "domain" else self.ends_on + timedelta(days=1)

    def ordered(self, amount: int, *locales: str) -> Ordered:
        """The shortest period more of it, called as a reader of the first of these languages that there is calls it."""
        title = "" if self.subject.kind == "domain" else str(plans.in_words(self.names, *locales) or self.code)
        return Ordered(self.subject, "renew", self.years, 0, amount, self.starts, title=title)


@dataclass(frozen=True)
class Source:
    """Where things that end are found: the table, its column with the end, and whose name stands on paper."""

    model: type[Domain] | type[Service]
    end: Any
    line: Any  # the column of an order line that leads there

    @property
    def is_domains(self) -> bool:
        """Domains end at an instant, services with a day."""
        return self.model is Domain


DOMAINS = Source(Domain, Domain.expires_at, OrderLine.domain_id)
SERVICES = Source(Service, Service.ends_on, OrderLine.service_id)
Place = tuple[Any, int]
_RENEWS = OrderLine.operation == "renew"
_OPEN = (_RENEWS, OrderLine.state == "awaiting_payment")


@dataclass(frozen=True)
class Found:
    """Ids that look due, their partners, and the place to go on behind (None at the end)."""

    ids: Sequence[int]
    partners: Mapping[int, Partner]
    place: Place | None = None


def page(session: Session, source: Source, state: str, after: Place | None, size: int = CHUNK) -> Found:
    """The next few in a state that end around now, by the index over (state, end), without those that have a renewal.

    These are left out by a statement of its own: as a part of the first one they cost a look through every line of the
    run so far for each row, because the database's figures say that there are none yet.
    """
    first, last = _window(source)
    model: Any = source.model
    where = [model.state == state, source.end >= (after[0] if after else first), source.end <= last, model.auto_renew]
    if after:
        where.append(tuple_(source.end, model.id) > after)
    rows = session.execute(
        select(model.id, model.partner_id, source.end).where(*where).order_by(source.end, model.id).limit(size)
    ).all()
    place = (rows[-1][2], rows[-1][0]) if len(rows) == size else None
    partners = partners_of(session, {row.partner_id for row in rows}) if rows else {}
    due = [row.id for row in rows if row.partner_id in partners and _is_due(partners[row.partner_id], row[2])]
    waiting = _waiting(session, source, due) if due else set()
    return Found([each for each in due if each not in waiting], partners, place)


def _waiting(session: Session, source: Source, ids: Collection[int]) -> set[int]:
    """Those of the ids whose renewal awaits its money: a first look, `due_of` looks at the very period."""
    return set(session.scalars(select(source.line).where(among(session, source.line, ids), *_OPEN)))


def _window(source: Source) -> tuple[Any, Any]:
    """The ends that any partner's rules may ask for; a day more on both sides for the zones."""
    today = clock.now().date()
    first, last = today - LATEST - timedelta(days=1), today + timedelta(days=MOST_DAYS + 1)
    if not source.is_domains:
        return first, last
    return datetime.combine(first, time(), UTC), datetime.combine(last, time(23, 59), UTC)


def renewed(source: Source) -> Any:
    """Whether a renewal awaits its money."""
    return select(OrderLine.id).where(source.line == source.model.id, *_OPEN).exists()


def _day(end: Any) -> date:
    """The last day: a domain's as the registry writes it, in UTC (RFC 5731, exDate)."""
    return end.astimezone(UTC).date() if isinstance(end, datetime) else cast(date, end)


def _is_due(partner: Partner, end: Any) -> bool:
    return is_due(settings_of(partner), _day(end), clock.today(partner.timezone))


def partners_of(session: Session, partner_ids: Collection[int]) -> dict[int, Partner]:
    """Those of the partners that are in business. One statement; columns that look like the row, not the row."""
    columns = [getattr(Partner, name) for name in _PARTNER]
    where = (among(session, Partner.id, partner_ids), Partner.status == "active")
    return {row.id: cast(Partner, row) for row in session.execute(select(*columns).where(*where))}


def found(session: Session, source: Source, ids: Collection[int]) -> Found:
    """The same for ids that somebody chose."""
    model: Any = source.model
    owners = set(session.scalars(select(model.partner_id).where(model.id.in_(ids)).distinct()))
    return Found(list(ids), partners_of(session, owners))


def due_of(session: Session, source: Source, ids: Sequence[int], partners: Mapping[int, Partner]) -> list[Due]:
    """Those of the ids that are due now, locked; none that has a renewal for its next period, whoever asked for it."""
    rows = session.execute(_locked(session, source, ids)).all()
    made = (_due(row) for row in rows if row.partner_id in partners and _is_due(partners[row.partner_id], row.end))
    taken = _periods(session, source, ids)
    return [each for each in made if (each.subject.id, each.starts) not in taken]


def _locked(session: Session, source: Source, ids: Sequence[int]) -> Select[Any]:
    model: Any = source.model
    own: Any = [model.id, model.partner_id, model.account_id, source.end.label("end"), Product.id.label("product_id")]
    if source.is_domains:
        own += [Domain.name_unicode.label("name"), Tld.min_years]
        join = and_(Product.partner_id == Domain.partner_id, Product.kind == "domain", Product.tld_id == Domain.tld_id)
    else:
        own += [Service.label.label("name"), Service.kind, Product.names, Product.code]
        join = and_(Product.partner_id == Service.partner_id, Product.id == Service.product_id)
    where = (among(session, model.id, ids), model.state.in_(RENEWABLE), model.auto_renew)
    query = select(*own).outerjoin(Product, join)
    if source.is_domains:
        query = query.join(Tld, Tld.id == Domain.tld_id)
    return query.where(*where).order_by(model.id).with_for_update(of=model)


def _due(row: Row[Any]) -> Due:
    known = Known(getattr(row, "kind", "domain"), row.id, row.name)
    names, code = getattr(row, "names", None) or {}, getattr(row, "code", None) or ""
    years = getattr(row, "min_years", 1)
    return Due(row.partner_id, known, row.account_id, row.product_id, names, code, _day(row.end), years)


def _periods(session: Session, source: Source, ids: Sequence[int]) -> set[tuple[int, date]]:
    """(id, first day) of every renewal that was ever asked for."""
    joined = select(source.line, ProformaLine.period_from).join(
        ProformaLine, ProformaLine.id == OrderLine.proforma_line_id
    )
    return {(row[0], row[1]) for row in session.execute(joined.where(among(session, source.line, ids), _RENEWS))}


def keys(session: Session, source: Source, due: Sequence[Due]) -> dict[int, str]:
    """id -> key of the order that renews it; as `renewing.renewal_key` makes it for one. One statement."""
    where = (
        among(session, source.line, [each.subject.id for each in due]),
        _RENEWS,
        OrderLine.state.in_(NOTHING_CAME_OF_IT),
    )
    before = list(session.scalars(select(source.line).where(*where)))
    kind = "domain" if source.is_domains else "service"
    return {each.subject.id: key_of(kind, each.subject.id, each.starts, before.count(each.subject.id)) for each in due}


def holders(session: Session, account_ids: Collection[int]) -> dict[int, dict[str, Any]]:
    """account id -> the party of its default contact, of those with a complete address. One statement."""
    fields = ("name", "organisation", "street", "postcode", "city", "country", "tax_id", "email", "phone")
    columns = [Contact.account_id, *(getattr(Contact, field) for field in fields)]
    where = (among(session, Contact.account_id, account_ids), Contact.is_default.is_(True))
    rows = (cast(Contact, row) for row in session.execute(select(*columns).where(*where)))
    return {row.account_id: party(row) for row in rows if is_complete(row)}


def locales(session: Session, account_ids: Collection[int]) -> dict[int, str]:
    """account id -> the language of its first user, as `parties.locale_of` finds it. One statement."""
    people = select(Membership.account_id, User.locale).join(User, User.id == Membership.user_id)
    found = session.execute(
        people.where(among(session, Membership.account_id, account_ids)).order_by(Membership.id.desc())
    )
    return {row.account_id: i18n.supported(row.locale) for row in found}
