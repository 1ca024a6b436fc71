"""The plugin in a real WordPress over MariaDB: what it writes into pages, and what it does with bad input (H-48).

That the frames themselves run there is shown with the other outside sites.
"""

from __future__ import annotations

import re
import urllib.request
from collections.abc import Iterator

import pytest

from tests.browsers.wordpress import VIEWS, Blog, wordpress
from tests.web.markup import Markup

SHOP = "https://shop.acme.example"
PAGES = {
    "look": '[witryna view="domain-order" width="500" accent="#B4432A" theme="dark" query="a b&c"'
    ' label="Kup &amp; miej"]',
    "hostile": '[witryna view="user-login" label="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;" email=\'a"onload=x\''
    ' accent="red;}" theme="x" lang="../" width="-9"] [witryna view="nope"] [witryna] [witryna view]',
    "block hostile": '<!-- wp:witryna/user-login {"label":"\\u0022\\u003e\\u003cimg src=x onerror=1\\u003e",'
    '"fill":["x"],"accent":"#12345g","width":"1e9"} /-->',
    "empty": "Nothing of ours.",
}
ADDRESSES = {
    "https://Shop.Example/pl/": "https://shop.example",
    "shop.example:8443": "https://shop.example:8443",
    "http://csp1001.localhost:8000/frames/x": "http://csp1001.localhost:8000",
    "http://shop.example": "",
    "javascript:alert(1)": "",
    "https://eve@shop.example": "",
    'https://shop.example"><script>': "",
    "https://[::1]": "",
    "shop": "",
}


@pytest.fixture(scope="module")
def blog(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Blog]:
    with wordpress(tmp_path_factory.mktemp("wordpress"), SHOP, PAGES) as site:
        yield site


def read(blog: Blog, page: str) -> tuple[str, Markup]:
    """A page as a visitor gets it."""
    host = blog.origin.partition("://")[2]
    port = host.rpartition(":")[2]
    request = urllib.request.Request(f"http://127.0.0.1:{port}{blog.pages[page]}", headers={"Host": host})
    with urllib.request.urlopen(request, timeout=30) as answer:
        text = answer.read().decode("utf-8")
    return text, Markup(text)


def frames(blog: Blog, page: str) -> list[dict[str, str]]:
    """The attributes of each frame in a page."""
    return [dict(each.attrs) for each in read(blog, page)[1].root.all("shop-frame")]


@pytest.mark.parametrize("view", VIEWS)
def test_h48_each_view_has_a_shortcode_and_a_block(blog: Blog, view: str) -> None:
    for page in (view, f"block {view}"):
        text, markup = read(blog, page)
        tag = markup.root.all("shop-frame")[0]
        assert (tag.attrs["view"], tag.attrs["lang"]) == (view, "pl")
        assert tag.all("a")[0].attrs["href"].startswith(f"{SHOP}/frames/{view}?lang=pl"), "what stays without script"
        assert re.findall(r"<script async src='([^']*)'", text) == [f"{SHOP}/embed/v1.js"]


def test_h48_the_look_is_written_as_it_was_asked_for(blog: Blog) -> None:
    assert frames(blog, "look") == [
        {
            "view": "domain-order",
            "lang": "en",
            "theme": "dark",
            "accent": "#b4432a",
            "label": "Kup & miej",
            "data-query": "a b&c",
        }
    ]
    assert '<div style="max-width:500px;margin-inline:auto"><shop-frame' in read(blog, "look")[0]


def test_nothing_that_is_typed_breaks_out_and_visitors_read_no_complaint(blog: Blog) -> None:
    assert frames(blog, "hostile") == [{"view": "user-login", "lang": "en", "label": '">'}]
    assert frames(blog, "block hostile") == [{"view": "user-login", "lang": "en", "label": '">'}]
    for page in ("hostile", "block hostile"):
        text = read(blog, page)[0]
        assert "alert(1)" not in text
        assert "onerror" not in text
        assert "Witryna Frames:" not in text
    assert "embed/v1.js" not in read(blog, "empty")[0], "pages without a frame load nothing"


def test_the_address_of_the_shop_is_one_origin_or_stays_as_it_was(blog: Blog) -> None:
    code = "foreach (array_slice($argv, 1) as $each) echo Witryna\\Frames\\origin_of($each), '|';"
    assert blog.php(code, *ADDRESSES).split("|")[:-1] == list(ADDRESSES.values())
    code = "require ABSPATH . 'wp-admin/includes/template.php'; echo Witryna\\Frames\\sanitize_shop($argv[1]);"
    assert blog.php(code, "http://eve.example") == SHOP
    assert blog.php(code, "") == ""


def test_the_plugin_calls_nobody_complains_of_nothing_and_leaves_nothing(blog: Blog) -> None:
    code = "$told = function ($x, $y, $url) { echo 'called ', $url; return new WP_Error('no'); };"
    code += "add_filter('pre_http_request', $told, 1, 3);"
    code += "echo do_shortcode('[witryna view=\"user-login\"]');"
    assert blog.php(code).startswith("<shop-frame")
    said = blog.log.read_text(encoding="utf-8") if blog.log.exists() else ""
    assert "witryna" not in said, "no warning or notice comes from our file"
    gone = "require ABSPATH . 'wp-admin/includes/plugin.php'; $name = 'witryna-frames/witryna-frames.php';"
    gone += "deactivate_plugins($name); uninstall_plugin($name); echo get_option('witryna_frames_shop', 'gone');"
    assert blog.php(gone) == "gone"
