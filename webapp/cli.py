"""The command line: `flask --app app ...`. Every command has --help, and --json for programs."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, TypeVar

import click
from flask import Flask
from flask.cli import AppGroup, with_appcontext
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError
from sqlalchemy.orm import Session

from webapp.foundation import hosts, tenancy, theming
from webapp.foundation.db import narrowed
from webapp.foundation.i18n import SUPPORTED
from webapp.foundation.refusal import Refusal
from webapp.foundation.web import the_app
from webapp.reseller.catalog.operations import ensure_tlds
from webapp.reseller.desk.operations import Answers, create_from_template
from webapp.reseller.partners import hosts as own_hosts
from webapp.reseller.partners import operations as partners
from webapp.reseller.partners import passwords, queries
from webapp.reseller.partners.audit import Actor
from webapp.reseller.partners.models import Host, Partner

OPERATOR = tenancy.Platform("operator")
ACTOR = Actor("operator", None, "command line")

_Command = TypeVar("_Command", bound=Callable[..., Any])


class Group(AppGroup):
    """Commands in which a Refusal, or a database that cannot be used, is one line and exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except Refusal as refusal:
            raise click.ClickException(str(refusal)) from None
        except (OperationalError, ProgrammingError) as error:
            raise click.ClickException(_unusable(error)) from None


def _unusable(error: DBAPIError) -> str:
    first = str(error.orig).splitlines()[0]
    return f"WITRYNA_DATABASE_URL: the database cannot be used: {first} (new? python -m webapp.processes.migrate)"


def as_json(command: _Command) -> _Command:
    """The option --json; the command prints with `tell`."""
    return click.option("--json", "json_wanted", is_flag=True, help="Print JSON for programs.")(command)


def tell(data: Any, lines: list[str], json_wanted: bool) -> None:
    """Print a result: `data` as JSON, or `lines` for people."""
    click.echo(json.dumps(data, default=_plain, ensure_ascii=False, indent=2) if json_wanted else "\n".join(lines))


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    return sorted(value) if isinstance(value, set | frozenset) else str(value)


# --- partners ------------------------------------------------------------------------------------------------

partner = Group("partner", help="Partners: create, list, suspend.")


@partner.command("create")
@click.option("--template", default="domain_shop", show_default=True, help="The starter: see desk/starters.")
@click.option("--name", required=True, help="What the shop calls itself.")
@click.option("--legal-name", help="The company's full name; the shop's name if left out.")
@click.option("--email", required=True, help="The shop's address: the sender of its mails.")
@click.option("--country", default="PL", show_default=True, help="ISO code of two letters.")
@click.option("--currency", default="PLN", show_default=True)
@click.option("--timezone", default="Europe/Warsaw", show_default=True)
@click.option(
    "--locale", "locales", multiple=True, type=click.Choice(SUPPORTED), help="Repeat it; the first is default."
)
@click.option("--theme", help="One of the theme folders; the starter's if left out.")
@click.option("--brand", help="The brand's colour: #rrggbb; the starter's if left out.")
@click.option("--tax-rate", type=click.IntRange(0, 100), default=23, show_default=True, help="Percent.")
@click.option("--staff-email", help="Who signs in to the Sales Panel; with --staff-password.")
@click.option("--staff-password", envvar="PARTNER_STAFF_PASSWORD", help="Better given in PARTNER_STAFF_PASSWORD.")
@as_json
def partner_create(
    json_wanted: bool, template: str, staff_email: str | None, staff_password: str | None, **given: Any
) -> None:
    """Open a shop from a starter: prices, endings, theme, texts. It answers at once."""
    if bool(staff_email) != bool(staff_password):
        raise click.UsageError("--staff-email and --staff-password go together")
    hashed = passwords.hash_password(staff_password) if staff_password else ""
    with the_app().database.writing(OPERATOR) as session:
        made = create_from_template(session, ACTOR, template, _answers(**given))
        if staff_email:
            staff = partners.NewStaff(
                email=staff_email, name=given["name"], password_hash=hashed, locale=made.default_locale
            )
            partners.add_staff(session, ACTOR, staff, partner_id=made.id)
        facts = _partner_facts(made) | {"host": f"{made.code}.{the_app().settings.platform_host}"}
    tell(facts, [f"{facts['code']}  {facts['name']}  {the_app().settings.origin(facts['host'])}"], json_wanted)


