"""P25: a shop full of hostile texts, links and files, visited by everybody in a real browser: nothing of it runs."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit
from xml.etree import ElementTree as ET

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, Request
from werkzeug.serving import make_server

from demo.plan import free_port
from tests import factories
from tests.factories import PASSWORD
from tests.harness.browser import Troubles
from tests.harness.figures import Figures
from tests.web.conftest import MakeWeb, Web
from tests.web.hostile.filling import Filler
from tests.web.hostile.payloads import COUNTED, TEXTS
from webapp.reseller.cms.kit import Fields, Items, RichText
from webapp.surfaces.shared import preview_tokens

#: What must not be in a document, whether it ran or not: our pages have none of it.
FOUND_IN_DOM = """() => {
    const found = [], RUNS = /^[\\s\\x00-\\x1f]*(javascript|vbscript|data:text)/i;
    const FOREIGN = ['object', 'embed', 'base', 'marquee', 'math', 'isindex', 'xss'];
    const LOADS = ['src', 'srcset', 'action', 'formaction', 'poster', 'data', 'ping', 'hx-get', 'hx-post'];
    if ('evil' in window) found.push('a script ran: evil = ' + window.evil);
    for (const one of document.querySelectorAll('*')) {
        const name = one.tagName.toLowerCase();
        if (name === 'script' && !one.src && one.type !== 'application/ld+json') found.push('<script>');
        if (FOREIGN.includes(name)) found.push('<' + name + '>');
        for (const {name: key, value} of one.attributes) {
            const where = `<${name} ${key}="${value}">`;
            if (key.startsWith('on') || key.startsWith('hx-on') || key === 'srcdoc') found.push(where);
            const loads = LOADS.includes(key);
            if (loads && value.includes('evil.test')) found.push(where);
            if ((loads || key.endsWith('href')) && RUNS.test(value)) found.push(where);
        }
    }
    for (const one of document.querySelectorAll('a[href], form')) {
        const url = one.href || one.action;
        if (typeof url === 'string' && !/^(https?|mailto|tel):/.test(url)) found.push('leads to ' + url);
    }
    return found;
}"""


@dataclass
class Walk:
    """Visits of one browser: what went wrong on them, in words."""

    web: Web
    browser: Browser
    problems: list[str] = field(default_factory=list)
    visits: int = 0
    contexts: list[BrowserContext] = field(default_factory=list)
    troubles: Troubles = field(default_factory=Troubles)

    def person(self) -> Page:
        """A fresh visitor, watched."""
        context = self.browser.new_context(locale="en-GB", viewport={"width": 1280, "height": 900})
        context.set_default_timeout(15_000)
        self.troubles.watch(context)
        # Only listened to: routes would switch off the browser's cache, and names under .test lead nowhere (RFC 6761).
        context.on("request", self._asked)
        context.on("dialog", self._dialog)
        context.on("page", lambda page: page.on("popup", lambda _: self.problems.append("a popup opened")))
        self.contexts.append(context)
        return context.new_page()

    def _dialog(self, dialog: Dialog) -> None:
        self.problems.append(f"a dialog: {dialog.message}")
        dialog.dismiss()

    def _asked(self, request: Request) -> None:
        host = urlsplit(request.url).hostname or ""
        if not request.url.startswith("data:") and not host.endswith("localhost"):
            self.problems.append(f"asked {request.url[:100]}")

    def sign_in(self, host: str, email: str, path: str = "/") -> Page:
        """Somebody at a door."""
        page = self.person()
        page.goto(f"http://{host}{path}")
        page.locator("main input[type=email]").fill(email)
        page.locator("main input[type=password]").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: "sign-in" not in url)
        return page

    def see(self, page: Page, url: str, *status: int, settled: bool = False) -> None:
        """Visit a page and look at it, and at every frame in it. It answers 200, or as named."""
        answer = page.goto(url, wait_until="networkidle" if settled else "load")
        found = answer.status if answer else 0
        if found not in (status or (200,)):
            self.problems.append(f"{url}: {found}")
        self.look(page, url)

    def look(self, page: Page, where: str) -> None:
        """The page as it is now."""
        self.visits += 1
        for frame in page.frames:
            self.problems += [f"{where}: {problem}" for problem in frame.evaluate(FOUND_IN_DOM)]
            if COUNTED in frame.content():
                self.problems.append(f"{where}: a template was evaluated")
        self.problems += [f"{where}: {trouble}" for trouble in self.troubles]
        self.troubles.clear()

    def all(self, page: Page, host: str, *paths: str) -> None:
        """Visit each."""
        for path in paths:
            self.see(page, f"http://{host}{path}")


@pytest.fixture
def walk(make_web: MakeWeb, chromium: Browser) -> Iterator[Walk]:
    port = free_port()
    web = make_web(platform_host=f"localhost:{port}")
    server = make_server("127.0.0.1", port, web.app.wsgi_app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    made = Walk(web, chromium)
    yield made
    for context in made.contexts:
        context.close()
    server.shutdown()
    thread.join()


def shop_of(web: Web) -> str:
    """Where acme's shop answers."""
    return f"{web.acme.code}.{web.app.settings.platform_host}"


