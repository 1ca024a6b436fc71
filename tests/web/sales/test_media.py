"""The media library by its pages and its job: pictures come in, pages show sizes of them, originals stay unseen."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from tests.web.client import Page
from tests.web.sales.conftest import Desk, token
from webapp.foundation import clock, jobs
from webapp.foundation.db import Database
from webapp.providers.errors import ProviderError
from webapp.providers.mail.memory import MemoryMailer
from webapp.providers.storage.port import StoragePort
from webapp.reseller.cms import media, operations
from webapp.reseller.cms.media_operations import clean_name
from webapp.reseller.cms.models import MediaFile
from webapp.reseller.cms.pictures import Picture
from webapp.reseller.partners.audit import SYSTEM
from webapp.wiring import TASKS


def photo(width: int = 900, height: int = 600, kind: str = "JPEG", colour: str = "teal", **options: Any) -> bytes:
    """Left third red, so that one sees which way is up and what a crop left."""
    picture = Image.new("RGB", (width, height), colour)
    picture.paste(Image.new("RGB", (width // 3, height), "red"))
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


@dataclass
class Library:
    """The library of the partner whose desk it is; `work` does what its jobs do."""

    desk: Desk
    database: Database
    storage: StoragePort
    root: Path
    csrf: str = ""
    mailer: Any = field(default_factory=MemoryMailer)

    def send(self, files: Iterable[tuple[str, bytes]], status: int = 200, **headers: str) -> Any:
        """What the page's script sends; returns the answer."""
        self.csrf = self.csrf or token(self.desk.owner.get("/site/media"))
        sent = {"csrf_token": self.csrf, "files": [(io.BytesIO(data), name) for name, data in files]}
        headers = {"Accept": "application/json", **headers}
        page = self.desk.owner.post("/site/media/upload", sent, status, headers=headers, content_type=_MULTIPART)
        return page if headers["Accept"] != "application/json" else json.loads(page.text)

    def add(self, data: bytes | None = None, name: str = "photo.jpg") -> int:
        """A file of the library with all its sizes."""
        added: int = self.send([(name, data or photo())])["files"][0]["id"]
        self.work()
        return added

    def work(self) -> None:
        """Run the jobs that are due."""
        jobs.drain(self, self.database, TASKS)

    def row(self, media_id: int) -> MediaFile | None:
        with self.desk.shop.scope(), self.database.reading() as session:
            return session.scalar(select(MediaFile).where(MediaFile.id == media_id))

    def picture(self, media_id: int, locale: str = "pl") -> Picture | None:
        """As a page gets it."""
        with self.desk.shop.scope(), self.database.reading() as session:
            return media.pictures(session, [media_id], locale).get(media_id)

    def kept(self) -> set[str]:
        """Every file in storage."""
        return {str(path.relative_to(self.root)) for path in self.root.rglob("*") if path.is_file()}

    def seen(self, address: str) -> Image.Image:
        """What a visitor of the shop gets."""
        page = self.desk.web.shop(self.desk.web.acme).get(address)
        return Image.open(io.BytesIO(page.response.get_data()))

    def shown(self, media_id: int) -> None:
        """A draft page with the picture as its social picture."""
        with self.desk.shop.scope(), self.database.writing() as session:
            types = self.desk.web.app.extensions["blocks"]
            page = operations.create_page(session, SYSTEM, types, locale="pl", slug="with-picture", title="O nas")
            base, settings = page.draft_version_id or 0, {"social_picture": media_id}
            facts: dict[str, Any] = {"title": "O nas", "description": "", "settings": settings, "blocks": []}
            operations.save_draft(session, SYSTEM, types, page.id, base, **facts)


_MULTIPART = "multipart/form-data"


def open_library(desk: Desk) -> Library:
    app = desk.web.app
    return Library(desk, app.database, app.extensions["storage"], app.settings.media_root)


@pytest.fixture
def library(desk: Desk) -> Library:
    return open_library(desk)


def test_a_photo_becomes_sizes_upright_without_its_metadata(desk_on_both: Desk) -> None:
    library = open_library(desk_on_both)
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "taken at home"
    data = photo(1500, 900, exif=exif)
    sent = library.send([("../../Zdjęcie z\u202ebiura.jpg", data)])
    media_id = sent["files"][0]["id"]
    assert "hx-get" in sent["files"][0]["card"]
    assert library.picture(media_id) is None, "nothing can be shown yet"
    library.work()
    picture = library.picture(media_id)
    assert picture
    assert [one.width for one in picture.renditions] == [320, 640, 900], "never wider than the picture"
    assert (picture.width, picture.height) == (900, 1500)
    assert set(picture.renditions[0].addresses) == {"webp", "avif"}
    for form in ("webp", "avif"):
        image = library.seen(picture.renditions[1].addresses[form])
        assert image.size == (640, 1067)
        assert not image.getexif()
    red, green, _ = library.seen(picture.src).convert("RGB").getpixel((450, 100))  # type: ignore[misc]
    assert red > 200 > green, "its left is on top now"
    row = library.row(media_id)
    assert row
    assert (row.name, row.state) == ("Zdjęcie z biura.jpg", "ready")
    assert "hx-get" not in library.desk.owner.fragment(f"/site/media/{media_id}/card").text
    answer = library.desk.web.shop(library.desk.web.acme).get(picture.src)
    wanted = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}
    wanted |= {"Content-Type": "image/webp", "Cross-Origin-Resource-Policy": "cross-origin"}
    assert {name: answer.response.headers[name] for name in wanted} == wanted
    library.desk.web.shop(library.desk.web.acme).get(
        picture.src, 304, headers={"If-None-Match": answer.response.headers["ETag"]}
    )


