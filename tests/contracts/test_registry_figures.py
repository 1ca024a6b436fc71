"""Every command that goes out over EPP is counted, by what came of it."""

from __future__ import annotations

import pytest

from tests.contracts.registries import EppDesk
from webapp.foundation import clock, metrics
from webapp.providers.errors import ProviderError


def counted(command: str, outcome: str) -> float:
    """How often this process has seen that."""
    line = f'witryna_registry_command_seconds_count{{command="{command}",outcome="{outcome}"}} '
    found = [row for row in metrics.render().decode().splitlines() if row.startswith(line)]
    return float(found[0].removeprefix(line)) if found else 0


def test_a_command_that_was_answered_and_one_whose_answer_was_lost_are_told_apart(epp_desk: EppDesk) -> None:
    answered, lost = counted("domain:check", "ok"), counted("domain:renew", "lost")
    epp_desk.port.check(["counted.com"])
    assert counted("domain:check", "ok") == answered + 1
    epp_desk.lose("domain:renew", done=False)
    with pytest.raises(ProviderError):
        epp_desk.port.renew("counted.com", clock.now().date(), 1, "counted-1")
    assert counted("domain:renew", "lost") == lost + 1
