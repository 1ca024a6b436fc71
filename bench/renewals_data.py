"""A million domains of ten thousand partners, and the bare SQL that writes what the renewal run writes. PostgreSQL."""

# ruff: noqa: S608  the statements are made of names and numbers that stand in this file

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from sqlalchemy import Connection, text

from tests.selling import open_shop
from webapp.foundation import clock
from webapp.foundation.db import Database
from webapp.foundation.schema import Base
from webapp.processes.migrate import upgrade
from webapp.reseller import models  # noqa: F401  keys lead from room to room: every table must be known

PARTNERS, EACH = 10_000, 100
#: Far from the ids of the one shop that all are copies of.
_FIRST = 1_000_000
#: Table -> which row is copied for each partner, and what differs (g counts the partners).
_COPIES: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "partners": ("id = 1", {"code": "'b' || g"}),
    "accounts": ("id = (SELECT min(id) FROM accounts)", {}),
    "contacts": ("is_default", {"account_id": f"{_FIRST} + g"}),
    "users": ("id = (SELECT min(id) FROM users)", {"email": "'anna' || g || '@example.com'"}),
    "memberships": (
        "id = (SELECT min(id) FROM memberships)",
        {"account_id": f"{_FIRST} + g", "user_id": f"{_FIRST} + g"},
    ),
    "products": ("code = 'com'", {}),
    "prices": (
        "operation = 'renew' AND years = 1 AND product_id = (SELECT id FROM products WHERE code = 'com' AND id < 1000)",
        {"product_id": f"{_FIRST} + g"},
    ),
}
#: What the run writes.
TABLES = ("proformas", "proforma_lines", "orders", "order_lines", "audit_events", "outbox")


def prepare(url: str) -> None:
    """Migrations, one shop, its copies, and their domains: the first of each partner's ends in 30 days."""
    upgrade(url)
    database = Database(url)
    open_shop(database).database.dispose()
    with database.engine.begin() as connection:
        see_everything(connection)
        for table, (which, changes) in _COPIES.items():
            _copy(connection, table, which, changes)
        _plant_domains(connection, clock.now().date())
    with database.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("VACUUM ANALYZE")
    database.dispose()


def see_everything(connection: Connection) -> None:
    """The reference and the preparation work for every tenant, as the run does."""
    connection.exec_driver_sql("SET LOCAL witryna.tenant = 'platform'")
    connection.exec_driver_sql("SET LOCAL statement_timeout = 0")


def _copy(connection: Connection, table: str, which: str, changes: Mapping[str, str]) -> None:
    columns = [column.name for column in Base.metadata.tables[table].columns]
    own = "id" if table == "partners" else "partner_id"
    differing = {"id": f"{_FIRST} + g", own: f"{_FIRST} + g", **changes}
    chosen = ", ".join(differing.get(name, f"t.{name}") for name in columns)
    connection.exec_driver_sql(
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {chosen} FROM {table} t, generate_series(1, {PARTNERS}) g "
        f"WHERE t.{which}"
    )


def _plant_domains(connection: Connection, today: date) -> None:
    """Their own foreign keys are left out: checking a million of them takes a minute and is nothing we measure."""
    found = connection.exec_driver_sql(
        "SELECT conname FROM pg_constraint WHERE contype = 'f' AND conrelid = 'domains'::regclass"
    )
    for (name,) in found.all():
        connection.exec_driver_sql(f"ALTER TABLE domains DROP CONSTRAINT {name}")
    soon, later = today + timedelta(days=30), today + timedelta(days=120)
    connection.execute(
        text(
            "INSERT INTO domains (partner_id, name, name_unicode, tld_id, registry_key, account_id, registrant_id,"
            " state, expires_at, auto_renew, created_at)"
            " SELECT :first + g, 'd' || g || '-' || n || '.com', 'd' || g || '-' || n || '.com', p.tld_id, 'sandbox',"
            " :first + g, :first + g, CASE n WHEN 1 THEN 'expiring' ELSE 'active' END,"
            " CASE n WHEN 1 THEN CAST(:soon AS date) - (g % 2) ELSE CAST(:later AS date) + (n * 2) END, true, now()"
            f" FROM generate_series(1, {PARTNERS}) g, generate_series(1, {EACH}) n,"
            " (SELECT tld_id FROM products WHERE code = 'com' LIMIT 1) p"
        ),
        {"first": _FIRST, "soon": soon, "later": later},
    )


def write_bare(connection: Connection) -> None:
    """The reference: find what is due and write every row of it, each table by one INSERT ... SELECT."""
    see_everything(connection)
    for statement in _BARE.split(";\n"):
        if statement.strip():
            connection.exec_driver_sql(statement.replace("%", "%%"))


def counts(connection: Connection) -> dict[str, int]:
    """Rows that were written for the copies, and what they ask for altogether."""
    see_everything(connection)
    found = {
        table: connection.exec_driver_sql(f"SELECT count(*) FROM {table} WHERE partner_id > {_FIRST}").scalar_one()
        for table in TABLES
    }
    total = connection.exec_driver_sql(f"SELECT sum(gross) FROM proformas WHERE partner_id > {_FIRST}").scalar_one()
    return {**found, "gross": int(total or 0)}


_PARTY = """json_build_object('name', c.name, 'organisation', c.organisation, 'street', c.street, 'postcode',
 c.postcode, 'city', c.city, 'country', c.country, 'tax_id', c.tax_id, 'email', c.email, 'phone', c.phone)"""
