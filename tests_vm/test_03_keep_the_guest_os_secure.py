"""Keep the guest OS secure."""

import datetime as dt
from collections.abc import Mapping
from fnmatch import fnmatchcase

from hyperv_audit import (
    Policy,
    VirtualMachine,
    for_role,
    guest_of,
    is_confirmed,
    is_template,
    look_inside,
    must,
    must_be_met,
    note,
    part,
    recommendation,
    review,
    role_of,
    system_of,
)
from hyperv_audit.facts.enums import Heartbeat, IntegrationStatus, StartAction, VMState
from hyperv_audit.facts.guest import Guest
from hyperv_audit.facts.guest_os import SINCE_2016, Family, GuestOs
from hyperv_audit.facts.integration import IntegrationService, Service
from hyperv_audit.facts.lifecycle import releases_of, support_of
from hyperv_audit.facts.linux import Linux
from hyperv_audit.facts.linux_output import Update as LinuxUpdate
from hyperv_audit.facts.updates import Update
from hyperv_audit.facts.windows_guest import WindowsGuest
from hyperv_audit.inventory.baseline import Table
from hyperv_audit.inventory.policy import BaselineResult
from hyperv_audit.inventory.policy import Vm as Rules
from hyperv_audit.judge.baseline import judge, variant_of
from hyperv_audit.judge.profile import is_for
from hyperv_audit.judge.setting import Outcome
from hyperv_audit.judge.suggestion import suggestion

RESTART_GRACE_DAYS = 7
DOMAIN_CONTROLLER = "dc"
COMES_UP_WITH_ITS_HOST = (
    "it comes up as it is when its host starts: Set-VM -AutomaticStartAction Nothing, then scan and update it on an "
    "isolated switch"
)
AT_REST = "scan and update it on an isolated switch before it goes back to production"
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


@recommendation("VM-03")
def test_guest_has_the_latest_security_updates(vm: VirtualMachine, policy: Policy) -> None:
    """Install the latest security updates before you turn on a virtual machine in a production environment."""
    rules = policy.vm
    if vm.matches(rules.eol_exempt):
        note("somebody mends this system also beyond its end of support, says the policy (vm.eol_exempt)")
    else:
        with part():
            check_support(vm, policy)
    if is_template(vm, policy):
        check_template(vm, rules)
        return
    at_rest = COMES_UP_WITH_ITS_HOST if comes_up_with_its_host(vm) else AT_REST
    guest = look_inside(vm, policy, at_rest=at_rest, severity_at_rest="medium")
    if guest is None:
        return
    if guest.is_linux:
        with part():
            check_linux(guest.linux, rules)
        with part():
            check_restart(guest.linux.restart_waits_days)
    else:
        check_windows(guest, rules)


def comes_up_with_its_host(vm: VirtualMachine) -> bool:
    """Whether a machine that rests starts without anybody's doing."""
    return not vm.is_running and vm.start_action is StartAction.START


def check_template(vm: VirtualMachine, rules: Rules) -> None:
    """A template never runs: it is as old as somebody says, and as what was last written to its disks."""
    patched, oldest = vm.lookup(rules.template_patched), vm.host.seen_on - dt.timedelta(rules.template_max_age_days)
    if patched is None:
        with part():
            written = vm.files.last_written or vm.host.seen_on
            with must("nothing was written to its disks since, so no update either (vm.template_max_age_days)"):
                assert written >= oldest
        with review("what is made from it is as old as its updates: when was it patched? (vm.template_patched)"):
            assert patched is not None
        return
    with must("what is made from this template is as old as its updates (vm.template_max_age_days)"):
        assert patched >= oldest
    with review("a template, patched lately: update what is made from it before it goes into production"):
        raise AssertionError(f"patched on {patched}")


def check_support(vm: VirtualMachine, policy: Policy) -> None:
    """The vendor still mends it. What is unknown from outside is no finding: from inside it will be.

    Of a system inside that nobody here knows, the policy's word counts; what the guest says outside, where it condemns.
    """
    rules, today, named = policy.vm, vm.host.seen_on, guest_of(vm, policy)
    system, word = system_of(vm, policy), named if named.from_policy else vm.guest
    support, by_word = support_of(system, rules.end_of_support), support_of(word, rules.end_of_support)
    if support is None and by_word is not None and (word.from_policy or by_word.all_until < today):
        support = by_word
    if support is None:
        release = releases_of(system)[0]
        if system.is_known:
            advice = suggestion("vm", end_of_support={release: "<the last day>"})
            with review(f"nobody has said until when it gets security updates; {advice}"):
                raise AssertionError(f"no end of support is known of {release}")
        return
    with must(f"{support.release} gets no security updates any more, unless somebody is paid for them (vm.eol_exempt)"):
        assert support.any_until >= today
    if support.any_until >= today:
        with review(f"some editions of {support.release} get no security updates any more: is this one of them?"):
            assert support.all_until >= today


