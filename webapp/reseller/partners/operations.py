"""What one can do with partners, their staff and the operators."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from webapp.foundation import clock, db, i18n
from webapp.foundation.i18n import N_
from webapp.foundation.refusal import Refusal
from webapp.foundation.theming import BrandTokens

from . import audit, brand_assets, company, passwords, queries, sign_ins, validate
from .audit import Actor
from .models import Brand, Host, Operator, OperatorSignIn, Partner, Staff, StaffSignIn
from .roles import ROLES

FIRST_NUMBER = 1001
CODE_PREFIX = "csp"


@dataclass(frozen=True, kw_only=True)
class NewPartner:
    """What it takes to open a shop. `platform_host` is the install's (settings.platform_host)."""

    platform_host: str
    name: str
    legal_name: str
    country: str
    currency: str
    email: str
    timezone: str
    default_locale: str
    locales: tuple[str, ...]
    theme: str = "base"
    brand: BrandTokens = field(default_factory=BrandTokens)
    modules: tuple[str, ...] = ("domains",)
    tax_id: str = ""
    street: str = ""
    postcode: str = ""
    city: str = ""
    phone: str = ""
    bank_name: str = ""
    iban: str = ""
    bic: str = ""
    tax_mode: str = "gross"
    tax_rate_bp: int = 0
    payment_days: int = 14
    nameservers: tuple[str, ...] = ()


def create_partner(session: Session, actor: Actor, new: NewPartner) -> Partner:
    """A partner with the next free code, its brand, and its raw host `<code>.<platform_host>`, live and primary.

    Platform work. Raises Refusal for a wrong field.
    """
    facts = {name: value for name, value in asdict(new).items() if name in company.FIELDS}
    values = company.checked(facts, {})
    partner = Partner(
        **values,
        theme=company.theme(new.theme),
        currency=company.currency(new.currency),
        modules=list(new.modules),
        settings={},
        created_at=clock.now(),
    )
    _add_with_code(session, partner)
    session.add(_host(partner, new.platform_host))
    session.add(Brand(partner_id=partner.id, **brand_columns(new.brand)))
    audit.record(session, actor, "partner.created", "partner", partner.id, partner.name, partner_id=partner.id)
    session.flush()
    return partner


#: More than will ever open shops in the same second.
_RIVALS = 100


def _add_with_code(session: Session, partner: Partner) -> None:
    """Who creates a partner at the same time computes the same code: each one that loses takes the next.

    Every loss means that somebody else's partner was made, so the tries bound only how many do it at once.
    """
    for attempt in range(_RIVALS):
        partner.code = _next_code(session)
        try:
            with session.begin_nested():
                session.add(partner)
                session.flush()
            return
        except IntegrityError:
            if attempt == _RIVALS - 1:
                raise


def _next_code(session: Session) -> str:
    longest_first = (func.length(Partner.code).desc(), Partner.code.desc())
    last = session.scalar(
        select(Partner.code).where(Partner.code.startswith(CODE_PREFIX)).order_by(*longest_first).limit(1)
    )
    number = int(last.removeprefix(CODE_PREFIX)) + 1 if last else FIRST_NUMBER
    return f"{CODE_PREFIX}{number}"


def _host(partner: Partner, platform_host: str) -> Host:
    name = f"{partner.code}.{platform_host}"
    now = clock.now()
    return Host(
        partner_id=partner.id,
        name=name,
        kind="raw",
        state="live",
        is_primary=True,
        created_at=now,
        proof="raw",
        live_since=now,
        changed_at=now,
    )


def brand_columns(tokens: BrandTokens) -> dict[str, Any]:
    """The tokens as columns of Brand."""
    columns = asdict(tokens)
    return {"brand_colour": columns.pop("brand"), "accent_colour": columns.pop("accent") or "", **columns}


def bump_content(session: Session, partner_id: int | None = None) -> None:
    """Make every cached page of the partner stale. Called by every change of catalog, brand, pages or hosts."""
    wanted = partner_id or queries.tenant_of(session)
    db.change(session, Partner, Partner.id == wanted, content_version=Partner.content_version + 1)


def suspend_partner(session: Session, actor: Actor, partner_id: int, reason: str = "") -> None:
    """Close the shop and the panel of a partner at once. Raises Refusal when it is not open."""
    _move(session, partner_id, "active", "suspended")
    audit.record(session, actor, "partner.suspended", "partner", partner_id, partner_id=partner_id, reason=reason[:500])


def resume_partner(session: Session, actor: Actor, partner_id: int) -> None:
    """Open a suspended partner's shop and panel again."""
    _move(session, partner_id, "suspended", "active")
    audit.record(session, actor, "partner.resumed", "partner", partner_id, partner_id=partner_id)


def _move(session: Session, partner_id: int, before: str, after: str) -> None:
    moved = db.change(session, Partner, Partner.id == partner_id, Partner.status == before, status=after)
    if not moved:
        raise Refusal("partner_state", N_("This partner has changed in the meantime: please look again."))
    bump_content(session, partner_id)


