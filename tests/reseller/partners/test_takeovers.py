"""Somebody tries to get a name that is not his: every way that we know, with a real DNS. None may succeed (P16).

`acme` is the victim, `nord` the one who tries. Each scenario returns nord's claims; afterwards none of them may have
the name, and no visitor may meet nord's shop there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from tests.harness.figures import Figures
from tests.reseller.partners.hosting import ELSEWHERE, HERE, OWNER, PLATFORM, Install
from webapp.foundation import clock, tenancy
from webapp.foundation.refusal import Refusal
from webapp.reseller.partners import hosts
from webapp.reseller.partners.audit import SYSTEM
from webapp.reseller.partners.hosts import add_host
from webapp.reseller.partners.models import Host

Claims = Sequence[Host]


def turned(install: Install, claim: Host, name: str) -> Claims:
    """The most that somebody without the TXT record can do: have the name seen elsewhere, then here, then wait."""
    install.set(name, ELSEWHERE)
    install.look(claim)
    install.set(name, HERE)
    install.look(claim)
    return [claim]


def a_name_that_leads_here_already(install: Install, name: str) -> Claims:
    """A stale record, or a wildcard of somebody who trusts the platform."""
    install.zone(name, HERE)
    claim = install.claim(install.nord, name)
    install.look(claim, times=2)
    with clock.shifted(timedelta(hours=5)):
        install.look(claim)
    return turned(install, claim, name)


def a_name_below_a_wildcard(install: Install, name: str) -> Claims:
    install.zone(name, f"{HERE}\n* A 127.0.0.1")
    claim = install.claim(install.nord, f"shop.{name}")
    install.look(claim, times=2)
    return [claim]


def the_name_of_a_partner_who_removed_it(install: Install, name: str) -> Claims:
    install.remove(install.acme, install.connect(install.acme, name))
    claim = install.claim(install.nord, name)
    install.look(claim, times=2)
    return turned(install, claim, name)


def a_removed_name_whose_record_came_back_a_month_later(install: Install, name: str) -> Claims:
    install.remove(install.acme, install.connect(install.acme, name))
    with clock.shifted(timedelta(days=30)):
        return turned(install, install.claim(install.nord, name), name)


def the_name_of_a_partner_who_was_detached(install: Install, name: str) -> Claims:
    host = install.connect(install.acme, name)
    install.set(name, ELSEWHERE)
    install.wear_off(host)
    assert install.row(host).state == "detached"
    return turned(install, install.claim(install.nord, name), name)


def a_live_name_of_another(install: Install, name: str) -> Claims:
    host = install.connect(install.acme, name)
    claims = turned(install, install.claim(install.nord, name), name)
    assert install.look(host) == "live"
    return claims


def a_live_name_while_its_dns_is_down(install: Install, name: str) -> Claims:
    zone = install.zone(name, servers=1)
    install.connect(install.acme, name)
    claim = install.claim(install.nord, name)
    for mode in ("servfail", "refused", ""):
        zone.servers[0].mode = mode
        install.world.forget()
        install.look(claim)
    return [claim]


def a_name_below_anothers(install: Install, name: str) -> Claims:
    install.connect(install.acme, name)
    claim = install.claim(install.nord, f"shop.{name}")
    install.look(claim)
    install.set(name, HERE, "shop A 127.0.0.1")
    install.look(claim, times=2)
    return [claim]


def a_name_below_one_that_only_the_operator_vouched_for(install: Install, name: str) -> Claims:
    """The operator's word is about one name, not about its zone; and below a name of one's own another may sit."""
    install.zone(name, f"{HERE}\nshop A 127.0.0.1\nother A 127.0.0.1")
    with install.database.writing(tenancy.Platform("operator")) as session:
        add_host(session, SYSTEM, install.acme.id, f"other.{name}", platform_host=PLATFORM)
        vouched = add_host(session, SYSTEM, install.nord.id, name, platform_host=PLATFORM)
    claims = [install.claim(install.nord, f"{label}.{name}") for label in ("shop", "other")]
    for claim in claims:
        install.look(claim)
    install.remove(install.nord, vouched)
    return claims


def a_name_that_two_claim(install: Install, name: str) -> Claims:
    install.zone(name)
    mine, claim = install.claim(install.acme, name), install.claim(install.nord, name)
    for each in (claim, mine):
        install.look(each)
    install.set(name, HERE)
    install.look(claim, times=2)
    assert install.look(mine) == "conflict"
    return [claim]


def a_name_that_was_claimed_long_before_its_owner_came(install: Install, name: str) -> Claims:
    install.zone(name)
    claim = install.claim(install.nord, name)
    assert install.look(claim) == "waiting_dns"
    mine = install.claim(install.acme, name)
    install.set(name, HERE)
    install.look(claim, times=2)
    install.look(mine)
    install.set(name, HERE, install.txt(install.acme, mine))
    assert install.look(mine) == "live"
    return turned(install, claim, name)


def both_ask_at_the_same_moment(install: Install, name: str) -> Claims:
    """Acme has the record; both looks run at once, again and again."""
    install.zone(name)
    mine, claim = install.claim(install.acme, name), install.claim(install.nord, name)
    install.set(name, HERE, install.txt(install.acme, mine))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(install.look, [mine, claim] * 3))
    assert install.look(mine) == "live"
    return [claim]


def the_txt_record_of_another(install: Install, name: str) -> Claims:
    install.zone(name)
    mine, claim = install.claim(install.acme, name), install.claim(install.nord, name)
    stolen = install.txt(install.acme, mine)
    for record in (stolen, stolen.replace("csp1001", "csp1002"), install.txt(install.nord, mine)):
        install.set(name, HERE, record)
        install.look(claim)
    return [claim]


def txt_records_that_are_nearly_right(install: Install, name: str) -> Claims:
    install.connect(install.acme, name)
    claim = install.claim(install.nord, name)
    value = hosts.txt_value(claim, "csp1002")
    nearly = (value.upper(), f"{value}x", f"x{value}", value[:-1], f"v=spf1 {value}", "*")
    install.set(name, HERE, *(f'{hosts.txt_name(claim)}. TXT "{each}"' for each in nearly))
    install.look(claim)
    install.set(name, HERE, f'@ TXT "{value}"', f'_shop-verify.www TXT "{value}"', f'_shop TXT "{value}"')
    install.look(claim)
    return [claim]


def a_txt_record_at_one_server_of_two(install: Install, name: str) -> Claims:
    zone = install.zone(name, servers=2)
    install.connect(install.acme, name)
    claim = install.claim(install.nord, name)
    zone.set(f"{HERE}\n{install.txt(install.nord, claim)}", only=zone.servers[0])
    install.world.forget()
    install.look(claim, times=2)
    return [claim]


def a_txt_record_that_only_a_resolver_remembers(install: Install, name: str) -> Claims:
    install.connect(install.acme, name)
    claim = install.claim(install.nord, name)
    for server in install.world.resolver_servers:
        server.mode = "lie"
    try:
        install.look(claim, times=2)
    finally:
        for server in install.world.resolver_servers:
            server.mode = ""
    return [claim]


def one_server_of_two_led_elsewhere_for_a_while(install: Install, name: str) -> Claims:
    """What only looked like a change: one server lagged behind."""
    zone = install.zone(name, HERE, servers=2)
    zone.set(ELSEWHERE, only=zone.servers[0])
    install.world.forget()
    claim = install.claim(install.nord, name)
    install.look(claim)
    install.set(name, HERE)
    install.look(claim, times=2)
    return [claim]


def its_servers_were_silent_at_the_first_look(install: Install, name: str) -> Claims:
    zone = install.zone(name, HERE, servers=1)
    zone.servers[0].mode = "servfail"
    install.world.forget()
    claim = install.claim(install.nord, name)
    assert install.look(claim) == "draft"
    zone.servers[0].mode = ""
    install.world.forget()
    install.look(claim, times=2)
    return [claim]


def an_old_claim_after_the_record_was_set(install: Install, name: str) -> Claims:
    """Seen elsewhere before it was removed and claimed anew: that look does not count any more."""
    install.zone(name)
    claim = install.claim(install.nord, name)
    assert install.look(claim) == "waiting_dns"
    install.remove(install.nord, claim)
    install.set(name, HERE)
    claim = install.claim(install.nord, name)
    install.look(claim, times=2)
    return [claim]


def the_old_owner_of_a_sold_domain(install: Install, name: str) -> Claims:
    """It was nord's; the registration ran out, somebody else has it and leads it here."""
    claim = install.connect(install.nord, name)
    install.set(name, ELSEWHERE)
    install.wear_off(claim)
    install.set(name, HERE)
    install.look(claim, times=2)
    install.look_now(install.nord, claim)
    return turned(install, claim, name)


