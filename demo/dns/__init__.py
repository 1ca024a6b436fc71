"""Name servers and a resolver of our own, so that a domain can be pointed at a shop without the internet."""
