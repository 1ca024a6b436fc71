"""Namespace URIs of the protocol, and the prefixes that our answers use."""

EPP = "urn:ietf:params:xml:ns:epp-1.0"
DOMAIN = "urn:ietf:params:xml:ns:domain-1.0"
CONTACT = "urn:ietf:params:xml:ns:contact-1.0"
HOST = "urn:ietf:params:xml:ns:host-1.0"
RGP = "urn:ietf:params:xml:ns:rgp-1.0"
SECDNS = "urn:ietf:params:xml:ns:secDNS-1.1"
FEE = "urn:ietf:params:xml:ns:epp:fee-1.0"
XSI = "http://www.w3.org/2001/XMLSchema-instance"

OBJECTS = {"domain": DOMAIN, "contact": CONTACT, "host": HOST}
EXTENSIONS = {"rgp": RGP, "secDNS": SECDNS, "fee": FEE}
OBJECT_OF = {uri: word for word, uri in OBJECTS.items()}
