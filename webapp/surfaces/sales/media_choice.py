"""Choosing a picture of the library in a form: a list of the newest ones, which the script turns into a dialog.

A page that shows one calls the macro `media_head()` of `sales/_media_choice.html` in its head. A form that is none of
WTForms uses the macro `media_choice(name, id, value, choices(session, value))` itself.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup
from sqlalchemy.orm import Session
from wtforms import IntegerField
from wtforms.validators import ValidationError

from webapp.foundation import i18n
from webapp.foundation.i18n import gettext as _
from webapp.foundation.refusal import NotFound
from webapp.reseller.cms import media
from webapp.reseller.cms.models import MediaFile
from webapp.surfaces.shared.current import database
from webapp.surfaces.shared.rendering import environment

#: As many are offered without the script.
NEWEST = 50
#: Ids of rows have no more digits.
_LONGEST = 18


@dataclass(frozen=True)
class Choice:
    """A picture that can be chosen: `src` is the address of its smallest size, "" until there is one."""

    id: int
    name: str
    src: str


def choices(session: Session, chosen: int | None = None) -> list[Choice]:
    """The newest pictures, with the chosen one in front when it is none of them (and still there)."""
    newest = [one for one in media.files(session, size=NEWEST).items if one.state != "failed" or one.renditions]
    if chosen and all(one.id != chosen for one in newest):
        with suppress(NotFound):
            newest.insert(0, media.file(session, chosen))
    return [choice(one) for one in newest]


def choice(file: MediaFile) -> Choice:
    """One file as it is offered."""
    shown = media.shown(file, i18n.current_locale())
    return Choice(file.id, file.name, shown.renditions[0].addresses["webp"] if shown else "")


class _Widget:
    """Draws the macro of the shared template."""

    def __call__(self, field: MediaChoiceField, **attributes: Any) -> Markup:
        with database().reading() as session:
            offered = choices(session, field.data)
        module: Any = environment().get_template("sales/_media_choice.html").module
        attributes.pop("class", None)
        return Markup(module.media_choice(field.name, field.id, field.data, offered, **attributes))  # noqa: S704  a macro's output


class MediaChoiceField(IntegerField):
    """The number of a picture, or None. What is sent must be a picture of this partner's library."""

    widget = _Widget()

    def process_formdata(self, valuelist: list[str]) -> None:
        """Digits, or nothing for no picture."""
        text = valuelist[0].strip() if valuelist else ""
        self.data = None
        if not text:
            return
        if not text.isascii() or not text.isdigit() or len(text) > _LONGEST:
            raise ValueError(_("Choose one of the list."))
        self.data = int(text) or None

    def pre_validate(self, form: Any) -> None:  # noqa: ARG002  WTForms passes it
        """Refuse a number that is nobody's, or somebody else's."""
        if self.data is None:
            return
        try:
            with database().reading() as session:
                media.file(session, self.data)
        except NotFound:
            raise ValidationError(_("This picture is no longer in the library. Choose another one.")) from None
