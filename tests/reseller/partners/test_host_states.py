"""The state machine of a host as a table: every state times everything that can be seen of a name."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from webapp.reseller.partners import host_states
from webapp.reseller.partners.host_states import TRANSITIONS, WATCHED, Look, Standing, follows

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
CLAIMED = NOW - timedelta(days=1)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def at(state: str, **facts: object) -> Standing:
    """A host in a state, as it usually is there."""
    proven = state in ("dns_ok", "certificate_pending", "live", "degraded")
    usual = Standing(
        state=state,
        claimed_at=CLAIMED,
        proof="change" if proven else "",
        needs_txt=state == "conflict",
        elsewhere_at=None if state in ("draft", "conflict") else CLAIMED + HOUR,
        failing_since=NOW - 4 * DAY if state == "degraded" else None,
        failures=3 if state == "degraded" else 0,
    )
    return replace(usual, **facts)  # type: ignore[arg-type]


def here(**facts: bool) -> Look:
    return replace(Look(NOW, "here", reached=True, served=True), **facts)  # type: ignore[arg-type]


ELSEWHERE = Look(NOW, "elsewhere")
PARTLY = Look(NOW, "partly")
UNKNOWN = Look(NOW, "")

#: (before, what is seen, state after). The claim rule first.
TABLE = [
    # It led here before anybody claimed it: that proves nothing.
    (at("draft"), here(), "conflict"),
    (at("draft"), here(txt=True), "dns_ok"),
    (at("draft"), here(txt=True, rivals=True), "dns_ok"),
    (at("draft"), here(txt=True, reached=False), "conflict"),
    (at("draft"), ELSEWHERE, "waiting_dns"),
    (at("draft"), replace(ELSEWHERE, txt=True), "waiting_dns"),
    (at("draft"), replace(ELSEWHERE, rivals=True), "conflict"),
    (at("draft"), PARTLY, "waiting_dns"),
    (at("draft"), UNKNOWN, "draft"),
    # Who has proven the registrable name above it sets all its records.
    (at("draft"), here(kin=True), "dns_ok"),
    (at("draft"), here(kin=True, rivals=True), "conflict"),
    (at("conflict"), here(kin=True), "conflict"),
    (at("draft"), replace(ELSEWHERE, kin=True), "waiting_dns"),
    # It turned to us under our eyes.
    (at("waiting_dns"), here(), "dns_ok"),
    (at("waiting_dns"), here(reached=False), "waiting_dns"),
    (at("waiting_dns"), replace(here(), reached=None), "waiting_dns"),
    (at("waiting_dns"), here(rivals=True), "conflict"),
    (at("waiting_dns"), here(rivals=True, txt=True), "dns_ok"),
    (at("waiting_dns"), ELSEWHERE, "waiting_dns"),
    (at("waiting_dns"), PARTLY, "waiting_dns"),
    (at("waiting_dns"), UNKNOWN, "waiting_dns"),
    # What was seen before the claim does not count, nor does what was seen in part.
    (at("waiting_dns", elsewhere_at=None), here(), "conflict"),
    (at("waiting_dns", elsewhere_at=CLAIMED - HOUR), here(), "conflict"),
    # Only the TXT record frees a name; turning it away and back does not.
    (at("conflict"), here(), "conflict"),
    (at("conflict", elsewhere_at=NOW - HOUR), here(), "conflict"),
    (at("conflict"), here(txt=True), "dns_ok"),
    (at("conflict"), here(txt=True, rivals=True), "dns_ok"),
    (at("conflict"), here(txt=True, rivals=True, vouched=True), "conflict"),
    (at("conflict"), ELSEWHERE, "conflict"),
    (at("conflict"), replace(ELSEWHERE, txt=True), "conflict"),
    (at("conflict"), PARTLY, "conflict"),
    (at("conflict"), UNKNOWN, "conflict"),
    # On its way to a certificate.
    (at("dns_ok"), here(), "live"),
    (at("dns_ok"), here(served=False), "certificate_pending"),
    (at("dns_ok"), replace(here(), served=None), "dns_ok"),
    (at("dns_ok"), here(rivals=True), "live"),
    (at("dns_ok"), ELSEWHERE, "waiting_dns"),
    (at("dns_ok", needs_txt=True), ELSEWHERE, "conflict"),
    (at("dns_ok"), PARTLY, "dns_ok"),
    (at("dns_ok"), UNKNOWN, "dns_ok"),
    (at("certificate_pending"), here(), "live"),
    (at("certificate_pending"), here(served=False), "certificate_pending"),
    (at("certificate_pending"), replace(here(), served=None), "certificate_pending"),
    (at("certificate_pending"), ELSEWHERE, "waiting_dns"),
    (at("certificate_pending"), PARTLY, "certificate_pending"),
    (at("certificate_pending"), UNKNOWN, "certificate_pending"),
    # Live: three looks over three days, not one bad hour.
    (at("live"), here(), "live"),
    (at("live"), here(served=False), "live"),
    (at("live"), here(rivals=True), "live"),
    (at("live"), ELSEWHERE, "live"),
    (at("live", failures=40, failing_since=NOW - 71 * HOUR), ELSEWHERE, "live"),
    (at("live", failures=1, failing_since=NOW - 5 * DAY), ELSEWHERE, "live"),
    (at("live", failures=2, failing_since=NOW - 72 * HOUR), ELSEWHERE, "degraded"),
    (at("live", failures=9, failing_since=NOW - 9 * DAY), PARTLY, "live"),
    (at("live", failures=9, failing_since=NOW - 9 * DAY), UNKNOWN, "live"),
    (at("degraded"), here(), "live"),
    (at("degraded"), ELSEWHERE, "degraded"),
    (at("degraded", failing_since=NOW - 7 * DAY), ELSEWHERE, "detached"),
    (at("degraded", failing_since=NOW - 70 * DAY), UNKNOWN, "degraded"),
    (at("degraded", failing_since=NOW - 70 * DAY), PARTLY, "degraded"),
    # What has ended does not come back by itself, whatever its record says.
    *((at(state), look, state) for state in ("detached", "quarantined") for look in (here(txt=True), ELSEWHERE)),
    # The operator's word stands above what is seen.
    *((at("live", proof="operator"), look, "live") for look in (here(served=False), ELSEWHERE, UNKNOWN)),
]


@pytest.mark.parametrize(("before", "look", "after"), TABLE)
def test_what_follows_from_a_look(before: Standing, look: Look, after: str) -> None:
    assert follows(before, look).state == after


def every_look() -> list[Look]:
    flag, tried = (False, True), (None, False, True)
    facts = itertools.product(("here", "elsewhere", "partly", ""), flag, flag, flag, tried, tried, flag)
    return [Look(NOW, *each) for each in facts]


def every_standing() -> list[Standing]:
    turns = (None, CLAIMED - HOUR, CLAIMED + HOUR)
    return [
        at(state, needs_txt=needs_txt, elsewhere_at=turned, proof=proof)
        for state in TRANSITIONS
        for needs_txt in (False, True)
        for turned in turns
        for proof in ("", "change", "txt", "operator")
    ]


def test_whatever_is_seen_no_name_becomes_a_partners_without_proof() -> None:
    """P16, over all states and looks: the table of transitions holds, and ownership is proven or was there before."""
    owning = ("dns_ok", "certificate_pending", "live", "degraded")
    tried = 0
    for before, look in itertools.product(every_standing(), every_look()):
        after = follows(before, look)
        tried += 1
        assert after.state == before.state or after.state in TRANSITIONS[before.state]
        assert look.points or after == before
        if after.state in owning and before.state not in owning:
            turned = before.elsewhere_at is not None and before.elsewhere_at >= before.claimed_at
            proven = look.txt or ((turned or look.kin) and not look.rivals and not before.needs_txt)
            assert look.points == "here" and look.reached and proven and not (look.vouched and after.needs_txt)  # noqa: PT018
    assert tried > 50_000


def test_looks_come_often_at_first_and_then_seldom() -> None:
    def wait(standing: Standing, live_since: datetime | None = None) -> timedelta | None:
        return host_states.next_look(standing, live_since, NOW)

    ages = [timedelta(0), timedelta(minutes=3), timedelta(hours=2), timedelta(days=5)]
    waits = [wait(at("waiting_dns", claimed_at=NOW - age)) for age in ages]
    assert waits == [timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=10), HOUR]
    assert wait(at("live"), NOW - HOUR) == HOUR
    assert wait(at("live"), NOW - 2 * DAY) == DAY
    assert wait(at("live", failures=1), NOW - 99 * DAY) == HOUR
    assert wait(at("live", proof="operator"), NOW) is None
    assert all((wait(at(state)) is None) == (state not in WATCHED) for state in TRANSITIONS)


def test_a_partner_whose_servers_are_slow_on_purpose_keeps_a_tenth_of_a_worker() -> None:
    """Twenty names, eight seconds each (the longest that a look takes)."""
    cost = timedelta(seconds=8) * 20
    wait = host_states.next_look(at("waiting_dns", claimed_at=NOW), None, NOW, cost=cost) or DAY
    assert cost / wait <= 0.1
    quick = host_states.next_look(at("waiting_dns", claimed_at=NOW), None, NOW, cost=timedelta(seconds=0.4))
    assert quick == timedelta(seconds=5)


def test_an_authority_is_asked_less_than_it_allows() -> None:
    """Let's Encrypt: five failed validations of a name in an hour."""
    tries, passed = 0, timedelta(0)
    while passed < HOUR:
        tries += 1
        passed += host_states.next_look(at("certificate_pending", failures=tries), None, NOW) or DAY
    assert tries <= 5
