"""The start page: what is left to set up (H-01), and what needs somebody today."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from tests.factories import make_partner
from tests.selling import SELLER, Shop
from webapp.foundation import clock, tenancy
from webapp.foundation.db import Database
from webapp.reseller.billing.models import WholesaleBalance
from webapp.reseller.cms import legal
from webapp.reseller.desk import queries
from webapp.reseller.notifications.models import Message
from webapp.reseller.partners import branding
from webapp.reseller.partners import operations as partners
from webapp.reseller.partners.models import Host, Partner
from webapp.reseller.services.models import Domain


def open_tasks(database: Database, partner: Partner) -> set[str]:
    with tenancy.tenant(partner.id), database.reading() as session:
        return {task.key for task in queries.todo(session) if not task.done}


def test_each_task_disappears_when_it_is_done(shop: Shop) -> None:
    """H-01: from a bare partner to a shop that can sell, one task after another."""
    database = shop.database
    bare = make_partner(database, name="Bare", email="bare@example.com", street="", bank_name="", iban="")
    everything = {"company", "bank", "prices", "logo", "legal", "domain", "funds"}
    assert open_tasks(database, bare) == everything
    assert open_tasks(database, shop.partner) == everything - {"company", "bank", "prices", "funds"}
    with tenancy.tenant(bare.id), database.writing() as session:
        partners.update_company(session, SELLER, {"street": "Prosta 1"})
    assert "company" not in open_tasks(database, bare)
    with tenancy.tenant(bare.id), database.writing() as session:
        bank = {"bank_name": "Bank", "iban": "PL61109010140000071219812874"}
        partners.update_company(session, SELLER, bank)
        branding.set_logo(session, SELLER, "logo.png", 100, 48)
        session.add(WholesaleBalance(currency="PLN", amount=0, credit_limit=100))
        now = clock.now()
        host = {"kind": "custom", "state": "live", "is_primary": False, "created_at": now, "changed_at": now}
        session.add(Host(name="shop.example.com", **host))
    assert open_tasks(database, bare) == {"prices", "legal"}


def test_a_starters_sample_documents_do_not_count_as_ones_own(shop: Shop) -> None:
    """H-01, H-55."""

    def publish(kind: str, locale: str) -> None:
        with shop.scope(), shop.database.writing() as session:
            legal.publish(session, SELLER, kind, locale, "Title", "<p>Text</p>")

    pairs = [(kind, locale) for kind in ("terms", "privacy") for locale in ("pl", "en")]
    for kind, locale in pairs:
        publish(kind, locale)
    assert "legal" in open_tasks(shop.database, shop.partner), "these are the starter's samples"
    for kind, locale in pairs[:-1]:
        publish(kind, locale)
    assert "legal" in open_tasks(shop.database, shop.partner), "one language still shows the sample"
    publish(*pairs[-1])
    assert "legal" not in open_tasks(shop.database, shop.partner)


def figures(shop: Shop) -> dict[str, int]:
    with shop.scope(), shop.database.reading() as session:
        return {figure.key: figure.count for figure in queries.figures(session)}


def test_figures_follow_a_sale(shop: Shop) -> None:
    quiet = figures(shop)
    assert quiet.pop("new") == 1
    assert set(quiet.values()) == {0}
    proforma = shop.order("alpha.com")
    other = shop.order("beta.com")
    with shop.scope(), shop.database.reading() as session:
        (opened,) = (figure for figure in queries.figures(session) if figure.key == "open")
    assert (opened.count, opened.amount, opened.currency) == (2, proforma.gross + other.gross, "PLN")
    shop.pay(proforma)
    assert (figures(shop)["open"], figures(shop)["paid"]) == (1, 1)
    shop.activate(proforma)
    assert figures(shop)["paid"] == 0
    with clock.shifted(timedelta(days=30)):
        assert figures(shop)["overdue"] == 1
        assert figures(shop)["new"] == 0


def test_what_is_in_trouble_is_counted(shop: Shop) -> None:
    shop.sell("alpha.com", "beta.com")
    with shop.scope(), shop.database.writing() as session:
        alpha, beta = session.scalars(select(Domain).order_by(Domain.id))
        alpha.state = "needs_attention"
        beta.expires_at = clock.now() + timedelta(days=10)
        message = session.scalars(select(Message).limit(1)).one()
        message.state = "failed"
    found = figures(shop)
    assert (found["attention"], found["expiring"], found["failed"]) == (1, 1, 1)


def test_another_partners_trouble_is_not_ours(shop: Shop) -> None:
    shop.order("alpha.com")
    other = make_partner(shop.database, name="Other", email="other@example.com")
    with tenancy.tenant(other.id), shop.database.reading() as session:
        assert all(figure.count == 0 for figure in queries.figures(session))