def check_linux(linux: Linux, rules: Rules) -> None:
    """No security update waits, by sources that would tell."""
    updates = linux.updates
    with review("these sources do not tell which updates are for security: that none is listed proves nothing"):
        assert updates.publishes
    with review("what came out since, it does not know (vm.max_scan_age_days)"):
        assert 0 <= updates.fetched_days_ago <= rules.max_scan_age_days
    overdue = [update for update in updates.pending if updates.changed_days_ago > grace(update, rules)]
    with must(f"for {updates.changed_days_ago} days nothing was installed (vm.patch_grace_days)"):
        assert [update for update in updates.pending if update in overdue] == []
    with review("not installed; when it was published, this package manager does not say"):
        assert [update for update in updates.pending if update not in overdue] == []
    with review("held back: whether for security, does not show"):
        assert updates.kept_back == ()


def check_windows(guest: Guest, rules: Rules) -> None:
    """The last search was lately, of a server that tells, and found nothing old; what was installed runs."""
    with part():
        check_revision(guest, rules)
    with part():
        check_source(guest, rules)
    with part():
        check_search(guest.windows, rules)
    with part():
        check_windows_restart(guest.windows)


def check_revision(guest: Guest, rules: Rules) -> None:
    """The build is as new as the policy asks for: no search is as hard to deceive."""
    build = guest.os.version.build
    if build in rules.min_build:
        with must(f"build {build} has revisions that are newer (vm.min_build)"):
            assert guest.os.revision >= rules.min_build[build]


def check_source(guest: Guest, rules: Rules) -> None:
    """A server of the organisation's offers what somebody approved; one that approves nothing offers nothing."""
    server = guest.windows.update_server
    if server is None:
        return
    if rules.allowed_update_sources:
        with review("the policy does not name this server (vm.allowed_update_sources)"):
            assert server in rules.allowed_update_sources
    elif guest.os.version.build not in rules.min_build:
        advice = suggestion("vm", allowed_update_sources=[server])
        with review(f"a server that approves nothing finds nothing missing: is this one looked after? {advice}"):
            raise AssertionError(f"updates come from {server}")


def check_search(windows: WindowsGuest, rules: Rules) -> None:
    """The guest looked for updates lately, and what it found is not old."""
    searched = windows.searched_days_ago
    with review("it never looked for updates with success"):
        assert searched is not None
    if searched is not None:
        with review("what came out since, it does not know (vm.max_scan_age_days)"):
            assert 0 <= searched <= rules.max_scan_age_days
    missing = windows.missing
    ages = [(update, windows.age(update)) for update in missing]
    overdue = [update for update, age in ages if age is not None and age > grace(update, rules)]
    with must("published long ago and not installed (vm.patch_grace_days, vm.critical_grace_days)"):
        assert [update for update in missing if update in overdue] == []
    with review("not installed; when it was published, the search does not say"):
        assert [update for update, age in ages if age is None] == []
    with review("not installed, and published after the guest's own time: what is its clock worth?"):
        assert [update for update, age in ages if age is not None and age < 0] == []
    if missing and not overdue:
        note(f"not installed yet, and there is still time: {'; '.join(map(str, missing))}")


def check_windows_restart(windows: WindowsGuest) -> None:
    """What waits for a restart has waited at least since anything was last installed."""
    if windows.restart_pending:
        check_restart(windows.installed_days_ago)
        with review("what is installed and waits for a restart protects nothing yet; since when, nobody knows"):
            assert windows.installed_days_ago is not None


def check_restart(waits_days: int | None) -> None:
    """What was installed also runs."""
    if waits_days is None:
        return
    with must("what is installed and waits for a restart protects nothing yet"):
        assert waits_days <= RESTART_GRACE_DAYS
    if waits_days <= RESTART_GRACE_DAYS:
        with review("an update waits for a restart"):
            raise AssertionError(f"it has waited for {waits_days} days or less")


def grace(update: Update | LinuxUpdate, rules: Rules) -> int:
    """How long it may wait."""
    return rules.critical_grace_days if update.is_critical else rules.patch_grace_days


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
        if isinstance(vm.inside, Guest) and vm.inside.is_linux:
            with part(inside=True):
                check_daemons(vm.inside.linux, required, policy.vm)
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
    said = [(service.slug, status) for service, found in services.items() for status in found.statuses]
    silent = [slug for slug, status in dict(said).items() if (slug, IntegrationStatus.NO_CONTACT) in said]
    daemons = [] if rules.linux_daemons_required or not unix else [service.slug for service in DAEMONS]

    with must("the service has a fault"):
        assert {slug: status for slug, status in said if status in FAULTS} == {}
    if vm.uptime > STARTING:
        with must("the guest's half is not installed, or does not run"):
            assert [slug for slug in silent if slug not in daemons] == []
        with review("the guest's daemon is not installed, or does not run", severity="low"):
            assert [slug for slug in silent if slug in daemons] == []
    else:
        with review("the guest has started less than ten minutes ago: run again"):
            assert silent == []
    lost = {slug: status for slug, status in said if status is IntegrationStatus.LOST_COMMUNICATION}
    with review("the guest's half was there and has fallen silent"):
        assert {slug: status for slug, status in lost.items() if slug != Service.HEARTBEAT.slug} == {}
    with review("the heartbeat was there and has fallen silent: does the guest still run?", severity="high"):
        assert {slug: status for slug, status in lost.items() if slug == Service.HEARTBEAT.slug} == {}
    with review("the service does not say how it is"):
        assert {slug: status for slug, status in said if status not in ANSWERS} == {}
    if not (unix and confirmed):
        with review(
            "the two halves are of different versions: is the guest up to date?",
            severity="low" if guest.id in SINCE_2016 else None,  # there they come with its updates, which VM-03 judges
        ):
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