def update_company(session: Session, actor: Actor, fields: Mapping[str, Any]) -> Partner:
    """Change facts of the session's own partner; only those of company.FIELDS, each checked."""
    partner = queries.partner(session)
    known = {name: getattr(partner, name) for name in company.FIELDS}
    values = company.checked(fields, known)
    if "locales" in values and values.get("default_locale", partner.default_locale) not in values["locales"]:
        message = N_("The first language must be one of the shop's languages.")
        raise Refusal("default_locale", message, field="locales")
    changed = {name: value for name, value in values.items() if value != known[name]}
    if changed:
        for name, value in changed.items():
            setattr(partner, name, value)
        bump_content(session)
        changes = {name: [known[name], value] for name, value in changed.items()}
        audit.record(session, actor, "partner.changed", "partner", partner.id, partner.name, changes=changes)
        session.flush()
        if "name" in changed:
            brand_assets.ask(session)
    return partner


# --- people --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class NewStaff:
    """A person of a partner. The password is hashed before the transaction (passwords.hash_password)."""

    email: str
    name: str
    password_hash: str
    locale: str
    role: str = "owner"


def add_staff(session: Session, actor: Actor, new: NewStaff, partner_id: int | None = None) -> Staff:
    """Let a person work for the session's partner (platform work names it).

    Raises Refusal("email_taken"): an address serves one person of one partner, since the panel has one door.
    """
    owner = partner_id or queries.tenant_of(session)
    email = validate.email(new.email)
    if new.role not in ROLES:
        raise Refusal("role", N_("Choose a role from the list."), field="role")
    staff = Staff(
        partner_id=owner,
        email=email,
        name=validate.line(new.name, "name"),
        password_hash=new.password_hash,
        role=new.role,
        locale=new.locale,
        created_at=clock.now(),
    )
    _add_unique(session, staff)
    audit.record(session, actor, "staff.added", "staff", staff.id, email, partner_id=owner, role=new.role)
    return staff


def add_operator(session: Session, name: str, email: str, password_hash: str, locale: str = "en") -> Operator:
    """Let a person run the install. Platform work of the command line and the demo."""
    operator = Operator(
        email=validate.email(email),
        name=validate.line(name, "name"),
        password_hash=password_hash,
        locale=locale,
        created_at=clock.now(),
    )
    _add_unique(session, operator)
    return operator


def set_operator_language(session: Session, operator_id: int, locale: str) -> None:
    """The language in which an operator sees the panel."""
    if locale not in i18n.PANEL:
        raise Refusal("locale", N_("Choose one of the languages that we speak."), field="locale")
    db.change(session, Operator, Operator.id == operator_id, locale=locale)


def _add_unique(session: Session, person: Staff | Operator) -> None:
    # Staff addresses are unique over all partners, which a tenant's session cannot look up: the constraint decides.
    try:
        with session.begin_nested():
            session.add(person)
            session.flush()
    except IntegrityError:
        message = N_("Somebody already uses this e-mail address here.")
        raise Refusal("email_taken", message, field="email") from None


def authenticate_staff(session: Session, email: str, password: str) -> Staff:
    """Whose e-mail and password these are; a reading session in the platform scope "staff-sign-in".

    Raises Refusal("bad_credentials"), at the same cost for unknown addresses. Only who knows the password is
    told that the partner is suspended.
    """
    found = queries.staff_by_email(session, validate.email_key(email))
    if not passwords.verify(found[0].password_hash if found else None, password) or found is None:
        raise sign_ins.bad_credentials()
    staff, partner_status = found
    if staff.status != "active" or partner_status != "active":
        raise Refusal("suspended", N_("This sign-in is closed. Please contact the operator."))
    return staff


def open_staff_sign_in(session: Session, staff: Staff, ip: str = "", user_agent: str = "") -> str:
    """A fresh sign-in; returns the token for the cookie."""
    token = sign_ins.opened(session, StaffSignIn, ip, user_agent, staff_id=staff.id, partner_id=staff.partner_id)
    actor = Actor("staff", staff.id, staff.email, ip)
    audit.record(session, actor, "staff.signed_in", "staff", staff.id, staff.email, partner_id=staff.partner_id)
    return token


def revoke_staff_sign_in(session: Session, token: str) -> None:
    """Sign out: the token is worth nothing from now on."""
    sign_ins.revoke_token(session, StaffSignIn, token)


def revoke_staff(session: Session, staff_id: int) -> int:
    """End every sign-in of a person; returns how many were open."""
    return sign_ins.revoke(session, StaffSignIn, StaffSignIn.staff_id == staff_id)


def authenticate_operator(session: Session, email: str, password: str) -> Operator:
    """Which operator's e-mail and password these are; a reading session. Raises Refusal("bad_credentials")."""
    operator = queries.operator_by_email(session, validate.email_key(email))
    if not passwords.verify(operator.password_hash if operator else None, password) or operator is None:
        raise sign_ins.bad_credentials()
    if operator.status != "active":
        raise Refusal("suspended", N_("This sign-in is closed."))
    return operator


def open_operator_sign_in(session: Session, operator: Operator, ip: str = "", user_agent: str = "") -> str:
    """A fresh sign-in; returns the token for the cookie."""
    return sign_ins.opened(session, OperatorSignIn, ip, user_agent, operator_id=operator.id)


def revoke_operator_sign_in(session: Session, token: str) -> None:
    """Sign out: the token is worth nothing from now on."""
    sign_ins.revoke_token(session, OperatorSignIn, token)
