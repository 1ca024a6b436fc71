"""Who may see what: another partner's things do not exist, staff are no owners, strangers sign in first."""

from __future__ import annotations

from tests.web.conftest import PANEL
from tests.web.sales.conftest import Desk, token

OWNERS_ONLY = ("/settings/brand", "/settings/languages", "/settings/staff")


def test_another_partners_things_do_not_exist(desk: Desk) -> None:
    theirs = desk.other_shop()
    proforma = theirs.order("fremd.com")
    domain = theirs.domains()["fremd.com"]
    account = theirs.subscriber.account_id
    for path in (
        f"/proformas/{proforma.id}",
        f"/proformas/{proforma.id}/progress",
        f"/proformas/{proforma.id}/cancel",
        f"/domains/{domain.id}",
        f"/subscribers/{account}",
        f"/proformas/new?account={account}",
    ):
        desk.owner.get(path, 404)
    csrf = token(desk.owner.get("/proformas/new"))
    for path in (
        f"/proformas/{proforma.id}/activate",
        f"/proformas/{proforma.id}/cancel",
        f"/domains/{domain.id}/renewal",
    ):
        desk.owner.post(path, {"csrf_token": csrf}, 404)
    assert theirs.proforma(proforma.id).state == "issued"
    for path in ("/proformas", "/domains", "/subscribers", "/search?q=fremd", "/log", "/notifications", "/settlements"):
        words = desk.owner.get(path).words
        assert "fremd.com" not in words
        assert "Obcy" not in words


def test_staff_work_but_do_not_change_settings(desk: Desk) -> None:
    staff = desk.staff("staff")
    for path in OWNERS_ONLY:
        staff.get(path, 403)
    assert staff.get("/settings", 303).location == "/settings/me"
    proforma = desk.shop.order("rowery.com")
    assert "is paid" in staff.follow(staff.submit(staff.get(f"/proformas/{proforma.id}"), {"reference": ""})).words


def test_strangers_sign_in_first_and_come_back(desk: Desk) -> None:
    stranger = desk.web.client(PANEL)
    door = stranger.get("/proformas?state=paid", 303)
    assert "/sign-in" in door.location
    form = stranger.follow(door)
    answer = stranger.submit(form, {"email": "owner-csp1001@example.com", "password": "correct horse battery"})
    assert answer.location == "/proformas?state=paid"


def test_the_search_finds_by_any_part(desk: Desk) -> None:
    proforma = desk.shop.order("rowery.com")
    number = proforma.number
    parts = (number[-5:], number[:3], number[2:9], number[-4:-1])
    for text in ("rower", "ROWERY.COM", "żółk", "ŻÓŁKIEWSKA", "anna@", *parts):
        assert "Nothing contains" not in desk.owner.get("/search", query_string={"q": text}).words, text
    assert number in desk.owner.get("/proformas", query_string={"q": number[2:9].lower()}).words
    assert "Nothing contains" in desk.owner.get("/search", query_string={"q": "%_\\'\";--"}).words


def test_a_panel_page_of_another_host_is_not_there(desk: Desk) -> None:
    desk.web.shop(desk.web.acme).get("/proformas", 404)
