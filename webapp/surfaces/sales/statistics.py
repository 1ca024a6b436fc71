"""Statistics: visits and searches by host, page and day, as charts with a table beside each, and as a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import Response, url_for

from webapp.foundation import clock
from webapp.foundation.i18n import N_
from webapp.foundation.i18n import gettext as _
from webapp.reseller.desk import statistics as counted
from webapp.reseller.desk.statistics import Scope
from webapp.surfaces.shared.current import database, site
from webapp.surfaces.shared.lists import chips_of, wanted
from webapp.surfaces.shared.rendering import render

from . import charts
from .blueprint import bp

#: `?period=` -> days, or 12 months.
PERIODS = {"7": N_("7 days"), "30": N_("30 days"), "90": N_("90 days"), "12m": N_("12 months")}
USUAL = "30"


@dataclass(frozen=True)
class _Asked:
    """What the address asks for."""

    period: str
    scope: Scope
    today: date

    @property
    def filters(self) -> dict[str, str]:
        """For links that keep them."""
        return {"period": self.period, "host": self.scope.host, "path": self.scope.path}


def _asked() -> _Asked:
    period = wanted("period", PERIODS) or USUAL
    today = clock.today(site().timezone)
    since = counted.months_before(today, 11) if period == "12m" else today - timedelta(days=int(period) - 1)
    return _Asked(period, Scope(since, wanted("host"), wanted("path")), today)


@bp.get("/site/statistics")
def statistics() -> str:
    """Two charts, three lists."""
    asked = _asked()
    with database().reading() as session:
        visits = counted.visits_by_day(session, asked.scope)
        searches = counted.searches_by_day(session, asked.scope)
        hosts = counted.top_hosts(session, Scope(asked.scope.since))
        pages = counted.top_pages(session, Scope(asked.scope.since, asked.scope.host))
        names = counted.top_names(session, asked.scope)
    return render(
        "sales/statistics.html",
        title=_("Statistics"),
        visits=_columns(asked, {day: (number, 0) for day, number in visits.items()}),
        searches=_columns(asked, searches),
        hosts=hosts,
        pages=pages,
        names=names,
        asked=asked,
        by=_("Month") if asked.period == "12m" else _("Day"),
        with_filter=_with_filter(asked),
        period_chips=_chips(asked),
        export_url=url_for("sales.statistics_csv", **_given(asked.filters)),
    )


def _chips(asked: _Asked) -> list[dict[str, Any]]:
    labels = {key: _(label) for key, label in PERIODS.items()}
    return chips_of("sales.statistics", "period", asked.period, labels, host=asked.scope.host, path=asked.scope.path)


def _with_filter(asked: _Asked) -> Callable[..., str]:
    def address(**more: str) -> str:
        return url_for("sales.statistics", **_given(asked.filters | more))

    return address


def _given(filters: Mapping[str, str]) -> dict[str, Any]:
    return {name: value for name, value in filters.items() if value}


def _columns(asked: _Asked, numbers: Mapping[date, tuple[int, int]]) -> charts.Columns:
    """A column per day, or per month of a year; what was not counted is zero."""
    if asked.period != "12m":
        days = [asked.scope.since + timedelta(days=n) for n in range((asked.today - asked.scope.since).days + 1)]
        return charts.columns([(charts.day_name(day), *numbers.get(day, (0, 0))) for day in days])
    months = [counted.months_before(asked.today, back) for back in range(11, -1, -1)]
    return charts.columns([(charts.month_name(month), *_sum_of(month, numbers)) for month in months])


def _sum_of(month: date, numbers: Mapping[date, tuple[int, int]]) -> tuple[int, int]:
    found = [pair for day, pair in numbers.items() if (day.year, day.month) == (month.year, month.month)]
    return sum(pair[0] for pair in found), sum(pair[1] for pair in found)


@bp.get("/site/statistics.csv")
def statistics_csv() -> Response:
    """The same numbers for a spreadsheet: UTF-8 with its mark, which every one of them reads."""
    asked, text = _asked(), io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("day", "what", "host", "page or name", "number"))
    with database().reading() as session:
        writer.writerows([_harmless(row) for row in counted.export(session, asked.scope)])
    answer = Response("\ufeff" + text.getvalue(), mimetype="text/csv")
    name = f"statistics-{asked.scope.since.isoformat()}-{asked.today.isoformat()}.csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _harmless(row: Sequence[Any]) -> list[Any]:
    """What visitors typed must not become a formula of whoever opens the file."""
    return [f"'{cell}" if isinstance(cell, str) and cell[:1] in "=+-@\t\r" and cell else cell for cell in row]
