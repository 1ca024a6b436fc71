"""A partner, and a way to write as its staff."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from sqlalchemy.orm import Session

from tests.factories import make_partner
from webapp.foundation import tenancy
from webapp.foundation.db import Database
from webapp.reseller.partners.models import Partner

Writing = Callable[[], AbstractContextManager[Session]]


@pytest.fixture
def partner(database: Database) -> Partner:
    return make_partner(database)


@pytest.fixture
def writing(database: Database, partner: Partner) -> Writing:
    """`with writing() as session:` is one request of the partner's staff."""

    @contextmanager
    def one_request() -> Iterator[Session]:
        with tenancy.tenant(partner.id), database.writing() as session:
            yield session

    return one_request
