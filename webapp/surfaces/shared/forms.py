"""The base of every HTML form. CSRF is checked for all requests at once (guards.py), not form by form."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, cast

from flask_wtf import FlaskForm
from wtforms.meta import DefaultMeta
from wtforms.validators import Optional

from webapp.foundation import i18n
from webapp.foundation.limits import TooManyTries
from webapp.foundation.refusal import Refusal

from .rendering import render


def lazy(message: str) -> str:
    """A label or message of a form class: translated when it is shown, not when the module is loaded."""
    return cast(str, i18n.lazy_gettext(message))


def said(refusal: Refusal) -> str:
    """A refusal's sentence in the reader's language, with days as that language writes them."""
    text = i18n.gettext(refusal.message)
    shown = {key: i18n.format_date(each) if type(each) is date else each for key, each in refusal.params.items()}
    return text % shown if shown else text


class Form(FlaskForm):  # type: ignore[misc]  # flask-wtf has no annotations
    """`form.accepted()` in a view; a Refusal of an operation goes to its field with `form.refuse(refusal)`."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        """See the WTForms manual; what differs here is said at each name."""

        csrf = False

        @property
        def locales(self) -> Sequence[str]:
            """WTForms' own messages in the reader's language."""
            return [i18n.current_locale()]

        def get_translations(self, form: Any) -> Any:
            """WTForms' own catalogs: flask-wtf would look for flask-babel."""
            return DefaultMeta.get_translations(self, form)

    #: The HTTP status of the page that shows this form's errors.
    status = 422

    def accepted(self) -> bool:
        """True when the form was sent and every field is right."""
        return bool(self.validate_on_submit())

    def refuse(self, refusal: Refusal) -> None:
        """Show an operation's refusal at the field that it names, else above the form."""
        if isinstance(refusal, TooManyTries):
            self.status = 429
        text = said(refusal)
        field = getattr(self, refusal.field, None) if refusal.field else None
        if field is not None:
            field.errors = [*field.errors, text]
        else:
            self.form_errors.append(text)


class MayBeEmpty(Optional):
    """As Optional, but the label need not say so: an empty row is no item, an empty filter leaves nothing out."""

    def __init__(self) -> None:
        super().__init__()
        self.field_flags = {}


def respond(template: str, form: Form, /, **context: Any) -> tuple[str, int]:
    """The page of a form: 422 (429 after too many tries) when something has to be put right."""
    return render(template, form=form, **context), form.status if form.errors else 200
