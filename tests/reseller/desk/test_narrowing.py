"""A platform session that fills a new tenant sees and writes that tenant only (wall 1 and 2), and widens again."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from tests.factories import make_partner
from webapp.foundation import tenancy
from webapp.foundation.db import Database, narrowed
from webapp.reseller.catalog.models import TldGroup
from webapp.reseller.partners.models import Partner

PLATFORM = tenancy.Platform("operator")


def test_a_narrowed_session_is_one_tenants(database: Database) -> None:
    first, second = make_partner(database), make_partner(database, name="Two", email="two@example.com")
    with database.writing(PLATFORM) as session:
        with narrowed(session, first.id):
            session.add(TldGroup(name="Mine", is_default=True))
            session.flush()
            assert session.scalars(select(Partner.id)).all() == [first.id]
        with narrowed(session, second.id):
            assert session.scalars(select(TldGroup.id)).all() == []
        assert session.scalars(select(TldGroup.partner_id)).all() == [first.id]


def test_a_narrowed_session_refuses_another_tenants_row(database: Database) -> None:
    first, second = make_partner(database), make_partner(database, name="Two", email="two@example.com")
    with database.writing(PLATFORM) as session:
        with pytest.raises(tenancy.ScopeError), narrowed(session, first.id):
            session.add(TldGroup(partner_id=second.id, name="Stranger", is_default=True))
        session.expunge_all()
        assert session.info["scope"] == PLATFORM


def test_a_tenants_session_cannot_become_another_tenants(database: Database) -> None:
    first, second = make_partner(database), make_partner(database, name="Two", email="two@example.com")
    with tenancy.tenant(first.id), database.writing() as session:
        with pytest.raises(tenancy.ScopeError), narrowed(session, second.id):
            pass
        assert session.scalars(select(Partner.id)).all() == [first.id]
