"""What `make demo` starts besides the product: the starter, an embedded Valkey, a mail catcher, an outside site."""
