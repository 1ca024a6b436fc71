"""What is for sale: TLDs and TLD groups, products, prices by operation, period, currency and price group."""
