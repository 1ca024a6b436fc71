"""A partner brings a name of its own: from the claim to the shop that answers there, and all that comes between."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.reseller.partners.hosting import ELSEWHERE, HERE, OWNER, PLATFORM, Install
from webapp.foundation import clock, db, jobs, tenancy
from webapp.foundation.outbox import OutboxRow
from webapp.foundation.refusal import Refusal
from webapp.reseller.partners import host_tasks, hosts
from webapp.reseller.partners import queries as partner_queries
from webapp.wiring import TASKS


def test_a_record_is_set_and_the_shop_answers_there_as_its_main_address(each_install: Install) -> None:
    """H-53."""
    install = each_install
    name = "life.example"
    install.zone(name)
    host = install.claim(install.acme, "HTTP://Life.Example/shop")
    assert (host.name, host.state, install.shop_at(name)) == (name, "draft", "")
    assert install.look(host) == "waiting_dns"
    seen = install.row(host)
    assert (seen.dns["code"], seen.dns["seen"], seen.https["code"]) == ("wrong_address", ["198.51.100.7"], "waiting")
    version = content_version(install)
    install.set(name, HERE)
    assert install.look(host) == "live"
    live = install.row(host)
    assert (live.proof, live.dns["code"], live.https["code"]) == ("change", "ok", "ok")
    assert live.https["params"]["issuer"] == "Test Authority"
    assert (install.shop_at(name), install.primary(install.acme)) == ("csp1001", name)
    assert content_version(install) > version
    assert install.told(install.acme) == ["live"]
    assert install.deeds(install.acme) == ["host.claimed", "host.live", "host.primary"]
    assert install.front.tls_asked[-1] == name


def test_the_worker_looks_by_itself_and_writes_to_the_owners(install: Install) -> None:
    """No button is pressed: from the claim on the row comes back by itself, and ends with the name."""
    install.zone("worker.example")
    host = install.claim(install.acme, "worker.example")
    work(install)
    assert install.row(host).state == "waiting_dns"
    assert check_row(install).available_at <= clock.now() + timedelta(seconds=6)
    install.set("worker.example", HERE)
    with clock.shifted(timedelta(seconds=6)):
        work(install)
    assert install.row(host).state == "live"
    sent = [mail for mail in install.here.mailer.sent if "worker.example" in mail.subject]
    assert [mail.recipient for mail in sent] == ["ewa@csp1001.example"]
    assert "https://worker.example/" in sent[0].text
    install.remove(install.acme, host)
    with clock.shifted(timedelta(hours=2)):
        work(install)
    assert check_row(install).done_at is not None


def work(install: Install) -> None:
    jobs.drain(install.here, install.database, TASKS)


def check_row(install: Install) -> OutboxRow:
    with install.database.reading(tenancy.Platform("outbox")) as session:
        return session.scalars(select(OutboxRow).where(OutboxRow.kind == "host.check")).one()


def test_pressing_the_button_looks_at_once(install: Install) -> None:
    install.zone("button.example")
    host = install.claim(install.acme, "button.example")
    work(install)
    with install.working(install.acme) as session:
        hosts.look_now(session, OWNER, host.id)
    assert check_row(install).available_at <= clock.now()
    seen = install.row(host).checked_at
    work(install)
    assert install.row(host).checked_at != seen


def test_a_name_whose_looks_have_stopped_is_woken_by_the_daily_job(install: Install) -> None:
    install.zone("asleep.example")
    install.claim(install.acme, "asleep.example")
    with install.database.writing(tenancy.Platform("outbox")) as session:
        db.change(session, OutboxRow, OutboxRow.kind == "host.check", dead_at=clock.now(), attempts=40)
    with clock.shifted(timedelta(hours=3)):
        assert host_tasks.care_for_hosts(install.here).startswith("1 woken")
        work(install)
    assert check_row(install).dead_at is None


def content_version(install: Install) -> int:
    with install.database.reading(tenancy.Tenant(install.acme.id)) as session:
        return partner_queries.partner(session).content_version


def test_a_partner_deletes_the_record_comes_back_and_leaves(install: Install) -> None:
    """Three days of looks before anybody is told, a week before the shop is disconnected; nothing of it is lost."""
    host = install.connect(install.acme, "leaving.example")
    install.set("leaving.example")
    assert install.look(host, times=5) == "live"
    with clock.shifted(timedelta(hours=73)):
        assert install.look(host) == "degraded"
        assert install.shop_at("leaving.example") == "csp1001"
        install.set("leaving.example", HERE)
        assert install.look(host) == "live"
    install.set("leaving.example")
    install.wear_off(host)
    assert install.row(host).state == "detached"
    assert (install.shop_at("leaving.example"), install.primary(install.acme)) == ("", f"csp1001.{PLATFORM}")
    assert install.told(install.acme) == ["live", "degraded", "degraded", "detached"]
    # Claimed anew while the record leads elsewhere, it goes the usual way.
    assert install.look_now(install.acme, host) == "waiting_dns"
    install.set("leaving.example", HERE)
    assert install.look(host) == "live"


def test_what_could_not_be_checked_has_not_failed(install: Install) -> None:
    """DNS servers that time out or answer SERVFAIL: not a day counts against the name."""
    zone = install.zone("silent.example", servers=1)
    host = install.connect(install.acme, "silent.example")
    waiting = install.claim(install.nord, "other.silent.example")
    for mode in ("servfail", "refused"):
        zone.servers[0].mode = mode
        install.world.forget()
        install.wear_off(host)
        row = install.row(host)
        assert (row.state, row.failures, row.dns["code"]) == ("live", 0, "unreachable")
    assert install.look(waiting) == "draft"


def test_an_authority_that_refuses_is_asked_again_later(install: Install) -> None:
    name = "refused.example"
    install.zone(name)
    host = install.claim(install.acme, name)
    install.look(host)
    install.set(name, HERE)
    install.front.may, may = (lambda _name: False), install.front.may
    assert install.look(host) == "certificate_pending"
    row = install.row(host)
    assert (row.https["code"], install.owners(name), install.shop_at(name)) == ("authority", ["csp1001"], "")
    assert row.next_check_at is not None
    assert row.next_check_at - clock.now() > timedelta(seconds=30)
    install.front.may = may
    asked = len(install.front.tls_asked)
    assert install.look(host) == "certificate_pending"
    assert len(install.front.tls_asked) == asked  # pressing the button does not use up the authority's patience
    with clock.shifted(timedelta(minutes=1)):
        assert install.look(host) == "live"


@pytest.mark.parametrize(("mode", "code"), [("breaks", "handshake"), ("plain", "handshake"), ("stranger", "not_us")])
def test_each_trouble_with_https_has_its_word(install: Install, mode: str, code: str) -> None:
    host = install.connect(install.acme, f"{mode}.example")
    install.front.mode = mode
    install.look(host)
    assert (install.row(host).state, install.row(host).https["code"]) == ("live", code)


def test_a_name_whose_requests_do_not_come_here_waits(install: Install) -> None:
    """Another server answers at port 80, or none: no certificate is asked for."""
    name = "unreached.example"
    install.zone(name)
    host = install.claim(install.acme, name)
    install.look(host)
    install.set(name, HERE)
    install.front.mode = "stranger"
    before = len(install.front.tls_asked)
    assert install.look(host) == "waiting_dns"
    assert (install.row(host).https["code"], install.owners(name)) == ("not_reached", [])
    assert len(install.front.tls_asked) == before


def test_apex_and_www_are_claimed_together_and_each_goes_live(install: Install) -> None:
    install.zone("pair.example")
    with install.working(install.acme) as session:
        pair = hosts.claim_pair(session, OWNER, "www.pair.example", platform_host=PLATFORM)
        assert [host.name for host in pair] == ["www.pair.example", "pair.example"]
        again = hosts.claim_pair(session, OWNER, "pair.example", platform_host=PLATFORM)
        assert {host.id for host in again} == {host.id for host in pair}
    assert [install.look(host) for host in pair] == ["waiting_dns"] * 2
    install.set("pair.example", HERE, "www CNAME @")
    assert [install.look(host) for host in pair] == ["live"] * 2
    assert install.primary(install.acme) == "www.pair.example"  # the first one that answered
    with install.working(install.acme) as session:
        hosts.make_primary(session, OWNER, pair[1].id)
    assert install.primary(install.acme) == "pair.example"
    install.remove(install.acme, pair[1])
    assert install.primary(install.acme) == f"csp1001.{PLATFORM}"


def test_www_that_came_along_with_a_proven_name_needs_no_txt_record(install: Install) -> None:
    """Nearly every zone has "www CNAME @": whoever turned the name itself has turned it too."""
    install.zone("along.example", f"{ELSEWHERE}\nwww CNAME @")
    host = install.claim(install.acme, "along.example")
    install.look(host)
    install.set("along.example", HERE, "www CNAME @")
    assert install.look(host) == "live"
    assert install.look(install.claim(install.acme, "www.along.example")) == "live"
    assert install.look(install.claim(install.nord, "shop.along.example")) == "conflict"


def test_a_claim_sent_twice_at_once_is_one_claim(each_install: Install) -> None:
    with ThreadPoolExecutor(4) as pool:
        claims = list(pool.map(lambda _: each_install.claim(each_install.acme, "twice.example"), range(8)))
    assert len({claim.id for claim in claims}) == 1
    assert each_install.deeds(each_install.acme) == ["host.claimed"]
    assert check_row(each_install).done_at is None


def test_removing_a_name_by_mistake_is_undone(install: Install) -> None:
    host = install.connect(install.acme, "undone.example")
    install.remove(install.acme, host)
    assert (install.shop_at(host.name), install.row(host).state) == ("", "quarantined")
    with install.working(install.acme) as session:
        assert [row.kind for row in hosts.rows(session)] == ["raw"]
        hosts.take_back(session, OWNER, host.id)
    assert (install.shop_at(host.name), install.primary(install.acme)) == ("csp1001", host.name)
    install.remove(install.acme, host)
    with clock.shifted(timedelta(minutes=16)), pytest.raises(Refusal), install.working(install.acme) as session:
        hosts.take_back(session, OWNER, host.id)


def test_a_name_moves_to_the_partner_that_its_owner_names(each_install: Install) -> None:
    """The TXT record of whoever runs the DNS: the shop that was there lets go at once and is told."""
    install = each_install
    old = install.connect(install.acme, "moving.example")
    new = install.claim(install.nord, "moving.example")
    assert install.look(new) == "conflict"
    install.set("moving.example", HERE, install.txt(install.nord, new))
    assert install.look(new) == "live"
    assert (install.shop_at("moving.example"), install.row(old).state) == ("csp1002", "detached")
    assert install.primary(install.acme) == f"csp1001.{PLATFORM}"
    assert install.told(install.acme) == ["live", "detached"]
    assert install.look(old, times=3) == "detached"


def test_a_suspended_partner_gains_nothing_new(install: Install) -> None:
    from webapp.reseller.partners.operations import suspend_partner

    install.zone("closed.example")
    host = install.claim(install.nord, "closed.example")
    install.look(host)
    with install.database.writing(tenancy.Platform("operator")) as session:
        suspend_partner(session, OWNER, install.nord.id)
    install.set("closed.example", HERE)
    assert install.look(host, times=3) == "waiting_dns"


def test_names_given_up_are_forgotten_and_free_again(install: Install) -> None:
    """90 days after its end a name needs no TXT record of the next partner."""
    host = install.connect(install.acme, "forgotten.example")
    install.remove(install.acme, host)
    install.set("forgotten.example", ELSEWHERE)
    with clock.shifted(timedelta(days=89)):
        assert "0 forgotten" in host_tasks.care_for_hosts(install.here)
    with clock.shifted(timedelta(days=91)):
        assert "1 forgotten" in host_tasks.care_for_hosts(install.here)
        assert install.connect(install.nord, "forgotten.example").state == "live"


def test_too_many_open_claims_are_refused(install: Install) -> None:
    with install.working(install.acme) as session:
        for number in range(hosts.MOST_CLAIMS):
            hosts.claim(session, OWNER, f"claim{number}.example", platform_host=PLATFORM)
        with pytest.raises(Refusal, match="wait for their DNS"):
            hosts.claim(session, OWNER, "one-more.example", platform_host=PLATFORM)


def test_a_claim_that_comes_to_nothing_ends_after_a_month(install: Install) -> None:
    host = install.claim(install.acme, "never.example")
    with clock.shifted(timedelta(days=31)):
        assert install.look(host) == "detached"
    assert install.told(install.acme) == []
