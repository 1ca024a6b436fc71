"""The panel's page about frames: snippets to copy, sites to allow, and what the test of a page says.

Proves H-48 (links and snippets per function), H-49 and H-50 (raw address, own host) and H-51 (which views there are).
"""

from __future__ import annotations

import io
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import pytest
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from tests.web.client import Page
from tests.web.sales.conftest import Desk, token
from webapp.foundation import tenancy
from webapp.foundation.outbound import OutboundClient, OutboundRules
from webapp.foundation.page_policies import FRAMES, SCRIPTS, policies
from webapp.foundation.page_tags import tags
from webapp.reseller.partners import frame_check, hosts
from webapp.reseller.partners.audit import SYSTEM
from webapp.reseller.partners.frame_check import Shop

SHOP = "http://csp1001.localhost:8000"
SAME = {"Origin": "http://panel.localhost:8000", "Sec-Fetch-Site": "same-origin"}


def codes(page: Page) -> list[str]:
    """What the copy buttons copy."""
    return [each.attrs["data-copy"] for each in page.all("button") if "data-copy" in each.attrs]


def parsed(code: str) -> dict[str, dict[str, str]]:
    """tag -> its attributes, as a browser's parser reads a snippet."""
    found: dict[str, dict[str, str]] = {}

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found[tag] = {name: value or "" for name, value in attrs}

    Reader().feed(code)
    return found


def test_h48_each_view_has_snippets_that_lead_to_it(desk: Desk) -> None:
    page = desk.owner.get("/frames")
    views = [
        each.attrs["value"]
        for each in page.all("input")
        if each.attrs.get("type") == "radio" and each.attrs["name"] == "view"
    ]
    by_hand = ["hosting-order", "certificate-order"]
    assert views == ["domain-search", "domain-order", *by_hand, "user-login", "user-register", "user-panel"], "H-51"
    for view in views:
        element, div, shortcode, iframe, raw = codes(desk.owner.get(f"/frames?view={view}"))[:5]
        assert parsed(element)["shop-frame"]["view"] == parsed(div)["div"]["data-view"] == view
        assert parsed(element)["script"] == {"src": f"{SHOP}/embed/v1.js", "async": ""}
        assert parsed(element)["a"]["href"] == parsed(iframe)["iframe"]["src"] == f"{SHOP}/frames/{view}?lang=pl"
        assert f'view="{view}"' in shortcode
        assert raw == f"{SHOP}/frames/{view}", "H-49: the raw address needs no setting up"


def test_h48_the_look_is_in_every_snippet_and_nothing_breaks_out_of_it(desk: Desk) -> None:
    asked = {
        "view": "user-login",
        "lang": "en",
        "theme": "dark",
        "own_accent": "1",
        "accent": "#B4432A",
        "width": "600",
        "email": '"><script>x</script>]',
        "origin": "https://eve.example",
    }
    page = desk.owner.get("/frames", query_string=asked)
    element, div, shortcode, iframe = codes(page)[:4]
    facts = parsed(element)["shop-frame"]
    assert facts == {
        "view": "user-login",
        "lang": "en",
        "theme": "dark",
        "accent": "#b4432a",
        "label": "Sign in – Acme Domeny",
        "data-email": '"><script>x</script>]',
    }
    assert parsed(element)["div"] == {"style": "max-width: 600px; margin: 0 auto"}
    assert parsed(iframe)["iframe"]["src"] == f"{SHOP}/frames/user-login?lang=en&theme=dark&accent=%23b4432a"
    assert parsed(div)["script"]["src"].startswith(SHOP), "an address that is none of ours is not taken"
    assert shortcode.count("]") == 1
    assert shortcode.endswith("]")
    assert "x</script>" not in element
    assert [each.attrs["view"] for each in page.all("shop-frame")] == ["user-login"], "the preview is the real thing"
    assert f"frame-src 'self' {SHOP}" in page.response.headers["Content-Security-Policy"]
    desk.owner.get("/frames?view=../x&lang=xx&theme=pink&width=1e9&accent=red&own_accent=1&origin=javascript:x")


def test_h48_the_wordpress_plugin_is_had_as_wordpress_takes_it(desk: Desk) -> None:
    sent = desk.owner.get("/frames/witryna-frames.zip").response
    with zipfile.ZipFile(io.BytesIO(sent.data)) as archive:
        assert archive.namelist() == ["witryna-frames/readme.txt", "witryna-frames/witryna-frames.php"]
        assert b"Plugin Name:       Witryna Frames" in archive.read("witryna-frames/witryna-frames.php")


