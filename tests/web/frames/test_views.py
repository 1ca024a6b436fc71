"""H-49, H-50, H-51: each view answers raw and on the partner's host, to sites that may show it, without a cookie."""

from __future__ import annotations

from tests import factories
from tests.web.frames.conftest import CUSTOM, EDITOR, SITE, Answer, Framed
from tests.web.markup import Markup
from webapp.foundation import tenancy
from webapp.reseller.cms.frame_views import FRAME_VIEWS
from webapp.reseller.partners.models import Partner
from webapp.surfaces.frames.views import VIEWS

PANEL = f"http://panel.{factories.PLATFORM_HOST}"
ALLOWED = f"'self' {PANEL} {SITE} {EDITOR}"
#: Of the last two of these the modules are off: tests/web/frames/test_hosting.py switches one on.
LATER = ("domain-transfer", "option-order", "nothing", "%2e%2e", "hosting-order", "certificate-order")
PAGE = {"HX-Request": "", "HX-Request-Type": ""}
HEADINGS = {
    "domain-search": "Find a domain name",
    "domain-order": "Find a domain name",
    "user-login": "Sign in",
    "user-register": "Register",
    "user-panel": "Sign in",
}


def page_of(framed: Framed, path: str, host: str = "") -> Answer:
    """As an iframe's address."""
    return framed.frame(host).send("GET", path, headers=PAGE)


def test_every_view_that_is_listed_is_there() -> None:
    assert set(VIEWS) == set(FRAME_VIEWS) == {*HEADINGS, "hosting-order", "certificate-order"}


def test_h49_h50_each_view_answers_on_both_hosts_with_its_content_in_it(framed: Framed, on_own_host: str) -> None:
    for host in (framed.raw, on_own_host):
        for view, heading in HEADINGS.items():
            page = page_of(framed, f"/frames/{view}?lang=en", host)
            assert (page.status, page.policy) == (200, ALLOWED), view
            assert page.h1 == heading
            assert not Markup(page.text).problems, view
            body = page.root.all("body")[0].attrs
            assert body["data-view"] == view
            origin = framed.web.app.settings.origin(host)
            assert body["data-origins"].split() == [SITE, EDITOR, origin, PANEL]
            assert page.root.all("header")[0].text.endswith(host), "the frame says whose it is"
            if host == CUSTOM:
                assert framed.raw not in page.text, "no name of the operator"
                assert "platform" not in page.response.headers.get("Location", "")


def test_without_a_language_a_view_speaks_the_shops_first_one_and_is_kept_for_all(framed: Framed) -> None:
    first = framed.frame().send("GET", "/frames/user-login", headers={**PAGE, "Accept-Language": "en"})
    again = framed.frame().send("GET", "/frames/user-login", headers=PAGE)
    assert first.root.all("html")[0].attrs["lang"] == "pl"
    assert again.response.headers["ETag"] == first.response.headers["ETag"]
    assert first.response.headers["Cache-Control"] == "no-cache"
    framed.change(origins=[])
    assert page_of(framed, "/frames/user-login").policy == f"'self' {PANEL} {EDITOR}", "a kept page is made anew"


def test_what_is_no_view_or_switched_off_is_not_found_and_framed_by_nobody(framed: Framed) -> None:
    framed.change(off=["user-login", "user-register", "domain-order"])
    for view in (*LATER, "user-login", "user-register"):
        page = page_of(framed, f"/frames/{view}")
        assert (page.status, page.policy) == (404, "'none'"), view
    frame = framed.frame()
    assert frame.get("/frames/en/register").status == 404, "no view leads there"
    assert frame.get("/frames/en/sign-in").status == 200, "an order needs it"
    framed.change(off=list(FRAME_VIEWS))
    assert {frame.get(f"/frames/en/{page}").status for page in ("sign-in", "cart", "domains", "panel")} == {404}


def test_views_of_a_service_that_is_not_offered_are_not_found(framed: Framed) -> None:
    with framed.web.database.writing(tenancy.Tenant(framed.web.acme.id)) as session:
        partner = session.get(Partner, framed.web.acme.id)
        assert partner is not None
        partner.modules = []
    framed.web.app.sites.forget()
    assert page_of(framed, "/frames/domain-search").status == 404
    assert page_of(framed, "/frames/user-login").status == 200
    assert framed.frame().get("/frames/en/cart").status == 404


def test_pages_that_are_not_frames_are_shown_by_no_site(framed: Framed) -> None:
    client = framed.frame()
    for path in ("/account/profile", "/account/sign-in", "/auth/popup", "/auth/continue"):
        page = client.send("GET", path, headers=PAGE)
        assert page.policy == "'none'", path
        assert "Cross-Origin-Opener-Policy" not in page.response.headers, "the frame listens to this window"
        assert "no-store" in page.response.headers["Cache-Control"]


def test_a_language_that_the_shop_does_not_speak_is_not_found(framed: Framed) -> None:
    assert {framed.frame().get(f"/frames/{lang}/sign-in").status for lang in ("xx", "de")} == {404}


def test_the_look_follows_the_page_around_and_bad_colours_are_not_taken(framed: Framed) -> None:
    page = page_of(framed, "/frames/user-login?lang=en&theme=dark&accent=%23e11d48")
    assert page.root.all("html")[0].attrs["data-theme"] == "dark"
    address = next(each.attrs["href"] for each in page.root.all("link") if "look.css" in each.attrs["href"])
    frame = framed.frame()
    dark = frame.send("GET", address, headers=PAGE)
    assert "color-scheme: dark" in dark.text
    assert "immutable" in dark.response.headers["Cache-Control"]
    light = frame.send("GET", "/frames/look.css?theme=light&accent=e11d48", headers=PAGE)
    assert "--primary: #e11d48" in light.text
    plain = frame.send("GET", "/frames/look.css?theme=light", headers=PAGE).text
    for bad in ("red", "%23fff", "javascript:1", "zzzzzz", "123456;}body{display:none"):
        assert frame.send("GET", f"/frames/look.css?theme=light&accent={bad}", headers=PAGE).text == plain
    odd = page_of(framed, "/frames/user-login?lang=en&theme=pink&accent=%22%3E%3Cb%3E")
    assert "look.css" not in odd.text


def test_the_loader_stands_at_an_address_that_stays(framed: Framed) -> None:
    found = framed.frame().send("GET", "/embed/v1.js", headers={**PAGE, "Accept-Encoding": "gzip"})
    assert found.response.headers["Content-Type"].startswith("text/javascript")
    assert found.response.headers["Access-Control-Allow-Origin"] == "*"
    assert found.response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert found.response.headers["Cache-Control"] == "public, max-age=600, stale-while-revalidate=86400"
    assert len(found.response.get_data()) <= 4096