def _answers(
    name: str, legal_name: str | None, locales: tuple[str, ...], theme: str | None, brand: str | None, tax_rate: int,
    **facts: Any,
) -> Answers:  # fmt: skip
    spoken = locales or ("pl", "en")
    new = partners.NewPartner(
        platform_host=the_app().settings.platform_host,
        name=name,
        legal_name=legal_name or name,
        default_locale=spoken[0],
        locales=spoken,
        tax_rate_bp=tax_rate * 100,
        **facts,
    )
    try:
        return Answers(partner=new, theme=theme, brand=theming.BrandTokens(brand=brand) if brand else None)
    except ValueError as problem:
        raise click.BadParameter(str(problem), param_hint="--brand") from None


def _partner_facts(one: Partner) -> dict[str, Any]:
    return {"id": one.id, "code": one.code, "name": one.name, "status": one.status, "currency": one.currency}


@partner.command("list")
@as_json
def partner_list(json_wanted: bool) -> None:
    """Every partner, by code."""
    with the_app().database.reading(OPERATOR) as session:
        facts = [_partner_facts(row) for row in queries.every_partner(session)]
    tell(facts, [f"{one['code']}  {one['status']:<9}  {one['name']}" for one in facts], json_wanted)


@partner.command("suspend")
@click.argument("code")
@click.option("--reason", default="", help="For the log.")
@click.option("--resume", is_flag=True, help="Open the shop again.")
@as_json
def partner_suspend(code: str, reason: str, resume: bool, json_wanted: bool) -> None:
    """Close a partner's shop and panel, with no loss of data."""
    with the_app().database.writing(OPERATOR) as session:
        one = _by_code(session, code)
        if resume:
            partners.resume_partner(session, ACTOR, one.id)
        else:
            partners.suspend_partner(session, ACTOR, one.id, reason)
        status = "active" if resume else "suspended"
    tell({"code": code, "status": status}, [f"{code}  {status}"], json_wanted)


def _by_code(session: Any, code: str) -> Partner:
    found = queries.partner_by_code(session, code)
    if found is None:
        raise click.ClickException(f"there is no partner {code}")
    return found


# --- operators -----------------------------------------------------------------------------------------------

operator = Group("operator", help="People who run the install.")


@operator.command("create")
@click.option("--name", required=True)
@click.option("--email", required=True, help="To sign in to the operator's panel.")
@click.password_option(envvar="OPERATOR_PASSWORD", help="Asked for; or given in OPERATOR_PASSWORD.")
@click.option("--locale", type=click.Choice(SUPPORTED), default="en", show_default=True)
@as_json
def operator_create(name: str, email: str, password: str, locale: str, json_wanted: bool) -> None:
    """Let a person sign in to the operator's panel."""
    passwords.check_new(password, email)
    hashed = passwords.hash_password(password)
    with the_app().database.writing(OPERATOR) as session:
        made = partners.add_operator(session, name, email, hashed, locale)
        facts = {"id": made.id, "email": made.email, "panel": the_app().settings.door("operator")}
    tell(facts, [f"{facts['email']}  {facts['panel']}"], json_wanted)


# --- hosts ---------------------------------------------------------------------------------------------------

host = Group("host", help="Names at which shops answer: add, list, check.")


