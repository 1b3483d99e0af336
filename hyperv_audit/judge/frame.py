"""What holds for every check of a virtual machine, before its own rule is asked."""

import datetime as dt

from hyperv_audit.facts import paths
from hyperv_audit.facts.enums import ReplicationMode
from hyperv_audit.facts.reading import Unreadable
from hyperv_audit.facts.vm import VirtualMachine
from hyperv_audit.inventory.policy import Deviation, Policy, matches
from hyperv_audit.judge.statements import Judgement, Review, Statement


def apply_frame(vm: VirtualMachine, check: str, policy: Policy, today: dt.date, judgement: Judgement) -> None:
    """Say what is so whatever the rule finds, and end the check where it must not be asked. Raises Review.

    An exception counts until its day comes, whenever the evidence was gathered; the machine is as old as it was then.
    It decides when the rule has been asked, because none reaches what could not be read.
    """
    for deviation in policy.vm.exceptions:
        if deviation.check == check and matches([deviation.vm], vm.id, known_name(vm)):
            _except(deviation, today, judgement)
    if judgement.excused:
        return
    if vm.is_planned:
        raise Review("planned: an import or a migration of this VM is in flight; run again when it has ended")
    oldest = policy.vm.test_replica_max_age_days
    if vm.replication is ReplicationMode.TEST_REPLICA and (vm.host.seen_on - vm.created.date()).days > oldest:
        why = "a test failover is there for a test: end it, or say why it stays (vm.test_replica_max_age_days)"
        judgement.statements.append(
            Statement("review", why, f"made on {vm.created.date()}", f"at most {oldest} days ago")
        )


def is_template(vm: VirtualMachine, policy: Policy) -> bool:
    """Whether the policy knows this machine as a template: by its name, its folder or a mark in its notes."""
    known = policy.vm.templates
    return (
        vm.matches(known.name_patterns)
        or (bool(known.folders) and any(paths.lies_in(vm.path, folder) for folder in known.folders))
        or (bool(known.notes_markers) and any(marker in vm.notes for marker in known.notes_markers))
    )


def explain_unreadable(vm: VirtualMachine, error: Unreadable) -> str:
    """Why one VM's fact is missing, in the words of its state."""
    try:
        state = vm.state
    except Unreadable:
        return error.reason
    if state.is_critical:
        return f"vm-config-unavailable: the VM is {state.name.replace('_', ' ').lower()}; {error.reason}"
    return error.reason


def _except(deviation: Deviation, today: dt.date, judgement: Judgement) -> None:
    if deviation.expires < today:
        judgement.notes.append(
            f"the exception {deviation.reason!r} expired on {deviation.expires} and no longer counts"
        )
    elif not judgement.excused:
        judgement.excused = f"exception until {deviation.expires}: {deviation.reason} (owner {deviation.owner})"


def known_name(vm: VirtualMachine) -> str:
    """A machine's name for patterns of the policy; empty where it could not be read, so that only its id counts."""
    try:
        return vm.name
    except Unreadable:
        return ""
