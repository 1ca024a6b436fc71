"""Every page of the panel with something on it, on SQLite and on PostgreSQL."""

from __future__ import annotations

from tests.web.account.conftest import Panel


def test_every_page_of_the_panel(panel_on_both: Panel) -> None:
    panel = panel_on_both
    lost = panel.shop.order("taken.com", "kept.com")
    panel.shop.pay(lost)
    panel.registry.take("taken.com")
    panel.shop.activate(lost)
    panel.shop.work()
    panel.ends_in("kept.com", 9, "expiring")
    renewal = panel.shop.renew(panel.shop.domains()["kept.com"])
    start = panel.get("/account/")
    for words in ("taken.com was taken", "is on your credit", renewal.number, "kept.com"):
        assert words in start.words
    kept = panel.shop.domains()["kept.com"].id
    assert f"Pay proforma {renewal.number}" in panel.get(f"/account/domains/{kept}").words
    assert "kept.com" in panel.get("/account/domains?q=KEPT").words
    assert renewal.number in panel.get("/account/proformas?state=issued").words
    assert "less your credit" in panel.get(f"/account/proformas/{renewal.id}").words
    assert len([each for each in panel.get("/account/messages").all("li") if "mail" in each.attrs.get("class", "")]) > 3
    assert "here and now" in panel.get("/account/profile").words
    panel.get("/account/domains/" + "9" * 18, 404)
