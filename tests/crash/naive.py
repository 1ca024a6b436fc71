"""What everybody writes first: create, then mark. It is here to show that the crash tests notice."""

from __future__ import annotations

from webapp.foundation import outbox
from webapp.providers.errors import ProviderError
from webapp.providers.registry.port import Receipt, Registration, RegistryPort
from webapp.reseller.services import tasks
from webapp.reseller.services.operations import store_outcome
from webapp.reseller.services.registrar import Intent, Outcome


def provision(context: tasks.Context, lease: outbox.Lease) -> None:
    """The task "domain.provision" without a look before and after."""
    operation_id = lease.payload["operation_id"]
    with context.database.writing() as session:
        intent = tasks._intent(session, operation_id)
    outcome = _act(context.registry, intent) if intent else None
    with context.database.writing() as session:
        if outcome:
            store_outcome(session, operation_id, outcome)
        outbox.complete(session, lease)


def _act(registry: RegistryPort, intent: Intent) -> Outcome:
    try:
        receipt = _register(registry, intent) if intent.kind == "register" else _renew(registry, intent)
    except ProviderError as error:
        return Outcome("refused", error.message, error.code)
    return Outcome("done", created_at=None, expires_at=receipt.expires_at)


def _register(registry: RegistryPort, intent: Intent) -> Receipt:
    handle = registry.ensure_contact(intent.holder, f"{intent.key}-c")
    return registry.register(Registration(intent.name, intent.years, handle, intent.auth_info, ()), intent.key)


def _renew(registry: RegistryPort, intent: Intent) -> Receipt:
    facts = registry.info(intent.name)
    assert facts is not None
    assert facts.expires_at is not None
    return registry.renew(intent.name, facts.expires_at.date(), intent.years, intent.key)


NAIVE = {"domain.provision": f"{__name__}.provision"}
