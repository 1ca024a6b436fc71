"""The start page: what is left to set up (H-01), and what needs somebody today."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, text

from tests.factories import make_partner
from tests.selling import BUYER, SELLER, Shop
from webapp.foundation import clock, tenancy
from webapp.foundation.db import Database, change
from webapp.foundation.leases import FAILED, ScheduledRun
from webapp.foundation.refusal import Refusal
from webapp.reseller.accounts import queries as accounts
from webapp.reseller.accounts.models import Account
from webapp.reseller.accounts.operations import add_contact
from webapp.reseller.accounts.validate import CONTACT_FIELDS
from webapp.reseller.billing.models import WholesaleBalance
from webapp.reseller.catalog import plans
from webapp.reseller.cms import legal
from webapp.reseller.desk import business, queries, upstream, work
from webapp.reseller.notifications.models import Message
from webapp.reseller.orders import operations as orders
from webapp.reseller.orders import readdressing
from webapp.reseller.partners import branding, notices
from webapp.reseller.partners import operations as partners
from webapp.reseller.partners.models import Host, Partner
from webapp.reseller.partners.queries import partner as partner_of
from webapp.reseller.services.models import Domain


def open_tasks(database: Database, partner: Partner) -> set[str]:
    with tenancy.tenant(partner.id), database.reading() as session:
        return {task.key for task in queries.todo(session) if not task.done}


def test_each_task_disappears_when_it_is_done(shop: Shop) -> None:
    """H-01: from a bare partner to a shop that can sell, one task after another."""
    database = shop.database
    bare = make_partner(database, name="Bare", email="bare@example.com", street="", bank_name="", iban="")
    everything = {"company", "bank", "prices", "logo", "legal", "domain", "api", "vat", "online", "funds"}
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
    assert open_tasks(database, bare) == {"prices", "legal", "api", "vat", "online"}


def test_who_sells_no_names_is_not_asked_for_what_names_need(shop: Shop) -> None:
    """H-01: neither the wholesale side nor prices of endings; a product with a price is enough."""
    with shop.scope(), shop.database.writing() as session:
        branding.set_modules(session, SELLER, ("hosting",))
    assert "prices" in open_tasks(shop.database, shop.partner), "endings have prices, but are not offered"
    assert not {"api", "funds"} & open_tasks(shop.database, shop.partner)
    with shop.scope(), shop.database.writing() as session:
        product = plans.create(session, SELLER, plans.ProductDraft("hosting", "start", {"pl": "Paczka"}))
        plans.set_prices(session, SELLER, product.id, {("register", 1): 9900})
    assert "prices" not in open_tasks(shop.database, shop.partner)


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


def waiting(shop: Shop) -> dict[str, int]:
    with shop.scope(), shop.database.reading() as session:
        found = {each.kind: each.total for each in work.work(session)}
        return found | {"expiring": work.expiring(session)[0].total}


def test_what_waits_follows_a_sale(shop: Shop) -> None:
    """H-05."""
    assert waiting(shop) == {"expiring": 0}
    proforma = shop.order("alpha.com")
    other = shop.order("beta.com")
    with shop.scope(), shop.database.reading() as session:
        (unpaid,) = work.work(session)
    assert (unpaid.kind, unpaid.total, unpaid.amount) == ("unpaid", 2, proforma.gross + other.gross)
    shop.pay(proforma)
    assert waiting(shop) == {"paid": 1, "unpaid": 1, "expiring": 0}
    shop.activate(proforma)
    with clock.shifted(timedelta(days=30)):
        assert waiting(shop)["overdue"] == 1


@pytest.mark.parametrize("answer", ["approve", "decline", "cancel"])
def test_a_request_for_another_buyer_waits_until_it_is_answered(shop: Shop, answer: str) -> None:
    """O-15: a sub-contact who was never invoiced; any answer takes it off the list, and so does the proforma's end."""
    proforma = shop.order("alpha.com")
    with shop.scope(), shop.database.writing() as session:
        mine = accounts.default_contact(session, shop.subscriber.account_id)
        fields = {name: getattr(mine, name) for name in CONTACT_FIELDS} | {"name": "Zofia Nowak"}
        new = add_contact(session, BUYER, shop.subscriber.account_id, fields)
        readdressing.readdress(session, BUYER, proforma.id, new.id)
    assert waiting(shop)["readdress"] == 1
    steps = {"approve": readdressing.approve, "decline": readdressing.decline, "cancel": orders.cancel}
    with shop.scope(), shop.database.writing() as session:
        steps[answer](session, SELLER, proforma.id)
    assert "readdress" not in waiting(shop)


def test_what_is_in_trouble_is_counted_for_its_own_partner_alone(shop: Shop) -> None:
    shop.sell("alpha.com", "beta.com")
    with shop.scope(), shop.database.writing() as session:
        alpha, beta = session.scalars(select(Domain).order_by(Domain.id))
        alpha.state = "needs_attention"
        beta.expires_at = clock.now() + timedelta(days=10)
        message = session.scalars(select(Message).limit(1)).one()
        message.state = "failed"
    assert waiting(shop) == {"attention": 1, "expiring": 1, "failed": 1}
    other = make_partner(shop.database, name="Other", email="other@example.com")
    with tenancy.tenant(other.id), shop.database.reading() as session:
        assert not work.work(session)
        assert not any(work.hot_counts(session).values())


