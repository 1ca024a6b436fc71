"""The shim over htmx-flask: each defect of the library, shown first, and what the shim does instead."""

from __future__ import annotations

import json
from typing import cast

import pytest
from flask import Flask, Response, redirect, request
from htmx_flask import Htmx
from htmx_flask import make_response as library_response

from webapp.foundation.htmx import HtmxRequest, hx, init_htmx


class ShopRequest(HtmxRequest):
    """An app's own request class."""

    max_content_length = 12345


@pytest.fixture
def app() -> Flask:
    app = Flask(__name__)
    init_htmx(app, ShopRequest)
    app.add_url_rule("/", view_func=_describe)
    app.add_url_rule("/stream", "stream", lambda: Response("data: x\n\n", mimetype="text/event-stream"))
    app.add_url_rule("/data", "data", lambda: {"a": 1})
    app.add_url_rule("/away", "away", lambda: redirect("/"))
    return app


def _describe() -> Response:
    asked = cast(ShopRequest, request)
    seen = {
        "htmx": asked.is_htmx,
        "fragment": asked.is_fragment,
        "target": asked.hx_target_id,
        "own": asked.max_content_length,
    }
    return Response(json.dumps(seen), mimetype="text/html")


def seen(app: Flask, **headers: str) -> dict[str, object]:
    answer = app.test_client().get("/", headers={name.replace("_", "-"): value for name, value in headers.items()})
    return cast(dict[str, object], json.loads(answer.data))


@pytest.mark.parametrize("style", ["beforebegin", "afterbegin"])
def test_defect_1_two_swap_styles_are_not_lost(app: Flask, style: str) -> None:
    with app.app_context(), pytest.raises(ValueError, match="Invalid reswap"):
        library_response("", reswap=style)
    assert hx(Response(), reswap=style).headers["HX-Reswap"] == style


@pytest.mark.parametrize(
    "style", ["innerHTML show:top", "outerMorph", "textContent", "innerHTML swap:1s transition:true"]
)
def test_defect_2_modifiers_and_morphs_are_possible(app: Flask, style: str) -> None:
    with app.app_context(), pytest.raises(ValueError, match="Invalid reswap"):
        library_response("", reswap=style)
    assert hx(Response(), reswap=style).headers["HX-Reswap"] == style


def test_defect_3_the_apps_own_request_class_survives(app: Flask) -> None:
    plain = Flask("plain")
    plain.request_class = ShopRequest
    Htmx(plain)
    assert plain.request_class is not ShopRequest
    assert app.request_class is ShopRequest
    assert seen(app)["own"] == 12345


def test_defect_4_reselect_and_vary(app: Flask) -> None:
    with app.app_context(), pytest.raises(TypeError, match="reselect"):
        library_response("", reselect="#main")
    assert hx(Response(), reselect="#main").headers["HX-Reselect"] == "#main"
    for path in ("/", "/stream", "/away"):
        assert set(app.test_client().get(path).vary) == {"HX-Request", "HX-Request-Type"}
    assert not app.test_client().get("/data").vary


def test_defect_5_htmx_4_says_target_and_request_type(app: Flask) -> None:
    found = seen(app, HX_Request="true", HX_Request_Type="partial", HX_Target="div#results")
    assert (found["target"], found["fragment"]) == ("results", True)
    assert seen(app, HX_Request="true", HX_Target="div#wynik%C3%B3w")["target"] == "wyników"
    assert seen(app, HX_Request="true", HX_Target="form")["target"] is None


@pytest.mark.parametrize(
    ("headers", "fragment"),
    [
        ({}, False),
        ({"HX_Request": "true"}, True),
        ({"HX_Request": "true", "HX_Request_Type": "partial"}, True),
        ({"HX_Request": "true", "HX_Request_Type": "full"}, False),
        ({"HX_Request": "true", "HX_History_Restore_Request": "true"}, False),
        ({"HX_Request": "false"}, False),
        ({"HX_Request_Type": "partial"}, False),
    ],
)
def test_the_whole_page_unless_htmx_asks_for_a_part(app: Flask, headers: dict[str, str], fragment: bool) -> None:
    assert seen(app, **headers)["fragment"] is fragment


def test_response_headers_take_texts_objects_and_other_letters() -> None:
    answer = hx(
        Response(),
        trigger={"toast": "żółw"},
        push_url="/pl/domeny?q=żółw",
        replace_url=False,
        refresh=True,
        location={"path": "/x", "target": "#main"},
        retarget=None,
    )
    assert json.loads(answer.headers["HX-Trigger"]) == {"toast": "żółw"}
    assert answer.headers["HX-Push-Url"] == "/pl/domeny?q=%C5%BC%C3%B3%C5%82w"
    assert (answer.headers["HX-Replace-Url"], answer.headers["HX-Refresh"]) == ("false", "true")
    assert json.loads(answer.headers["HX-Location"])["path"] == "/x"
    assert "HX-Retarget" not in answer.headers
    for value in answer.headers.values():
        value.encode("latin-1")


def test_a_misspelt_or_forgotten_header_is_a_mistake_of_ours() -> None:
    for name in ("trigger_after_swap", "re_swap", "target"):
        with pytest.raises(ValueError, match="knows no"):
            hx(Response(), **{name: "x"})


def test_a_line_break_cannot_add_a_header() -> None:
    with pytest.raises(ValueError, match="newline"):
        hx(Response(), trigger="a\r\nSet-Cookie: b=c")
