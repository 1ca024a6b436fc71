"""The legal library from both sides: the partner publishes, the shop shows and prints, subscribers accept (H-55)."""

from __future__ import annotations

from tests.web.sales.conftest import Desk
from webapp.reseller.cms import legal_pdf

TEXT = "<h2>1. Kto</h2><p>My <strong>sami</strong>.</p><script>alert(1)</script>"


def test_a_partner_publishes_a_version_and_the_shop_shows_and_prints_it(desk: Desk) -> None:
    page = desk.owner.get("/site/documents")
    assert len(page.all("section")) == 6, "the six sections stand there before anything is written"
    form = desk.owner.get("/site/documents/terms/pl")
    desk.owner.submit(form, {"title": "Regulamin", "html": TEXT, "must_accept": "y"}, action="publish")
    desk.owner.submit(form, {"title": "Regulamin", "html": "Zwykły tekst\n\ni drugi <akapit>"}, action="publish")
    shop = desk.web.shop(desk.web.acme)
    assert "drugi <akapit>" in shop.get("/pl/documents/terms").words
    first = shop.get("/pl/documents/terms/2")
    assert "1. Kto" in first.words
    assert "<script>alert" not in first.text
    assert "Regulamin" in shop.get("/pl/documents").words
    answer = shop.get("/pl/documents/terms/2.pdf").response
    assert (answer.mimetype, answer.data[:5]) == ("application/pdf", b"%PDF-")
    shop.get("/pl/documents/terms/9.pdf", 404)
    shop.get("/fr/documents/terms", 404)


def test_what_the_partner_types_wrong_is_said_and_kept(desk: Desk) -> None:
    form = desk.owner.get("/site/documents/terms/pl")
    again = desk.owner.submit(form, {"title": "Moje", "html": "<p> </p>"}, 422, action="publish")
    assert "cannot be empty" in again.words
    assert 'value="Moje"' in again.text
    new = desk.owner.get("/site/documents/new")
    refused = desk.owner.submit(new, {"title": "Umowa", "html": "x", "kind": "Nie tak!"}, 422)
    assert "small letters and hyphens" in refused.words
    made = desk.owner.submit(new, {"title": "Umowa powierzenia", "html": "Treść"})
    assert made.location.endswith("/site/documents/umowa-powierzenia/pl")
    desk.owner.get("/site/documents/no-such-thing/pl", 404)
    desk.owner.get("/site/documents/terms/fr", 404)
    desk.owner.submit(new, {"title": "Umowa powierzenia", "html": "Treść"}, 422)


def test_a_subscriber_is_asked_again_and_both_sides_see_what_was_accepted(desk: Desk) -> None:
    form = desk.owner.get("/site/documents/terms/pl")
    desk.owner.submit(form, {"title": "Regulamin", "html": "Raz", "must_accept": "y"}, action="publish")
    proforma = desk.shop.order("kwiaty.pl")
    assert "Regulamin version 2 (pl)" in desk.page(proforma).words
    desk.owner.submit(form, {"title": "Regulamin", "html": "Dwa", "ask_again": "y"}, action="publish")
    anna = desk.web.shop(desk.web.acme)
    anna.sign_in("anna@example.com")
    assert "Regulamin" in anna.get(f"/account/proformas/{proforma.id}?lang=en").words
    assert "Our documents have changed" in anna.get("/account/?lang=en").words
    asked = anna.get("/account/documents?lang=en")
    anna.follow(anna.submit(asked, {}, action="accept"))
    assert "Please read and accept" not in anna.get("/account/documents?lang=en").words
    assert "accepted 1 time" in desk.owner.get("/site/documents/terms/pl").words


def test_paper_takes_text_as_text(desk: Desk) -> None:
    """Whatever a partner types is data to the typesetter, in any script of the six languages."""
    found = legal_pdf.blocks('<ul><li>ą #evil *x* <a href="/pl/">$y$</a></li><li><ol><li>őțľ</li></ol></li></ul>x')
    places = [(one["kind"], one["depth"], one["number"]) for one in found]
    assert places == [("item", 1, 0), ("item", 2, 1), ("p", 1, 0)]
    assert [run["text"] for run in found[0]["runs"]] == ["ą #evil *x* ", "$y$"]
    assert found[0]["runs"][1]["href"] == ""