def test_a_task_that_was_put_off_is_left_out_until_it_is_asked_for(shop: Shop) -> None:
    """H-01."""
    with shop.scope(), shop.database.writing() as session:
        for key in ("logo", "nonsense"):
            queries.put_off(session, SELLER, key)
        assert queries.later(partner_of(session)) == {"logo"}
        queries.take_up(session, SELLER)
        assert not queries.later(partner_of(session))


def test_a_job_that_did_not_run_is_said_to_be_late(shop: Shop) -> None:
    """H-04: last run, result, next run; a stale one is flagged."""
    noon = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    with shop.database.writing(tenancy.Platform("tick")) as session:
        for job, days in (("good", 0), ("bad", 3), ("broken", 1)):
            day = noon.date() - timedelta(days=days)
            session.add(ScheduledRun(job=job, day=day, started_at=noon, finished_at=noon, result="3 rows of everybody"))
        session.add(ScheduledRun(job="broken", day=noon.date(), started_at=noon, result=FAILED))
    with clock.frozen(noon), shop.scope(), shop.database.reading() as session:
        good, bad, never, broken = work.jobs(session, ("good", "bad", "never", "broken"))
    assert (good.is_stale, bad.is_stale, never.is_stale, broken.is_stale) == (False, True, True, True)
    assert good.next_at is not None
    assert (good.result, good.next_at.date()) == ("done", noon.date() + timedelta(days=1))
    assert (never.finished_at, never.result) == (None, "")
    assert (broken.result, broken.running_since) == ("failed", None)


def test_the_business_in_figures_agrees_with_the_sales(shop: Shop) -> None:
    """H-05: a sale is an order, an income and a margin of the day."""
    before = shop.wholesale()
    proforma = shop.sell("alpha.com")
    spent = before - shop.wholesale()
    today = clock.now().date()
    with shop.scope(), shop.database.reading() as session:
        found = business.days(session, min(today, date(2026, 11, 21)), max(today, date(2026, 11, 21)), "PLN")
        assert business.endings(session) == [("com", 1)]
    assert spent > 0
    assert sum(each.orders for each in found) == sum(each.subscribers for each in found) == 1
    assert sum(each.income for each in found) == proforma.gross
    assert sum(each.margin for each in found) == proforma.net - spent
    assert sum(each.income for each in business.months(found)) == proforma.gross


def test_what_is_under_way_is_restricted_until_the_registry_has_answered(shop: Shop) -> None:
    """H-02: the restricted balance is what running operations cost."""
    before, proforma = shop.wholesale(), shop.order("alpha.com")
    shop.pay(proforma)
    shop.activate(proforma)
    held = before - shop.wholesale()
    for restricted in (held, 0):
        with shop.scope(), shop.database.reading() as session:
            assert upstream.funds(session).restricted == restricted
        shop.work()
    assert held > 0


def test_a_day_is_the_same_day_wherever_the_database_server_stands(shop: Shop) -> None:
    """Half an hour before midnight UTC is the next day in Tokyo already."""
    engine = shop.database.engine
    if shop.database.is_postgresql:
        with engine.begin() as connection:
            connection.execute(text(f"ALTER DATABASE \"{engine.url.database}\" SET timezone TO 'Asia/Tokyo'"))
        engine.dispose()
    day = date(2026, 11, 20)
    with shop.scope(), shop.database.writing() as session:
        change(session, Account, Account.id > 0, created_at=datetime(2026, 11, 20, 23, 30, tzinfo=UTC))
    with shop.scope(), shop.database.reading() as session:
        found = business.days(session, day, day + timedelta(days=1), "PLN")
    assert [each.subscribers for each in found] == [1, 0]


def test_partners_read_what_the_operator_says_while_it_is_shown(shop: Shop) -> None:
    """H-06."""
    now = clock.now()
    with shop.database.writing(tenancy.Platform("operator")) as session:
        words = {"pl": ("Przerwa", "Dziś w nocy"), "en": ("Maintenance", "Tonight")}
        told = notices.write(session, "warn", words, None, now + timedelta(hours=2))
        notices.write(session, "info", {"en": ("Later", "")}, now + timedelta(days=1), None)
        with pytest.raises(Refusal):
            notices.write(session, "info", {"en": ("Backwards", "")}, now, now - timedelta(days=1))
    with shop.scope(), shop.database.reading() as session:
        assert [each.title for each in notices.shown(session, "pl")] == ["Przerwa"]
        assert [each.title for each in notices.shown(session, "de")] == ["Maintenance"]
    with shop.database.writing(tenancy.Platform("operator")) as session:
        notices.end(session, told.id)
        assert not notices.shown(session, "pl")
