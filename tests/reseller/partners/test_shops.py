"""A shop from its creation to its closing, as the operator, the partner and visitors see it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event, select

from tests.factories import PLATFORM_HOST, make_partner
from webapp.foundation import tenancy
from webapp.foundation.db import Database
from webapp.foundation.refusal import NotFound, Refusal
from webapp.foundation.site import Site
from webapp.foundation.theming import BrandTokens
from webapp.reseller.partners import audit, branding, operations, queries
from webapp.reseller.partners.audit import SYSTEM, Actor
from webapp.reseller.partners.models import AuditEvent, Host, Partner

OLGA = Actor("operator", 1, "olga@platform.example", "192.0.2.1", "req-1")
EWA = Actor("staff", 1, "ewa@acme.example")


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """The SQL that is sent within the block, without what only opens transactions."""
    sent: list[str] = []

    def note(conn: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if "set_config" not in statement:
            sent.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    yield sent
    event.remove(database.engine, "before_cursor_execute", note)


def resolve(database: Database, host: str) -> Site | None:
    with database.reading(tenancy.Platform("resolve-host")) as session:
        return queries.site_for_host(session, host)


def version(database: Database, partner: Partner) -> int:
    with database.reading(tenancy.Tenant(partner.id)) as session:
        return queries.partner(session).content_version


def actions(database: Database, partner: Partner) -> list[str]:
    with database.reading(tenancy.Tenant(partner.id)) as session:
        return [found.action for found in queries.audit_events(session).items]


def test_a_new_partner_has_a_shop_at_its_raw_host(database: Database) -> None:
    partner = make_partner(database, brand=BrandTokens(brand="#0a7d55", accent="#ffcc00", corners="round"))
    site = resolve(database, f"csp1001.{PLATFORM_HOST}")
    assert site is not None
    assert (site.partner_id, site.code, site.name, site.status) == (partner.id, "csp1001", "Acme Domeny", "active")
    assert (site.host, site.primary_host) == (f"csp1001.{PLATFORM_HOST}", f"csp1001.{PLATFORM_HOST}")
    assert (site.locale, site.locales, site.currency, site.timezone) == ("pl", ("pl", "en"), "PLN", "Europe/Warsaw")
    assert site.modules == frozenset({"domains"})
    assert site.brand == BrandTokens(brand="#0a7d55", accent="#ffcc00", corners="round")
    assert (site.tax_mode, site.tax_rate_bp) == ("gross", 2300)


def test_codes_count_up_and_past_the_longest_one(database: Database) -> None:
    codes = [make_partner(database).code for _ in range(2)]
    with database.writing(tenancy.Platform("operator")) as session:
        second = session.scalars(select(Partner).where(Partner.code == "csp1002")).one()
        second.code = "csp9999"
    codes += [make_partner(database).code for _ in range(2)]
    assert codes == ["csp1001", "csp1002", "csp10000", "csp10001"]


def test_operators_who_create_partners_at_once_get_different_codes(database: Database) -> None:
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: make_partner(database).code, range(8)))
    assert sorted(made) == [f"csp{number}" for number in range(1001, 1009)]


def test_the_host_is_resolved_in_one_statement(database: Database) -> None:
    make_partner(database)
    make_partner(database)
    with statements(database) as sent:
        assert resolve(database, f"csp1002.{PLATFORM_HOST}") is not None
    assert len(sent) == 1


def test_a_visitor_of_a_custom_host_gets_links_to_the_primary_one(database: Database) -> None:
    partner = make_partner(database)
    with tenancy.tenant(partner.id), database.writing() as session:
        for name, state in (("shop.example", "live"), ("old.example", "waiting_dns"), ("bad.example", "degraded")):
            session.add(
                Host(
                    name=name, kind="custom", state=state, created_at=partner.created_at, changed_at=partner.created_at
                )
            )
    site = resolve(database, "shop.example")
    assert site is not None
    assert (site.host, site.primary_host) == ("shop.example", f"csp1001.{PLATFORM_HOST}")
    assert resolve(database, "bad.example") is not None
    assert resolve(database, "old.example") is None


@pytest.mark.parametrize("host", ["", "nobody.example", "CSP1001.localhost:8000", "csp1001.localhost", "%", "csp100_"])
def test_nobodys_host_has_no_shop(database: Database, host: str) -> None:
    make_partner(database)
    assert resolve(database, host) is None


def test_the_shop_of_a_tenant_is_its_own(database: Database) -> None:
    make_partner(database)
    nord = make_partner(database, name="Nordhost")
    with database.reading(tenancy.Tenant(nord.id)) as session:
        assert queries.site_for_partner(session).name == "Nordhost"
        assert queries.panel_host(session) == f"panel.{PLATFORM_HOST}"
    with database.reading(tenancy.Platform("operator")) as session:
        assert queries.site_for_partner(session, nord.id).code == "csp1002"
        with pytest.raises(tenancy.ScopeError):
            queries.site_for_partner(session)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("country", "XX"),
        ("country", "EU"),
        ("currency", "XYZ"),
        ("timezone", "Europe/Krakow"),
        ("email", "biuro"),
        ("email", "a@b.example\r\nBcc: c@d.example"),
        ("name", "Acme\r\nBcc: all@example.com"),
        ("name", "  "),
        ("legal_name", "x" * 201),
        ("tax_id", "526-025-02-75"),
        ("postcode", "0083"),
        ("iban", "PL61 1090 1014 0000 0712 1981 2875"),
        ("bic", "AB"),
        ("phone", "+48"),
        ("tax_mode", "half"),
        ("tax_rate_bp", 10_001),
        ("tax_rate_bp", "²"),
        ("payment_days", -1),
        ("locales", ()),
        ("locales", ("pl", "xx")),
        ("default_locale", "de"),
        ("nameservers", ("ns1",)),
        ("nameservers", ("ns1.example.com", "-.example.com")),
        ("theme", "../base"),
    ],
)
def test_a_wrong_fact_is_refused_by_name_and_nothing_is_made(database: Database, field: str, value: object) -> None:
    with pytest.raises(Refusal) as refused:
        make_partner(database, **{field: value})
    assert refused.value.field == field
    with database.reading(tenancy.Platform("operator")) as session:
        assert queries.partners_list(session).total == 0


def test_facts_are_stored_in_their_normal_form(database: Database) -> None:
    partner = make_partner(
        database,
        name="  Acme   Domeny ",
        tax_id="PL 526-025-02-74",
        postcode="00 838",
        phone="22 123 45 67",
        email="Biuro@Acme.Example",
        iban="pl61 1090 1014 0000 0712 1981 2874",
        nameservers=("NS1.Example.com.", "ns2.example.com", "ns1.example.com"),
    )
    assert (partner.name, partner.tax_id, partner.postcode) == ("Acme Domeny", "5260250274", "00-838")
    assert (partner.phone, partner.email) == ("+48.221234567", "biuro@acme.example")
    assert partner.iban == "PL61109010140000071219812874"
    assert partner.nameservers == ["ns1.example.com", "ns2.example.com"]


def test_a_suspended_shop_is_closed_for_all_and_opens_again(database: Database) -> None:
    partner = make_partner(database)
    before = version(database, partner)
    with database.writing(tenancy.Platform("operator")) as session:
        operations.suspend_partner(session, OLGA, partner.id, "unpaid")
    site = resolve(database, f"csp1001.{PLATFORM_HOST}")
    assert site is not None
    assert site.status == "suspended"
    assert version(database, partner) == before + 1  # cached pages go away too
    with database.writing(tenancy.Platform("operator")) as session:
        operations.resume_partner(session, OLGA, partner.id)
    site = resolve(database, f"csp1001.{PLATFORM_HOST}")
    assert site is not None
    assert site.status == "active"
    assert actions(database, partner)[:2] == ["partner.resumed", "partner.suspended"]


def test_two_operators_who_suspend_at_once_do_it_once(database: Database) -> None:
    partner = make_partner(database)
    with database.writing(tenancy.Platform("operator")) as session:
        operations.suspend_partner(session, OLGA, partner.id)
        with pytest.raises(Refusal) as refused:
            operations.suspend_partner(session, OLGA, partner.id)
    assert refused.value.code == "partner_state"
    assert actions(database, partner).count("partner.suspended") == 1


def test_the_partner_changes_its_own_facts_and_the_log_says_which(database: Database) -> None:
    acme, nord = make_partner(database), make_partner(database)
    before = version(database, acme)
    with tenancy.tenant(acme.id), database.writing() as session:
        operations.update_company(session, EWA, {"city": "Kraków", "postcode": "31147", "street": acme.street})
    with tenancy.tenant(acme.id), database.reading() as session:
        changed = queries.partner(session)
        event_data = queries.audit_events(session, action="partner.changed").items[0].data
    assert (changed.city, changed.postcode) == ("Kraków", "31-147")
    assert event_data == {"changes": {"city": ["Warszawa", "Kraków"], "postcode": ["00-838", "31-147"]}}
    assert version(database, acme) == before + 1
    with tenancy.tenant(nord.id), database.reading() as session:
        assert queries.partner(session).city == "Warszawa"


def test_saving_without_a_change_leaves_pages_and_log_alone(database: Database) -> None:
    partner = make_partner(database)
    before = version(database, partner)
    with tenancy.tenant(partner.id), database.writing() as session:
        operations.update_company(session, EWA, {"city": "Warszawa"})
    assert version(database, partner) == before
    assert actions(database, partner) == ["partner.created"]


@pytest.mark.parametrize("field", ["id", "code", "status", "content_version", "currency", "partner_id", "settings"])
def test_fields_that_are_not_the_partners_to_set_are_refused(database: Database, field: str) -> None:
    partner = make_partner(database)
    with tenancy.tenant(partner.id), database.writing() as session, pytest.raises(Refusal) as refused:
        operations.update_company(session, EWA, {field: "1", "city": "Gdynia"})
    assert refused.value.code == "unknown_field"
    with tenancy.tenant(partner.id), database.reading() as session:
        assert queries.partner(session).city == "Warszawa"


def test_the_first_language_cannot_be_taken_away(database: Database) -> None:
    partner = make_partner(database)
    with tenancy.tenant(partner.id), database.writing() as session:
        with pytest.raises(Refusal) as refused:
            operations.update_company(session, EWA, {"locales": ["en"]})
        operations.update_company(session, EWA, {"locales": ["en"], "default_locale": "en"})
    assert refused.value.field == "locales"
    with tenancy.tenant(partner.id), database.reading() as session:
        assert queries.partner(session).locales == ["en"]


def test_a_new_look_reaches_the_site_and_makes_pages_stale(database: Database) -> None:
    partner = make_partner(database)
    before = version(database, partner)
    tokens = BrandTokens(brand="#123456", mode="dark", fonts="geist", density="airy")
    with tenancy.tenant(partner.id), database.writing() as session:
        branding.update_brand(session, EWA, tokens, "base")
        branding.set_logo(session, EWA, "abc.png", 120, 40, "abc-dark.png")
    site = resolve(database, f"csp1001.{PLATFORM_HOST}")
    assert site is not None
    assert site.brand == tokens
    assert (site.logo, site.logo_width, site.logo_height, site.logo_dark) == ("abc.png", 120, 40, "abc-dark.png")
    assert site.content_version == before + 2
    with tenancy.tenant(partner.id), database.writing() as session, pytest.raises(Refusal):
        branding.update_brand(session, EWA, replace(tokens, brand="#654321"), "no-such-theme")


def test_the_list_finds_partners_by_what_the_operator_remembers(database: Database) -> None:
    for name, email in (("Acme", "a@acme.example"), ("Nordhost", "n@nord.example"), ("100% Domeny", "p@proc.example")):
        make_partner(database, name=name, legal_name=name, email=email)
    with database.reading(tenancy.Platform("operator")) as session:
        texts = ("nord", "CSP1003", "%", "nord\0")
        found = {text: [p.code for p in queries.partners_list(session, text).items] for text in texts}
        assert queries.partners_list(session, page=99).number == 1
        assert queries.partners_list(session, status="suspended").total == 0
    assert found == {"nord": ["csp1002"], "CSP1003": ["csp1003"], "%": ["csp1003"], "nord\0": ["csp1002"]}


def test_the_log_is_each_partners_own_and_can_be_filtered(database: Database) -> None:
    acme, nord = make_partner(database), make_partner(database)
    with tenancy.tenant(acme.id), database.writing() as session:
        branding.set_logo(session, EWA, "a.png")
    with tenancy.tenant(acme.id), database.reading() as session:
        assert [e.action for e in queries.audit_events(session, actor_kind="staff").items] == ["brand.logo"]
        assert queries.audit_events(session, text="ACME").total == 2
        assert queries.audit_events(session, action="brand.").total == 1
        assert queries.audit_events(session, object_kind="partner", object_id=nord.id).total == 0
        assert queries.audit_events(session, until=acme.created_at).total == 0
    with tenancy.tenant(nord.id), database.reading() as session:
        assert {e.partner_id for e in session.scalars(select(AuditEvent))} == {nord.id}


def test_platform_work_says_whose_log_it_writes(database: Database) -> None:
    make_partner(database)
    with pytest.raises(tenancy.ScopeError), database.writing(tenancy.Platform("operator")) as session:
        audit.record(session, SYSTEM, "nothing.done", "partner", 1)


def test_a_partner_that_is_not_there_is_not_found(database: Database) -> None:
    with database.reading(tenancy.Tenant(999)) as session:
        for look in (queries.partner, queries.brand, queries.site_for_partner, queries.panel_host):
            with pytest.raises(NotFound):
                look(session)
