"""Advertisements of the partner's own: list, form with a live picture, pause, delete, figures."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from webapp.foundation import clock
from webapp.foundation.i18n import gettext as _
from webapp.foundation.refusal import NotFound, Refusal
from webapp.reseller.cms import campaign_steps, campaigns, media
from webapp.reseller.cms.campaigns import Advertisement
from webapp.reseller.cms.models import Campaign
from webapp.reseller.cms.pictures import Picture
from webapp.reseller.desk.audience import price_groups
from webapp.surfaces.shared.current import actor, database, site
from webapp.surfaces.shared.forms import respond
from webapp.surfaces.shared.rendering import render

from . import campaign_form, charts
from .blueprint import bp
from .campaign_form import CampaignForm

#: Days that the figures of the list and of a campaign go back.
SHOWN_DAYS = 30


@bp.get("/site/ads")
def ads() -> str:
    """Every campaign with what it does and what became of it."""
    with database().reading() as session:
        rows = campaigns.campaigns_list(session, _since(), clock.now())
    return render("sales/ads.html", title=_("Ads"), rows=rows, places=campaigns.POSITIONS, days=SHOWN_DAYS)


@bp.route("/site/ads/new", methods=["GET", "POST"])
def new_ad() -> ResponseReturnValue:
    """A new campaign."""
    form = _form({"kind": "text", "position": "shop-footer", "audience": "everyone"})
    if form.accepted():
        saved = _saved(form)
        if saved is not None:
            flash(_("Saved. It runs from its first day on."))
            return redirect(url_for("sales.ad", campaign_id=saved.id), 303)
    return _page(form, title=_("New ad"))


@bp.route("/site/ads/<int:campaign_id>", methods=["GET", "POST"])
def ad(campaign_id: int) -> ResponseReturnValue:
    """One campaign: its figures, and everything that can be changed."""
    with database().reading() as session:
        campaign = campaigns.campaign(session, campaign_id)
        figures = campaigns.days_of(session, campaign_id, _since())
    form = _form(campaign_form.shown(campaign, site()))
    if form.accepted() and _saved(form, campaign_id) is not None:
        flash(_("Saved. Visitors see it within a second."))
        return redirect(url_for("sales.ad", campaign_id=campaign_id), 303)
    state = campaigns.state_of(campaign, clock.now())
    return _page(form, title=campaign.name, campaign=campaign, state=state, figures=_chart(figures))


@bp.post("/site/ads/<int:campaign_id>/active")
def switch_ad(campaign_id: int) -> ResponseReturnValue:
    """Pause it or let it go on."""
    active = request.form.get("active") == "1"
    with database().writing() as session:
        campaign_steps.set_active(session, actor(), campaign_id, active)
    flash(_("It is shown again.") if active else _("Paused. Nobody sees it any more."))
    return redirect(url_for("sales.ad", campaign_id=campaign_id), 303)


@bp.route("/site/ads/<int:campaign_id>/delete", methods=["GET", "POST"])
def delete_ad(campaign_id: int) -> ResponseReturnValue:
    """Ask, then delete it with its figures."""
    if request.method == "POST":
        with database().writing() as session:
            name = campaign_steps.remove(session, actor(), campaign_id)
        flash(_("“%(name)s” is deleted.", name=name))
        return redirect(url_for("sales.ads"), 303)
    with database().reading() as session:
        campaign = campaigns.campaign(session, campaign_id)
    return render("sales/ad_delete.html", title=_("Delete “%(name)s”?", name=campaign.name), campaign=campaign)


@bp.post("/site/ads/preview")
def preview_ad() -> str:
    """The picture of what stands in the form, right or wrong; nothing is kept."""
    return render("sales/_ad_preview.html", **_preview(_form({})))


# --- the form ------------------------------------------------------------------------------------------------


def _form(data: dict[str, Any]) -> CampaignForm:
    with database().reading() as session:
        groups = price_groups(session)
    return campaign_form.form_for(site(), groups, data)


def _page(form: CampaignForm, **values: Any) -> ResponseReturnValue:
    words = campaign_form.languages(form, site())
    values = {"campaign": None, "figures": None, "state": "", "words": words, "days": SHOWN_DAYS} | values
    return respond("sales/ad.html", form, **values, **_preview(form))


def _saved(form: CampaignForm, campaign_id: int | None = None) -> Campaign | None:
    try:
        with database().writing() as session:
            return campaign_steps.save(session, actor(), campaign_form.draft(form, site()), campaign_id)
    except NotFound:
        raise
    except Refusal as refusal:
        form.refuse(refusal)
        return None


def _preview(form: CampaignForm) -> dict[str, Any]:
    """What the form would show, in the first language that has a headline."""
    given = campaign_form.draft(form, site())
    words = next((each for each in given.content.values() if each["headline"].strip()), {})
    picture = _picture(given.media_file_id) if given.kind == "picture" else None
    shown = Advertisement(
        campaign_id=0,
        kind=given.kind,
        headline=(words.get("headline") or _("Your headline"))[: campaign_steps.LONGEST_HEADLINE],
        text=words.get("text", "")[: campaign_steps.LONGEST_TEXT],
        link="",
        media_file_id=given.media_file_id,
        cap=0,
    )
    position = given.position if given.position in campaigns.POSITIONS else "shop-footer"
    return {"shown": shown, "picture": picture, "position": position, "place": campaigns.POSITIONS[position]}


def _picture(media_id: int | None) -> Picture | None:
    if media_id is None:
        return None
    with database().reading() as session:
        return media.pictures(session, [media_id], site().locale).get(media_id)


# --- figures -------------------------------------------------------------------------------------------------


def _since() -> date:
    return clock.today(site().timezone) - timedelta(days=SHOWN_DAYS - 1)


def _chart(figures: dict[date, tuple[int, int]]) -> charts.Columns:
    days = [_since() + timedelta(days=number) for number in range(SHOWN_DAYS)]
    return charts.columns([(charts.day_name(day), *figures.get(day, (0, 0))) for day in days])