def test_h50_snippets_name_the_partners_own_host_when_it_has_one(desk: Desk) -> None:
    with desk.web.database.writing(tenancy.Platform("operator")) as session:
        name = "sklep.acme.example"
        hosts.add_host(session, SYSTEM, desk.web.acme.id, name, platform_host="localhost:8000", primary=True)
    page = desk.owner.get("/frames?view=user-login")
    assert parsed(codes(page)[0])["script"]["src"] == "http://sklep.acme.example/embed/v1.js"
    assert {"http://sklep.acme.example/frames/user-login", f"{SHOP}/frames/user-login"} < set(codes(page))
    raw = desk.owner.get(f"/frames?view=user-login&origin={SHOP}")
    assert parsed(codes(raw)[0])["script"]["src"] == f"{SHOP}/embed/v1.js"


def test_h48_a_site_is_allowed_and_removed_by_the_owner_alone(desk: Desk) -> None:
    page = desk.owner.get("/frames")
    desk.owner.submit(page, {"address": "https://Acme.com.pl/kontakt", "both": "y"}, action="/frames/sites")
    page = desk.owner.get("/frames")
    assert "https://acme.com.pl" in page.words
    assert "https://www.acme.com.pl" in page.words
    refused = desk.owner.submit(page, {"address": "https://*.acme.com.pl"}, 422, action="/frames/sites")
    assert "Add each address by itself" in refused.words
    assert "https://*.acme.com.pl" in {each.attrs.get("value") for each in refused.all("input")}, "nothing is lost"
    staff, sent = desk.staff(), {"origin": "https://acme.com.pl"}
    seen = staff.get("/frames")
    assert "https://acme.com.pl" in seen.words
    for path in ("/frames/sites", "/frames/sites/remove", "/frames/views"):
        assert staff.post(path, {"csrf_token": token(seen), **sent}, 403).status == 403
    assert desk.owner.open("POST", "/frames/sites/remove", data=sent).status == 403, "no frame's rules in the panel"
    desk.owner.post("/frames/sites/remove", {"csrf_token": token(page), **sent})
    desk.owner.post("/frames/sites/remove", {"csrf_token": token(page), **sent}, 404)
    assert "https://acme.com.pl" not in desk.owner.get("/frames").words.split()


def test_h48_views_that_do_not_answer_say_so(desk: Desk) -> None:
    page = desk.owner.get("/frames?view=user-login")
    desk.owner.submit(page, {"view": "user-login"}, action="/frames/views", button="on")
    page = desk.owner.get("/frames?view=user-login")
    assert "This view is switched off" in page.words
    assert not page.all("shop-frame")
    desk.owner.submit(page, {"view": "user-login"}, action="/frames/views", button="on")
    assert desk.owner.get("/frames?view=user-login").all("shop-frame")
    desk.owner.post("/frames/views", {"csrf_token": token(page), "view": "nothing", "on": "1"}, 404)


# --- the test of a page ------------------------------------------------------------------------------------------


class Unmended(Response):
    """Headers as they were given: Werkzeug's own would mend a Location, and fall over one that is none."""

    def get_wsgi_headers(self, _environ: Any) -> Any:
        """Nothing is added either."""
        return self.headers


@dataclass
class Site:
    """A real web server with pages of the partner: path -> (body, headers, status)."""

    pages: dict[str, tuple[str, dict[str, str], int]] = field(default_factory=dict)
    origin: str = ""
    asked: list[dict[str, str]] = field(default_factory=list)

    def put(self, path: str, body: str, status: int = 200, **headers: str) -> str:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.pages[path] = (body, named, status)
        return self.origin + path

    @contextmanager
    def running(self) -> Iterator[Site]:
        @Request.application
        def answer(request: Request) -> Response:
            self.asked.append(dict(request.headers))
            body, headers, status = self.pages.get(request.path, ("", {}, 404))
            return Unmended(body, status, headers, mimetype="text/html")

        server = make_server("127.0.0.1", 0, answer, threaded=True)
        self.origin = f"http://blog.localhost:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield self
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def blog() -> Iterator[Site]:
    with Site().running() as site:
        yield site


