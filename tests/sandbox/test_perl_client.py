"""An independent client of another language and another author is served like ours."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from sandbox.testing import Registry


def _has_client() -> bool:
    perl = shutil.which("perl")
    return (
        perl is not None
        and subprocess.run([perl, "-MNet::EPP::Simple", "-e", "1"], capture_output=True, check=False).returncode == 0
    )


@pytest.mark.skipif(not _has_client(), reason="no Net::EPP::Simple (Debian: apt-get install libnet-epp-perl)")
def test_perls_client_registers_renews_and_deletes(registry: Registry) -> None:
    account = registry.accounts[2]
    done = subprocess.run(
        [
            "perl",
            str(Path(__file__).with_name("client.pl")),
            registry.host,
            str(registry.port),
            registry.ca_file,
            account.user,
            account.password,
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    steps = {line.split()[0]: line.split()[1:] for line in done.stdout.splitlines()}
    assert steps == {
        "check": ["1", "1000"],
        "contact": ["1", "1000"],
        "host": ["1", "1000"],
        "domain": ["1", "1000"],
        "taken": ["0", "1000"],
        "info": ["perl.com,PERL-1,ns1.outside.example,secret-1,registrar-three", "1000"],
        "contact_info": ["anna@acme.example", "1000"],
        "renew": ["1", "1000"],
        "update": ["1", "1000"],
        "status": ["clientHold", "1000"],
        "host_in_use": ["undef", "2305"],
        "delete": ["1", "1000"],
        "ping": ["1"],
        "logout": ["1"],
    }, done.stdout + done.stderr