def check_daemons(linux: Linux, required: list[Service], rules: Rules) -> None:
    """The guest's own word for its daemons: of one that backups need only now and then, the host hears late."""
    if linux.os.family is not Family.FREEBSD:  # it has its half built in
        with (must if rules.linux_daemons_required else review)("its daemon does not run in the guest"):
            assert [service.slug for service in linux.missing_daemons if service in required] == []


@recommendation("VM-05")
def test_guest_is_hardened_by_the_baseline_of_its_role(
    vm: VirtualMachine, policy: Policy, baselines: Mapping[str, Table]
) -> None:
    """Harden the operating system that runs in each virtual machine based on the role it performs."""
    scans = [scan for scan in policy.vm.baseline_results if vm.matches([scan.vm])]
    if scans and not vm.is_replica:
        with part():
            check_scan(max(scans, key=lambda scan: scan.evaluated), vm, policy)
        return
    guest = look_inside(vm, policy)
    if guest is None:
        return
    if guest.is_linux:
        check_linux_hardening(guest.linux)
    else:
        with part(inside=True):
            check_baseline(guest, policy, baselines)


def check_scan(scan: BaselineResult, vm: VirtualMachine, policy: Policy) -> None:
    """A scanner of the organisation's found what it should: lately, by the profile of this role and this release."""
    rules, role, system = policy.vm, role_of(vm, policy), system_of(vm, policy)
    if not (vm.is_running or is_template(vm, policy)):
        with review("not-running: what a scanner found is older than its next start"):
            assert vm.state is VMState.RUNNING
    wanted = for_role(rules.baseline_profiles, role)
    with review(f"nobody has said which profile fits the role {role} (vm.roles, vm.baseline_profiles)"):
        assert wanted is not None
    if wanted is not None:
        with must(f"another profile than that of the role {role} (vm.baseline_profiles)"):
            assert fnmatchcase(scan.profile, wanted)
    if vm.claims_domain_controller and role != DOMAIN_CONTROLLER:
        with must("the guest says that it is a domain controller: this is the profile of another role (vm.roles)"):
            assert "domain controller" in scan.profile.lower()
    with review(f"which release runs there ({system.id}), or which one the profile is for, nobody knows (vm.guest_os)"):
        assert is_for(scan.profile, system) is not None
    with must(f"the profile of another release than {system.id}"):
        assert is_for(scan.profile, system) is not False
    with review("what has changed since, it does not know (vm.baseline_max_age_days)"):
        assert 0 <= (vm.host.seen_on - scan.evaluated).days <= rules.baseline_max_age_days
    with must(f"{scan.tool} found grave deviations"):
        assert scan.failed_high == 0
    with must(f"{scan.tool} found too many deviations (vm.baseline_min_score)"):
        assert scan.score >= rules.baseline_min_score


def check_baseline(guest: Guest, policy: Policy, baselines: Mapping[str, Table]) -> None:
    """Each setting is what Microsoft's baseline for this release recommends to a server."""
    variant = variant_of(guest, policy)
    judged = judge(baselines[variant.edition].values(), guest, variant)
    note(f"by the table of {variant}: {len(judged)} settings")
    if open_ := [setting for setting in judged if setting.outcome not in (Outcome.MEETS, Outcome.NOT_APPLICABLE)]:
        must_be_met(open_, variant)


def check_linux_hardening(linux: Linux) -> None:
    """Some of what every hardening guide asks for: enough to fail, not enough to pass."""
    with part(), must("nothing confines a program that was taken over (SELinux, AppArmor)"):
        assert linux.confines_programs
    with part(), must("nobody could tell afterwards what happened (auditd)"):
        assert linux.is_audited
    with part(), must("the administrator's password can be guessed over the network"):
        assert not linux.root_may_log_on_by_password
    with part(), review("passwords can be guessed over the network: keys cannot"):
        assert not linux.passwords_may_log_on
    with part(), review("who is root may change the running kernel (lockdown)"):
        assert linux.kernel_is_locked_down
    with review("a subset, not a baseline: have the guest scanned, and name what was found (vm.baseline_results)"):
        raise AssertionError("baseline-not-evaluated")