def verdict(desk: Desk, address: str, status: int = 200) -> list[tuple[str, str]]:
    """(tone, words) of each line."""
    desk.web.app.limiter.forgive("page_check", account="owner-csp1001@example.com", tenant=desk.web.acme.id)
    page = desk.owner.submit(desk.owner.get("/frames"), {"page": address}, status, action="/frames/check")
    lines = [each for each in page.all("li") if "finding" in each.attrs.get("class", "").split()]
    return [(each.attrs["class"].split()[1], each.text) for each in lines]


def troubles(desk: Desk, address: str) -> list[str]:
    return [text for tone, text in verdict(desk, address) if tone != "ok"]


def test_h48_a_page_with_everything_in_place_passes(desk: Desk, blog: Site) -> None:
    desk.owner.submit(desk.owner.get("/frames"), {"address": blog.origin}, action="/frames/sites")
    element, div, _shortcode, iframe = codes(desk.owner.get("/frames?width=400"))[:4]
    assert troubles(desk, blog.put("/one", f"<body>{element}</body>")) == []
    policy = f"default-src 'none'; script-src 'self' {SHOP}; frame-src {SHOP}"
    assert troubles(desk, blog.put("/two", div, Content_Security_Policy=policy)) == []
    assert (
        troubles(desk, blog.put("/three", iframe, Content_Security_Policy=f"frame-src {SHOP}; script-src 'none'")) == []
    )
    moved = blog.put("/old", "", 301, Location="/one")
    assert [tone for tone, _words in verdict(desk, moved)] == ["ok", "ok", "ok"]
    assert all("Cookie" not in asked for asked in blog.asked)


def test_h48_what_stands_in_the_way_is_said_with_what_to_do(desk: Desk, blog: Site) -> None:
    desk.owner.submit(desk.owner.get("/frames"), {"address": blog.origin}, action="/frames/sites")
    place, loader = '<shop-frame view="user-login"></shop-frame>', f'<script src="{SHOP}/embed/v1.js"></script>'
    meta = f'<meta http-equiv=Content-Security-Policy content="script-src {SHOP}; child-src a.b">'
    pages: dict[str, tuple[str, dict[str, Any], str]] = {
        "/empty": ("<!-- " + place + loader + " --><h1>Blog</h1>", {}, "The snippet is not in the page"),
        "/as-text": ("&lt;shop-frame view=user-login>", {}, "The snippet is not in the page"),
        "/stripped": (loader, {}, "no place for a view"),
        "/no-script": (place, {}, "not the script that fills it"),
        "/foreign": (place + loader.replace("csp1001", "csp1002"), {}, "which is not your shop"),
        "/misspelt": (place.replace("login", "lgin") + loader, {}, "no view with the name “user-lgin”"),
        "/gone": ("", {"status": 410}, "status 410"),
        "/script": (place + loader, {"Content_Security_Policy": "script-src 'self'; frame-src *"}, "our script in"),
        "/frame": (place + loader, {"Content_Security_Policy": "frame-src 'self' *.example"}, "our frames in"),
        "/meta": (meta + place + loader, {}, "our frames in"),
        "/isolated": (place + loader, {"Cross_Origin_Embedder_Policy": "require-corp"}, "keeps frames out"),
    }
    for path, (body, how, words) in pages.items():
        said = troubles(desk, blog.put(path, body, **how))
        assert len(said) == 1, (path, said)
        assert words in said[0], path


def test_h48_a_site_that_is_not_allowed_is_allowed_with_one_press(desk: Desk, blog: Site) -> None:
    with Site().running() as other:
        # The one site lets us reach this machine at all; the other one has the same name and another port.
        desk.owner.submit(desk.owner.get("/frames"), {"address": blog.origin}, action="/frames/sites")
        body = f'<div data-shop-frame data-view="domain-search"></div><script src={SHOP}/embed/v1.js></script>'
        address = other.put("/", body)
        page = desk.owner.submit(desk.owner.get("/frames"), {"page": address}, 200, action="/frames/check")
        assert "may not show your frames yet" in page.words
        offer = [f for f in page.all("form") if any(i.attrs.get("value") == other.origin for i in f.all("input"))]
        sent = {each.attrs["name"]: each.attrs["value"] for each in offer[0].all("input")}
        desk.owner.post("/frames/sites", sent)
        assert troubles(desk, address) == []


