"""Trouble with the storage of files as a sentence for whoever sent one."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from webapp.foundation.i18n import N_
from webapp.foundation.refusal import Refusal
from webapp.providers.errors import ProviderError

log = logging.getLogger(__name__)

_SENTENCE = N_("Our storage for files cannot be reached or is full. Nothing was changed; please try again later.")


@contextmanager
def storing() -> Iterator[None]:
    """Around every use of `current.storage()` that somebody waits for. Raises Refusal("storage")."""
    try:
        yield
    except ProviderError as problem:
        log.exception("the storage for files does not work")
        raise Refusal("storage", _SENTENCE, "file") from problem
