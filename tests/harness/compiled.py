"""What is compiled once for a test process, though each test makes its own application over a database of its own.

A running install has one application and one engine, which keep their compiled templates, statements and addresses.
Without this every test paid for them anew: a third of all that the tests of the panels and rooms did.
"""

from __future__ import annotations

from functools import partial
from types import CodeType, MethodType
from typing import Any

from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import create_engine
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

from webapp.foundation import db
from webapp.foundation.web import WebApp

#: What werkzeug's Rule.compile leaves in a rule.
_TAKEN_APART = ("_parts", "_trace", "_converters", "arguments")
_BUILDERS = ("_build", "_build_unknown")
#: More statements than the whole product has, on both kinds of database.
STATEMENTS = 5000


class Compiled(BytecodeCache):
    """In memory, by name, file and checksum of the source."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """What was compiled from the same source before."""
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled now."""
        if bucket.code is not None:
            self._codes[bucket.key, bucket.checksum] = bucket.code


_templates = Compiled()
_statics: dict[str, Any] = {}


def share_files(app: WebApp) -> None:
    """Let this application know the templates and static files that others of this process compiled and read."""
    app.jinja_env.bytecode_cache = _templates
    _statics.update(vars(app.statics))
    app.statics.__dict__ = _statics


def share_addresses() -> None:
    """Let the applications of this process know each other's rules, taken apart, and the programs that build addresses.

    Werkzeug takes each of our four hundred rules apart for every application: half of what making one costs.
    """
    take_apart = Rule.compile
    kept: dict[tuple[Any, ...], dict[str, Any]] = {}

    def compile_once(rule: Rule) -> None:
        assert rule.map is not None
        defaults = tuple(sorted((rule.defaults or {}).items()))
        about = (type(rule), rule.rule, rule.subdomain, rule.merge_slashes)
        key = (*about, defaults, frozenset(rule.map.converters.items()))
        if key not in kept:
            take_apart(rule)
            kept[key] = {name: getattr(rule, name) for name in _TAKEN_APART}
            kept[key] |= {name: getattr(rule, name).__func__ for name in _BUILDERS}
            return
        known = kept[key]
        rule.arguments.update(known["arguments"])
        vars(rule).update({name: known[name] for name in _TAKEN_APART if name != "arguments"})
        vars(rule).update({name: MethodType(known[name], rule) for name in _BUILDERS})

    Rule.compile = compile_once  # type: ignore[method-assign,assignment]


def share_statements() -> None:
    """Let the engines of this process know each other's compiled statements.

    SQLAlchemy keeps them by dialect object, of which each engine has one. Here all of a kind speak to the same server,
    or the same library, with the same settings (foundation/db.py), so they count as one.
    """
    for dialect in (PGDialect_psycopg, SQLiteDialect_pysqlite):
        dialect.__eq__ = _same_kind  # type: ignore[method-assign]
        dialect.__hash__ = _by_kind  # type: ignore[method-assign,assignment]
    kept: LRUCache[Any, Any] = LRUCache(STATEMENTS)
    shared = partial(create_engine, execution_options={"compiled_cache": kept})
    db.sa_create_engine = shared  # type: ignore[attr-defined]


def _same_kind(one: object, other: object) -> bool:
    return type(one) is type(other)


def _by_kind(one: object) -> int:
    return hash(type(one))
