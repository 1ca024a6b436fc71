"""Which addresses exist where, what errors look like at each door, health and figures."""

from __future__ import annotations

import pytest

from tests.web.client import Client
from tests.web.conftest import API, OPERATOR, PANEL, MakeWeb, Web
from webapp.foundation import tenancy
from webapp.foundation.logs import JsonFormatter
from webapp.reseller.partners.audit import SYSTEM
from webapp.reseller.partners.hosts import add_host

PLATFORM = "localhost:8000"


# --- doors ---------------------------------------------------------------------------------------------------


def _paths(web: Web, door: str) -> list[str]:
    rules = web.app.url_map.iter_rules()
    return sorted({r.rule for r in rules if r.subdomain == door and not r.arguments and "GET" in (r.methods or ())})


@pytest.mark.parametrize("door", ["sales", "operator"])
def test_the_panels_do_not_exist_on_shop_hosts(web: Web, door: str) -> None:
    shop = web.shop(web.acme)
    shops_own = {"/", *_paths(web, "shop")}
    for path in set(_paths(web, door)) - shops_own:
        assert shop.open("GET", path).status == 404, path
        assert shop.open("POST", path).status == 404, path


@pytest.mark.parametrize("host", [PANEL, OPERATOR, API, PLATFORM])
def test_the_shop_does_not_exist_on_platform_hosts(web: Web, host: str) -> None:
    client = web.client(host)
    for path in ("/pl/", "/pl/cart", "/account/", "/account/sign-in", "/me"):
        assert client.open("GET", path).status == 404, path


def test_a_shop_answers_at_its_own_host_and_links_only_within_it(web: Web) -> None:
    with web.database.writing(tenancy.Platform("operator")) as session:
        add_host(session, SYSTEM, web.acme.id, "shop.example", platform_host=PLATFORM)
    page = web.client("shop.example").get("/pl/")
    links = [each.attrs["href"] for each in page.all("a") if not each.attrs["href"].startswith(("mailto:", "#"))]
    assert links
    assert all(link.startswith("/") and not link.startswith("//") for link in links)
    assert (
        "evil" not in web.client("shop.example").open("GET", "/pl/", headers={"X-Forwarded-Host": "evil.example"}).text
    )


def test_a_missing_slash_is_put_right_by_a_path(web: Web) -> None:
    shop = web.shop(web.acme)
    assert shop.get("/pl", 308).location == "/pl/"
    assert shop.get("/account?x=1", 308).location == "/account/?x=1"
    assert shop.open("GET", "//evil.example/..").status in (308, 404)


def test_the_first_page_leads_to_the_visitors_language(web: Web) -> None:
    shop = web.shop(web.acme)
    for wanted, path in (("en", "/en/"), ("pl", "/pl/"), ("de", "/pl/"), ("", "/pl/"), ("x" * 3000, "/pl/")):
        answer = shop.get("/", 302, headers={"Accept-Language": wanted})
        assert answer.location == path
        assert "Accept-Language" in answer.response.headers["Vary"]


def test_a_language_that_the_shop_does_not_speak_is_not_there(web: Web) -> None:
    web.shop(web.acme).get("/de/", 404)
    web.shop(web.nord).get("/de/")


# --- errors --------------------------------------------------------------------------------------------------


def test_a_shops_error_page_is_the_shops(web: Web) -> None:
    page = web.shop(web.acme).get("/nowhere", 404)
    assert "Acme Domeny" in page.words
    assert "/theme/" in page.text


@pytest.mark.parametrize("host", [PANEL, OPERATOR])
def test_a_panels_error_page_tells_a_stranger_nothing(web: Web, host: str) -> None:
    page = web.client(host).get("/nowhere", 404)
    assert "Acme" not in page.text
    assert page.response.headers["Cache-Control"] == "private, no-store"


def test_the_api_answers_with_problem_json(web: Web) -> None:
    answer = web.client(API).open("GET", "/v1/nowhere").response
    assert answer.status_code == 404
    assert answer.mimetype == "application/problem+json"
    assert answer.json is not None
    assert answer.json["status"] == 404
    assert set(answer.json) == {"title", "detail", "status"}