def a_domain_that_ran_out(install: Install, name: str) -> Claims:
    """Nobody has it for a while, and acme's host is not detached yet."""
    install.connect(install.acme, name)
    install.world.drop(install.zones.pop(name))
    install.world.forget()
    claim = install.claim(install.nord, name)
    install.look(claim)
    install.zone(name, HERE)
    install.look(claim, times=2)
    return [claim]


def taking_back_what_another_has_proven(install: Install, name: str) -> Claims:
    claim = install.connect(install.nord, name)
    install.remove(install.nord, claim)
    mine = install.claim(install.acme, name)
    install.set(name, HERE, install.txt(install.acme, mine))
    assert install.look(mine) == "live"
    with pytest.raises(Refusal), install.working(install.nord) as session:
        hosts.take_back(session, OWNER, claim.id)
    return [claim]


def a_name_that_the_operator_vouches_for(install: Install, name: str) -> Claims:
    install.zone(name, HERE)
    with install.database.writing(tenancy.Platform("operator")) as session:
        add_host(session, SYSTEM, install.acme.id, name, platform_host=PLATFORM)
    claim = install.claim(install.nord, name)
    install.set(name, HERE, install.txt(install.nord, claim))
    install.look(claim, times=2)
    return [claim]


def another_spelling_of_anothers_name(install: Install, name: str) -> Claims:
    install.connect(install.acme, name)
    claims = [install.claim(install.nord, typed) for typed in (name.upper(), f"{name}.", f"http://{name}/", f" {name}")]
    assert len({claim.id for claim in claims}) == 1
    return turned(install, claims[0], name)


