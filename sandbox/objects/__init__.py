"""What each command does to domains, contacts, hosts and messages."""