def test_the_wrong_method_says_which_are_right(web: Web) -> None:
    page = web.client(PANEL).get("/sign-out", 405)
    assert "POST" in page.response.headers["Allow"]


def test_too_much_at_once_is_refused_with_a_sentence(web: Web) -> None:
    client = web.client(PANEL)
    token = client.get("/sign-in").form("email").all("input")[0].attrs["value"]
    fields = {"csrf_token": token, "email": "x" * 600_000}
    assert client.open("POST", "/sign-in", data=fields).status == 413
    many = {f"f{number}": "x" for number in range(1500)} | {"csrf_token": token}
    assert client.open("POST", "/sign-in", data=many, content_type="multipart/form-data").status == 413
    announced = {"environ_overrides": {"CONTENT_LENGTH": str(13 * 2**20)}}
    assert client.open("POST", "/sign-in", content_type="multipart/form-data; boundary=x", **announced).status == 413


def test_an_unexpected_error_gives_nothing_away(web: Web) -> None:
    def broken() -> str:
        raise RuntimeError("the secret is 42")

    web.app.view_functions["storefront.home"] = broken
    page = web.shop(web.acme).get("/pl/", 500)
    assert "the secret" not in page.text
    assert "RuntimeError" not in page.text
    assert page.response.headers["X-Request-Id"] in page.words
    assert 'lang="pl"' in page.text


def test_the_token_of_a_link_does_not_get_into_the_log(web: Web, caplog: pytest.LogCaptureFixture) -> None:
    def broken(token: str) -> str:
        raise RuntimeError("out of order")

    web.app.view_functions["account.new_password"] = broken
    web.app.before_request_funcs["account"] = []
    web.shop(web.acme).get("/account/reset/abcdefghijklmnop", 500)
    written = [JsonFormatter().format(record) for record in caplog.records]
    assert any("account.new_password" in line and "out of order" in line for line in written)
    assert not any("abcdefghijklmnop" in line for line in written)


