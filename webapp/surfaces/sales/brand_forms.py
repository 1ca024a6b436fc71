"""Forms for a shop's pictures, and what the job has made of the last ones."""

from __future__ import annotations

from typing import Any

from flask_wtf.file import FileField, FileRequired
from wtforms.validators import Optional

from webapp.reseller.partners import brand_assets
from webapp.reseller.partners import queries as partners
from webapp.surfaces.shared.current import database, site
from webapp.surfaces.shared.forms import Form, lazy

from .brand_advice import logo_warnings

_PICTURES = {"accept": "image/png,image/jpeg,image/webp,image/avif,image/svg+xml,image/gif"}


class LogoForm(Form):
    """A picture file; a second one for dark pages if the first is dark itself."""

    file = FileField(lazy("Logo"), [FileRequired(lazy("Choose a picture."))], render_kw=_PICTURES)
    dark = FileField(
        lazy("Logo for dark pages"), [Optional()], render_kw=_PICTURES,
        description=lazy("If the first one cannot be seen on a dark ground."),
    )  # fmt: skip


class IconForm(Form):
    """A mark for tabs and home screens."""

    mark = FileField(
        lazy("Icon"), [FileRequired(lazy("Choose a picture."))], render_kw=_PICTURES,
        description=lazy("Square, without words: it is shown as small as a letter. Without one we make it of your "
                         "logo, or of the first letter of your shop's name when the logo is wide."),
    )  # fmt: skip


def made() -> dict[str, Any]:
    """Icons, whether they are up to date, and where the logo is hardly seen."""
    with database().reading() as session:
        row, partner = partners.brand(session), partners.partner(session)
        ready = row.assets_of == brand_assets.digest(brand_assets.recipe(partner, row))
        inks = row.assets.get("inks") or {} if ready else {}
        own_icon = bool(row.favicon)
    warned = logo_warnings(inks, site().brand, site().theme)
    return {"icons": site().icons, "icons_ready": ready, "own_icon": own_icon, "logo_warnings": warned}
