"""What `make demo` starts besides the product: the starter, an embedded Valkey, a mail catcher,
a DNS of made-up domains, an outside site."""