@host.command("add")
@click.argument("code")
@click.argument("name")
@click.option("--primary", is_flag=True, help="Every link of the shop points there from now on.")
@click.option("--claim", is_flag=True, help="Do as the partner would: its DNS is looked at before the shop answers.")
@as_json
def host_add(code: str, name: str, primary: bool, claim: bool, json_wanted: bool) -> None:
    """Let a partner's shop answer at NAME ("shop.example", with the port if it is unusual).

    You vouch for its DNS, which is not looked at; with --claim it is.
    """
    settings = the_app().settings
    if claim and primary:
        raise click.UsageError("a claimed name becomes primary by itself when it is the first that answers")
    with the_app().database.writing(OPERATOR) as session:
        partner_id = _by_code(session, code).id
        if claim:
            with narrowed(session, partner_id):
                made = own_hosts.claim(session, ACTOR, name, platform_host=settings.platform_host)
        else:
            made = _vouched(session, partner_id, name, primary)
        facts = _host_facts(made)
    tell(facts, [_host_line(facts)], json_wanted)


def _vouched(session: Session, partner_id: int, name: str, primary: bool) -> Host:
    settings = the_app().settings
    normal = hosts.normalised(name, settings.scheme)
    if normal is None:
        raise click.BadParameter(f"{name!r} is not a host name", param_hint="NAME")
    return own_hosts.add_host(session, ACTOR, partner_id, normal, primary=primary, platform_host=settings.platform_host)


@host.command("list")
@click.argument("code")
@as_json
def host_list(code: str, json_wanted: bool) -> None:
    """A partner's hosts, the primary one first."""
    with the_app().database.reading(OPERATOR) as session:
        facts = [_host_facts(one) for one in queries.hosts(session, _by_code(session, code).id)]
    tell(facts, [_host_line(one) for one in facts], json_wanted)


@host.command("check")
@click.argument("name")
@as_json
def host_check(name: str, json_wanted: bool) -> None:
    """Whose shop answers at NAME? Looks at its DNS and HTTPS now, for all who claim it. Exits 1 when nobody's does."""
    normal = hosts.normalised(name, the_app().settings.scheme)
    claims = _looked_at(normal) if normal else []
    the_app().sites.forget()
    site = the_app().sites.site(normal) if normal else None
    facts = {"host": normal, "partner": site.code if site else None, "status": site.status if site else "unknown host"}
    lines = [f"{facts['host'] or name}  {facts['partner'] or '-'}  {facts['status']}"]
    lines += [
        f"  {one['partner']}  {one['state']}  DNS {_light(one['dns'])}  HTTPS {_light(one['https'])}" for one in claims
    ]
    tell({**facts, "claims": claims}, lines, json_wanted)
    sys.exit(0 if site else 1)


def _looked_at(name: str) -> list[dict[str, Any]]:
    """A look for each partner who claims a name, and what was seen."""
    from webapp.processes import context
    from webapp.reseller.partners.host_tasks import look_at

    here = context.build(the_app().settings)
    click.get_current_context().call_on_close(here.close)
    with here.database.reading(OPERATOR) as session:
        wanted = [(row.id, code) for row, code in queries.claims(session, name)]
    for host_id, _ in wanted:
        look_at(here, host_id)
    with here.database.reading(OPERATOR) as session:
        fields = ("state", "proof", "needs_txt", "dns", "https", "checked_at", "next_check_at")
        rows = queries.claims(session, name)
        return [{"partner": code, **{field: getattr(row, field) for field in fields}} for row, code in rows]


def _light(light: dict[str, Any]) -> str:
    """A light in a word, and what was seen where it helps."""
    seen = ", ".join(str(each) for each in light.get("seen", []))
    return f"{light.get('code') or '-'}{f' ({seen})' if seen else ''}"


def _host_facts(one: Host) -> dict[str, Any]:
    return {"name": one.name, "kind": one.kind, "state": one.state, "primary": one.is_primary}


def _host_line(facts: dict[str, Any]) -> str:
    return f"{facts['name']}  {facts['kind']}  {facts['state']}{'  primary' if facts['primary'] else ''}"


# --- the rest ------------------------------------------------------------------------------------------------

demo = Group("demo", help="The demo's data.")


