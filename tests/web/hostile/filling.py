"""A shop in which every text, link and file is hostile: what its staff, its visitors and its subscribers typed."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image
from sqlalchemy import select, update

from tests import factories
from tests.factories import Subscriber
from tests.web.conftest import Web
from tests.web.hostile.payloads import TEXTS, Supply
from webapp.foundation import clock, jobs, tenancy
from webapp.reseller.catalog import group as groups
from webapp.reseller.catalog.models import TldGroup as Group
from webapp.reseller.cms import campaign_steps, contact, fields, legal, menus, redirects
from webapp.reseller.cms import operations as cms
from webapp.reseller.cms.campaigns import POSITIONS
from webapp.reseller.cms.fields import Field, Fields
from webapp.reseller.cms.menus import Entry
from webapp.reseller.cms.models import Campaign, MediaFile, MenuItem, PageVersion, Redirect
from webapp.reseller.desk.models import SearchedName, VisitDay
from webapp.reseller.partners.audit import Actor
from webapp.reseller.partners.models import Brand, Host, Partner
from webapp.wiring import TASKS

LOCALES = ("pl", "en")
Row = dict[str, Any]


class Filler:
    """Fills acme's shop. What a form takes goes through the operations, what none takes straight into the tables."""

    def __init__(self, web: Web) -> None:
        self.web = web
        self.types = web.app.extensions["blocks"]
        self.supply = Supply()
        self.actor = Actor("staff", 1, self.supply.text(60), "192.0.2.7")
        self.pages: dict[str, int] = {}
        #: First and newest version of each.
        self.versions: dict[str, tuple[int, int]] = {}
        self.media_id = self.group_id = 0

    def fill(self) -> None:
        """Everything."""
        self._library()
        with tenancy.tenant(self.web.acme.id), self.web.database.writing() as session:
            session.scalars(select(Host)).one().name = f"{self.web.acme.code}.{self.web.app.settings.platform_host}"
            self.group_id = groups.create(session, self.actor, self.supply.text(60)).id
            self._describe(session)
            for slug, raw in (("typed", False), ("stored", True)):
                self.pages[slug] = self._page(session, slug, raw)
            self._menus(session)
            self._addresses(session)
            self._ads(session)
            self._documents(session)
            self._people(session)

    def subscriber(self) -> Subscriber:
        """Somebody whose own facts are no better."""
        facts = {
            name: self.supply.text(60).replace("\n", " ").replace("\r", " ") for name in ("name", "street", "city")
        }
        return factories.make_subscriber(self.web.database, self.web.acme, **facts)

    # --- files -----------------------------------------------------------------------------------------------

    def _library(self) -> None:
        """A real picture, sent through the panel under a hostile name, with a script behind its last byte."""
        out = io.BytesIO()
        Image.new("RGB", (640, 400), "teal").save(out, "PNG")
        owner = self.web.client(f"panel.{self.web.app.settings.platform_host}")
        owner.sign_in(factories.make_staff(self.web.database, self.web.acme).email)
        form = owner.get("/site/media").form("csrf_token", action="upload")
        token = next(each.attrs["value"] for each in form.all("input") if each.attrs.get("name") == "csrf_token")
        name = "'><svg onload=evil=1>{{7777*7}}.html.png"
        sent = {"csrf_token": token, "files": [(io.BytesIO(out.getvalue() + b"<script>evil=1</script>"), name)]}
        owner.post("/site/media/upload", sent, content_type="multipart/form-data")
        jobs.drain(_Worker(self.web), self.web.database, TASKS)

    def _describe(self, session: Any) -> None:
        file = session.scalars(select(MediaFile)).one()
        self.media_id = file.id
        file.name = f'"{file.name}'
        file.alt = {locale: self.supply.text(200) for locale in LOCALES}

    # --- pages -----------------------------------------------------------------------------------------------

    def _page(self, session: Any, slug: str, raw: bool) -> int:
        """Every block type with every field; `raw`: as no form would let it in."""
        blocks = [
            {"id": f"b-{name}", "type": name, "v": kind.version, "data": self._group(kind, raw)}
            for name, kind in self.types.by_name.items()
        ]
        facts: Row = {"locale": "en", "slug": slug, "title": self.supply.text(120), "blocks": blocks}
        settings = {"social_picture": self.media_id, "tld_group": self.group_id}
        if raw:
            more: Row = {"description": self.supply.text(300), "settings": settings}
            page_id = cms.store_page(session, self.actor, **facts, **more).page_id
            session.add(
                PageVersion(page_id=page_id, created_at=clock.now(), title="x", blocks=[], author=self.supply.text(60))
            )
        else:
            page = cms.create_page(session, self.actor, self.types, **facts)
            more = {"description": self.supply.text(300), "settings": settings, "blocks": blocks}
            base = page.draft_version_id or 0
            cms.save_draft(session, self.actor, self.types, page.id, base, title=self.supply.text(120), **more)
            page_id = page.id
        cms.publish_page(session, self.actor, page_id)
        numbers = session.scalars(select(PageVersion.id).where(PageVersion.page_id == page_id)).all()
        self.versions[slug] = (min(numbers), max(numbers))
        return page_id

    def _group(self, kind: type[Fields], raw: bool) -> Row:
        return {name: self._value(one, raw) for name, one in kind.fields.items()}

    def _value(self, one: Field, raw: bool) -> Any:
        if isinstance(one, fields.Items):
            return [self._group(one.of, raw) for _ in range(min(one.most, 3))]
        if isinstance(one, fields.Anchor):
            return self.supply.text(40) if raw else "here"
        if isinstance(one, fields.Text):
            return self.supply.text(one.max, "\n" if one.multiline else " ")
        if isinstance(one, fields.RichText):
            return self.supply.html(min(8, one.max // 200))
        if isinstance(one, fields.Link):
            return self.supply.bad_link() if raw else self._link(one)
        return self._plain(one, raw)

    def _link(self, one: fields.Link) -> str:
        return self.supply.link() if type(one) is fields.Link else 'https://evil.test/"><svg/onload=evil=1>'

    def _plain(self, one: Field, raw: bool) -> Any:
        if isinstance(one, fields.MediaPicture):
            return self.media_id
        if isinstance(one, fields.TldGroup):
            return self.group_id
        return self.supply.text(60) if raw and isinstance(one, fields.Choice) else one.default()

    # --- around the pages --------------------------------------------------------------------------------------

    def _menus(self, session: Any) -> None:
        for locale in LOCALES:
            for place in menus.PLACES:
                entry = Entry(self.supply.text(menus.LONGEST_LABEL), self.supply.link())
                below = (Entry(self.supply.text(menus.LONGEST_LABEL), self.supply.link()),)
                head = Entry(self.supply.text(menus.LONGEST_LABEL), children=below)
                menus.set_menu(session, self.actor, locale, place, [entry, head])
                facts = {"label": self.supply.text(60), "href": self.supply.bad_link(), "position": 9}
                session.add(MenuItem(locale=locale, place=place, **facts))

    def _addresses(self, session: Any) -> None:
        redirects.add(session, self.actor, "/'><svg/onload=evil=1>{{7777*7}}", "/en/?<script>evil=1</script>")
        now = {"automatic": False, "created_at": clock.now()}
        session.add(Redirect(path="/loop", target="/loop", **now))
        session.add(Redirect(path="/bad", target="javascript:evil=1", **now))

    def _ads(self, session: Any) -> None:
        for number, position in enumerate(POSITIONS):
            words = {
                locale: {
                    "headline": self.supply.text(60),
                    "text": self.supply.text(120),
                    "link": "/en/?'\"><svg/onload=evil=1>",
                }
                for locale in LOCALES
            }
            kind, picture = ("picture", self.media_id) if number % 2 else ("text", None)
            link = 'https://evil.test/"onclick=evil=1'
            draft = campaign_steps.Draft(self.supply.text(80), position, kind, link, words, picture)
            campaign_steps.save(session, self.actor, draft)
        session.flush()
        last = session.scalars(select(Campaign).order_by(Campaign.id.desc())).first()
        last.link = "javascript:evil=1"

    def _documents(self, session: Any) -> None:
        for locale in LOCALES:
            for kind in ("terms", "privacy", "own-one"):
                legal.publish(session, self.actor, kind, locale, self.supply.text(120), self.supply.html())
        found = legal.publish(session, self.actor, "own-two", "en", self.supply.text(120), "<p>x</p>")
        found.html = self.supply.html(40)

    def _people(self, session: Any) -> None:
        """What visitors leave behind, and what the partner says of itself."""
        letter = contact.letter(
            "<svg onload=evil=1>", "x@evil.example", '{{7777*7}}"><svg onload=evil=1>', self.supply.text(900)
        )
        contact.send(session, letter, "ticket")
        today = clock.now().date()
        session.add_all(SearchedName(day=today, name=name, searches=3) for name in {text[:60] for text in TEXTS})
        session.add(VisitDay(day=today, host="<svg onload=evil=1>", path='/"><svg onload=evil=1>{{7777*7}}', views=3))
        facts = {name: self.supply.text(60) for name in ("name", "legal_name", "street", "city", "phone")}
        session.execute(update(Partner).where(Partner.id == self.web.acme.id).values(**facts))
        alt = {"en": "<svg onload=evil=1>", "pl": self.supply.text(80)}
        link = 'https://evil.test/"onclick=evil=1'
        banner = {"file": "'x\" onerror=evil=1", "width": 9, "height": 9, "link": link, "alt": alt}
        session.execute(update(Brand).values(banner=banner))
        session.execute(update(Group).where(Group.id != self.group_id).values(name=self.supply.text(60)))
        session.execute(update(Partner).where(Partner.id == self.web.acme.id).values(content_version=99))


class _Worker:
    def __init__(self, web: Web) -> None:
        from webapp.providers.mail.memory import MemoryMailer

        self.database, self.mailer = web.database, MemoryMailer()
        self.storage, self.root, self.settings = (
            web.app.extensions["storage"],
            web.app.settings.media_root,
            web.app.settings,
        )
