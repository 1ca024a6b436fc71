"""One registry process and one bench per kind of database, for all crash tests of a worker."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache

import pytest

from sandbox.testing import running_registry
from tests.crash.bench import Bench, open_bench
from tests.harness.databases import TemplateDatabases

BenchOf = Callable[[str], Bench]


@pytest.fixture(scope="session")
def bench_of(
    databases: TemplateDatabases, tmp_path_factory: pytest.TempPathFactory, full_tier: bool
) -> Iterator[BenchOf]:
    """The bench for "sqlite" or "postgresql", opened when first asked for."""
    with ExitStack() as stack:
        registry = stack.enter_context(running_registry(tmp_path_factory.mktemp("crash-registry")))

        @cache
        def bench(kind: str) -> Bench:
            return stack.enter_context(open_bench(databases, kind, registry, reads=full_tier))

        yield bench
