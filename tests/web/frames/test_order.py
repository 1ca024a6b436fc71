"""H-51: a whole order in a frame, from the search to the proforma, with nothing but the token in its storage."""

from __future__ import annotations

from sqlalchemy import select

from tests.web.frames.conftest import Answer, Frame, Framed
from tests.web.markup import Markup
from tests.web.storefront.conftest import JAN
from webapp.foundation import tenancy
from webapp.reseller.billing.models import Proforma
from webapp.reseller.orders.models import Order
from webapp.reseller.services.models import Domain

SHOP = "/frames/en"


def searched(frame: Frame, question: str) -> Answer:
    """As the search form asks: into the place below it, as a stream."""
    return frame.get(f"{SHOP}/domains?q={question}", **{"HX-Target": "div#results-area"})


def ordered(frame: Frame) -> Answer:
    """Search, basket, registration, the last look, the button."""
    stream = searched(frame, "kwiaty.com")
    assert stream.response.mimetype == "text/event-stream"
    assert "event: done" in stream.text
    frame.post(f"{SHOP}/cart/add", {"name": "kwiaty.com", "row": "1", "q": "kwiaty.com"})
    assert "kwiaty.com" in frame.get(f"{SHOP}/order").text, "ordering goes on in the basket"
    who = frame.get(f"{SHOP}/checkout")
    assert who.h1 == "Who is ordering?"
    wrong = frame.post(f"{SHOP}/checkout/register", {**JAN, "email": "no address"})
    assert wrong.status == 422
    assert JAN["street"] in wrong.text
    look = frame.post(f"{SHOP}/checkout/register", JAN)
    assert look.h1 == "Check and order"
    assert "data-final" in look.text
    fields = look.fields("revision")
    unread = {key: value for key, value in fields.items() if key not in ("terms", "at_once")}
    assert frame.post(f"{SHOP}/checkout", unread).status == 422
    return frame.post(f"{SHOP}/checkout", {**fields, "terms": "y", "at_once": "y"})


def test_an_order_to_the_end_inside_a_frame(framed: Framed) -> None:
    frame = framed.frame()
    thanks = ordered(frame)
    assert thanks.h1 == "Thank you for your order"
    with tenancy.tenant(framed.web.acme.id), framed.web.database.reading() as session:
        proforma = session.scalars(select(Proforma)).one()
        assert len(list(session.scalars(select(Order)))) == 1
    event = next(each for each in thanks.root.all("span") if "data-shop-event" in each.attrs)
    assert (event.attrs["data-shop-event"], event.attrs["data-ref"]) == ("completed", proforma.number)
    for link in thanks.root.all("a"):
        leaves = not link.attrs["href"].startswith("/frames/")
        assert not leaves or link.attrs["target"] == "_blank", link.attrs
    panel = frame.get(f"{SHOP}/panel")
    assert proforma.number in panel.text
    assert "kwiaty.com" in panel.text
    with tenancy.tenant(framed.web.acme.id), framed.web.database.writing() as session:
        session.scalars(select(Domain)).one().state = "awaiting_funds"
    states = {each.attrs.get("data-state") for each in frame.get(f"{SHOP}/panel").root.all("span")}
    assert {"issued", "provisioning"} <= states, "the shop's own balance is not the subscriber's affair"
    stranger = framed.frame()
    assert stranger.get(f"{SHOP}/checkout/thanks/{proforma.id}").h1 == "Sign in"


def test_links_that_leave_open_a_window_and_all_others_stay(framed: Framed) -> None:
    frame = framed.frame()
    frame.post(f"{SHOP}/cart/add", {"name": "kwiaty.com"})
    stream = searched(frame, "kwiaty").text.partition("\n\n")[0].replace("data: ", "")
    pages = [frame.get(f"{SHOP}/{page}").text for page in ("cart", "checkout", "sign-in", "register")]
    links = [link.attrs for text in (stream, *pages) for link in Markup(text, whole=False).root.all("a")]
    assert len(links) > 10
    for link in links:
        assert link["href"].startswith("/frames/") or link.get("target") == "_blank", link