def test_h48_a_page_that_was_made_to_break_the_test_is_judged_like_others(blog: Site) -> None:
    """P26: addresses and policies in it that are none."""
    place, loader = '<shop-frame view="user-login"></shop-frame>', f'<script src="{SHOP}/embed/v1.js"></script>'
    ours = Shop((SHOP,), (blog.origin,), frozenset({"user-login"}), frozenset({"user-login"}), local=True)
    client = OutboundClient(OutboundRules(loopback_hosts=frozenset({"blog.localhost"})), lambda *_: ["127.0.0.1"])
    for number, bad in enumerate(("https://[", "https://a.example:99999", "//[::1", "https://a\u2100b", "http:")):
        body = f'<base href="{bad}/">{place}{loader}<iframe src="{bad}/frames/x"></iframe>'
        policy = f"script-src {SHOP}:{'9' * 5000} {SHOP}; frame-src {SHOP}"
        answers = frame_check.check(client, blog.put(f"/{number}", body, Content_Security_Policy=policy), ours)
        assert [each.code for each in answers] == ["reached", "found", "allowed"], bad
        other = f'{place}<script src="{bad}/embed/v1.js"></script>'
        answers = frame_check.check(client, blog.put(f"/other/{number}", other), ours)
        assert {each.code for each in answers} <= {"reached", "allowed", "no_loader", "other_shop"}, bad
    moved = frame_check.check(client, blog.put("/moved", "", 302, Location="https://["), ours)
    assert [each.code for each in moved] == ["status"]


def test_h48_addresses_that_lead_inside_or_nowhere_are_not_fetched(desk: Desk, blog: Site) -> None:
    private = (
        "http://127.0.0.1:8000/",
        "http://169.254.169.254/latest",
        "file:///etc/passwd",
        "http://a:b@acme.example/",
    )
    for address in (*private, "blog.localhost:1", "https://[::1]/", "x" * 1990, blog.origin):
        assert verdict(desk, address, 422) == []
    assert blog.asked == [], "a site of this machine that nobody allowed is not reached either"
    desk.owner.submit(desk.owner.get("/frames"), {"address": blog.origin}, action="/frames/sites")
    for path, target in (("/round", "/round"), ("/inside", "http://127.0.0.1:9123/tls-ask")):
        assert verdict(desk, blog.put(path, "", 302, Location=target), 422) == []
    form = {"csrf_token": token(desk.owner.get("/frames")), "page": f"{blog.origin}/x"}
    answers = [desk.owner.open("POST", "/frames/check", data=form, headers=SAME) for _ in range(11)]
    assert answers[-1].status == 429
    assert "Too many tries" in answers[-1].words


# --- reading other people's pages -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("policy", "scripts", "frames"),
    [
        ("", True, True),
        ("default-src 'self'", False, False),
        ("default-src *", True, True),
        ("default-src 'none'; frame-src https:", False, True),
        ("script-src 'nonce-abc'; child-src https://*.acme.example", True, True),
        ("script-src 'strict-dynamic' https://shop.acme.example", False, True),
        ("script-src shop.acme.example/embed/; frame-src https://shop.acme.example:443", True, True),
        ("script-src shop.acme.example/other; frame-src https://shop.acme.example:8443", False, False),
        ("SCRIPT-SRC https://shop.acme.example; script-src 'none'; frame-src acme.example", True, False),
        ("script-src http://shop.acme.example; frame-src data:", True, False),
        ("script-src *, script-src 'self'", False, True),
    ],
)
def test_a_policy_is_read_as_browsers_read_it(policy: str, scripts: bool, frames: bool) -> None:
    held = policies([policy] if policy else [])
    loader, page = "https://shop.acme.example/embed/v1.js", "https://www.acme.example/offer"
    nonce = "abc" if "nonce" in policy else ""
    assert all(each.lets_in(SCRIPTS, loader, page, nonce) for each in held) is scripts
    assert all(each.lets_in(FRAMES, "https://shop.acme.example/frames/", page) for each in held) is frames


def test_hostile_markup_is_read_in_time() -> None:
    assert dict(tags('<A HREF="x>y"><script>"<b>"</script><!-- <c> --><d e=1 e=2 f>')) == {
        "a": {"href": "x>y"},
        "script": {},
        "d": {"e": "1", "f": ""},
    }
    for filler in ("<", "<a ", '<a "', "<!--", "<a a=", "<script>", "<a b='", "</script", "<a" + " x" * 9):
        assert len(list(tags(filler * (300_000 // len(filler))))) <= 10_000
