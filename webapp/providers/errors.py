"""The one error that leaves an adapter, whatever the vendor behind it."""

from __future__ import annotations


class ProviderError(Exception):
    """A call to the outside world did not end in a usable answer.

    ``permanent`` is True only when the other side proved a refusal (or the request cannot even be
    expressed, so nothing was sent): sending the same thing again cannot help. False says nothing
    about what happened outside: the work may have been done, so read the state before repeating.

    ``code`` is the other side's own result code (an EPP result code, an HTTP status ...) or None
    when no answer was read. The message is for logs and operators; it never holds a secret.
    """

    def __init__(self, message: str, permanent: bool, code: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.permanent = permanent
        self.code = code

    def __reduce__(self) -> tuple[type[ProviderError], tuple[str, bool, int | None]]:
        """Survive pickling: the default would call the constructor with the message alone."""
        return type(self), (self.message, self.permanent, self.code)

    def __repr__(self) -> str:
        return f"ProviderError({self.message!r}, permanent={self.permanent}, code={self.code})"
