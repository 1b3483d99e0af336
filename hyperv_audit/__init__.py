"""Checks Microsoft's "Plan for Hyper-V security in Windows Server" on real hosts and their virtual machines.

What a check is written with:

    from hyperv_audit import Host, Policy, must, recommendation
"""

from hyperv_audit.facts.host import HostFacts as Host
from hyperv_audit.facts.vm import VirtualMachine
from hyperv_audit.inventory.policy import Policy
from hyperv_audit.judge import (
    Area,
    for_role,
    guest_of,
    is_confirmed,
    is_domain_controller,
    is_template,
    look_inside,
    must,
    must_be_met,
    not_applicable,
    not_applicable_unless,
    note,
    part,
    recommendation,
    review,
    role_of,
    system_of,
)

__version__ = "0.1.0"

__all__ = [
    "Area",
    "Host",
    "Policy",
    "VirtualMachine",
    "for_role",
    "guest_of",
    "is_confirmed",
    "is_domain_controller",
    "is_template",
    "look_inside",
    "must",
    "must_be_met",
    "not_applicable",
    "not_applicable_unless",
    "note",
    "part",
    "recommendation",
    "review",
    "role_of",
    "system_of",
]
