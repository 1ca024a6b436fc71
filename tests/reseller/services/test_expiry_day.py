"""The day on which a name ends is the registry's day, in every zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from webapp.reseller.services.models import Domain


def test_an_hour_before_midnight_utc_is_still_that_day() -> None:
    warsaw = timezone(timedelta(hours=1))
    for instant in (datetime(2027, 11, 21, 23, 30, tzinfo=UTC), datetime(2027, 11, 22, 0, 30, tzinfo=warsaw)):
        assert str(Domain(expires_at=instant).ends_on) == "2027-11-21"


def test_a_name_that_is_not_registered_ends_on_no_day() -> None:
    assert Domain(expires_at=None).ends_on is None
