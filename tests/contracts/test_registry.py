"""What every registry adapter must do: one suite over the in-memory twin and over EPP to the running sandbox."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.contracts.orders import CARD, order, together
from tests.contracts.registries import PREMIUM, Desk, EppDesk, MemoryDesk
from webapp.foundation import clock, db
from webapp.providers.errors import ProviderError
from webapp.providers.registry.port import RegistryPort


@pytest.fixture(params=["memory", "epp"])
def desk(request: pytest.FixtureRequest) -> Iterator[Desk]:
    if request.param == "memory":
        yield MemoryDesk()
    else:
        yield request.getfixturevalue("epp_desk")


@pytest.fixture
def port(desk: Desk) -> RegistryPort:
    return desk.port


def register(port: RegistryPort, name: str, key: str = "op-1-1", **changes: Any) -> None:
    port.ensure_contact(CARD, "contact-1")
    port.register(order(name, **changes), key)


def refusal(act: Callable[[], object]) -> ProviderError:
    """The proven refusal that ``act`` ends in."""
    with pytest.raises(ProviderError) as caught:
        act()
    assert caught.value.permanent, caught.value
    return caught.value


def lost(act: Callable[[], object]) -> ProviderError:
    """The unknown outcome that ``act`` ends in."""
    with pytest.raises(ProviderError) as caught:
        act()
    assert not caught.value.permanent, caught.value
    return caught.value


# --- availability -------------------------------------------------------------------------------------


def test_check_answers_in_the_order_asked_doubles_and_spellings_included(desk: Desk) -> None:
    desk.take("taken.com")
    rows = desk.port.check(["free-one.com", "taken.com", "Free-One.COM.", "other.pl", "taken.com"])
    assert [(row.name, row.state) for row in rows] == [
        ("free-one.com", "free"),
        ("taken.com", "taken"),
        ("free-one.com", "free"),
        ("other.pl", "free"),
        ("taken.com", "taken"),
    ]


def test_check_of_nothing_is_nothing(port: RegistryPort) -> None:
    assert port.check([]) == []
    assert list(port.check_each([])) == []


@pytest.mark.parametrize(
    "name", ["", " ", "no dots", "ala ma kota.pl", "źle.pl", "-a.com", "a" * 64 + ".com", "x.com\n", "&.com"]
)
def test_a_name_that_is_none_is_unknown_and_spoils_no_other_row(port: RegistryPort, name: str) -> None:
    rows = port.check([name, "good-name.com"])
    assert [(row.name, row.state) for row in rows] == [(name, "unknown"), ("good-name.com", "free")]


def test_a_premium_name_is_not_offered_as_free(desk: Desk) -> None:
    desk.make_premium("jewel.com")
    jewel, plain = desk.port.check(["jewel.com", "plain-name.com"])
    assert (jewel.state, jewel.quote) == ("premium", PREMIUM)
    assert (plain.state, plain.quote) == ("free", None), "a standard price is the price list's"


def test_a_name_that_the_registry_does_not_serve_is_never_free(epp_desk: EppDesk) -> None:
    rows = epp_desk.port.check(["a.com", "b.not-served-here", "nic.com", "c.com"])
    assert [row.state == "free" for row in rows] == [True, False, False, True]


def test_every_name_is_streamed_once(port: RegistryPort) -> None:
    names = [f"stream-{number}.com" for number in range(60)]
    rows = list(port.check_each([*names, *names]))
    assert sorted(row.name for row in rows) == sorted(names)


@pytest.mark.parametrize("name", ["memory", "epp"])
def test_an_unreachable_registry_makes_rows_unknown_and_never_raises(name: str, request: pytest.FixtureRequest) -> None:
    desk = MemoryDesk() if name == "memory" else EppDesk(request.getfixturevalue("leaving_registry"))
    desk.port.check(["warm.com"])
    desk.go_away()
    rows = desk.port.check(["a.com", "b.com"])
    assert [row.state for row in rows] == ["unknown", "unknown"]
    assert all(row.reason for row in rows)
    desk.port.close()


# --- registration -------------------------------------------------------------------------------------


def test_a_registered_name_is_ours_for_the_years_ordered_with_our_fingerprint(port: RegistryPort) -> None:
    before = clock.now() - timedelta(minutes=1)
    port.ensure_contact(CARD, "contact-1")
    receipt = port.register(order("fresh.com", years=2), "op-1-1")
    facts = port.info("fresh.com")
    assert facts is not None
    assert (facts.ours, facts.registrant, facts.auth_info) == (True, CARD.handle, "x7-fingerprint")
    assert facts.created_at is not None
    assert facts.created_at >= before
    assert facts.created_at.tzinfo is UTC
    assert facts.expires_at == receipt.expires_at
    assert facts.expires_at is not None
    assert facts.expires_at.date() == clock.add_years(facts.created_at.date(), 2)
    assert receipt.registry_transaction
    assert not receipt.pending
    assert port.check(["fresh.com"])[0].state == "taken"


def test_info_of_a_free_name_is_none(port: RegistryPort) -> None:
    assert port.info("nobody-has-it.com") is None


def test_anothers_name_is_not_ours_and_hides_its_secret(desk: Desk) -> None:
    register(desk.other, "theirs.com")
    facts = desk.port.info("theirs.com")
    assert facts is not None
    assert (facts.ours, facts.auth_info) == (False, None)
    assert facts.sponsor


def test_a_name_that_somebody_took_in_between_is_refused_for_good(desk: Desk) -> None:
    desk.port.ensure_contact(CARD, "contact-1")
    assert desk.port.check(["race.com"])[0].state == "free"
    desk.take("race.com")
    assert refusal(lambda: desk.port.register(order("race.com"), "op-1-1")).code == 2302


def test_registering_twice_is_refused_and_changes_nothing(port: RegistryPort) -> None:
    register(port, "once.com")
    before = port.info("once.com")
    assert refusal(lambda: port.register(order("once.com", auth_info="y8-another-one"), "op-1-2")).code == 2302
    assert port.info("once.com") == before


def test_an_unknown_holder_is_a_refusal(port: RegistryPort) -> None:
    assert refusal(lambda: port.register(order("orphan.com", registrant="NOBODY-9"), "op-1-1")).code == 2303
    assert port.info("orphan.com") is None


def test_nameservers_need_not_be_known_to_the_registry_before(port: RegistryPort) -> None:
    register(port, "hosted.com", nameservers=("ns1.dns.example", "ns2.dns.example"))
    register(port, "hosted-too.com", "op-2-1", nameservers=("ns2.dns.example", "ns3.dns.example"))
    assert port.info("hosted-too.com") is not None


@pytest.mark.parametrize("name", ["", "nodots", "two words.com", "źle.pl"])
def test_an_impossible_name_is_refused_before_it_is_sent(desk: Desk, name: str) -> None:
    refusal(lambda: desk.port.register(order(name), "op-1-1"))
    refusal(lambda: desk.port.info(name))
    assert desk.count("domain:create") == 0


@pytest.mark.parametrize("key", ["", "ab", "x" * 65, "with space", "<&>"])
def test_an_unusable_key_is_refused_before_anything_is_sent(desk: Desk, key: str) -> None:
    refusal(lambda: desk.port.register(order("keyed.com"), key))
    refusal(lambda: desk.port.ensure_contact(CARD, key))
    assert desk.count("domain:create") == 0


def test_the_callers_key_is_the_clientid_in_the_registrys_log(epp_desk: EppDesk) -> None:
    register(epp_desk.port, "logged.com", "demo-77-1")
    assert "demo-77-1" in epp_desk.keys("domain:create")


# --- contacts -----------------------------------------------------------------------------------------


def test_ensuring_a_contact_again_is_harmless(port: RegistryPort) -> None:
    assert port.ensure_contact(CARD, "contact-1") == CARD.handle
    assert port.ensure_contact(CARD, "contact-2") == CARD.handle


def test_a_handle_that_another_registrar_has_is_refused(desk: Desk) -> None:
    desk.other.ensure_contact(CARD, "contact-1")
    assert refusal(lambda: desk.port.ensure_contact(CARD, "contact-1")).code == 2302


@pytest.mark.parametrize("done", [False, True])
def test_a_contact_whose_answer_was_lost_is_ensured_by_a_repeat(desk: Desk, done: bool) -> None:
    desk.lose("contact:create", done=done)
    lost(lambda: desk.port.ensure_contact(CARD, "contact-1"))
    assert desk.port.ensure_contact(CARD, "contact-2") == CARD.handle


# --- renewal ------------------------------------------------------------------------------------------


def expiry(port: RegistryPort, name: str) -> datetime:
    facts = port.info(name)
    assert facts is not None
    assert facts.expires_at is not None
    return facts.expires_at


def test_a_renewal_adds_the_years_to_the_present_expiry(port: RegistryPort) -> None:
    register(port, "keep.com")
    first = expiry(port, "keep.com")
    receipt = port.renew("keep.com", first.date(), 2, "op-2-1")
    assert receipt.expires_at == expiry(port, "keep.com")
    assert receipt.expires_at is not None
    assert receipt.expires_at.date() == clock.add_years(first.date(), 2)


def test_the_same_renewal_sent_twice_renews_once(port: RegistryPort) -> None:
    register(port, "keep.com")
    first = expiry(port, "keep.com")
    port.renew("keep.com", first.date(), 1, "op-2-1")
    refusal(lambda: port.renew("keep.com", first.date(), 1, "op-2-2"))
    assert expiry(port, "keep.com").date() == clock.add_years(first.date(), 1)


def test_a_renewal_of_what_is_not_ours_is_refused(desk: Desk) -> None:
    register(desk.other, "theirs.com")
    day = expiry(desk.other, "theirs.com").date()
    assert refusal(lambda: desk.port.renew("theirs.com", day, 1, "op-2-1")).code == 2201
    assert refusal(lambda: desk.port.renew("nobodys.com", day, 1, "op-2-2")).code == 2303


# --- lost answers -------------------------------------------------------------------------------------


@pytest.mark.parametrize("done", [False, True])
def test_after_a_lost_registration_info_tells_what_became_of_it(desk: Desk, done: bool) -> None:
    desk.port.ensure_contact(CARD, "contact-1")
    desk.lose("domain:create", done=done)
    assert lost(lambda: desk.port.register(order("lost.com"), "op-1-1")).code is None
    facts = desk.port.info("lost.com")
    assert (facts is not None) is done
    if facts is not None:
        assert (facts.ours, facts.auth_info) == (True, "x7-fingerprint")
    assert desk.count("domain:create") == 1


@pytest.mark.parametrize("done", [False, True])
def test_after_a_lost_renewal_the_expiry_tells_what_became_of_it(desk: Desk, done: bool) -> None:
    register(desk.port, "keep.com")
    first = expiry(desk.port, "keep.com")
    desk.lose("domain:renew", done=done)
    lost(lambda: desk.port.renew("keep.com", first.date(), 1, "op-2-1"))
    assert (expiry(desk.port, "keep.com") > first) is done
    assert desk.count("domain:renew") == 1


@pytest.mark.parametrize("code", [2400, 2500, 2502])
def test_the_registrys_own_trouble_is_no_refusal_and_does_not_last(desk: Desk, code: int) -> None:
    desk.port.ensure_contact(CARD, "contact-1")
    desk.answer_code("domain:create", code)
    assert lost(lambda: desk.port.register(order("later.com"), "op-1-1")).code == code
    assert desk.port.info("later.com") is None
    desk.port.register(order("later.com"), "op-1-2")
    assert desk.port.info("later.com") is not None


def test_a_registrys_no_from_the_fault_switch_is_a_refusal(desk: Desk) -> None:
    desk.port.ensure_contact(CARD, "contact-1")
    desk.answer_code("domain:create", 2306)
    assert refusal(lambda: desk.port.register(order("policy.com"), "op-1-1")).code == 2306


# --- notices ------------------------------------------------------------------------------------------


def test_an_empty_queue_is_none_and_acknowledging_nothing_is_harmless(port: RegistryPort) -> None:
    assert port.poll() is None
    port.ack("999999")


def test_a_notice_stays_until_it_is_acknowledged(desk: Desk) -> None:
    desk.notify("wanted.com")
    notice = desk.port.poll()
    assert notice is not None
    assert desk.port.poll() == notice
    assert (notice.name, bool(notice.text)) == ("wanted.com", True)
    assert notice.queued_at is not None
    assert abs(notice.queued_at - clock.now()) < timedelta(minutes=1)
    desk.port.ack(notice.id)
    desk.port.ack(notice.id)
    assert desk.port.poll() is None


# --- house rules --------------------------------------------------------------------------------------


def test_no_call_is_made_inside_a_write_transaction(desk: Desk, write_transaction: Callable[[], Any]) -> None:
    calls: list[Callable[[], object]] = [
        lambda: desk.port.check(["a.com"]),
        lambda: desk.port.check_each(["a.com"]),
        lambda: desk.port.info("a.com"),
        lambda: desk.port.ensure_contact(CARD, "contact-1"),
        lambda: desk.port.register(order("a.com"), "op-1-1"),
        lambda: desk.port.renew("a.com", clock.now().date(), 1, "op-2-1"),
        desk.port.poll,
        lambda: desk.port.ack("1"),
    ]
    with write_transaction():
        for call in calls:
            with pytest.raises(db.NetworkInTransaction):
                call()
    assert desk.count("domain:check") + desk.count("domain:create") == 0


def test_the_observer_stands_before_and_after_each_command(desk: Desk) -> None:
    seen: list[tuple[str, str]] = []
    desk.port.observer = lambda phase, command: seen.append((phase, command))
    register(desk.port, "seen.com")
    desk.port.info("seen.com")
    assert [pair for pair in seen if pair[1] in {"contact:create", "domain:create", "domain:info"}] == [
        ("before", "contact:create"),
        ("after", "contact:create"),
        ("before", "domain:create"),
        ("after", "domain:create"),
        ("before", "domain:info"),
        ("after", "domain:info"),
    ]


def test_a_crash_before_the_command_sends_nothing_and_after_it_the_work_is_done(desk: Desk) -> None:
    class Crash(BaseException):
        pass

    def crash_at(phase: str) -> Callable[[str, str], None]:
        def observer(at: str, command: str) -> None:
            if (at, command) == (phase, "domain:create"):
                raise Crash

        return observer

    desk.port.ensure_contact(CARD, "contact-1")
    for phase, done in (("before", False), ("after", True)):
        desk.port.observer = crash_at(phase)
        with pytest.raises(Crash):
            desk.port.register(order(f"crash-{phase}.com"), f"op-{phase}")
        desk.port.observer = None
        assert (desk.port.info(f"crash-{phase}.com") is not None) is done


def test_calling_after_close_works_again(port: RegistryPort) -> None:
    port.check(["a.com"])
    port.close()
    assert port.check(["a.com"])[0].state == "free"


# --- many at once -------------------------------------------------------------------------------------


def test_of_twenty_orders_for_one_name_one_succeeds(port: RegistryPort) -> None:
    port.ensure_contact(CARD, "contact-1")
    codes: list[int | None] = []

    def go(number: int) -> None:
        try:
            port.register(order("wanted.com", auth_info=f"secret-{number:04}"), f"op-{number}-1")
            codes.append(1000)
        except ProviderError as error:
            codes.append(error.code)

    together(20, go)
    assert sorted(codes, key=str) == [1000] + [2302] * 19
