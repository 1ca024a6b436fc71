"""What somebody asks for and a rule refuses: the sentence goes to the top of the page, or into the form.

What is not there, or not the asker's to see, is no such sentence: it passes on as 404.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import flash
from sqlalchemy.orm import Session

from webapp.foundation import tenancy
from webapp.foundation.refusal import NotFound, Refusal

from .current import database
from .forms import Form, said


class _Told:
    """`told()`; a class, because types can say only of one that it may end its block early."""

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, _kind: type[BaseException] | None, problem: BaseException | None, _trace: object) -> bool:
        if not isinstance(problem, Refusal) or isinstance(problem, NotFound):
            return False
        flash(said(problem), "warn")
        return True


def told() -> _Told:
    """`with told():` ends at a refusal, which is told on the next page."""
    return _Told()


def done(form: Form, deed: Callable[[Session], object], scope: tenancy.Scope | None = None) -> bool:
    """Do it in one transaction, in the request's scope or another; False, and the reason in the form, when refused."""
    try:
        with database().writing(scope) as session:
            deed(session)
    except NotFound:
        raise
    except Refusal as refusal:
        form.refuse(refusal)
        return False
    return True
