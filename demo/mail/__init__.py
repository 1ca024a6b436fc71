"""The mail catcher: takes every mail over SMTP, delivers none, shows them all on one page."""
