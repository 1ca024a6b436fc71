"""What we believe after speaking to the registry: every situation in which a register or renew can find itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date

import pytest

from webapp.foundation import clock
from webapp.providers.registry.memory import MemoryRegistry
from webapp.providers.registry.port import ContactCard, DomainFacts, Registration
from webapp.reseller.services.registrar import Intent, perform

HOLDER = ContactCard("W1", "Anna", None, ("Długa 5",), "Kraków", "31-147", "PL", "+48.601234567", "anna@example.com")
MINE, OTHERS = "fingerprint-of-this-order", "fingerprint-of-another-order"


@dataclass(frozen=True)
class Break:
    """A failure of the next such command: a result code, or its answer lost before or after it was done."""

    command: str
    code: int | None = None
    done: bool = False


LOST_BEFORE, LOST_AFTER = Break("domain:create"), Break("domain:create", done=True)
NO_INFO = Break("domain:info")


def _intent(registry: MemoryRegistry, kind: str, *, before: bool, unclear: bool) -> Intent:
    facts = registry.world.domains.get("acme.com")
    expiry = facts.expires_at.date() if facts and facts.expires_at else None
    return Intent(
        kind=kind,
        name="acme.com",
        years=1,
        key="WIT-1-1-abc",
        auth_info=MINE,
        holder=HOLDER,
        nameservers=(),
        current_expiry=expiry if kind == "renew" else None,
        unclear=unclear,
        tried_before=before,
    )


def _put(registry: MemoryRegistry, auth_info: str, *statuses: str) -> None:
    """The name under our account, from some order."""
    registry.ensure_contact(HOLDER, "key-c")
    registry.register(Registration("acme.com", 1, HOLDER.handle, auth_info), "key-1")
    if statuses:
        facts = registry.world.domains["acme.com"]
        registry.world.domains["acme.com"] = replace(facts, statuses=statuses)
    registry.world.log.clear()


def _sent(registry: MemoryRegistry, command: str) -> int:
    return [said for _, said in registry.world.log].count(command)


#: (who has the name, was it tried before, was the last try unclear, what breaks) -> (outcome, creates sent)
REGISTER = [
    # nothing in the way
    ("nobody", False, False, (), "done", 1),
    ("nobody", True, True, (), "done", 1),
    # somebody else's, or ours by another order: never "done", never sent
    ("stranger", False, False, (), "lost", 0),
    ("stranger", True, True, (), "lost", 0),
    ("our other order", False, False, (), "lost", 0),
    ("our other order", True, True, (), "lost", 0),
    # an earlier try reached the registry: found, not sent again
    ("this order", True, True, (), "done", 0),
    ("this order", True, False, (), "done", 0),
    ("this order, pending", True, True, (), "waiting", 0),
    # the first look fails: nothing was sent in this try
    ("nobody", False, False, (NO_INFO,), "waiting", 0),
    ("nobody", True, False, (NO_INFO,), "waiting", 0),
    ("nobody", True, True, (NO_INFO,), "unknown", 0),
    # the answer is lost
    ("nobody", False, False, (LOST_AFTER,), "done", 1),
    ("nobody", False, False, (LOST_BEFORE,), "waiting", 1),
    ("nobody", False, False, (Break("contact:create"),), "waiting", 0),
    # codes
    ("nobody", False, False, (Break("domain:create", 2400),), "waiting", 1),
    ("nobody", False, False, (Break("domain:create", 2502),), "waiting", 1),
    ("nobody", False, False, (Break("domain:create", 2104),), "waiting", 1),
    ("nobody", False, False, (Break("domain:create", 2306),), "refused", 1),
    ("nobody", False, False, (Break("contact:create", 2005),), "refused", 0),
    # a proven refusal of a name that is there all the same: the registry's facts win over its words
    ("nobody", False, False, (Break("domain:create", 2302, done=True),), "done", 1),
]


@pytest.mark.parametrize(("owner", "before", "unclear", "breaks", "outcome", "creates"), REGISTER)
def test_a_registration_in_every_situation(
    owner: str, before: bool, unclear: bool, breaks: tuple[Break, ...], outcome: str, creates: int
) -> None:
    registry = MemoryRegistry("we")
    match owner:
        case "stranger":
            registry.take("acme.com")
        case "our other order":
            _put(registry, OTHERS)
        case "this order":
            _put(registry, MINE)
        case "this order, pending":
            _put(registry, MINE, "pendingCreate")
    for each in breaks:
        registry.break_next(each.command, each.code, each.done)
    result = perform(registry, _intent(registry, "register", before=before, unclear=unclear))
    assert (result.kind, _sent(registry, "domain:create")) == (outcome, creates)
    if outcome == "done":
        facts = registry.info("acme.com")
        assert facts is not None
        assert (result.created_at, result.expires_at) == (facts.created_at, facts.expires_at)


def test_a_fingerprint_counts_only_when_this_order_was_sent_before() -> None:
    """On the first try nothing of ours can be there, whatever the registry shows."""
    registry = MemoryRegistry("we")
    _put(registry, MINE)
    assert perform(registry, _intent(registry, "register", before=False, unclear=False)).kind == "lost"


class Interrupting(MemoryRegistry):
    """A registry that changes between our commands, as a registry with other clients does."""

    def __init__(self, user: str) -> None:
        super().__init__(user)
        self.observer = self._between
        self.when: tuple[str, str] = ("", "")
        self.change: list[object] = []

    def _between(self, phase: str, command: str) -> None:
        if (phase, command) == self.when and self.change:
            change = self.change.pop()
            assert callable(change)
            change()


def test_a_name_taken_between_the_look_and_the_order_is_lost() -> None:
    registry = Interrupting("we")
    registry.when, registry.change = ("after", "domain:info"), [lambda: registry.take("acme.com")]
    assert perform(registry, _intent(registry, "register", before=False, unclear=False)).kind == "lost"


@pytest.mark.parametrize("lost", [True, False])
def test_when_the_second_look_fails_nobody_knows(lost: bool) -> None:
    registry = Interrupting("we")
    registry.when, registry.change = ("after", "contact:create"), [lambda: registry.break_next("domain:info")]
    if lost:
        registry.break_next("domain:create", done=True)
    first = perform(registry, _intent(registry, "register", before=False, unclear=False))
    assert first.kind == "unknown"
    second = perform(registry, _intent(registry, "register", before=True, unclear=True))
    assert (second.kind, _sent(registry, "domain:create")) == ("done", 1)


# --- renewals -----------------------------------------------------------------------------------------------

RENEW_LOST_BEFORE, RENEW_LOST_AFTER = Break("domain:renew"), Break("domain:renew", done=True)

#: (years that the expiry has moved since the intent, tried before, unclear, what breaks) -> (outcome, renews sent)
RENEW = [
    (0, False, False, (), "done", 1),
    (0, True, True, (), "done", 1),
    (0, False, False, (RENEW_LOST_AFTER,), "done", 1),
    (0, False, False, (RENEW_LOST_BEFORE,), "waiting", 1),
    (0, False, False, (Break("domain:renew", 2400),), "waiting", 1),
    (0, False, False, (Break("domain:renew", 2104),), "waiting", 1),
    (0, False, False, (Break("domain:renew", 2304),), "refused", 1),
    (0, False, False, (NO_INFO,), "waiting", 0),
    (0, True, True, (NO_INFO,), "unknown", 0),
    # an earlier try went through
    (1, True, True, (), "done", 0),
    (1, True, False, (), "done", 0),
    # it moved and we never asked, or by another period: a person must look, nothing is sent
    (1, False, False, (), "unknown", 0),
    (2, True, True, (), "unknown", 0),
    (3, False, False, (), "unknown", 0),
]


@pytest.mark.parametrize(("moved", "before", "unclear", "breaks", "outcome", "renews"), RENEW)
def test_a_renewal_in_every_situation(
    moved: int, before: bool, unclear: bool, breaks: tuple[Break, ...], outcome: str, renews: int
) -> None:
    registry = MemoryRegistry("we")
    _put(registry, OTHERS)
    intent = _intent(registry, "renew", before=before, unclear=unclear)
    if moved:
        registry.renew("acme.com", _expiry(registry), moved, "other-1")
        registry.world.log.clear()
    for each in breaks:
        registry.break_next(each.command, each.code, each.done)
    result = perform(registry, intent)
    assert (result.kind, _sent(registry, "domain:renew")) == (outcome, renews)
    if outcome == "done":
        assert intent.current_expiry is not None
        assert result.expires_at is not None
        assert result.expires_at.date() == clock.add_years(intent.current_expiry, 1)


def _expiry(registry: MemoryRegistry) -> date:
    facts = registry.world.domains["acme.com"]
    assert facts.expires_at is not None
    return facts.expires_at.astimezone(UTC).date()


@pytest.mark.parametrize("owner", ["nobody", "stranger"])
def test_a_name_that_is_not_ours_any_more_is_not_renewed(owner: str) -> None:
    registry = MemoryRegistry("we")
    _put(registry, OTHERS)
    intent = _intent(registry, "renew", before=False, unclear=False)
    del registry.world.domains["acme.com"]
    if owner == "stranger":
        registry.take("acme.com")
    result = perform(registry, intent)
    assert (result.kind, _sent(registry, "domain:renew")) == ("refused", 0)


def test_a_renewal_without_a_known_expiry_is_a_mistake_of_ours() -> None:
    registry = MemoryRegistry("we")
    _put(registry, OTHERS)
    facts = registry.world.domains["acme.com"]
    registry.world.domains["acme.com"] = replace(facts, expires_at=None)
    with pytest.raises(ValueError, match="expiry"):
        perform(registry, _intent(registry, "renew", before=False, unclear=False))


def test_a_renewal_from_29_february_is_recognised() -> None:
    """The registry has no 29 February in the year after: it renews to the 28th, and so do we expect."""
    registry = MemoryRegistry("we")
    _put(registry, OTHERS)
    _expire_on(registry, registry.world.domains["acme.com"])
    registry.break_next("domain:renew", done=True)
    result = perform(registry, _intent(registry, "renew", before=False, unclear=False))
    assert result.kind == "done"
    assert result.expires_at is not None
    assert (result.expires_at.month, result.expires_at.day) == (2, 28)


def _expire_on(registry: MemoryRegistry, facts: DomainFacts) -> None:
    assert facts.expires_at is not None
    leap_day = facts.expires_at.replace(year=2028, month=2, day=29)
    registry.world.domains["acme.com"] = replace(facts, expires_at=leap_day)
