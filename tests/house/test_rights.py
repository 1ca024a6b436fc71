"""Every page family of the Sales Panel says which right opens it (surfaces/sales/rights.py)."""

from __future__ import annotations

from tests.house import routes
from webapp.reseller.partners.roles import RIGHTS, ROLES
from webapp.surfaces.sales.rights import MODULES


def test_every_file_of_views_has_a_row() -> None:
    app = routes.application()
    views = {endpoint: view for endpoint, view in app.view_functions.items() if endpoint.startswith("sales.")}
    files = {view.__module__.rpartition(".")[2] for view in views.values()}
    assert not files - set(MODULES), "say in surfaces/sales/rights.py which right opens these files of views"


def test_rights_in_tables_exist_and_each_is_somebodys() -> None:
    named = {right for needs in MODULES.values() for right in (*needs.read, *(needs.write or ()))}
    assert named <= set(RIGHTS)
    given = [role.rights for name, role in ROLES.items() if name != "owner"]
    assert ROLES["owner"].rights == set(RIGHTS)
    assert set(RIGHTS) - frozenset().union(*given) == {"settings", "staff"}, "what is the owner's alone"
