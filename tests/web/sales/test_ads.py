"""Ads and statistics in the Sales Panel: written, paused, deleted; numbers as chart, table and file."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

from tests.web.sales.conftest import Desk
from webapp.foundation import clock
from webapp.reseller.cms.models import Campaign, CampaignDay
from webapp.reseller.desk.models import SearchDay, SearchedName, VisitDay

TYPED = {
    "name": "Black week",
    "kind": "text",
    "headline_pl": "Taniej <script>alert(1)</script>",
    "text_pl": "Do niedzieli",
    "link": "/pl/page/oferta",
    "position": "shop-footer",
    "first_day": "2026-11-20",
    "last_day": "2026-11-29",
    "audience": "everyone",
    "weight": "2",
    "cap": "3",
}


def _only(desk: Desk) -> Campaign:
    with desk.shop.scope(), desk.web.database.reading() as session:
        return session.query(Campaign).one()


def test_an_ad_is_written_changed_paused_and_deleted(desk: Desk) -> None:
    owner = desk.owner
    assert "No ads yet" in owner.get("/site/ads").words
    new = owner.get("/site/ads/new")
    for link in ("javascript:alert(1)", "//evil.example", "data:text/html,x", "http://plain.example"):
        refused = owner.submit(new, {**TYPED, "link": link}, 422)
        assert "Write a path of your shop" in refused.words
        assert "Black week" in refused.text  # nothing typed is lost
    token = next(each.attrs["value"] for each in new.all("input") if each.attrs.get("name") == "csrf_token")
    half_typed = {**TYPED, "csrf_token": token, "weight": "x", "position": "?"}
    drawn = owner.post("/site/ads/preview", half_typed, 200)
    assert "Taniej &lt;script&gt;" in drawn.text
    page = owner.follow(owner.submit(new, TYPED))
    made = _only(desk)
    assert made.starts_at is not None
    assert made.ends_at is not None
    # Whole days where the partner is: from midnight to the midnight after the last one, in winter an hour before UTC's.
    assert made.starts_at.isoformat() == "2026-11-19T23:00:00+00:00"
    assert made.ends_at.isoformat() == "2026-11-29T23:00:00+00:00"
    assert "<script>alert" not in page.text
    again = owner.submit(page, {**TYPED, "name": "White week", "last_day": "2026-11-19"}, 422, action="/site/ads/")
    assert "before the first one" in again.words
    owner.submit(page, {**TYPED, "name": "White week"}, action="/site/ads/")
    assert "White week" in owner.get("/site/ads").words
    owner.submit(owner.get(f"/site/ads/{made.id}"), {"active": "0"}, action="/active")
    assert not _only(desk).active
    owner.submit(owner.get(f"/site/ads/{made.id}/delete"), {}, action="/delete")
    owner.get(f"/site/ads/{made.id}", 404)


def test_figures_are_a_chart_a_table_and_a_file_that_is_no_formula(desk: Desk) -> None:
    today = clock.today(desk.web.acme.timezone)
    with desk.shop.scope(), desk.web.database.writing() as session:
        for back, views in ((0, 5), (3, 40), (45, 100), (400, 7)):
            day = today - timedelta(days=back)
            session.add(VisitDay(day=day, host="shop.example", path="/pl/", views=views))
            session.add(VisitDay(day=day, host="other.example", path="/en/", views=1))
        session.add(SearchDay(day=today, host="shop.example", searches=9, orders=2))
        session.add(SearchedName(day=today, name="=cmd()", searches=4))
    page = desk.owner.get("/site/statistics")
    assert "47 pages shown" in page.words
    assert "9 searches, 2 ended in an order" in page.words
    assert len([each for each in page.all("rect") if each.attrs.get("class") == "chart-bar"]) == 2 + 1
    assert "148 pages shown" not in page.words
    assert "148 pages shown" in desk.owner.get("/site/statistics?period=90").words
    assert "45 pages shown" in desk.owner.get("/site/statistics?host=shop.example").words
    assert "2 pages shown" in desk.owner.get("/site/statistics?path=/en/").words
    assert "No page was shown" in desk.owner.get("/site/statistics?host=nobody&period=xyz").words
    assert "148 pages shown" in desk.owner.get("/site/statistics?period=12m").words  # 400 days are more than a year
    file = desk.owner.get("/site/statistics.csv?period=30")
    rows = list(csv.reader(io.StringIO(file.text.removeprefix("\ufeff"))))
    assert [today.isoformat(), "visits", "shop.example", "/pl/", "5"] in rows
    assert [today.isoformat(), "name searched", "", "'=cmd()", "4"] in rows


def test_another_partner_sees_neither_ads_nor_figures(desk: Desk) -> None:
    desk.owner.submit(desk.owner.get("/site/ads/new"), TYPED)
    made = _only(desk)
    with desk.shop.scope(), desk.web.database.writing() as session:
        session.add(CampaignDay(campaign_id=made.id, day=clock.now().date(), views=3, clicks=1))
        session.add(SearchedName(day=clock.now().date(), name="secret-plan", searches=3))
    stranger = desk.staff("owner", desk.web.nord)
    assert "No ads yet" in stranger.get("/site/ads").words
    stranger.get(f"/site/ads/{made.id}", 404)
    assert "secret-plan" not in stranger.get("/site/statistics?period=12m").text
