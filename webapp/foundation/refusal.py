"""A refusal that speaks: the one way in which a rule says no."""

from __future__ import annotations


class Refusal(Exception):
    """Raised by operations; `message` is a msgid that a surface translates and fills with `params`.

    `code` is stable and machine-readable ("price_changed"); `field` names the form field it belongs to, if any.
    """

    def __init__(self, code: str, message: str, /, field: str | None = None, **params: object) -> None:
        super().__init__(message % params if params else message)
        self.code = code
        self.message = message
        self.field = field
        self.params = params


class NotFound(Refusal):
    """What was asked for is not there, or is not the asker's to see: both look the same."""

    def __init__(self, message: str = "We could not find that.") -> None:
        super().__init__("not_found", message)
