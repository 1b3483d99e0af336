"""Checks Microsoft's "Plan for Hyper-V security in Windows Server" on real hosts and their virtual machines.

What a check is written with:

    from hyperv_audit import Host, Policy, must, recommendation
"""

from hyperv_audit.facts.host import HostFacts as Host
from hyperv_audit.facts.vm import VirtualMachine
from hyperv_audit.inventory.policy import Policy
from hyperv_audit.judge import (
    guest_of,
    is_confirmed,
    is_template,
    must,
    not_applicable,
    not_applicable_unless,
    note,
    recommendation,
    review,
    seen_inside,
)

__version__ = "0.1.0"

__all__ = [
    "Host",
    "Policy",
    "VirtualMachine",
    "guest_of",
    "is_confirmed",
    "is_template",
    "must",
    "not_applicable",
    "not_applicable_unless",
    "note",
    "recommendation",
    "review",
    "seen_inside",
]
