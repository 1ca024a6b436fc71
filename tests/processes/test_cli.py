"""The command line: every command explains itself, speaks JSON, and says in one line what is wrong."""

from __future__ import annotations

import json

import pytest
from click import Command, Group

from tests.factories import make_partner
from tests.processes.conftest import Install
from webapp import cli
from webapp.foundation.db import Database
from webapp.reseller.partners import queries
from webapp.reseller.partners.models import Partner
from webapp.wiring import PERIODIC

GROUPS: tuple[Command, ...] = (
    cli.partner,
    cli.operator,
    cli.host,
    cli.demo,
    cli.books,
    cli.log,
    cli.registry,
    cli.tick,
)


def _commands() -> list[Command]:
    return [one for each in GROUPS for one in (each.commands.values() if isinstance(each, Group) else [each])]


@pytest.mark.parametrize("command", _commands(), ids=lambda one: one.name)
def test_every_command_explains_itself_and_speaks_json(command: Command) -> None:
    assert command.help
    assert "--json" in {name for parameter in command.params for name in parameter.opts}


def test_every_partner_is_listed_however_many_there_are(database_url: str) -> None:
    """More than a page of any list counts."""
    database = Database(database_url)
    first = make_partner(database)
    columns = [each.key for each in Partner.__mapper__.column_attrs if each.key not in ("id", "code")]
    facts = {name: getattr(first, name) for name in columns}
    with database.writing(cli.OPERATOR) as session:
        session.add_all(Partner(code=f"csp{number}", **facts) for number in range(2000, 3100))
    with database.reading(cli.OPERATOR) as session:
        assert len({each.code for each in queries.every_partner(session)}) == 1101
    database.dispose()


def test_partners_and_hosts_from_the_command_line(install: Install) -> None:
    assert install.flask_process("demo", "seed").returncode == 0
    assert json.loads(install.flask("demo", "seed", "--json").stdout) == {"made": []}
    made = install.flask("partner", "create", "--name", "Trzecia", "--email", "x@trzecia.example", "--json")
    assert json.loads(made.stdout)["code"] == "csp1003"
    listed = json.loads(install.flask("partner", "list", "--json").stdout)
    assert [one["code"] for one in listed] == ["csp1001", "csp1002", "csp1003"]
    added = install.flask("host", "add", "csp1003", "Shop.Example.", "--primary", "--json")
    assert json.loads(added.stdout) == {"name": "shop.example", "kind": "custom", "state": "live", "primary": True}
    looked = install.flask("host", "check", "SHOP.example").stdout.splitlines()
    assert looked == ["shop.example  csp1003  active", "  csp1003  live  DNS unconfigured  HTTPS -"]
    claimed = install.flask("host", "add", "csp1001", "https://shop.example/pl/", "--claim", "--json")
    assert json.loads(claimed.stdout)["state"] == "draft"
    lights = json.loads(install.flask("host", "check", "shop.example", "--json").stdout)
    assert lights["partner"] == "csp1003"
    assert [(one["partner"], one["dns"]["code"]) for one in lights["claims"]] == [
        ("csp1003", "unconfigured"),
        ("csp1001", "unconfigured"),
    ]
    taken = install.flask("host", "add", "csp1001", "shop.example")
    assert (taken.returncode, taken.stderr) == (1, "Error: shop.example is in use already.\n")
    own = install.flask("host", "add", "csp1001", "panel.localhost:8000")
    assert own.returncode == 1
    assert install.flask("host", "check", "nobody.example").returncode == 1
    assert install.flask("partner", "suspend", "csp1003").stdout == "csp1003  suspended\n"
    assert install.flask("partner", "suspend", "csp9999").stderr == "Error: there is no partner csp9999\n"
    assert install.flask("books", "check").returncode == 0
    asked = install.flask("books", "check", "--registry", "--most", "5")
    assert asked.stdout.splitlines()[-1] == "ok      I2 the registry says of each name what stands here: 0 names asked"
    chains = install.flask("log", "check")
    assert (chains.returncode, "BROKEN" in chains.stdout) == (0, False)


def test_an_empty_install_gets_its_endings_its_operator_and_its_first_shop(install: Install) -> None:
    early = install.flask("partner", "create", "--name", "Too early", "--email", "x@early.example")
    assert early.stderr == "Error: This install does not know any ending yet.\n"
    assert json.loads(install.flask("registry", "endings", "--json").stdout)["new"] > 12
    assert install.flask("registry", "endings").stdout == "0 new endings\n"
    who = ("--name", "Ola", "--email", "ola@install.example", "--password")
    assert install.flask("operator", "create", *who, "short").returncode == 1
    made = install.flask("operator", "create", *who, "a long enough one")
    assert made.stdout.split() == ["ola@install.example", "http://operator.localhost:8000"]
    assert install.flask("operator", "create", *who, "a long enough one").returncode == 1
    nothing_to_sell = install.flask(
        "partner", "create", "--name", "Ceske", "--email", "x@cz.example", "--currency", "CZK"
    )
    assert "no wholesale prices in CZK" in nothing_to_sell.stderr
    assert install.flask(
        "partner", "create", "--name", "Erste", "--email", "x@eins.example", "--currency", "EUR"
    ).stdout


def test_the_tick_of_a_date(install: Install) -> None:
    done = json.loads(install.flask("tick", "--as-of", "2026-12-24", "--json").stdout)
    assert done["day"] == "2026-12-24"
    assert set(done["jobs"]) == set(PERIODIC)
    assert json.loads(install.flask("tick", "--as-of", "2026-12-24", "--json").stdout)["jobs"] == {}
    assert install.flask("tick", "--as-of", "yesterday").returncode == 2


def test_a_registry_that_is_away_is_said_in_one_line(install: Install) -> None:
    answer = install.flask("registry", "hello")
    assert answer.returncode == 1
    assert answer.stdout.startswith("does not answer: ")
    assert len(answer.stdout.splitlines()) == 1


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("WITRYNA_SECRET_KEY", "short", "at least 32 characters"),
        ("WITRYNA_DATABASE_URL", "mysql://x", "sqlite"),
        ("WITRYNA_PLATFORM_HOST", "http://x", "host"),
        ("WITRYNA_PAGE_CACHE", "maybe", "on, off"),
        ("WITRYNA_REGISTRY_PROFILE", "nobody", "rfc"),
        ("WITRYNA_SECRET_KYE", "x", "misspelt"),
    ],
)
def test_a_wrong_setting_is_one_line_that_names_it(install: Install, name: str, value: str, says: str) -> None:
    install.environment[name] = value
    answer = install.flask("partner", "list")
    assert answer.returncode == 1
    assert answer.stderr.startswith(f"{name}: ")
    assert says in answer.stderr
    assert len(answer.stderr.splitlines()) == 1


def test_a_missing_setting_is_one_line_that_names_it(install: Install) -> None:
    answer = install.flask_process("partner", "list", without="WITRYNA_SECRET_KEY")
    assert answer.stderr == "WITRYNA_SECRET_KEY: is not set\n"


@pytest.mark.parametrize("url", ["postgresql+psycopg://nobody@127.0.0.1:1/none", "sqlite:///{folder}/empty.sqlite3"])
def test_a_database_that_cannot_be_used_is_one_line_that_names_the_setting(install: Install, url: str) -> None:
    install.environment["WITRYNA_DATABASE_URL"] = url.format(folder=install.folder)
    said = install.flask("partner", "list")
    assert said.returncode == 1
    assert said.stderr.startswith("Error: WITRYNA_DATABASE_URL: the database cannot be used: ")
    assert len(said.stderr.splitlines()) == 1