def test_an_original_is_kept_and_never_served(library: Library) -> None:
    data = photo()
    row = library.row(library.add(data))
    assert row
    assert library.storage.get(row.original) == data
    for path in (f"/media/{row.original}", f"/media/{row.hash}", f"/media/..%2f{row.original}", "/media/originals"):
        library.desk.owner.get(path, 404)


def test_crop_and_focal_point_are_what_pages_show(library: Library) -> None:
    media_id = library.add(photo(1200, 600))
    before = library.picture(media_id)
    assert before
    page = library.desk.owner.get(f"/site/media/{media_id}")
    wrong = {"crop_x": "900", "crop_y": "0", "crop_w": "400", "crop_h": "600", "focal_x": "10"}
    assert "must lie within the picture" in library.desk.owner.submit(page, wrong, 422).words
    library.desk.owner.submit(page, {"focal_x": "75", "crop_x": "600", "crop_y": "0", "crop_w": "600", "crop_h": "600"})
    assert library.picture(media_id) is not None, "what was there stays until the new sizes are made"
    library.work()
    picture = library.picture(media_id)
    assert picture
    assert (picture.width, picture.height, picture.place) == (600, 600, "")
    assert library.seen(picture.src).convert("RGB").getpixel((5, 5))[0] < 100, "the red part is cut off"  # type: ignore[index]
    old = before.renditions[0].addresses["webp"]
    library.seen(old)  # a page that is open somewhere still asks for it
    with clock.frozen(clock.now() + timedelta(days=2)):
        library.work()
    assert library.storage.get(old.rpartition("/")[2]) is None
    library.desk.owner.submit(
        library.desk.owner.get(f"/site/media/{media_id}"), {"crop_w": "", "crop_h": "", "crop_x": ""}
    )
    library.work()
    whole = library.picture(media_id)
    assert whole
    assert (whole.width, whole.height, whole.place) == (1200, 600, "fx-80 fy-50")


def test_alternative_text_speaks_the_readers_language_or_says_nothing(library: Library) -> None:
    media_id = library.add()
    page = library.desk.owner.get(f"/site/media/{media_id}")
    library.desk.owner.submit(page, {"name": "Biuro", "alt_pl": "Wejście  do biura", "alt_en": ""})
    told = [getattr(library.picture(media_id, locale), "alt", None) for locale in ("pl", "en")]
    assert told == ["Wejście do biura"] * 2
    page = library.desk.owner.get(f"/site/media/{media_id}")
    library.desk.owner.submit(page, {"name": "Biuro", "decorative": "y"})
    assert getattr(library.picture(media_id), "alt", None) == ""
    download = library.desk.owner.get(f"/site/media/{media_id}/download")
    assert download.response.headers["Content-Disposition"] == "attachment; filename*=UTF-8''Biuro.webp"


def test_a_picture_is_replaced_everywhere_and_deleted_nowhere_while_it_is_shown(library: Library) -> None:
    media_id, other = library.add(), library.add(photo(colour="navy"))
    library.shown(media_id)
    owner, csrf = library.desk.owner, library.csrf
    page = owner.get(f"/site/media/{media_id}")
    assert "O nas" in page.words
    refused = owner.post(f"/site/media/{media_id}/delete", {"csrf_token": csrf}, 422)
    assert "still shown" in refused.words
    known = {"csrf_token": csrf, "file": (io.BytesIO(photo(colour="navy")), "new.jpg")}
    assert (
        "in the library already"
        in owner.post(f"/site/media/{media_id}/replace", known, 422, content_type=_MULTIPART).words
    )
    old = library.row(media_id)
    new = {"csrf_token": csrf, "file": (io.BytesIO(photo(500, 400, "PNG")), "new.png")}
    owner.post(f"/site/media/{media_id}/replace", new, content_type=_MULTIPART)
    library.work()
    picture = library.picture(media_id)
    assert picture
    assert (picture.width, picture.height) == (500, 400)
    owner.submit(owner.get(f"/site/media/{other}/delete"), {}, action="/delete")
    with clock.frozen(clock.now() + timedelta(days=2)):
        library.work()
    row = library.row(media_id)
    assert row
    assert old
    assert library.row(other) is None
    assert library.kept() == {row.original, *(one[form] for one in row.renditions for form in ("webp", "avif"))}


