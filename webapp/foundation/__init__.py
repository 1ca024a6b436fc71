"""First floor: configuration, database, tenancy, clock, money, outbox, web safety. Knows no business word."""
