"""Reads of the partners room."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, and_, select
from sqlalchemy.orm import Session, aliased

from webapp.foundation import tenancy
from webapp.foundation.headers import is_origin
from webapp.foundation.paging import Page, matching, paginate
from webapp.foundation.refusal import NotFound
from webapp.foundation.site import Banner, Icons, Site
from webapp.foundation.theming import BrandTokens

from . import sign_ins
from .models import AuditEvent, Brand, Host, Operator, OperatorSignIn, Partner, Staff, StaffSignIn

#: States of a host in which the shop answers there.
SERVING = ("live", "degraded")

_ICONS = tuple(each.name for each in fields(Icons))


def site_for_host(session: Session, host: str) -> Site | None:
    """The shop at a normalised host (lower case, with the port if it is unusual), in one statement.

    Runs in the platform scope "resolve-host". None: nobody's host, or one that does not serve yet.
    """
    # Made for each statement. One that threads share can be caught half made by the second of them, and would from
    # then on join `hosts.partner_id = hosts.partner_id`: every partner's primary host, in that process, for ever.
    chief = aliased(Host)
    joined = _site(chief).join(chief, and_(chief.partner_id == Host.partner_id, chief.is_primary.is_(True)))
    row = session.execute(joined.where(Host.name == host, Host.state.in_(SERVING))).one_or_none()
    return _to_site(row) if row else None


def site_for_partner(session: Session, partner_id: int | None = None) -> Site:
    """The shop of the session's tenant (platform work names the partner) as seen from its primary host."""
    wanted = partner_id or tenant_of(session)
    # Every request of the panel asks this: making an alias of the table would take longer than the answer.
    row = session.execute(_site(Host).where(Host.partner_id == wanted, Host.is_primary.is_(True))).one_or_none()
    if row is None:
        raise NotFound
    return _to_site(row)


def tenant_of(session: Session) -> int:
    """The partner of a session. Raises ScopeError for platform work, which has none."""
    scope = session.info["scope"]
    if not isinstance(scope, tenancy.Tenant):
        raise tenancy.ScopeError("platform work has no tenant: name the partner")
    return scope.partner_id


def _site(chief: type[Host]) -> Select[*tuple[Any, ...]]:
    """What a Site is made of, by host; `chief` stands for the partner's primary one."""
    facts = (Partner.id, Partner.code, Partner.name, Partner.status, Partner.theme, Partner.default_locale)
    rules = (Partner.locales, Partner.currency, Partner.timezone, Partner.content_version, Partner.modules)
    colours = (Brand.brand_colour, Brand.accent_colour, Brand.mode, Brand.fonts, Brand.corners, Brand.density)
    logo = (Brand.header, Brand.logo, Brand.logo_width, Brand.logo_height, Brand.logo_dark)
    pictures = (Brand.assets, Brand.banner)
    hosts = (Host.name.label("host"), Host.kind, Host.live_since, Partner.frames)
    primary = (chief.name.label("primary_host"), chief.kind.label("primary_kind"))
    return (
        select(*facts, *rules, *colours, *logo, *pictures, *hosts, *primary, Partner.tax_mode, Partner.tax_rate_bp)
        .join(Partner, Partner.id == Host.partner_id)
        .join(Brand, Brand.partner_id == Host.partner_id)
    )


def _to_site(row: Row[*tuple[Any, ...]]) -> Site:
    return Site(
        partner_id=row.id,
        code=row.code,
        name=row.name,
        status=row.status,
        theme=row.theme,
        host=row.host,
        raw=row.kind == "raw",
        leads_on=row.kind == row.primary_kind == "custom" and row.host != row.primary_host,
        live_since=row.live_since,
        frame_origins=_origins(row.frames),
        frames_off=_off(row.frames),
        primary_host=row.primary_host,
        locale=row.default_locale,
        locales=tuple(row.locales),
        currency=row.currency,
        timezone=row.timezone,
        content_version=row.content_version,
        modules=frozenset(row.modules),
        brand=tokens(row),
        logo=row.logo,
        logo_width=row.logo_width,
        logo_height=row.logo_height,
        logo_dark=row.logo_dark,
        tax_mode=row.tax_mode,
        tax_rate_bp=row.tax_rate_bp,
        icons=_icons(row.assets),
        banner=_banner(row.banner),
    )


def _icons(stored: Any) -> Icons:
    """What a row names; a row that is not as we write it (a restored backup, a hand in the database) names nothing."""
    named = stored if isinstance(stored, dict) else {}
    return Icons(**{name: named[name] for name in _ICONS if isinstance(named.get(name), str)})


def _origins(stored: Any) -> tuple[str, ...]:
    """Who may show our frames; what is not as we write it names nobody: it would stand in a security header."""
    named = stored if isinstance(stored, dict) else {}
    listed = [each for key in ("origins", "previews") if isinstance(named.get(key), list) for each in named[key]]
    return tuple(each for each in listed if isinstance(each, str) and is_origin(each))


def _off(stored: Any) -> frozenset[str]:
    named = stored.get("off") if isinstance(stored, dict) else None
    return frozenset(each for each in named if isinstance(each, str)) if isinstance(named, list) else frozenset()


def _banner(stored: Any) -> Banner | None:
    """None, too, for a row that is not as we write it: it must not take the shop down."""
    try:
        size = int(stored["width"]), int(stored["height"])
        alt = tuple(sorted((str(locale), str(text)) for locale, text in stored["alt"].items()))
        file, link = str(stored["file"]), str(stored["link"])
        leads = link.startswith(("/", "https://")) and not link.startswith(("//", "/\\"))
        return Banner(file, *size, link, alt) if leads else None
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def tokens(row: Any) -> BrandTokens:
    """The choices of a row of Brand (or of its columns)."""
    return BrandTokens(
        brand=row.brand_colour,
        accent=row.accent_colour or None,
        mode=row.mode,
        fonts=row.fonts,
        corners=row.corners,
        density=row.density,
        header=row.header,
    )


