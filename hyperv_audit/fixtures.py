"""`host` and `vm` for the tests. conftest.py imports them, because there they beat testinfra's own `host`."""

import pytest

from hyperv_audit.audit import audit_of
from hyperv_audit.facts.vm import VirtualMachine
from hyperv_audit.live import HyperVHost
from hyperv_audit.store import SubjectId


@pytest.fixture(scope="session")
def host(hyperv_subject: SubjectId, pytestconfig: pytest.Config) -> HyperVHost:
    """The Hyper-V host that an item is about; of a virtual machine, the one that it runs on."""
    return audit_of(pytestconfig).host(hyperv_subject)


@pytest.fixture(scope="session")
def vm(hyperv_subject: SubjectId, pytestconfig: pytest.Config) -> VirtualMachine:
    """The virtual machine that an item is about."""
    return audit_of(pytestconfig).vm(hyperv_subject)
