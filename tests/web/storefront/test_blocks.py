"""A page that holds every block of the install, as visitors get it."""

from __future__ import annotations

from webapp.foundation import tenancy
from webapp.reseller.catalog import queries as catalog
from webapp.reseller.cms import operations as cms
from webapp.reseller.cms.kit import BlockTypes
from webapp.reseller.partners.audit import SYSTEM

from .conftest import Shops


def test_a_visitor_sees_every_block_by_its_example_in_a_group_of_its_own(shops: Shops) -> None:
    types: BlockTypes = shops.app.extensions["blocks"]
    with tenancy.tenant(shops.acme.id), shops.database.writing() as session:
        group = catalog.groups(session)[0]
        blocks = [
            {"id": f"b{at}", "type": name, "v": one.version, "data": one.example() | {"endings": group.id}}
            for at, (name, one) in enumerate(types.by_name.items())
        ]
        made = cms.create_page(
            session, SYSTEM, types, locale="en", slug="everything", title="Everything", blocks=blocks
        )
        cms.publish_page(session, SYSTEM, made.id, types=types)
    page = shops.visitor().get("/en/page/everything")
    words = page.words.replace("\xa0", " ")
    for said in (
        "Is your name still free?",
        "Check a whole list",
        "Endings that we recommend",
        "Names, one on each line",
    ):
        assert said in words
    assert "Room for your website" not in words, "hosting is not on sale"
    assert len([one for one in page.all("form") if one.attrs["action"] == "/en/domains"]) == 2
    frame = page.all("shop-frame")[0]
    assert frame.attrs["view"] == "user-login"
    assert frame.all("a")[0].attrs["href"] == "/account/sign-in?lang=en", "what stays without script"
    assert any("/embed/v1.js" in one.attrs.get("src", "") for one in page.all("script"))
    assert "frame-src 'self' " in page.response.headers["Content-Security-Policy"]
    assert page.form("names", action="/en/domains/bulk").attrs["method"] == "post"
    assert len([one for one in page.all("input") if one.attrs.get("type") == "radio"]) >= 2
    assert {one.attrs["value"] for one in page.all("input") if one.attrs.get("name") == "group"} == {str(group.id)}
