"""Users are not accounts: what a person may do depends on its rights in the account at hand (D-02, D-13)."""

from __future__ import annotations

from tests.web.account.conftest import Panel
from tests.web.account.test_names import token_of
from tests.web.client import Page
from webapp.foundation import clock
from webapp.reseller.accounts.models import Membership

EVERY = ("view", "order", "pay", "manage", "people")
#: What each address needs: any of these rights. Addresses are filled with the ids of `things`.
READS = {
    "/account/domains": ("view",),
    "/account/domains/{domain}": ("view",),
    "/account/domains/{domain}/progress": ("view",),
    "/account/proformas": ("view", "order", "pay"),
    "/account/proformas/{open}": ("view", "order", "pay"),
    "/account/proformas/{open}/progress": ("view", "order", "pay"),
    "/account/proformas/{open}/transfer.png": ("pay",),
    "/account/messages": ("view",),
    "/account/": EVERY,
    "/account/profile": EVERY,
}
WRITES = {
    "/account/domains/{domain}/renew": ("order",),
    "/account/domains/{domain}/auto-renew": ("manage",),
    "/account/proformas/{open}/credit": ("pay",),
}


def test_each_right_opens_what_it_is_for_and_nothing_else(panel: Panel) -> None:
    things = _things(panel)
    for right in EVERY:
        panel.rights(right)
        for path, rights in READS.items():
            panel.get(path.format(**things), 200 if right in rights else 403)
        token = token_of(panel.get("/account/"))
        for path, rights in WRITES.items():
            panel.anna.post(path.format(**things), {"csrf_token": token}, 303 if right in rights else 403)
        contact = {"contact-part": "contact", "csrf_token": token}
        panel.anna.post("/account/profile", contact, 422 if right == "manage" else 403)


def test_no_page_offers_what_its_address_would_refuse(panel: Panel) -> None:
    """A right that is missing means: no button, no link."""
    things = _things(panel)
    for right in EVERY:
        panel.rights(right)
        allowed = {path.format(**things): right in rights for path, rights in (READS | WRITES).items()}
        for address in (path.format(**things) for path in READS):
            if allowed[address] and not address.endswith((".png", "progress")):
                refused = [target for target in _targets(panel.get(address)) if not allowed.get(target, True)]
                assert not refused, f"{right}: {address} offers {refused}"


def _things(panel: Panel) -> dict[str, int]:
    panel.shop.sell("acme.com")
    return {"domain": panel.ends_in("acme.com", 9, "expiring"), "open": panel.shop.order("other.com").id}


def _targets(page: Page) -> list[str]:
    """Where the page's links, forms and pictures lead."""
    found = [next((each.attrs[name] for name in ("href", "action", "src") if name in each.attrs), "")
             for each in page.all("a", "form", "img")]  # fmt: skip
    return [target.partition("#")[0].partition("?")[0] for target in found]


def test_one_person_works_for_two_accounts_and_changes_between_them(panel: Panel) -> None:
    other = panel.somebody_else()
    mine, theirs = panel.shop.order("mine.com"), other.order("theirs.com")
    _join(panel, other.subscriber.account_id, ["pay"])
    start = panel.get("/account/")
    assert mine.number in start.words
    assert theirs.number not in start.words
    form = start.form("account", action="/switch")
    assert [each.text for each in form.all("button")] == ["Anna Żółkiewska", "Obcy Człowiek"]
    sent = {"account": str(other.subscriber.account_id), "csrf_token": token_of(start)}
    changed = panel.anna.follow(panel.anna.post("/account/switch", sent))
    assert theirs.number in changed.words
    assert mine.number not in changed.words
    assert "Domains" not in [each.text for each in changed.all("nav")[-1].all("a")]


def test_a_link_from_a_mail_works_whichever_account_was_looked_at(panel: Panel) -> None:
    other = panel.somebody_else()
    theirs = other.order("theirs.com")
    _join(panel, other.subscriber.account_id, ["pay"])
    assert theirs.number in panel.get(f"/account/proformas/{theirs.id}").h1
    assert theirs.number in panel.get("/account/proformas").words


def test_an_account_that_is_none_cannot_be_chosen(panel: Panel) -> None:
    token = token_of(panel.get("/account/"))
    for wanted in ("", "x", "-1", "9" * 40, "٣", "1\0"):
        panel.anna.post("/account/switch", {"account": wanted, "csrf_token": token}, 404)


def test_nobody_changes_to_an_account_of_which_they_are_no_member(panel: Panel) -> None:
    token = token_of(panel.get("/account/"))
    for shop in (panel.somebody_else(), panel.somebody_else("fremd@example.com", panel.web.nord)):
        sent = {"account": str(shop.subscriber.account_id), "csrf_token": token}
        panel.anna.post("/account/switch", sent, 404)


def test_a_person_without_an_account_is_told_what_to_do(panel: Panel) -> None:
    with panel.shop.scope(), panel.web.database.writing() as session:
        membership = session.get(Membership, 1)
        assert membership is not None
        session.delete(membership)
    assert "You have no account here any more" in panel.get("/account/").words
    panel.get("/account/profile")
    panel.get("/account/proformas", 403)


def _join(panel: Panel, account_id: int, rights: list[str]) -> None:
    user_id = panel.shop.subscriber.user.id
    with panel.shop.scope(), panel.web.database.writing() as session:
        session.add(Membership(user_id=user_id, account_id=account_id, rights=rights, created_at=clock.now()))
