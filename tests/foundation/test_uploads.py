"""Pictures from strangers: what is kept is our own encoding of the pixels; everything else is a sentence."""

from __future__ import annotations

import io
import struct
import time
import zlib
from pathlib import Path

import pytest
from PIL import Image

from webapp.foundation import uploads
from webapp.foundation.uploads import StoredImage, UploadRefused, store_image
from webapp.providers.storage.disk import DiskStorage


def encoded(picture: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def drawing(width: int = 40, height: int = 20, mode: str = "RGB") -> Image.Image:
    """Left half red, right half blue: enough to see which way is up."""
    picture = Image.new(mode, (width, height), "red")
    picture.paste(Image.new(mode, (width // 2, height), "blue"), (width // 2, 0))
    return picture


def stored(root: Path, found: StoredImage) -> Image.Image:
    path = root / found.name
    assert path.stat().st_size == found.bytes
    picture = Image.open(io.BytesIO(path.read_bytes()))
    assert picture.size == (found.width, found.height)
    assert picture.get_format_mimetype() == found.type
    return picture


def refusal(data: bytes, root: Path, purpose: str = "logo") -> UploadRefused:
    with pytest.raises(UploadRefused) as refused:
        store_image(data, purpose, DiskStorage(root))
    assert not list(root.iterdir())
    assert str(refused.value).endswith(".")
    return refused.value


def png_claiming(width: int, height: int, body: bytes) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def bomb(width: int, height: int) -> bytes:
    """A real one-bit PNG of that size, all zero: decodes in full, packs to almost nothing."""
    return png_claiming(width, height, zlib.compress(bytes((width // 8 + 1) * height), 9))


# --- what is taken ---


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "AVIF", "GIF"])
def test_every_allowed_format_is_taken(tmp_path: Path, kind: str) -> None:
    found = store_image(encoded(drawing(), kind), "logo", DiskStorage(tmp_path))
    picture = stored(tmp_path, found).convert("RGB")
    assert (found.type, found.width, found.height) == ("image/png", 40, 20)
    left, right = picture.getpixel((5, 10)), picture.getpixel((35, 10))
    assert isinstance(left, tuple)
    assert isinstance(right, tuple)
    assert left[0] > 200 > left[2]
    assert right[2] > 200 > right[0]


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16"])
def test_every_colour_mode_becomes_rgb(tmp_path: Path, mode: str) -> None:
    kind = "JPEG" if mode == "CMYK" else "PNG"
    source = Image.new("I;16", (30, 30), 40_000) if mode == "I;16" else drawing().convert(mode)
    picture = stored(tmp_path, store_image(encoded(source, kind), "logo", DiskStorage(tmp_path)))
    assert picture.mode in ("RGB", "RGBA")
    if mode == "I;16":
        assert picture.getpixel((1, 1)) == (156, 156, 156)


def test_a_picture_is_made_smaller_but_never_larger(tmp_path: Path) -> None:
    assert store_image(encoded(drawing(3000, 1500)), "logo", DiskStorage(tmp_path)).width == 1024
    assert store_image(encoded(drawing(100, 50)), "logo", DiskStorage(tmp_path)).width == 100


def test_photos_become_jpeg_and_transparent_ones_webp(tmp_path: Path) -> None:
    assert store_image(encoded(drawing()), "picture", DiskStorage(tmp_path)).type == "image/jpeg"
    clear = Image.new("RGBA", (50, 50), (255, 0, 0, 100))
    found = store_image(encoded(clear), "picture", DiskStorage(tmp_path))
    assert found.type == "image/webp"
    assert stored(tmp_path, found).convert("RGBA").getpixel((5, 5))[3] == 100  # type: ignore[index]


def test_the_same_picture_is_kept_once_under_the_name_of_its_content(tmp_path: Path) -> None:
    first = store_image(encoded(drawing()), "logo", DiskStorage(tmp_path / "media"))
    second = store_image(encoded(drawing(), "WEBP", lossless=True), "logo", DiskStorage(tmp_path / "media"))
    assert first == second
    assert [path.name for path in (tmp_path / "media").iterdir()] == [first.name]


def test_the_place_and_the_camera_are_gone_and_the_picture_is_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x010E] = "CANARY description"
    exif[0x010F] = "CANARY camera"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (52.0, 13.0, 11.0)
    data = encoded(drawing(400, 200), "JPEG", exif=exif, comment=b"CANARY comment", icc_profile=None)
    assert b"CANARY" in data
    for purpose in ("logo", "picture"):
        found = store_image(data, purpose, DiskStorage(tmp_path))
        picture = stored(tmp_path, found)
        assert picture.size == (200, 400)
        assert not picture.getexif()
        assert set(picture.info) <= {"jfif", "jfif_version", "jfif_density", "jfif_unit", "progressive", "progression"}
        assert b"CANARY" not in (tmp_path / found.name).read_bytes()
        top = picture.convert("RGB").getpixel((100, 20))
        assert isinstance(top, tuple)
        assert top[0] > 200


def test_text_in_a_png_is_gone(tmp_path: Path) -> None:
    from PIL.PngImagePlugin import PngInfo

    note = PngInfo()
    note.add_text("Comment", "CANARY")
    note.add_itxt("XML:com.adobe.xmp", "<x>CANARY</x>")
    found = store_image(encoded(drawing(), pnginfo=note), "logo", DiskStorage(tmp_path))
    assert b"CANARY" not in (tmp_path / found.name).read_bytes()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_what_hides_behind_the_picture_is_gone(tmp_path: Path, kind: str) -> None:
    data = encoded(drawing(), kind) + b"<script>alert('CANARY')</script>PK\x03\x04CANARY"
    found = store_image(data, "logo", DiskStorage(tmp_path))
    assert b"CANARY" not in (tmp_path / found.name).read_bytes()


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_of_an_animation_the_first_frame_is_kept(tmp_path: Path, kind: str) -> None:
    frames = [Image.new("RGB", (30, 30), colour) for colour in ("red", "blue", "green")]
    data = encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)
    found = store_image(data, "logo", DiskStorage(tmp_path))
    picture = stored(tmp_path, found)
    assert getattr(picture, "n_frames", 1) == 1
    pixel = picture.convert("RGB").getpixel((15, 15))
    assert isinstance(pixel, tuple)
    assert pixel[0] > 200 > pixel[2]


def test_a_large_photo_within_the_limits_is_taken(tmp_path: Path) -> None:
    found = store_image(encoded(Image.new("RGB", (7900, 5000), "teal"), "JPEG"), "picture", DiskStorage(tmp_path))
    assert (found.width, found.height) == (2400, 1519)
    found = store_image(encoded(Image.new("RGBA", (6300, 6300), (1, 2, 3, 4))), "picture", DiskStorage(tmp_path))
    assert found.width == 2400


# --- what is refused ---


def test_a_bomb_of_400_megapixels(tmp_path: Path) -> None:
    data = bomb(20_000, 20_000)
    assert len(data) < 60_000
    start = time.monotonic()
    assert refusal(data, tmp_path, "picture").code == "pixels"
    assert time.monotonic() - start < 5


def test_a_bomb_of_81_megapixels_that_pillow_would_let_through(tmp_path: Path) -> None:
    data = bomb(9_000, 9_000)
    assert len(data) < 12_000
    assert refusal(data, tmp_path, "picture").code == "pixels"


def test_a_logo_may_have_less_pixels_than_a_photo(tmp_path: Path) -> None:
    data = bomb(4_000, 4_000)
    refused = refusal(data, tmp_path, "logo")
    assert str(refused) == "The picture has too many pixels: at most 10 million, and 8000 on each side."
    assert store_image(data, "picture", DiskStorage(tmp_path)).width == 2400


def test_a_long_thin_picture(tmp_path: Path) -> None:
    assert refusal(encoded(Image.new("L", (8001, 1))), tmp_path, "picture").code == "pixels"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "AVIF", "GIF"])
@pytest.mark.parametrize("part", [0.02, 0.5, 0.9])
def test_half_a_picture(tmp_path: Path, kind: str, part: float) -> None:
    noise = Image.effect_noise((200, 200), 80).convert("RGB")
    data = encoded(noise, kind)
    assert refusal(data[: int(len(data) * part)], tmp_path).code in ("broken", "format")


@pytest.mark.parametrize(
    "data",
    [
        encoded(drawing(), "TIFF"),
        encoded(drawing(), "EPS"),
        encoded(drawing(), "PDF"),
        encoded(drawing(), "BMP"),
        encoded(drawing(), "ICO"),
        encoded(drawing(), "PPM"),
        b"<!doctype html><html><script>alert(1)</script></html>",
        b"<html><body><svg xmlns='http://www.w3.org/2000/svg'/></body></html>",
        b"%PDF-1.7\n<svg",
        b"GIF89a<script>alert(1)</script>",
        b"PK\x03\x04" + bytes(100),
        b"\x1f\x8b\x08" + bytes(100),
        b"just text",
        b"<",
        bytes(1000),
    ],
    ids=lambda data: repr(data[:8]),
)
def test_other_files_under_the_name_of_a_picture(tmp_path: Path, data: bytes) -> None:
    assert refusal(data, tmp_path).code in ("format", "broken")


def test_an_empty_and_a_huge_file(tmp_path: Path) -> None:
    assert refusal(b"", tmp_path).code == "empty"
    assert refusal(encoded(drawing()) + bytes(10 * 1024 * 1024), tmp_path).code == "bytes"


def test_a_header_that_lies_about_the_size(tmp_path: Path) -> None:
    assert refusal(png_claiming(1000, 1000, zlib.compress(b"x")), tmp_path).code == "broken"
    assert refusal(png_claiming(0, 10, zlib.compress(b"x")), tmp_path).code in ("broken", "format")


def test_a_decoder_that_needs_too_much_memory_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MEMORY", 220 * 1024 * 1024)
    refused = refusal(encoded(Image.new("RGB", (6300, 6300), "teal")), tmp_path, "picture")
    assert refused.code == "pixels"
    assert store_image(encoded(drawing()), "picture", DiskStorage(tmp_path)).width == 40


def test_a_decoder_that_takes_too_long_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = encoded(Image.effect_noise((3000, 3000), 80).convert("RGB"), "JPEG")
    assert store_image(data, "logo", DiskStorage(tmp_path / "in_time")).width == 1024
    monkeypatch.setattr(uploads, "SECONDS", 0.2)
    root = tmp_path / "media"
    root.mkdir()
    assert refusal(data, root).code == "broken"


def test_the_decoder_knows_no_secret_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker is replaced by a program that shows what it was given."""
    spy = tmp_path / "spy.py"
    spy.write_text("import os, sys; sys.stdout.write('{\"error\": \"' + ','.join(os.environ) + '\"}\\n')")
    monkeypatch.setenv("WITRYNA_SECRET_KEY", "CANARY")
    monkeypatch.setattr(uploads, "WORKER", spy)
    answer = uploads._worker_answer(b"x", uploads.PURPOSES["logo"], {"work": "convert"}, 5)
    assert b"error" in answer
    assert b"WITRYNA" not in answer


# --- SVG ---


def svg(body: str, attributes: str = 'viewBox="0 0 40 20"', head: str = "") -> bytes:
    start = f'{head}<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" {attributes}>'
    return f"{start}{body}</svg>".encode()


def test_a_drawing_becomes_a_bitmap(tmp_path: Path) -> None:
    data = svg('<rect width="20" height="20" fill="red"/><use href="#a"/><circle id="a" cx="30" cy="10" r="5"/>')
    found = store_image(b"\xef\xbb\xbf\n" + data, "logo", DiskStorage(tmp_path))
    picture = stored(tmp_path, found)
    assert (found.type, found.width, found.height) == ("image/png", 1024, 512)
    assert picture.convert("RGBA").getpixel((100, 100)) == (255, 0, 0, 255)


def test_a_script_in_a_drawing_is_drawn_over_not_kept(tmp_path: Path) -> None:
    data = svg("<script>CANARY</script><rect onclick='CANARY()' width='9' height='9'/>", "width='9' height='9'")
    found = store_image(data, "logo", DiskStorage(tmp_path))
    assert found.type == "image/png"
    assert b"CANARY" not in (tmp_path / found.name).read_bytes()


@pytest.mark.parametrize(
    "body",
    [
        '<image href="http://127.0.0.1:1/x.png" width="9" height="9"/>',
        '<image xlink:href="/etc/passwd" width="9" height="9"/>',
        '<image href="secret.png" width="9" height="9"/>',
        '<image href="file:///etc/passwd" width="9" height="9"/>',
        '<image href=" //evil.test/x.png" width="9" height="9"/>',
        '<image href="data:image/svg+xml;base64,PHN2Zz4=" width="9" height="9"/>',
        '<use href="other.svg#a"/>',
        '<filter id="f"><feImage href="/x.png"/></filter>',
        '<rect fill="url(http://evil.test/#a)" width="9" height="9"/>',
        '<rect style="fill:url( \'//evil.test/a\')" width="9" height="9"/>',
        "<style>@import 'http://evil.test/a.css';</style>",
        "<style>rect{fill:url(http://evil.test)}</style>",
        '<g xml:base="http://evil.test/"/>',
    ],
)
def test_a_drawing_that_refers_to_the_outside(tmp_path: Path, body: str) -> None:
    assert refusal(svg(body), tmp_path).code == "svg_outside"


def test_references_within_a_drawing_are_fine(tmp_path: Path) -> None:
    import base64

    inner = base64.b64encode(encoded(drawing())).decode()
    body = f"""<defs><linearGradient id="g"><stop offset="0" stop-color="red"/></linearGradient></defs>
    <style>.a{{fill:url(#g)}} .b{{fill:url("#g")}}</style><rect class="a" width="20" height="20"/>
    <rect fill="url('#g')" width="9" height="9"/><image href="data:image/png;base64,{inner}" width="9" height="9"/>
    <a href="https://partner.example/"><path d="M0 0h9v9z"/></a>"""
    assert store_image(svg(body), "logo", DiskStorage(tmp_path)).width == 1024


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (svg("", head='<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://x/svg11.dtd">'), "svg_declarations"),
        (svg("&a;", head='<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]>'), "svg_declarations"),
        (svg("&a;", head='<!doctype x [<!entity a "b">]>'), "svg_declarations"),
        (svg("<!--" + "x" * 200_000 + "-->"), "svg_size"),
        (svg("<text>Acme</text>"), "svg_text"),
        (svg("", head='<?xml-stylesheet href="http://evil.test/a.css"?>'), "svg_outside"),
        (svg("<rect"), "format"),
        (svg("").decode().encode("utf-16"), "format"),
        (b"<svg>", "format"),
        (b"<notsvg><svg/></notsvg>", "format"),
    ],
)
def test_a_drawing_that_cannot_be_used(tmp_path: Path, data: bytes, code: str) -> None:
    assert refusal(data, tmp_path).code == code


@pytest.mark.parametrize(
    "data",
    [
        svg("<g>" * 15_000 + "</g>" * 15_000),
        svg("", 'viewBox="0 0 1 100000000"'),
        svg("", 'width="1e30" height="1e30"'),
        svg("", 'viewBox="0 0 0 0" width="0" height="0"'),
        svg("".join(f'<g id="a{n}">' + f'<use href="#a{n - 1}"/>' * 10 + "</g>" for n in range(12))),
        svg("<rect " + " ".join(f'a{n}="1"' for n in range(15_000)) + "/>"),
    ],
    ids=["deep", "tall", "infinite", "nothing", "laughs", "attributes"],
)
def test_a_hostile_drawing_ends_in_a_sentence_or_a_picture(tmp_path: Path, data: bytes) -> None:
    start = time.monotonic()
    try:
        found = store_image(data, "logo", DiskStorage(tmp_path))
    except UploadRefused as refused:
        assert refused.code in ("broken", "pixels", "format")  # noqa: PT017  either end is right
    else:
        assert max(found.width, found.height) <= 1024
    assert time.monotonic() - start < 25


# --- the media library: looked at when it comes, sizes made by a job ---


def test_what_the_library_takes_can_be_read_to_its_end() -> None:
    photo = encoded(Image.effect_noise((1200, 800), 60).convert("RGB"), "JPEG")
    turned = Image.Exif()
    turned[0x0112] = 6
    assert uploads.inspect(encoded(drawing(60, 20), "JPEG", exif=turned)) == (20, 60)
    for data, code in (
        (photo[: len(photo) // 2], "broken"),
        (bomb(9000, 9000), "pixels"),
        (bomb(20_000, 20_000), "pixels"),
        (encoded(drawing(), "TIFF"), "format"),
        (b"%!PS-Adobe-3.0 EPSF-3.0", "format"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><text>x</text></svg>", "svg_text"),
    ):
        with pytest.raises(UploadRefused) as refused:
            uploads.inspect(data)
        assert refused.value.code == code


def test_sizes_are_cut_narrowed_and_never_blown_up() -> None:
    data = encoded(drawing(1000, 500), "PNG")
    made = uploads.sizes(data, None)
    assert [(one.width, one.height) for one in made if one.format == "webp"] == [(1000, 500), (640, 320), (320, 160)]
    assert {one.format for one in made} == {"webp", "avif"}
    cut = uploads.sizes(data, (0, 0, 250, 500))
    assert [(one.width, one.height, one.whole) for one in cut if one.format == "webp"] == [
        (1000, 500, True),
        (250, 500, False),
    ]
    wide = uploads.sizes(encoded(drawing(3000, 30)), None)
    assert max(one.width for one in wide) == 2400
    assert max(one.width for one in wide if one.format == "avif") == 1600
