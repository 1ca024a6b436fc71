"""Alembic's environment. Run through `webapp.processes.migrate`, which gives the database URL."""

from alembic import context
from sqlalchemy import text

from webapp.foundation.db import create_engine
from webapp.reseller.models import Base

#: One migration at a time on PostgreSQL, and none that waits for ever behind a long transaction.
LOCK = 7_413_952


def run() -> None:
    engine = create_engine(context.config.attributes["database_url"])
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SET lock_timeout = '10s'"))
            connection.execute(text(f"SELECT pg_advisory_lock({LOCK})"))
            connection.execute(text("SELECT set_config('witryna.tenant', 'platform', false)"))
            connection.commit()
        context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()
    engine.dispose()


run()
