"""Advertisements: which one this visitor gets in a place of a page that is kept for everybody, and the way to its link.

How often somebody saw a campaign today is remembered by the browser's tab alone (app.js) and told with the question; we
keep neither a cookie nor an address for it. Views and clicks are sums per day.
"""

from __future__ import annotations

import re

from flask import Response, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from webapp.foundation import clock
from webapp.foundation.counts import is_bot
from webapp.foundation.i18n import current_locale
from webapp.foundation.web import the_app
from webapp.reseller.cms import campaigns, media
from webapp.reseller.cms.campaigns import Advertisement, Visitor
from webapp.reseller.cms.pictures import Picture
from webapp.reseller.desk.audience import visitor
from webapp.surfaces.shared.current import database, person, site
from webapp.surfaces.shared.rendering import render
from webapp.surfaces.shared.shopping.buyer import account_id

from .blueprint import bp

#: "12.3-15.1": campaign 12 was seen three times today, 15 once.
_SEEN = re.compile(r"([0-9]{1,18})\.([0-9]{1,4})")
MOST_SEEN = 50


@bp.get("/<lang:lang>/ad/<position>")
def ad(position: str) -> ResponseReturnValue:
    """What stands in a place now; 204 when there is nothing for this visitor."""
    if position not in campaigns.POSITIONS:
        abort(404)
    found, picture = _chosen(position)
    if found is None or (found.kind == "picture" and picture is None):
        return Response(status=204)
    if getattr(request, "is_fragment", False):
        _count("view", found.campaign_id)
    return render("storefront/_ad_shown.html", ad=found, picture=picture, place=campaigns.POSITIONS[position])


def _chosen(position: str) -> tuple[Advertisement | None, Picture | None]:
    who = _who()
    with database().reading() as session:
        facts = visitor(session, who[0]) if who else Visitor()
        found = campaigns.choose(session, position, current_locale(), clock.now(), facts, _seen())
        if found is None or found.media_file_id is None:
            return found, None
        return found, media.pictures(session, [found.media_file_id], current_locale()).get(found.media_file_id)


def _who() -> tuple[int | None] | None:
    """(account,) of a signed-in person, None for a visitor. Asked first: one request never holds two connections."""
    return (account_id(),) if person() else None


def _seen() -> dict[int, int]:
    """What the browser remembers; anything that is not written like it counts as never seen."""
    given = request.args.get("seen", "")[:2000]
    return {int(campaign): int(times) for campaign, times in _SEEN.findall(given)[:MOST_SEEN]}


@bp.get("/<lang:lang>/ad/<int:campaign_id>/go")
def ad_click(campaign_id: int) -> ResponseReturnValue:
    """To the campaign's own stored link and nowhere else; to the shop's first page if it runs no more."""
    with database().reading() as session:
        link = campaigns.target(session, campaign_id, current_locale(), clock.now())
    if link is None:
        return redirect(url_for("storefront.home"), 302)
    # Pictures and frames of other sites that point here are no clicks.
    if request.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin":
        _count("click", campaign_id)
    return redirect(link, 302)


def _count(kind: str, campaign_id: int) -> None:
    if not is_bot(request.user_agent.string):
        the_app().counts.add(kind, site().partner_id, campaign_id)
