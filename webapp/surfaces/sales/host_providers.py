"""How to set the records at the usual DNS providers: short steps, with the words of their own panels.

A provider is known by its name servers, so that the right instructions stand open. Panels change their menus; the steps
name what is worth looking for, and how each wants the domain itself ("@") to be written.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from webapp.foundation.i18n import N_


@dataclass(frozen=True)
class Provider:
    """`servers`: what its name servers end in. `steps` are msgids."""

    key: str
    name: str
    servers: tuple[str, ...]
    steps: tuple[str, ...]


PROVIDERS = (
    Provider("ovh", "OVHcloud", ("ovh.net", "ovh.ca", "anycast.me"), (
        N_("Sign in to the OVHcloud manager, open “Web Cloud”, then “Domain names” and your domain."),
        N_("Open the tab “DNS zone” and press “Add an entry”. Is there an A record already? Change that one."),
        N_("For @, leave “Sub-domain” empty. “Target” is the address."),
    )),
    Provider("home.pl", "home.pl", ("home.pl",), (
        N_("Sign in to panel.home.pl, open “Domeny” and your domain."),
        N_("Open “Konfiguracja DNS” and change the A record, or press “Dodaj rekord”."),
        N_("For @, leave the name empty or choose the domain itself."),
    )),
    Provider("nazwa.pl", "nazwa.pl", ("nazwa.pl",), (
        N_("Sign in to “Panel Klienta”, open “Domeny” and your domain."),
        N_("Open “Strefa DNS” and change the A record, or add one."),
        N_("For @, leave the name empty: the domain is added by itself."),
    )),
    Provider("cloudflare", "Cloudflare", ("ns.cloudflare.com",), (
        N_("Sign in at dash.cloudflare.com and choose your domain, then “DNS” and “Records”."),
        N_("Press “Add record”. Is there an A, AAAA or CNAME record of this name already? Change or delete it."),
        N_("Switch “Proxy status” off, so that it says “DNS only”: the cloud turns grey."),
    )),
    Provider("ionos", "IONOS", ("ui-dns.com", "ui-dns.de", "ui-dns.org", "ui-dns.biz"), (
        N_("Sign in to IONOS, open “Domains & SSL”, and the gear wheel beside your domain."),
        N_("Choose “DNS”. Change the A record of this name, or press “Add record” and choose A."),
        N_("For @, type @ as the host name. Delete the AAAA record that IONOS sets by itself."),
    )),
    Provider("godaddy", "GoDaddy", ("domaincontrol.com",), (
        N_("Sign in to GoDaddy, open “Domain Portfolio”, your domain, then “DNS”."),
        N_("Change the A record that says “Parked” or names another address, or press “Add New Record”."),
        N_("For @, type @ as the name. Switch “Forwarding” off if it is on."),
    )),
    Provider("websupport", "WebSupport", ("websupport.sk", "websupport.hu", "websupport.cz", "websupport.eu"), (
        N_("Sign in to WebAdmin, choose your domain and open “DNS”."),
        N_("Change the A record of this name, or add one."),
        N_("For @, leave the name empty. Delete an AAAA record of the same name."),
    )),
    Provider("forpsi", "Forpsi", ("forpsi.net", "forpsi.it", "forpsi.cz", "forpsi.com"), (
        N_("Sign in to the Forpsi administration, open “Domains” and your domain."),
        N_("Open the editor of DNS records and change the A record, or add one."),
        N_("For @, leave the name empty. The record with a star (*) may stay."),
    )),
    Provider("rotld", N_("Romania: ROTLD partners"), ("romarg.com", "romarg.net", "clausweb.ro", "hosterion.com"), (
        N_("The domain's records are not kept by ROTLD, but by the partner who sold it to you, or by your web host."),
        N_("Sign in there and look for “Zona DNS” or, in cPanel, for “Zone Editor” and “Manage”."),
        N_("For @, type the whole domain; cPanel adds the final dot by itself."),
    )),
    Provider("cpanel", "cPanel", (), (
        N_("Sign in to cPanel, open “Zone Editor” and press “Manage” beside your domain."),
        N_("Press “Edit” beside the A record of this name, or “Add record”."),
        N_("Type the whole name, such as www.example.com. For @, type the domain."),
    )),
    Provider("directadmin", "DirectAdmin", (), (
        N_("Sign in to DirectAdmin and open “DNS Management” of your domain."),
        N_("Press the pencil beside the A record of this name, or “Add record”."),
        N_("For @, type the domain with a dot at its end."),
    )),
    Provider("other", N_("Another provider"), (), (
        N_("Sign in where your domain was bought, or where its name servers are. Look for “DNS”, “DNS zone” or "
           "“Name server records”."),
        N_("Change the A record of this name if there is one, otherwise add it. One A record per name, no CNAME."),
        N_("If the form wants no @, leave the name empty or type the whole domain. TTL: 300 to 3600."),
    )),
)  # fmt: skip


def detected(nameservers: Iterable[str]) -> Provider | None:
    """The provider whose name servers these are; None when we do not know it."""
    names = [str(each).rstrip(".").lower() for each in nameservers]
    return next((each for each in PROVIDERS if _is_its(each, names)), None)


def _is_its(provider: Provider, names: list[str]) -> bool:
    # "ns-1.ui-dns.de", and OVH's "dns10.ovh.net": the registrable part decides.
    return any(name.endswith(f".{place}") for name in names for place in provider.servers)


def ordered(nameservers: Iterable[str]) -> list[tuple[Provider, bool]]:
    """Every provider and whether it is the domain's own, that one first."""
    own = detected(nameservers)
    return sorted(((each, each is own) for each in PROVIDERS), key=lambda pair: not pair[1])
