"""Gateways at which subscribers pay online: the port and its adapters."""
