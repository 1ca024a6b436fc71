"""The install's own first page: calm, the same for everybody, and silent about partners."""

from __future__ import annotations

from tests.web.conftest import Web
from webapp.foundation import tenancy
from webapp.reseller.desk.demo import DEMO_MARK
from webapp.reseller.partners import queries


def test_strangers_learn_where_the_panel_is_and_no_partner(web: Web) -> None:
    visitor = web.client("localhost:8000")
    page = visitor.get("/")
    assert "http://panel.localhost:8000/" in [link.attrs["href"] for link in page.all("a")]
    assert "Acme" not in page.text
    assert "csp1001" not in page.text
    assert not visitor.cookies()


def test_the_demo_leads_to_its_shops_that_are_open(web: Web) -> None:
    with web.database.writing(tenancy.Platform("operator")) as session:
        for partner_id in (web.acme.id, web.nord.id):
            queries.partner(session, partner_id).settings = {DEMO_MARK: True}
        queries.partner(session, web.nord.id).status = "suspended"
    page = web.client("localhost:8000").get("/")
    assert "http://csp1001.localhost:8000/" in [link.attrs["href"] for link in page.all("a")]
    assert "Nordhost" not in page.text


def test_the_page_speaks_the_browsers_language(web: Web) -> None:
    page = web.client("localhost:8000").get("/", headers={"Accept-Language": "de-AT,de;q=0.9"})
    assert page.all("html")[0].attrs["lang"] == "de"