def a_cname_to_another_partners_own_name(install: Install, name: str) -> Claims:
    """Its owner wants acme's shop there."""
    install.zone(name)
    claim = install.claim(install.nord, f"www.{name}")
    install.look(claim)
    install.zone(PLATFORM, "csp1001 A 127.0.0.1\ncsp1002 A 127.0.0.1")
    install.set(name, f"www CNAME csp1001.{PLATFORM}.")
    install.look(claim, times=2)
    return [claim]


def a_server_in_between(install: Install, name: str) -> Claims:
    """The record leads here, but what comes to the name does not."""
    install.zone(name)
    claim = install.claim(install.nord, name)
    install.look(claim)
    install.front.mode = "stranger"
    install.set(name, HERE)
    install.look(claim, times=2)
    install.front.mode = ""
    install.set(name, ELSEWHERE)
    return [claim]


def the_txt_record_that_its_owner_left_behind(install: Install, name: str) -> Claims:
    """The domain's owner went from nord to acme and never deleted nord's record; nord asks, removes, claims anew."""
    claim = install.connect(install.nord, name)
    left_behind = install.txt(install.nord, claim)
    mine = install.claim(install.acme, name)
    install.set(name, HERE, left_behind, install.txt(install.acme, mine))
    assert install.look(mine) == "live"
    install.look_now(install.nord, claim)
    install.remove(install.nord, claim)
    claim = install.claim(install.nord, name)
    install.look(claim, times=2)
    assert install.look(mine) == "live"
    return [claim]


