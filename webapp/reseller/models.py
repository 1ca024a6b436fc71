"""Every table of the house, for migrations and tests: importing this module loads all rooms' models."""

from webapp.foundation import leases, outbox
from webapp.foundation.schema import Base

from .accounts import models as accounts
from .billing import bank_models, gateway_models, invoice_models
from .billing import models as billing
from .catalog import models as catalog
from .cms import models as cms
from .desk import models as desk
from .notifications import models as notifications
from .orders import models as orders
from .partners import models as partners
from .services import models as services

__all__ = [
    "Base",
    "accounts",
    "bank_models",
    "billing",
    "catalog",
    "cms",
    "desk",
    "gateway_models",
    "invoice_models",
    "leases",
    "notifications",
    "orders",
    "outbox",
    "partners",
    "services",
]
