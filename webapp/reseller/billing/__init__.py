"""Proformas, payments, the double-entry ledger, balances and gapless document numbers."""
