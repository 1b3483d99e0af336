"""Install integration services and keep them up to date."""

import datetime as dt

from hyperv_audit import (
    Policy,
    VirtualMachine,
    guest_of,
    is_confirmed,
    is_template,
    must,
    note,
    recommendation,
    review,
)
from hyperv_audit.facts.enums import Heartbeat, IntegrationStatus, VMState
from hyperv_audit.facts.guest_os import Family, GuestOs
from hyperv_audit.facts.integration import IntegrationService, Service
from hyperv_audit.inventory.policy import Vm as Rules

# Later Windows gets its components with Windows Update, and VM-03 says whether updates are missing.
SEPARATE_COMPONENTS = (
    *("windows-vista", "windows-7", "windows-8"),
    *("windows-server-2008", "windows-server-2008-r2", "windows-server-2012"),
)
STARTING = dt.timedelta(minutes=10)
FAULTS = (
    *(IntegrationStatus.DEGRADED, IntegrationStatus.ERROR, IntegrationStatus.NON_RECOVERABLE_ERROR),
    *(IntegrationStatus.APPLICATION_CRITICAL, IntegrationStatus.COMMUNICATION_TIMED_OUT),
    IntegrationStatus.COMMUNICATION_FAILED,
)
ANSWERS = (IntegrationStatus.OK, IntegrationStatus.NO_CONTACT, IntegrationStatus.LOST_COMMUNICATION, *FAULTS)
ALIVE = (Heartbeat.OK_APPLICATIONS_UNKNOWN, Heartbeat.OK_APPLICATIONS_HEALTHY, Heartbeat.OK_APPLICATIONS_CRITICAL)
DAEMONS = (Service.DATA_EXCHANGE, Service.VSS)


@recommendation("VM-04")
def test_integration_services_are_on_and_answer(vm: VirtualMachine, policy: Policy) -> None:
    """The services that this guest needs are on, and their other half in the guest answers."""
    required, guest = required_services(vm, policy.vm), guest_of(vm, policy)
    on = {service: found for service, found in vm.integration.items() if found.enabled}
    with must("a service that is off: nobody hears the guest, shuts it down cleanly or sets its clock"):
        assert [service.slug for service in required if service not in on] == []
    if vm.is_running:
        check_answers(vm, guest, {service: on[service] for service in required if service in on}, policy.vm)
        check_components(vm, guest, policy.vm)
    elif vm.is_replica or is_template(vm, policy):
        note("switched off, as it is meant to be: whether the services answer was not judged")
    else:
        with review("not-running: whether the services answer, only a guest that runs can show"):
            assert vm.state is VMState.RUNNING


def required_services(vm: VirtualMachine, rules: Rules) -> list[Service]:
    """What the policy asks for, but for a guest with a clock of its own, and for what shielding blocks."""
    exempt = {Service.TIME_SYNCHRONIZATION} if vm.matches(rules.time_sync_exempt) else set()
    if vm.security.shielded:
        exempt |= {Service.DATA_EXCHANGE, Service.VSS}
    return [s for s in Service if s.slug in rules.required_integration_services and s not in exempt]


def check_answers(
    vm: VirtualMachine, guest: GuestOs, services: dict[Service, IntegrationService], rules: Rules
) -> None:
    """What the other half says, where there is one: Linux has two of them as daemons, FreeBSD has a heartbeat."""
    unix, confirmed = guest.family in (Family.LINUX, Family.FREEBSD), is_confirmed(vm, guest)
    if guest.family is Family.FREEBSD and confirmed:
        services = {service: found for service, found in services.items() if service is Service.HEARTBEAT}
    said = {service: found.primary for service, found in services.items()}
    silent = [service.slug for service, status in said.items() if status is IntegrationStatus.NO_CONTACT]
    daemons = [] if rules.linux_daemons_required or not unix else [service.slug for service in DAEMONS]

    with must("the service has a fault"):
        assert {service.slug: status for service, status in said.items() if status in FAULTS} == {}
    if vm.uptime > STARTING:
        with must("the guest's half is not installed, or does not run"):
            assert [slug for slug in silent if slug not in daemons] == []
        with review("the guest's daemon is not installed, or does not run"):
            assert [slug for slug in silent if slug in daemons] == []
    else:
        with review("the guest has started less than ten minutes ago: run again"):
            assert silent == []
    with review("the guest's half was there and has fallen silent"):
        lost = IntegrationStatus.LOST_COMMUNICATION
        assert {service.slug: status for service, status in said.items() if status is lost} == {}
    with review("the service does not say how it is"):
        assert {service.slug: status for service, status in said.items() if status not in ANSWERS} == {}
    if not (unix and confirmed):
        with review("the two halves are of different versions: is the guest up to date?"):
            other = IntegrationStatus.PROTOCOL_MISMATCH
            assert [service.slug for service, found in services.items() if found.secondary is other] == []
    if Service.HEARTBEAT in services:
        with review("the heartbeat itself does not say that the guest is alive"):
            assert vm.heartbeat in ALIVE


def check_components(vm: VirtualMachine, guest: GuestOs, rules: Rules) -> None:
    """Windows before 8.1 and Server 2012 R2 has components that are updated by themselves."""
    if guest.id.removesuffix(" (32-bit)") in SEPARATE_COMPONENTS:
        with review("vm.min_is_version does not say which version of the guest's components is current"):
            assert rules.min_is_version is not None
        wanted = tuple(int(part) for part in (rules.min_is_version or "0").split("."))
        with review("the guest does not say which components it has"):
            assert vm.guest_components is not None
        with must("the guest's components are older than the policy's vm.min_is_version"):
            assert (vm.guest_components or wanted) >= wanted
    elif guest.family is Family.WINDOWS:
        note("version not judged: the components come with Windows Update, and VM-03 says whether updates are missing")
