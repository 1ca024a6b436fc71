"""Subscribers: users who sign in, accounts that own and pay, contacts, permissions, consents."""