@demo.command("seed")
@as_json
def demo_seed(json_wanted: bool) -> None:
    """Fill an empty install with two partners, their people and a subscriber. Again: changes nothing."""
    from webapp.reseller.desk.demo import seed

    outside = the_app().extensions
    made = seed(the_app().database, the_app().settings, outside["storage"], outside["gateways"]).made
    tell({"made": made}, made or ["everything is there already"], json_wanted)


books = Group("books", help="The invariants of money and provisioning.")


@books.command("check")
@click.option("--registry", "ask", is_flag=True, help="Also ask the registry about the names, the newest first.")
@click.option("--most", type=click.IntRange(1), default=10_000, show_default=True, help="So many names at most.")
@as_json
def books_check(ask: bool, most: int, json_wanted: bool) -> None:
    """Check every invariant over all partners; exits 1 when one is broken."""
    from webapp.reseller.desk import books as checks

    found = checks.check(the_app().database)
    found += [checks.check_registry(the_app().database, _adapter(), most=most)] if ask else []
    said = [": ".join(filter(None, (one.name, one.detail))) for one in found]
    lines = [f"{'ok    ' if one.ok else 'BROKEN'}  {text}" for one, text in zip(found, said, strict=True)]
    tell(found, lines, json_wanted)
    sys.exit(0 if all(one.ok for one in found) else 1)


log = Group("log", help="The log of deeds and its hash chain.")


@log.command("check")
@as_json
def log_check(json_wanted: bool) -> None:
    """Walk every partner's chain; exits 1 when a link does not hold. Keep the heads elsewhere to see a cut end."""
    from webapp.reseller.partners import log_chain

    found = log_chain.verify_all(the_app().database)
    lines = [f"{'BROKEN' if one.broken else 'ok    '}  {number}  {one.links} links" for number, one in found.items()]
    tell(found, lines, json_wanted)
    sys.exit(1 if any(one.broken for one in found.values()) else 0)


registry = Group("registry", help="The install's registry account.")


@registry.command("hello")
@as_json
def registry_hello(json_wanted: bool) -> None:
    """Does the registry let us in and answer? Exits 1 when it does not."""
    answer = _adapter().check(["witryna-hello.com"])[0]
    up = answer.state != "unknown"
    facts = {"registry": the_app().settings.registry_url, "answers": up, "reason": answer.reason}
    tell(facts, [f"{'answers' if up else 'does not answer: ' + (answer.reason or '')}"], json_wanted)
    sys.exit(0 if up else 1)


@registry.command("check")
@click.argument("names", nargs=-1, required=True)
@as_json
def registry_check(names: tuple[str, ...], json_wanted: bool) -> None:
    """Are these names free?"""
    answers = _adapter().check(list(names))
    tell(answers, [f"{one.name}  {one.state}  {one.reason or ''}".rstrip() for one in answers], json_wanted)


@registry.command("endings")
@as_json
def registry_endings(json_wanted: bool) -> None:
    """Make sure that the endings we know, with their first wholesale prices, are in the database. Again: nothing."""
    with the_app().database.writing(OPERATOR) as session:
        new = ensure_tlds(session)
    tell({"new": new}, [f"{new} new endings"], json_wanted)


def _adapter() -> Any:
    from webapp import wiring

    adapter = wiring.registry(the_app().settings)
    click.get_current_context().call_on_close(adapter.close)
    return adapter


@click.command("tick")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), required=True, help="The date to work as of: YYYY-MM-DD.")
@as_json
@with_appcontext
def tick(as_of: datetime, json_wanted: bool) -> None:
    """Run the daily jobs of a date and all the work that is due then, here and now."""
    from webapp.processes import context
    from webapp.processes.tick import run_as_of

    here = context.build(the_app().settings)
    click.get_current_context().call_on_close(here.close)
    done = run_as_of(here, as_of.date())
    said = done["jobs"] if isinstance(done["jobs"], dict) else {}
    tell(done, [*(f"{name}: {what}" for name, what in said.items()), f"tasks done: {done['tasks_done']}"], json_wanted)


def register(app: Flask) -> None:
    """Hang every command on the app."""
    for command in (partner, operator, host, demo, books, log, registry, tick):
        app.cli.add_command(command)
