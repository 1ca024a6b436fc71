"""Witryna: branded shops, frames and a business panel for resellers of domains, certificates and hosting."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from webapp.foundation.config import Settings
    from webapp.foundation.web import WebApp


def create_app(settings: Settings | None = None) -> WebApp:
    """The web application, from the environment unless settings are given. Opens no connection."""
    # Imported here: every module of the house passes through this package, and none should load all others.
    from webapp import wiring

    app = wiring.application(settings or wiring.environment(os.environ))
    wiring.add_sessions(app)
    wiring.add_guards(app)
    wiring.add_templates(app)
    wiring.add_surfaces(app)
    wiring.add_error_pages(app)
    wiring.add_commands(app)
    wiring.add_layers(app)
    return app
