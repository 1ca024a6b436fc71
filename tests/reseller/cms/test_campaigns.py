"""Ads: where they may stand, who gets which one, and which links are refused."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.reseller.cms.conftest import Writing
from webapp.foundation import clock
from webapp.foundation.refusal import NotFound, Refusal
from webapp.reseller.cms import campaign_steps, campaigns
from webapp.reseller.cms.campaign_steps import Draft
from webapp.reseller.cms.campaigns import Visitor
from webapp.reseller.cms.models import Campaign
from webapp.reseller.partners.audit import SYSTEM

WORDS = {"pl": {"headline": "Taniej", "text": "Do niedzieli"}, "en": {"headline": "Cheaper", "link": "/en/page/offer"}}
DRAFT = Draft("Week", "page", "text", "/pl/page/oferta", WORDS)
STRANGER = Visitor()


def _save(writing: Writing, draft: Draft) -> Campaign:
    with writing() as session:
        return campaign_steps.save(session, SYSTEM, draft)


def _choice(writing: Writing, locale: str = "pl", who: Visitor = STRANGER, seen: dict[int, int] | None = None) -> str:
    with writing() as session:
        found = campaigns.choose(session, "page", locale, clock.now(), who, seen or {})
    return found.headline if found else ""


def test_a_place_exists_from_the_first_to_the_last_day_and_not_while_paused(writing: Writing) -> None:
    begins, ends = clock.now() + timedelta(hours=1), clock.now() + timedelta(days=2)
    made = _save(writing, replace(DRAFT, starts_at=begins, ends_at=ends))

    def live_at(hours: float) -> tuple[frozenset[str], object]:
        now = clock.now() + timedelta(hours=hours)
        with writing() as session:
            return campaigns.timetable(session, now).at(now)

    assert live_at(0) == (frozenset(), begins)
    assert live_at(2) == (frozenset({"page"}), ends)
    assert live_at(72) == (frozenset(), None)
    with writing() as session:
        campaign_steps.set_active(session, SYSTEM, made.id, active=False)
    assert live_at(2) == (frozenset(), None)


AUDIENCES = (
    ("everyone", STRANGER, True),
    ("signed_in", STRANGER, False),
    ("signed_in", Visitor(signed_in=True), True),
    ("owns:domains", Visitor(signed_in=True), False),
    ("owns:domains", Visitor(signed_in=True, owns=frozenset({"domains"})), True),
    ("group:7", Visitor(signed_in=True, groups=frozenset({70})), False),
    ("group:7", Visitor(signed_in=True, groups=frozenset({7})), True),
)


def test_only_its_audience_gets_an_ad(writing: Writing) -> None:
    made = _save(writing, DRAFT)
    for audience, who, gets in AUDIENCES:
        with writing() as session:
            campaign_steps.save(session, SYSTEM, replace(DRAFT, audience=audience), made.id)
        assert _choice(writing, who=who) == ("Taniej" if gets else ""), audience


def test_a_language_without_a_headline_has_no_ad_and_each_may_lead_elsewhere(writing: Writing) -> None:
    made = _save(writing, DRAFT)
    assert _choice(writing, "de") == ""
    with writing() as session:
        assert campaigns.target(session, made.id, "pl", clock.now()) == "/pl/page/oferta"
        assert campaigns.target(session, made.id, "en", clock.now()) == "/en/page/offer"
        assert campaigns.target(session, made.id, "de", clock.now()) is None
        with pytest.raises(NotFound):
            campaigns.target(session, made.id + 1, "pl", clock.now())


def test_weights_share_a_place_and_a_cap_ends_it_for_today(writing: Writing) -> None:
    heavy = _save(writing, replace(DRAFT, weight=9, cap=2))
    _save(writing, replace(DRAFT, content={"pl": {"headline": "Light"}}))
    shown = Counter(_choice(writing) for _ in range(60))
    assert shown["Taniej"] > shown["Light"]
    assert {_choice(writing, seen={heavy.id: 2}) for _ in range(10)} == {"Light"}


HOSTILE = (
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,<script>", "vbscript:x", "//evil.example",
    "/\\evil.example", "\\\\evil.example", "https:evil", "https:///evil", "https://", "http://plain.example",
    "ftp://x.example", "#top", "mailto:a@b.pl", "/a b", "/\tx", "https://bank.example@evil.example/",
    "https://x.example:99999/", "https://[::1", "page",
)  # fmt: skip


def test_a_link_leads_to_a_path_or_to_https_and_nowhere_else(writing: Writing) -> None:
    for link in HOSTILE:
        elsewhere = {"pl": {"headline": "x", "link": link}}
        for draft in (replace(DRAFT, link=link), replace(DRAFT, content=elsewhere)):
            with writing() as session, pytest.raises(Refusal, match="Write a path"):
                campaign_steps.save(session, SYSTEM, draft)
    for link in ("/", "/pl/page/oferta?x=1#y", "https://shop.example", "https://shop.example:8443/a"):
        assert _save(writing, replace(DRAFT, link=link)).link == link


WRONG: tuple[tuple[dict[str, Any], str], ...] = (
    ({"name": " "}, "name"),
    ({"position": "checkout"}, "position"),
    ({"content": {"pl": {"headline": " "}}}, "headline_pl"),
    ({"content": {"pl": {"headline": "x" * 61}}}, "headline_pl"),
    ({"kind": "picture"}, "picture"),
    ({"kind": "picture", "media_file_id": 99}, "picture"),
    ({"weight": 0}, "weight"),
    ({"cap": -1}, "cap"),
)


def test_a_wrong_value_is_said_at_its_field(writing: Writing) -> None:
    for change, field in WRONG:
        with writing() as session, pytest.raises(Refusal) as refused:
            campaign_steps.save(session, SYSTEM, replace(DRAFT, **change))
        assert refused.value.field == field