_BARE = f"""
CREATE TEMP TABLE due ON COMMIT DROP AS
SELECT d.id AS domain_id, d.partner_id, d.account_id, d.name_unicode AS name, d.expires_at::date AS ends,
 pr.amount AS gross, round(pr.amount / 1.23)::bigint AS net, p.code, p.currency, p.payment_days, {_PARTY} AS party,
 json_build_object('name', p.legal_name, 'organisation', p.legal_name, 'street', p.street, 'postcode', p.postcode,
 'city', p.city, 'country', p.country, 'tax_id', p.tax_id, 'email', p.email, 'phone', p.phone) AS issuer,
 json_build_object('name', p.bank_name, 'iban', p.iban, 'bic', p.bic) AS bank, u.locale,
 row_number() OVER (PARTITION BY d.partner_id ORDER BY d.id) AS n,
 nextval('proformas_id_seq') AS proforma_id, nextval('proforma_lines_id_seq') AS line_id,
 nextval('orders_id_seq') AS order_id, CAST(NULL AS bigint) AS last
FROM domains d JOIN partners p ON p.id = d.partner_id
JOIN products pd ON pd.partner_id = d.partner_id AND pd.kind = 'domain' AND pd.tld_id = d.tld_id AND pd.on_sale
JOIN prices pr ON pr.partner_id = d.partner_id AND pr.currency = p.currency AND pr.operation = 'renew'
 AND pr.years = 1 AND pr.product_id = pd.id AND pr.valid_from <= current_date
JOIN contacts c ON c.partner_id = d.partner_id AND c.account_id = d.account_id AND c.is_default
JOIN memberships m ON m.partner_id = d.partner_id AND m.account_id = d.account_id JOIN users u ON u.id = m.user_id
WHERE d.state IN ('active', 'expiring', 'expired') AND d.auto_renew
 AND d.expires_at BETWEEN now() - interval '45 days' AND now() + interval '30 days'
 AND NOT EXISTS (SELECT 1 FROM order_lines l WHERE l.domain_id = d.id AND l.operation = 'renew');
ANALYZE due;
INSERT INTO number_series (partner_id, issuer, series, year, last)
SELECT partner_id, code, 'proforma', extract(year FROM current_date), count(*) FROM due GROUP BY partner_id, code
ON CONFLICT (partner_id, issuer, series, year) DO UPDATE SET last = number_series.last + excluded.last;
UPDATE due SET last = s.last - due.n + 1 FROM number_series s WHERE s.partner_id = due.partner_id
 AND s.series = 'proforma' AND s.year = extract(year FROM current_date);
INSERT INTO proformas (id, partner_id, number, sequence, account_id, origin, state, locale, currency, issue_date,
 due_date, issued_at, tax_mode, net, tax, gross, tax_rows, issuer, buyer, payer, correspondence, bank, note,
 tax_regime, pay_token, reminders, remind_on, made_of, replaced_by, asked)
SELECT proforma_id, partner_id, 'PRO/' || extract(year FROM current_date) || '/' || lpad(last::text, 5, '0'), last,
 account_id, 'renewal', 'issued', locale, currency, current_date, current_date + payment_days::int, now(), 'gross',
 net, gross - net, gross,
 json_build_array(json_build_object('rate_bp', 2300, 'net', net, 'tax', gross - net, 'gross', gross)), issuer, party,
 party, party, bank, '', 'domestic', md5(random()::text), 0, current_date + payment_days::int - 7, '[]', '[]', '{{}}'
FROM due;
INSERT INTO proforma_lines (id, partner_id, proforma_id, position, kind, operation, description, subject, years,
 period_from, period_to, quantity, unit_amount, amount, discount, discount_text, tax_rate_bp, tax_category)
SELECT line_id, partner_id, proforma_id, 1, 'domain', 'renew', 'Odnowienie domeny', name, 1, ends,
 ends + interval '1 year', 1, gross, gross, 0, '', 2300, 'S' FROM due;
INSERT INTO orders (id, partner_id, key, account_id, proforma_id, currency, terms_version, placed_at, ip)
SELECT order_id, partner_id, 'renew:' || domain_id || ':' || ends || ':0', account_id, proforma_id, currency, '',
 now(), '' FROM due;
INSERT INTO order_lines (partner_id, order_id, proforma_line_id, domain_id, operation, years, days, amount, state)
SELECT partner_id, order_id, line_id, domain_id, 'renew', 1, 0, gross, 'awaiting_payment' FROM due;
INSERT INTO audit_events (partner_id, at, actor_kind, actor_label, action, object_kind, object_id, object_label,
 through, data, ip, request_id)
SELECT partner_id, now(), 'system', 'system', 'proforma.issued', 'proforma', proforma_id, last::text, '',
 json_build_object('gross', gross), '', '' FROM due
UNION ALL SELECT partner_id, now(), 'system', 'system', 'order.renewal', 'domain', domain_id, name, '',
 json_build_object('proforma', last::text), '', '' FROM due;
INSERT INTO outbox (partner_id, kind, key, payload, created_at, available_at, attempts, fence, last_error)
SELECT partner_id, 'proforma.mail', 'proforma.mail:' || proforma_id, json_build_object('proforma_id', proforma_id),
 now(), now(), 0, 0, '' FROM due;
"""