def test_bad_files_are_told_one_by_one_and_keep_none_of_the_others_out(library: Library) -> None:
    cut = photo(2000, 1500, quality=95)
    files = [("good.jpg", photo()), ("cut.jpg", cut[: len(cut) // 2]), ("a.png", b"%PDF-1.4"), ("empty.png", b"")]
    answer = library.send(files)
    assert [one["id"] for one in answer["files"]]
    told = {one["name"]: one["message"] for one in answer["refused"]}
    assert told["cut.jpg"].startswith("The picture is damaged")
    assert told["a.png"].startswith("This is not a picture")
    assert told["empty.png"] == "The file is empty."
    page: Page = library.send(files[1:], 422, Accept="text/html")
    assert "The picture is damaged" in page.words
    assert "a.png" in page.words
    kept = library.kept()
    assert len(kept) == 1, "nothing of a refused file is kept"
    many = library.send([(f"{number}.jpg", photo(colour=f"#0000{number:02x}")) for number in range(21)], 422)
    assert many["refused"][0]["message"].startswith("These are 21 files: send at most 20 at once")
    assert library.send([], 422)["refused"][0]["message"] == "Choose at least one picture."
    assert library.kept() == kept
    again = library.send([("same.jpg", photo())])
    assert again["files"][0]["id"] == answer["files"][0]["id"], "the same picture is kept once"


def test_a_full_library_says_so(library: Library) -> None:
    media_id = library.add()
    app = library.desk.web.app
    with library.desk.shop.scope(), library.database.writing() as session:
        file = media.file(session, media_id)
        file.bytes = app.settings.media_quota_mb * 1_000_000
    answer = library.send([("more.jpg", photo(colour="navy"))], 422)
    assert answer["refused"][0]["message"].startswith("Your library is full")
    assert len([name for name in library.kept() if name.startswith("originals")]) == 1


class Broken:
    """A storage that nobody reaches."""

    def put(self, key: str, content: bytes) -> None:
        raise ProviderError("no route", permanent=False)

    def put_file(self, key: str, file: Path) -> None:
        raise ProviderError("no route", permanent=False)

    def get(self, key: str) -> bytes | None:
        raise ProviderError("no route", permanent=False)

    def read(self, key: str) -> Iterator[bytes] | None:
        raise ProviderError("no route", permanent=False)

    def delete(self, key: str) -> None:
        raise ProviderError("no route", permanent=False)


def test_storage_that_cannot_be_reached_is_a_sentence_and_a_button(library: Library) -> None:
    app, working = library.desk.web.app, library.storage
    app.extensions["storage"] = Broken()
    answer = library.send([("photo.jpg", photo())], 422)
    assert "cannot be reached or is full" in answer["refused"][0]["message"]
    app.extensions["storage"] = working
    media_id = library.send([("photo.jpg", photo())])["files"][0]["id"]
    library.storage = Broken()
    for minutes in range(0, 40, 10):
        with clock.frozen(clock.now() + timedelta(minutes=minutes)):
            library.work()
    row = library.row(media_id)
    assert row
    assert row.state == "failed"
    assert "cannot be reached" in library.desk.owner.get("/site/media").words
    library.storage = working
    library.desk.owner.submit(library.desk.owner.get(f"/site/media/{media_id}"), {}, action="/retry")
    library.work()
    assert library.picture(media_id)


def test_forms_choose_by_a_dialog(library: Library) -> None:
    media_id = library.add(name="Biuro.jpg")
    dialog = library.desk.owner.fragment("/site/media/choose?q=biuro")
    assert [each.attrs["data-media"] for each in dialog.all("button") if "data-media" in each.attrs] == [str(media_id)]
    none = library.desk.owner.fragment("/site/media/choose?part=list&q=nothing")
    assert "data-media" not in none.text


def test_pictures_of_another_partner_do_not_exist(library: Library) -> None:
    media_id = library.add()
    stranger = library.desk.staff(partner=library.desk.web.nord)
    stranger.get(f"/site/media/{media_id}", 404)
    assert "photo.jpg" not in stranger.get("/site/media").words
    csrf = token(stranger.get("/site/media"))
    for deed in ("frame", "describe", "replace", "retry", "delete"):
        stranger.post(f"/site/media/{media_id}/{deed}", {"csrf_token": csrf}, 404)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\Ewa\\biuro.jpg", "biuro.jpg"),
        ("a\r\nSet-Cookie: x.png", "a Set-Cookie: x.png"),
        ("fdp\u202egpj.exe", "fdp gpj.exe"),
        ("", "picture"),
        (". .", "picture"),
        (".jpg", "jpg"),
        ("ż" * 500 + ".jpeg", "ż" * 115 + ".jpeg"),
        ("👩‍👩‍👧" * 200, None),
    ],
)
def test_a_name_is_for_people(sent: str, kept: str | None) -> None:
    name = clean_name(sent)
    assert 0 < len(name) <= 120
    assert kept is None or name == kept
