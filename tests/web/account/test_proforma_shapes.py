"""What a subscriber does to its own unpaid proformas: the PDF, one for each item (O-16), another buyer (O-15)."""

from __future__ import annotations

from tests.web.account.conftest import Panel

NEW = {
    "contact_id": "0", "kind": "company", "country": "PL", "organisation": "Nowak sp. z o.o.",
    "tax_id": "526-025-02-74",
    "name": "Jan Nowak", "street": "Prosta 1", "postcode": "00-001", "city": "Warszawa", "email": "jan@nowak.example",
    "phone": "+48 22 123 45 67",
}  # fmt: skip


def test_h_35_the_pdf_is_mine_alone(panel: Panel) -> None:
    document = panel.shop.order("rowery.com")
    assert panel.get(f"/account/proformas/{document.id}/pdf").response.data.startswith(b"%PDF-")
    other = panel.somebody_else().order("obce.com")
    panel.get(f"/account/proformas/{other.id}/pdf", 404)


def test_o_16_i_split_mine_and_nobody_elses(panel: Panel) -> None:
    document = panel.shop.order("rowery.com", "kwiaty.pl")
    page = panel.get(f"/account/proformas/{document.id}")
    after = panel.anna.follow(panel.anna.submit(page, {}, action="/split"))
    assert "Split into 2 proformas." in after.words
    assert "Replaced by another proforma" in after.words
    other = panel.somebody_else().order("obce.com", "cudze.pl")
    form = page.form(action="/split").attrs["action"].replace(str(document.id), str(other.id))
    token = next(each.attrs["value"] for each in page.all("input") if each.attrs.get("name") == "csrf_token")
    panel.anna.post(form, {"csrf_token": token}, 404)
    assert panel.shop.proforma(other.id).state == "issued"


def test_o_15_a_new_buyer_waits_for_the_shop(panel: Panel) -> None:
    document = panel.shop.order("rowery.com")
    page = panel.get(f"/account/proformas/{document.id}/buyer")
    wrong = panel.anna.submit(page, {**NEW, "postcode": "x"}, 422)
    assert "Nowak sp. z o.o." in wrong.text
    after = panel.anna.follow(panel.anna.submit(page, NEW))
    assert "You asked for another buyer." in after.words
    assert panel.shop.proforma(document.id).buyer == document.buyer
    panel.rights("view", "pay")
    panel.get(f"/account/proformas/{document.id}/buyer", 403)


def test_i_merge_what_i_tick(panel: Panel) -> None:
    documents = [panel.shop.order("rowery.com"), panel.shop.order("kwiaty.pl")]
    page = panel.get("/account/proformas?state=issued")
    token = next(each.attrs["value"] for each in page.all("input") if each.attrs.get("name") == "csrf_token")
    ids = [str(each.id) for each in documents]
    answer = panel.anna.post("/account/proformas/merge", {"csrf_token": token, "id": ids})
    assert "They are one proforma now" in panel.anna.follow(answer).words
    other = panel.somebody_else().order("obce.com")
    panel.anna.post("/account/proformas/merge", {"csrf_token": token, "id": [ids[0], str(other.id)]}, 404)
