"""Make the pictures of the editor's picker: each block by its example, as the Harbor look draws it.

python -m tests.look.block_pictures            all of them, into webapp/static/editor/blocks
python -m tests.look.block_pictures faq cards  only these
"""

import io
import shutil
import sys
import tempfile
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw
from playwright.sync_api import Browser, sync_playwright

from tests.look import blocks, gallery, samples
from tests.look.shoot import FLAGS
from webapp.foundation.theming import theme, theme_environment
from webapp.reseller.cms.kit import Items, MediaPicture
from webapp.reseller.cms.pictures import Picture, Rendition

LOOK = "harbor"
TARGET = gallery.ROOT / "webapp/static/editor/blocks"
PAGE, SIZE = (960, 600), (480, 300)
#: Numbers of the sample pictures that blocks show.
SAMPLES = (1, 2, 3)
_ALONE = "document.querySelectorAll('body > :not(main)').forEach(each => each.remove())"
_MIDDLE = """() => { const shown = [...document.querySelectorAll('main > *')].map(each => each.getBoundingClientRect());
  const room = innerHeight - Math.max(...shown.map(box => box.bottom));
  const shift = [{ transform: `translateY(${Math.max(0, room / 2)}px)` }];
  for (const each of document.querySelectorAll('main > *')) each.animate(shift, { fill: 'forwards' }); }"""


def _sample(out: Path, number: int) -> Picture:
    """A drawn landscape: a sun and hills in quiet colours."""
    hues = {1: ("#dfe9f5", "#f2b35e", "#6f9bc4", "#3f6f9e"), 2: ("#f7e6da", "#d9694a", "#e0a98c", "#a8553b")}
    sky, sun, far, near = hues.get(number, ("#e4efe3", "#e8c04e", "#8db58a", "#4f8460"))
    picture = Image.new("RGB", (960, 640), sky)
    draw = ImageDraw.Draw(picture)
    draw.ellipse((600, 90, 780, 270), fill=sun)
    draw.ellipse((-300, 330, 700, 1100), fill=far)
    draw.ellipse((300, 400, 1400, 1200), fill=near)
    name = f"static/sample-{number}.webp"
    picture.save(out / name, quality=85)
    return Picture(number, 960, 640, "", True, 50, 50, (Rendition(960, 640, {"webp": f"/{name}"}),))


def _example(name: str) -> dict[str, Any]:
    definition = blocks.TYPES.by_name[name]
    pictures = iter(SAMPLES * 20)
    data = _with_pictures(definition, definition.example(), pictures)
    return {"id": "b", "type": name, "v": definition.version, "data": data}


def _with_pictures(fields: Any, data: dict[str, Any], numbers: Any) -> dict[str, Any]:
    filled = dict(data)
    for name, field in fields.fields.items():
        if isinstance(field, MediaPicture):
            filled[name] = next(numbers)
        elif isinstance(field, Items):
            filled[name] = [_with_pictures(field.of, row, numbers) for row in data.get(name) or []]
    return filled


def write(out: Path, names: list[str]) -> None:
    """A page per block below `out`."""
    gallery.write(out)
    env = theme_environment(gallery.base_environment(), LOOK)
    brand = replace(samples.BRANDS[LOOK], mode="light")
    pictures = {number: _sample(out, number) for number in SAMPLES}
    files = {"theme_css_url": gallery._brand(out, brand, LOOK), "font_files": theme(LOOK).font_files(brand.fonts)}
    for name in names:
        shown = blocks.TYPES.render(env, [_example(name)], blocks.context(pictures=pictures))
        page = env.get_template("blocks.html").render(samples.shop(LOOK) | files | {"blocks": shown})
        (out / f"block-{name}.html").write_text(page, encoding="utf-8")


def shoot(browser: Browser, address: str) -> Image.Image:
    """One block alone on its ground, in the middle when it is low."""
    page = browser.new_page(
        viewport={"width": PAGE[0], "height": PAGE[1]}, color_scheme="light", reduced_motion="reduce"
    )
    page.goto(address, wait_until="load")
    page.evaluate(_ALONE)
    page.evaluate(_MIDDLE)
    page.wait_for_timeout(150)
    shot = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    page.close()
    return shot.resize(SIZE, Image.Resampling.LANCZOS)


def main() -> None:
    names = sys.argv[1:] or list(blocks.TYPES.by_name)
    TARGET.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
        out = Path(folder)
        write(out, names)
        with gallery.server(out) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
            for name in names:
                shot = shoot(browser, f"http://127.0.0.1:{server.server_port}/block-{name}.html")
                shot.save(TARGET / f"{name}.webp", quality=80, method=6)
            server.shutdown()
    print(f"{len(names)} pictures in {TARGET}")


if __name__ == "__main__":
    main()
