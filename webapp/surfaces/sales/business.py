"""The business in figures: fetched by the first page, so that it does not wait for its sums; a page of its own too."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import request

from webapp.foundation import clock
from webapp.foundation.i18n import N_, format_money, format_number
from webapp.foundation.i18n import gettext as _
from webapp.reseller.desk import business, statistics, work
from webapp.surfaces.shared.current import database, site
from webapp.surfaces.shared.lists import chips_of, wanted
from webapp.surfaces.shared.rendering import render

from . import charts
from .blueprint import bp

#: `?period=` -> 30 days, or 12 months.
PERIODS = {"30": N_("30 days"), "12m": N_("12 months")}
SERIES = {
    "subscribers": N_("New subscribers"),
    "orders": N_("Orders"),
    "income": N_("Income"),
    "margin": N_("Margin"),
}
_MONEY = ("income", "margin")


@bp.get("/figures")
def business_figures() -> str:
    """Four charts with a table beside each, domains by ending, and what ends soon: a page, and a part of the first."""
    period = wanted("period", PERIODS) or "30"
    today = clock.today(site().timezone)
    since = statistics.months_before(today, 11) if period == "12m" else today - timedelta(days=29)
    with database().reading() as session:
        found = business.days(session, since, today, site().currency)
        endings, expiring = business.endings(session), work.expiring(session)
        ends = charts.bars(work.ends_by_month(session))
    points = business.months(found) if period == "12m" else found
    labels = {value: _(label) for value, label in PERIODS.items()}
    part = getattr(request, "is_fragment", False)
    return render(
        "sales/_business.html" if part else "sales/business.html",
        title=_("The business in figures"),
        chips_list=chips_of("sales.business_figures", "period", period, labels),
        drawn=[_drawn(name, points, period) for name in SERIES],
        endings=endings,
        expiring=expiring,
        ends=ends,
    )


def _drawn(name: str, points: list[business.Day], period: str) -> dict[str, Any]:
    """A chart: what is below zero (a margin) is drawn as nothing and told in the table."""
    word = charts.month_name if period == "12m" else charts.day_name
    values = [(word(each.day), int(getattr(each, name))) for each in points]
    total = sum(value for _label, value in values)
    return {
        "title": _(SERIES[name]),
        "chart": charts.columns([(label, max(value, 0), 0) for label, value in values]),
        "total": _said(name, total),
        "rows": [(label, _said(name, value)) for label, value in reversed(values) if value],
    }


def _said(name: str, value: int) -> str:
    return format_money(value, site().currency) if name in _MONEY else format_number(value)
