"""The form of an advertisement: one set of words per language of the shop, days instead of instants."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from wtforms import DateField, IntegerField, RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from webapp.foundation import clock
from webapp.foundation.i18n import LANGUAGE_NAMES
from webapp.foundation.i18n import gettext as _
from webapp.foundation.site import Site
from webapp.reseller.cms.campaign_steps import (
    HEAVIEST,
    HIGHEST_CAP,
    LONGEST_HEADLINE,
    LONGEST_NAME,
    LONGEST_TEXT,
    Draft,
)
from webapp.reseller.cms.campaigns import POSITIONS
from webapp.reseller.cms.models import Campaign
from webapp.surfaces.shared.forms import Form, lazy

from .media_choice import MediaChoiceField

_REQUIRED = InputRequired(lazy("Please fill in this field."))
_WORDS = ("headline", "text", "link")


class CampaignForm(Form):
    """What every campaign has; `form_for` adds the words per language."""

    name = StringField(
        lazy("Name"), [_REQUIRED, Length(max=LONGEST_NAME)], render_kw={"autocomplete": "off"},
        description=lazy("Only you see it."),
    )  # fmt: skip
    position = SelectField(lazy("Where it stands"))
    kind = RadioField(lazy("What it is"), default="text")
    picture = MediaChoiceField(lazy("Picture"), [Optional()])
    link = StringField(
        lazy("Where a click leads"), [_REQUIRED, Length(max=500)],
        render_kw={"inputmode": "url", "autocomplete": "off", "placeholder": "/pl/page/…"},
        description=lazy("A path of your shop, such as /pl/page/offer, or an address that begins with https://."),
    )  # fmt: skip
    first_day = DateField(lazy("First day"), [Optional()])
    last_day = DateField(lazy("Last day"), [Optional()], description=lazy("It is still shown on this day."))
    audience = SelectField(lazy("Who sees it"))
    weight = IntegerField(
        lazy("Weight"), [_REQUIRED, NumberRange(1, HEAVIEST)], default=1, render_kw={"inputmode": "numeric"},
        description=lazy("Of two ads in one place, one of weight 2 is shown twice as often as one of weight 1."),
    )  # fmt: skip
    cap = IntegerField(
        lazy("At most so often per visitor and day"), [_REQUIRED, NumberRange(0, HIGHEST_CAP)], default=0,
        render_kw={"inputmode": "numeric"},
        description=lazy("0: no limit. The visitor's own browser tab counts; we set no cookie for it."),
    )  # fmt: skip


def form_for(site: Site, groups: Mapping[int, str], data: Mapping[str, Any] | None = None) -> CampaignForm:
    """A form with fields for each language of the shop; `groups` are the partner's price groups."""
    words: dict[str, Any] = {}
    for locale in site.locales:
        words |= _words_of(locale)
    form: CampaignForm = type("CampaignForm", (CampaignForm,), words)(data=dict(data or {}))
    form.position.choices = [(name, _(place.label)) for name, place in POSITIONS.items()]
    form.kind.choices = [("text", _("Headline and text")), ("picture", _("Picture"))]
    form.audience.choices = [
        ("everyone", _("everyone")),
        ("signed_in", _("those who are signed in")),
        ("owns:domains", _("those who have a domain here")),
        *((f"group:{group_id}", _("price group %(name)s", name=name)) for group_id, name in groups.items()),
    ]
    return form


def _words_of(locale: str) -> dict[str, Any]:
    plain = {"lang": locale, "autocomplete": "off"}
    return {
        f"headline_{locale}": StringField(
            lazy("Headline"), [Optional(), Length(max=LONGEST_HEADLINE)], render_kw=plain
        ),
        f"text_{locale}": StringField(lazy("Text"), [Optional(), Length(max=LONGEST_TEXT)], render_kw=plain),
        f"link_{locale}": StringField(
            lazy("Its own link"), [Optional(), Length(max=500)], render_kw={"inputmode": "url", "autocomplete": "off"}
        ),
    }


def languages(form: CampaignForm, site: Site) -> list[dict[str, Any]]:
    """The words of each language for the template."""
    return [
        {"code": locale, "name": LANGUAGE_NAMES.get(locale, locale)}
        | {name: form[f"{name}_{locale}"] for name in _WORDS}
        for locale in site.locales
    ]


def draft(form: CampaignForm, site: Site) -> Draft:
    """What was typed, as the operation takes it."""
    typed = {locale: {name: form[f"{name}_{locale}"].data or "" for name in _WORDS} for locale in site.locales}
    first, last = form.first_day.data, form.last_day.data
    return Draft(
        name=form.name.data or "",
        position=form.position.data or "",
        kind=form.kind.data or "",
        link=form.link.data or "",
        content=typed,
        media_file_id=form.picture.data,
        starts_at=clock.midnight(first, site.timezone) if first else None,
        ends_at=clock.midnight(_after(last), site.timezone) if last else None,
        weight=form.weight.data if form.weight.data is not None else 1,
        audience=form.audience.data or "",
        cap=form.cap.data or 0,
    )


def shown(campaign: Campaign, site: Site) -> dict[str, Any]:
    """A stored campaign as the form shows it."""
    plain = {
        name: getattr(campaign, name) for name in ("name", "position", "kind", "link", "weight", "audience", "cap")
    }
    words = {
        f"{name}_{locale}": (campaign.content.get(locale) or {}).get(name, "")
        for locale in site.locales
        for name in _WORDS
    }
    ends = campaign.ends_at.astimezone(ZoneInfo(site.timezone)).date() - timedelta(days=1) if campaign.ends_at else None
    starts = campaign.starts_at.astimezone(ZoneInfo(site.timezone)).date() if campaign.starts_at else None
    return plain | words | {"picture": campaign.media_file_id, "first_day": starts, "last_day": ends}


def _after(day: date) -> date:
    return day + timedelta(days=1) if day < date.max else day
