"""Places on the internet that deserve words of their own when a name leads there. Literal, and never complete:
what is not listed is judged as any other wrong address."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

#: Proxies that are switched on inside the DNS editor, so that the address there is not the one people see.
#: Source: https://www.cloudflare.com/ips/
_PROXIES = {
    "Cloudflare": tuple(
        ip_network(text)
        for text in (
            "103.21.244.0/22",
            "103.22.200.0/22",
            "103.31.4.0/22",
            "104.16.0.0/13",
            "104.24.0.0/14",
            "108.162.192.0/18",
            "131.0.72.0/22",
            "141.101.64.0/18",
            "162.158.0.0/15",
            "172.64.0.0/13",
            "173.245.48.0/20",
            "188.114.96.0/20",
            "190.93.240.0/20",
            "197.234.240.0/22",
            "198.41.128.0/17",
            "2400:cb00::/32",
            "2405:8100::/32",
            "2405:b500::/32",
            "2606:4700::/32",
            "2803:f800::/32",
            "2a06:98c0::/29",
            "2c0f:f248::/32",
        )
    )
}
#: Name servers and targets of services that show advertisements or offers at names nobody uses.
_PARKING = (
    "above.com",
    "afternic.com",
    "bodis.com",
    "dan.com",
    "parkingcrew.net",
    "parklogic.com",
    "parkpage.foundationapi.com",
    "sedoparking.com",
    "uniregistrymarket.link",
)


def is_proxy(address: str) -> str:
    """The name of the proxy service that the address belongs to, "" for none."""
    found = ip_address(address)
    return next((who for who, networks in _PROXIES.items() if any(found in each for each in networks)), "")


def is_parking(*names: str) -> bool:
    """True when one of the names (name servers, targets of CNAMEs) is a parking service's."""
    return any(name == place or name.endswith(f".{place}") for name in names for place in _PARKING)
