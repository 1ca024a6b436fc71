"""Which EPP result codes (RFC 5730 section 3) prove that a command was refused."""

from __future__ import annotations

#: Refusals of the moment, not of the order. 2002: this session's state (not logged in); 2104: our prepaid
#: balance; 2200: our password. The same order can succeed once that is put right.
OF_THE_MOMENT = frozenset({2002, 2104, 2200})

#: After these the server closes the connection (RFC 5730 section 3).
CLOSING = frozenset({1500, 2500, 2501, 2502})


def is_refusal(code: int) -> bool:
    """True when the registry examined the command and said no: repeating it cannot help.

    2400 and above are the server's own troubles, and it may have done the work before them.
    """
    return 2000 <= code < 2400 and code not in OF_THE_MOMENT