@pytest.mark.timeout(300)
def test_nothing_that_a_partner_or_a_visitor_enters_runs_anywhere(walk: Walk, figures: Figures) -> None:
    filler = Filler(walk.web)
    filler.fill()
    email = filler.subscriber().user.email
    platform = walk.web.app.settings.platform_host
    visitor = walk.person()
    _visit_the_shop(walk, visitor, filler)
    _type_as_a_visitor(walk, visitor)
    _visit_the_account(walk, walk.sign_in(shop_of(walk.web), email, "/account/"))
    owner = factories.make_staff(walk.web.database, walk.web.acme, "owner@x.example", locale="en", name=TEXTS[11])
    _visit_the_panel(walk, walk.sign_in(f"panel.{platform}", owner.email), filler)
    staff = factories.make_staff(walk.web.database, walk.web.acme, "staff@x.example", locale="en", role="staff")
    walk.all(walk.sign_in(f"panel.{platform}", staff.email), f"panel.{platform}", "/", "/site/pages", "/log")
    operator = factories.make_operator(walk.web.database)
    number = walk.web.acme.id
    pages = ("/", "/partners", f"/partners/{number}", f"/partners/{number}/suspend")
    walk.all(walk.sign_in(f"operator.{platform}", operator.email), f"operator.{platform}", *pages)
    figures.count("hostile content: pages seen in a browser", walk.visits, broken=len(walk.problems))
    assert not walk.problems, "\n".join(walk.problems)


def _visit_the_shop(walk: Walk, page: Page, filler: Filler) -> None:
    host = shop_of(walk.web)
    walk.see(page, f"http://{host}/en/", settled=True)
    for slug in filler.pages:
        walk.see(page, f"http://{host}/en/page/{slug}", settled=True)
        page.mouse.wheel(0, 20_000)
        walk.look(page, slug)
    kinds = ("terms", "privacy", "own-one", "own-two")
    walk.all(page, host, "/pl/", "/en/documents", *(f"/en/documents/{kind}" for kind in kinds))
    walk.all(
        page, host, "/en/contact", "/account/sign-in", "/en/domains/bulk", *(f"/en/ad/shop-top?seen={n}" for n in "1")
    )
    for path in ("/en/page/{{7777*7}}", "/%3Csvg%20onload=evil=1%3E", "/en/preview/%22%3E%3Csvg%20onload=evil=1%3E"):
        walk.see(page, f"http://{host}{path}", 404)
    walk.see(page, f"http://{host}/loop", 404)
    client = walk.web.client(host)
    for kind in kinds:
        newest = 2 if kind in ("terms", "privacy") else 1
        assert client.get(f"/en/documents/{kind}/{newest}.pdf").response.data.startswith(b"%PDF"), kind
    assert len(ET.fromstring(client.get("/sitemap.xml").text)) > 4
    assert "evil" not in client.get("/robots.txt").text