def test_an_error_in_the_error_page_still_gives_a_page(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> dict[str, object]:
        raise RuntimeError("the database is gone")

    monkeypatch.setitem(web.app.template_context_processors, None, [broken])
    page = web.shop(web.acme).get("/en/", 500)
    assert page.h1 == "Something went wrong on our side"
    assert "Content-Security-Policy" in page.response.headers


def test_every_answer_carries_the_security_headers(web: Web) -> None:
    wanted = {"Content-Security-Policy", "Referrer-Policy", "X-Content-Type-Options", "Permissions-Policy"}
    asked = [(web.shop(web.acme), p) for p in ("/", "/pl/", "/nowhere", "/account/", "/theme/x.css", "/pl")]
    asked += [(web.client(host), p) for host in (PANEL, OPERATOR, API, PLATFORM) for p in ("/", "/healthz", "/nowhere")]
    asked.append((web.client("nobody.example"), "/"))
    for client, path in asked:
        answer = client.open("GET", path).response
        assert wanted <= set(answer.headers.keys()), (client.host, path)


# --- assets --------------------------------------------------------------------------------------------------


def test_static_files_are_kept_for_a_year_under_their_hash_and_gzipped(web: Web) -> None:
    shop = web.shop(web.acme)
    address = web.app.statics.url("css/core.css")
    answer = shop.open("GET", address, headers={"Accept-Encoding": "gzip"}).response
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "Set-Cookie" not in answer.headers
    old = shop.open("GET", "/static/000000000000/css/core.css").response
    assert old.headers["Cache-Control"] == "no-cache", "an old page still finds the file, nobody keeps it"


@pytest.mark.parametrize(
    "path", ["/static/x/../../app.py", "/static/x/%2e%2e/app.py", "/static/", "/static/x/nothing.css"]
)
def test_static_serves_nothing_but_its_files(web: Web, path: str) -> None:
    assert web.shop(web.acme).open("GET", path).status == 404


def test_a_typo_in_a_static_address_does_not_go_live(web: Web) -> None:
    with pytest.raises(LookupError):
        web.app.statics.url("css/cor.css")


def test_the_brands_stylesheet_is_the_shops_own(web: Web) -> None:
    sheets = {}
    for partner in (web.acme, web.nord):
        shop = web.shop(partner)
        address = next(e.attrs["href"] for e in shop.get("/en/").all("link") if "/theme/" in e.attrs.get("href", ""))
        answer = shop.open("GET", address).response
        assert answer.mimetype == "text/css"
        assert "immutable" in answer.headers["Cache-Control"]
        sheets[partner.code] = answer.get_data()
    assert sheets[web.acme.code] != sheets[web.nord.code]


@pytest.mark.parametrize("name", ["../secret", "..", ".hidden", "a/b.png", "missing.png"])
def test_media_serves_nothing_but_media(web: Web, name: str) -> None:
    assert web.shop(web.acme).open("GET", f"/media/{name}").status == 404


# --- health and figures --------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", [PLATFORM, PANEL, OPERATOR, API])
def test_health_is_told_on_every_platform_host(web: Web, host: str) -> None:
    assert web.client(host).open("GET", "/healthz").response.json == {"status": "ok"}


def test_health_is_bad_without_the_database(make_web: MakeWeb, tmp_path: object) -> None:
    web = make_web()
    broken = make_web(database_url=f"sqlite:///{tmp_path}/no/such/folder/x.sqlite3")
    assert broken.client(PLATFORM).open("GET", "/healthz").status == 503
    assert Client(broken.app, f"csp1001.{PLATFORM}").open("GET", "/pl/").status == 503
    assert web.client(PLATFORM).open("GET", "/healthz").status == 200


def test_figures_are_for_those_with_the_token(make_web: MakeWeb) -> None:
    web = make_web(metrics_token="a long enough token")
    client = web.client(PLATFORM)
    far = {"REMOTE_ADDR": "203.0.113.9"}
    assert client.open("GET", "/metrics").status == 404, "a proxy on this machine may speak for anybody"
    assert client.open("GET", "/metrics", environ_base=far).status == 404
    assert client.open("GET", "/metrics", headers={"Authorization": "Bearer wrong"}, environ_base=far).status == 404
    right = {"Authorization": "Bearer a long enough token"}
    shown = client.open("GET", "/metrics", headers=right, environ_base=far)
    assert "witryna_request_seconds" in shown.text
    assert web.client(PANEL).open("GET", "/metrics").status == 404


def test_without_a_token_set_figures_are_for_this_machine_and_no_token_is_right(web: Web) -> None:
    client = web.client(PLATFORM)
    assert "witryna_request_seconds" in client.open("GET", "/metrics").text
    assert client.open("GET", "/metrics", headers={"X-Forwarded-For": "203.0.113.9"}).status == 404
    far = {"REMOTE_ADDR": "203.0.113.9"}
    for value in ("", "Bearer", "Bearer "):
        answer = client.open("GET", "/metrics", headers={"Authorization": value}, environ_base=far)
        assert answer.status == 404


def test_figures_name_no_partner(web: Web) -> None:
    web.shop(web.acme).get("/pl/")
    text = web.client(PLATFORM).open("GET", "/metrics").text
    assert web.acme.code not in text
    assert "witryna_outbox_backlog" in text


@pytest.mark.parametrize(("proxies", "seen"), [(0, "127.0.0.1"), (1, "203.0.113.9")])
def test_a_forwarded_address_counts_only_behind_our_own_proxy(make_web: MakeWeb, proxies: int, seen: str) -> None:
    web = make_web(trusted_proxies=proxies)
    found: list[str | None] = []

    @web.app.before_request
    def note() -> None:
        from flask import request

        found.append(request.remote_addr)

    web.client(PANEL).open("GET", "/sign-in", headers={"X-Forwarded-For": "198.51.100.7, 203.0.113.9"})
    assert found == [seen]
