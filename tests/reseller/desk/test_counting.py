"""Figures by day: added to what is there, kept within bounds, removed when they are old."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import func, select

from tests.factories import make_partner
from webapp.foundation import clock, tenancy
from webapp.foundation.db import Database
from webapp.reseller.cms import campaign_steps
from webapp.reseller.cms.models import CampaignDay
from webapp.reseller.desk import counting, statistics
from webapp.reseller.desk.models import SearchedName, VisitDay
from webapp.reseller.desk.statistics import Counted, Scope
from webapp.reseller.partners.audit import SYSTEM

HOST = "shop.example"


def test_counts_come_together_by_business_day_host_and_page(database: Database) -> None:
    one, two = make_partner(database), make_partner(database)
    late = clock.now().replace(year=2026, month=3, day=1, hour=23, minute=30)  # the 2nd in Warsaw
    with clock.frozen(late):
        for _ in range(2):
            counted = {("visit", one.id, HOST, "/pl/"): 3, ("search", one.id, HOST): 2, ("order", one.id, HOST): 1}
            counted |= {("name", one.id, "kwiaty"): 2, ("visit", two.id, "other.example", "/de/"): 5}
            assert counting.write(database, counted) == {}
    scope = Scope(date(2026, 3, 1))
    with tenancy.tenant(one.id), database.reading() as session:
        assert statistics.visits_by_day(session, scope) == {date(2026, 3, 2): 6}
        assert statistics.searches_by_day(session, scope) == {date(2026, 3, 2): (4, 2)}
        assert statistics.top_names(session, scope) == [Counted("kwiaty", 4)]
        assert statistics.top_pages(session, scope) == [Counted("/pl/", 6)]
        assert statistics.visits_by_day(session, Scope(date(2026, 3, 1), "nobody.example")) == {}
        assert ("2026-03-02", "visits", HOST, "/pl/", 6) in list(statistics.export(session, scope))


def test_a_flood_of_names_is_cut_off_and_the_known_ones_go_on(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    partner = make_partner(database)
    monkeypatch.setattr(counting, "MOST_NAMES", 3)
    for number in range(5):
        counting.write(database, {("name", partner.id, f"name-{number}"): 1})
    counting.write(database, {("name", partner.id, "name-0"): 1, ("name", partner.id, "x" * 90): 1})
    with tenancy.tenant(partner.id), database.reading() as session:
        found = statistics.top_names(session, Scope(date(2020, 1, 1)))
    assert found == [Counted("name-0", 2), Counted("name-1", 1), Counted("name-2", 1)]


def test_an_ad_that_is_gone_takes_its_last_views_with_it_and_nothing_else(database: Database) -> None:
    partner = make_partner(database)
    with tenancy.tenant(partner.id), database.writing() as session:
        words = {"pl": {"headline": "Taniej"}}
        made = campaign_steps.save(session, SYSTEM, campaign_steps.Draft("Week", "page", "text", "/", words))
    counted = {
        ("view", partner.id, made.id): 4,
        ("click", partner.id, made.id): 1,
        ("view", partner.id, made.id + 9): 2,
    }
    assert counting.write(database, {**counted, ("visit", partner.id, HOST, "/"): 1}) == {}
    with tenancy.tenant(partner.id), database.writing() as session:
        row = session.scalars(select(CampaignDay)).one()
        assert (row.views, row.clicks) == (4, 1)
        assert session.scalar(select(func.sum(VisitDay.views))) == 1
        campaign_steps.remove(session, SYSTEM, made.id)
        assert session.scalars(select(CampaignDay)).all() == []


def test_figures_are_kept_for_25_months(database: Database) -> None:
    partner = make_partner(database)
    today = clock.now().date()
    border = statistics.months_before(today, statistics.KEPT_MONTHS)
    with tenancy.tenant(partner.id), database.writing() as session:
        for day in (today, border, border - timedelta(days=1)):
            session.add(SearchedName(day=day, name="kwiaty", searches=1))
    assert statistics.forget_counts(SimpleNamespace(database=database)) == "1 figures"
    with tenancy.tenant(partner.id), database.reading() as session:
        assert set(session.scalars(select(SearchedName.day))) == {today, border}