def the_rest_of_a_zone_of_which_another_has_a_name(install: Install, name: str) -> Claims:
    """Acme's shop is below the name; nord waits for the day on which the name itself is turned here."""
    install.zone(name, f"{ELSEWHERE}\nshop {ELSEWHERE[2:]}")
    mine = install.claim(install.acme, f"shop.{name}")
    install.look(mine)
    install.set(name, ELSEWHERE, "shop A 127.0.0.1")
    assert install.look(mine) == "live"
    claims = [install.claim(install.nord, each) for each in (name, f"other.{name}")]
    for claim in claims:
        install.look(claim)
    install.set(name, HERE, "shop A 127.0.0.1", "other A 127.0.0.1")
    for claim in claims:
        install.look(claim, times=2)
    return claims


def below_a_name_that_leads_here_no_longer(install: Install, name: str) -> Claims:
    """Nord's zone was sold: what it proved once says nothing about the names that its new owner leads here."""
    zone = install.connect(install.nord, name)
    install.set(name, ELSEWHERE, "shop A 127.0.0.1")
    install.look(zone)
    claim = install.claim(install.nord, f"shop.{name}")
    install.look(claim, times=2)
    return [claim]


def names_of_the_platform_and_of_many(install: Install, name: str) -> Claims:
    for typed in (PLATFORM, f"csp1001.{PLATFORM}", f"panel.{PLATFORM}", f"x.csp1001.{PLATFORM}", "com.pl", f"*.{name}"):
        with pytest.raises(Refusal):
            install.claim(install.nord, typed)
    return []


SCENARIOS: list[Callable[[Install, str], Claims]] = [
    a_name_that_leads_here_already,
    a_name_below_a_wildcard,
    the_name_of_a_partner_who_removed_it,
    a_removed_name_whose_record_came_back_a_month_later,
    the_name_of_a_partner_who_was_detached,
    a_live_name_of_another,
    a_live_name_while_its_dns_is_down,
    a_name_below_anothers,
    a_name_below_one_that_only_the_operator_vouched_for,
    a_name_that_two_claim,
    a_name_that_was_claimed_long_before_its_owner_came,
    both_ask_at_the_same_moment,
    the_txt_record_of_another,
    txt_records_that_are_nearly_right,
    a_txt_record_at_one_server_of_two,
    a_txt_record_that_only_a_resolver_remembers,
    one_server_of_two_led_elsewhere_for_a_while,
    its_servers_were_silent_at_the_first_look,
    an_old_claim_after_the_record_was_set,
    the_old_owner_of_a_sold_domain,
    a_domain_that_ran_out,
    taking_back_what_another_has_proven,
    a_name_that_the_operator_vouches_for,
    another_spelling_of_anothers_name,
    a_cname_to_another_partners_own_name,
    a_server_in_between,
    the_txt_record_that_its_owner_left_behind,
    the_rest_of_a_zone_of_which_another_has_a_name,
    below_a_name_that_leads_here_no_longer,
    names_of_the_platform_and_of_many,
]


#: Those in which the database itself decides: the fast tier tries the others on SQLite only.
DECIDED_BY_THE_DATABASE = [
    a_live_name_of_another,
    a_name_that_was_claimed_long_before_its_owner_came,
    both_ask_at_the_same_moment,
    taking_back_what_another_has_proven,
    the_txt_record_that_its_owner_left_behind,
    a_name_that_the_operator_vouches_for,
]


def test_every_way_to_take_a_name_over_is_refused(each_install: Install, figures: Figures, full_tier: bool) -> None:
    """H-53, P16."""
    everything = full_tier or not each_install.database.is_postgresql
    scenarios = SCENARIOS if everything else DECIDED_BY_THE_DATABASE
    taken = []
    for scenario in scenarios:
        name = f"{scenario.__name__.replace('_', '-')[:50].strip('-')}.example"
        claims = scenario(each_install, name)
        names = {claim.name for claim in claims} or {name}
        if any("csp1002" in (*each_install.owners(each), each_install.shop_at(each)) for each in names):
            taken.append(scenario.__name__)
        for claim in claims:
            if each_install.row(claim).state != "quarantined":
                each_install.remove(each_install.nord, claim)  # or there would be too many at once
    figures.count("takeovers", len(scenarios), broken=len(taken))
    assert taken == []