def partner(session: Session, partner_id: int | None = None) -> Partner:
    """The session's own partner; platform work names one. Raises NotFound."""
    found = session.get(Partner, partner_id or tenant_of(session))
    if found is None:
        raise NotFound
    # A sale asks for it some thirty times from every room, and a session forgets a row that nobody holds.
    session.info["partner"] = found
    return found


def partner_by_code(session: Session, code: str) -> Partner | None:
    """A partner by its code ("csp1001"); platform work."""
    return session.scalar(select(Partner).where(Partner.code == code.strip().lower()))


def partners_list(session: Session, text: str = "", status: str = "", page: int = 1) -> Page[Partner]:
    """Every partner by code, or those whose code, name or e-mail contains `text`; platform work."""
    found = matching(text, Partner.code, Partner.name, Partner.legal_name, Partner.email)
    statement = select(Partner).where(*found).order_by(Partner.id)
    if status:
        statement = statement.where(Partner.status == status)
    return paginate(session, statement, Partner.id, page)


def every_partner(session: Session) -> Iterator[Partner]:
    """All of them by id; platform work."""
    yield from session.scalars(select(Partner).order_by(Partner.id).execution_options(yield_per=500))


def brand(session: Session, partner_id: int | None = None) -> Brand:
    """How the partner's surfaces look."""
    found = session.scalar(select(Brand).where(Brand.partner_id == (partner_id or tenant_of(session))))
    if found is None:
        raise NotFound
    return found


def hosts(session: Session, partner_id: int | None = None) -> list[Host]:
    """The partner's hosts, the primary one first."""
    wanted = partner_id or tenant_of(session)
    statement = select(Host).where(Host.partner_id == wanted).order_by(Host.is_primary.desc(), Host.name)
    return list(session.scalars(statement))


def claims(session: Session, name: str) -> list[tuple[Host, str]]:
    """(host, code of its partner) for all who claim a name or have it, the oldest first. Platform work."""
    mine = select(Host, Partner.code).join(Partner, Partner.id == Host.partner_id)
    rows = session.execute(mine.where(Host.name == name, Host.kind == "custom").order_by(Host.id))
    return [(row[0], row[1]) for row in rows]


def panel_host(session: Session) -> str:
    """The host of the Sales Panel: a raw host is `<code>.<platform>`, so the platform's own host stands in it."""
    raw = session.scalars(select(Host.name).where(Host.partner_id == tenant_of(session), Host.kind == "raw")).first()
    if raw is None:
        raise NotFound
    return f"panel.{raw.partition('.')[2]}"


def staff_list(session: Session) -> list[Staff]:
    """The people who work for the session's partner."""
    return list(session.scalars(select(Staff).order_by(Staff.name, Staff.id)))


def audit_events(
    session: Session,
    *,
    object_kind: str = "",
    object_id: int | None = None,
    actor_kind: str = "",
    action: str = "",
    text: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    page: int = 1,
) -> Page[AuditEvent]:
    """What was done, the newest first. `action` is a whole name or a family ("proforma."); `until` is exclusive."""
    where = [
        *([AuditEvent.object_kind == object_kind] if object_kind else []),
        *([AuditEvent.object_id == object_id] if object_id is not None else []),
        *([AuditEvent.actor_kind == actor_kind] if actor_kind else []),
        *([AuditEvent.action.startswith(action, autoescape=True)] if action else []),
        *([AuditEvent.at >= since] if since else []),
        *([AuditEvent.at < until] if until else []),
        *matching(text, AuditEvent.actor_label, AuditEvent.object_label, AuditEvent.action),
    ]
    statement = select(AuditEvent).where(*where).order_by(AuditEvent.at.desc(), AuditEvent.id.desc())
    return paginate(session, statement, AuditEvent.id, page)


# --- sign-ins ------------------------------------------------------------------------------------------------


def staff_for_token(session: Session, token: str) -> Staff | None:
    """Who this panel cookie belongs to, while sign-in, person and partner are all in order.

    Runs in the platform scope "staff-sign-in": the panel has one address for every partner.
    """
    return session.scalar(
        select(Staff)
        .join(StaffSignIn, and_(StaffSignIn.staff_id == Staff.id, StaffSignIn.partner_id == Staff.partner_id))
        .join(Partner, Partner.id == Staff.partner_id)
        .where(*sign_ins.live(StaffSignIn, token), Staff.status == "active", Partner.status == "active")
    )


def operator_for_token(session: Session, token: str) -> Operator | None:
    """Which operator this cookie belongs to, while sign-in and person are in order."""
    return session.scalar(
        select(Operator)
        .join(OperatorSignIn, OperatorSignIn.operator_id == Operator.id)
        .where(*sign_ins.live(OperatorSignIn, token), Operator.status == "active")
    )


def staff_by_email(session: Session, email_key: str) -> tuple[Staff, str] | None:
    """(person, status of the partner) by normal e-mail; platform work of the panel's sign-in."""
    row = session.execute(
        select(Staff, Partner.status).join(Partner, Partner.id == Staff.partner_id).where(Staff.email == email_key)
    ).one_or_none()
    return (row[0], row[1]) if row else None


def operator_by_email(session: Session, email_key: str) -> Operator | None:
    """An operator by normal e-mail."""
    return session.scalar(select(Operator).where(Operator.email == email_key))
