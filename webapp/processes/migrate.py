"""Bring a database to the newest schema: `python -m webapp.processes.migrate`."""

from __future__ import annotations

import os
from pathlib import Path

from alembic import command
from alembic.config import Config

from webapp.foundation import config

HOME = Path(__file__).resolve().parents[2] / "migrations"


def alembic_config(database_url: str) -> Config:
    """Alembic's configuration without a file: our folder, our URL."""
    settings = Config()
    settings.set_main_option("script_location", str(HOME))
    settings.set_main_option("file_template", "%%(year)d%%(month).2d%%(day).2d_%%(slug)s")
    settings.attributes["database_url"] = database_url
    return settings


def upgrade(database_url: str) -> None:
    """Run every migration that the database has not seen."""
    command.upgrade(alembic_config(database_url), "head")


if __name__ == "__main__":
    upgrade(config.load(os.environ).database_url)