def _type_as_a_visitor(walk: Walk, page: Page) -> None:
    """Names searched one by one and pasted, the contact form refused, a registration refused."""
    host = shop_of(walk.web)
    for text in TEXTS[::16]:
        walk.see(page, f"http://{host}/en/domains?q={quote(text)}", 200, 422, settled=True)
    page.goto(f"http://{host}/en/domains/bulk")
    page.locator("main textarea").fill("\n".join(TEXTS))
    page.locator("main form:has(textarea) button").first.click()
    page.wait_for_load_state("networkidle")
    walk.look(page, "bulk")
    page.goto(f"http://{host}/en/contact")
    for number, field_of in enumerate(page.locator("main form input:visible, main form textarea:visible").all()):
        field_of.fill("x@evil.test" if field_of.get_attribute("type") == "email" else TEXTS[number])
    page.locator("main form button").last.click()
    page.wait_for_load_state("networkidle")
    walk.look(page, "contact")


def _visit_the_account(walk: Walk, page: Page) -> None:
    pages = ("/account/", "/account/domains", "/account/documents", "/account/profile", "/account/messages")
    walk.all(
        page, shop_of(walk.web), *pages, "/account/watches", "/account/proformas", "/en/checkout", "/en/page/typed"
    )


def _visit_the_panel(walk: Walk, page: Page, filler: Filler) -> None:
    host, media = f"panel.{walk.web.app.settings.platform_host}", filler.media_id
    site = (
        "menus",
        "media",
        f"media/{media}",
        "media/choose",
        "ads",
        "ads/1",
        "ads/new",
        "groups",
        "documents",
        "addresses",
    )
    walk.all(
        page, host, "/", *(f"/site/{name}" for name in site), f"/site/groups/{filler.group_id}", "/site/statistics"
    )
    walk.all(
        page, host, "/site/documents/terms/en", "/site/documents/own-two/en", "/subscribers", "/subscribers/1", "/log"
    )
    walk.all(
        page,
        host,
        "/notifications",
        "/settings",
        "/settings/brand",
        "/settings/staff",
        "/site/pages",
        "/site/pages/new",
    )
    page.goto(f"http://{host}/notifications")
    walk.all(page, host, *sorted(set(re.findall(r"/notifications/[0-9]+", page.content()))))
    walk.all(page, host, *(f"/search?q={quote(text)}" for text in TEXTS[:3]))
    for slug, number in filler.pages.items():
        base = f"/site/pages/{number}"
        first, last = filler.versions[slug]
        walk.all(
            page,
            host,
            base,
            f"{base}/history",
            f"{base}/compare?a={first}&b={last}",
            f"{base}/delete",
            f"{base}/edit/publish",
        )
        walk.see(page, f"http://{host}{base}/edit", settled=True)
        _open_every_block(walk, page, slug)
    token = _token(walk.web, filler.pages["stored"])
    walk.see(page, f"http://{shop_of(walk.web)}/en/preview/{token}", settled=True)
    page.goto(f"http://{host}/site/statistics")
    csv = page.evaluate("fetch('/site/statistics.csv').then(answer => answer.text())")
    assert not [line for line in csv.splitlines() for cell in line.split(",") if cell.strip('"')[:1] in ("=", "@")]


def _open_every_block(walk: Walk, page: Page, slug: str) -> None:
    """The form of each block; what is typed there comes back as the preview's markup."""
    names = page.eval_on_selector_all(".block-card", "all => all.map(one => one.dataset.id)")
    assert len(names) > 20
    rich = [name for name in names if _has_rich_text(walk.web.app.extensions["blocks"].by_name[name[2:]])]
    for name in (*rich, *names[::5]) if slug == "stored" else names[::9]:
        page.click(f"#open-{name}")
        page.locator("[data-block-form] h2").wait_for()
        walk.look(page, f"editor {slug} {name}")
        page.click("[data-back]")


def _has_rich_text(kind: type[Fields]) -> bool:
    fields = kind.fields.values()
    return any(isinstance(one, RichText) or (isinstance(one, Items) and _has_rich_text(one.of)) for one in fields)


def _token(web: Web, page_id: int) -> str:
    with web.app.app_context():
        return preview_tokens.make(web.acme.id, page_id, "share")
