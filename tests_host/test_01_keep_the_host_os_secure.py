"""Keep the host OS secure."""

import datetime as dt
import re

from hyperv_audit import Host, Policy, must, not_applicable_unless, note, recommendation, review
from hyperv_audit.facts.enums import CodeIntegrity, DomainRole, VbsStatus
from hyperv_audit.facts.hardware import is_at_least, is_comparable, is_older
from hyperv_audit.facts.lifecycle import server_until
from hyperv_audit.facts.security import CREDENTIAL_GUARD, DMA_PROTECTION, HVCI
from hyperv_audit.inventory.policy import Drivers, Firmware, Os
from hyperv_audit.judge.software import (
    ALLOWED_FEATURES,
    DENIED_FEATURES,
    DENIED_PROGRAMS,
    features_like,
    programs_like,
    sessions_like,
)
from hyperv_audit.judge.suggestion import exactly, suggestion

DOMAIN_CONTROLLERS = (DomainRole.BACKUP_DOMAIN_CONTROLLER, DomainRole.PRIMARY_DOMAIN_CONTROLLER)
A_WEEK = 7  # days for which a search for updates counts as fresh
STANDALONE = (DomainRole.STANDALONE_WORKSTATION, DomainRole.STANDALONE_SERVER)


@recommendation("HOST-01a")
def test_host_runs_the_minimal_installation_option(host: Host, policy: Policy) -> None:
    """Use the minimal installation option, and no client edition for production workloads."""
    version = host.os.version
    with must("a client edition is not made for production workloads"):
        assert not host.os.is_client
    with must(
        "what is not installed needs no updates and cannot be attacked",
        unless=policy.os.desktop_experience_justification,
    ):
        assert version.installation_type in policy.os.allowed_installation_types
    with review("an evaluation edition stops when its time is over"):
        assert not version.is_evaluation


@recommendation("HOST-01b")
def test_host_os_is_patched(host: Host, policy: Policy) -> None:
    """Keep the host operating system up to date with the latest security updates."""
    rules, version, minimums = policy.os, host.os.version, policy.os.minimums(host.os.version.build)
    check_support(host, rules)
    if rules.pending_reboot_is_failure:
        with must("what is installed and waits for a restart protects nothing yet"):
            assert not host.updates.restart_pending
    if minimums:
        check_revision(host, rules, minimums)
    else:
        check_search(host, rules)
    check_missing(host, urgent_only=bool(minimums))
    note(f"build {version.build}.{version.revision}")


def check_support(host: Host, rules: Os) -> None:
    """Microsoft still makes security updates for this build, and will for a while."""
    build, today = host.os.version.build, host.seen_on
    until = rules.end_of_support.get(build, server_until(build))
    if until is None:
        advice = suggestion("os", end_of_support={build: "<the last day>"})
        with review(f"nobody has said until when this build gets security updates; {advice}"):
            assert build in rules.end_of_support
        return
    with must("there are no security updates for this build any more"):
        assert today <= until
    if today <= until:
        with review("the end of support is near: plan the move (os.eos_warn_days)"):
            assert today < until - dt.timedelta(days=rules.eos_warn_days)


def check_revision(host: Host, rules: Os, minimums: tuple[int, ...]) -> None:
    """The build has the revision that the policy asks for, and the policy is of these weeks."""
    revision = host.os.revision
    with must("updates that the policy asks for are missing (os.min_ubr)"):
        assert revision >= min(minimums)
    if revision >= min(minimums) and revision not in minimums:
        with review("between the revisions of os.min_ubr: which series of updates does this host follow?"):
            assert revision >= max(minimums)
    if rules.min_ubr_updated is None:
        note("os.min_ubr_updated is not set, so nobody sees when os.min_ubr has grown old")
    else:
        with review("os.min_ubr grew old (os.min_ubr_updated): there are newer updates by now"):
            assert (host.seen_on - rules.min_ubr_updated).days <= rules.max_patch_age_days


def check_search(host: Host, rules: Os) -> None:
    """Nobody has said which revision is right: the host itself has looked lately."""
    build, newest = host.os.version.build, host.updates.newest_package
    advice = suggestion("os", min_ubr={build: host.os.revision}, min_ubr_updated=host.seen_on)
    with review(f"os.min_ubr has nothing for this build, and the host does not say what it lacks; {advice}"):
        assert host.updates.silence is None
    if host.updates.silence is None:
        searched = host.updates.last_search
        with review(f"os.min_ubr has nothing for this build, and the host never looked for updates; {advice}"):
            assert searched is not None
        if searched is not None:
            with review(f"os.min_ubr has nothing for this build, and the host has not looked this week; {advice}"):
                days_ago = abs((host.seen_on - searched.date()).days)
                assert days_ago <= A_WEEK
    if newest is not None:
        with review("a hint: the newest package of Windows is old (os.max_patch_age_days)"):
            assert newest >= host.seen_on - dt.timedelta(days=rules.max_patch_age_days)


def check_missing(host: Host, *, urgent_only: bool) -> None:
    """The host knows of no update that it lacks. Signatures of the antivirus come all the time, and do not count."""
    if silence := host.updates.silence:
        note(f"the host does not say what it lacks: {silence}")
        return
    missing = [update for update in host.updates.missing if not update.is_definition]
    with must("the host knows of these updates, and does not have them"):
        assert [update for update in missing if update.is_urgent] == []
    if not urgent_only:
        with review("no security update, but not installed either"):
            assert [update for update in missing if not update.is_urgent] == []


@recommendation("HOST-01c")
@not_applicable_unless(
    lambda host, policy: not host.os.computer.is_virtual,
    "this host is a virtual machine itself: its firmware is that of the host outside",
)
def test_firmware_and_drivers_are_up_to_date(host: Host, policy: Policy) -> None:
    """Keep firmware and device drivers up to date."""
    check_firmware(host, policy.firmware)
    check_signatures(host, policy.drivers)
    check_drivers(host, policy)


def check_firmware(host: Host, rules: Firmware) -> None:
    """The firmware is what the policy asks for of this model."""
    computer, bios = host.os.computer, host.hardware.bios
    minimums, age = rules.minimums(computer.manufacturer, computer.model), bios.age(host.seen_on)
    note(f"firmware {bios}" + (f", {age} days old" if age is not None else ""))
    if not minimums:
        model = {"manufacturer": computer.manufacturer, "model": computer.model, "version": bios.version}
        old = "; it is older than firmware.max_bios_age_days" if age is None or age > rules.max_bios_age_days else ""
        with review(f"is {bios} the latest?{old}; {suggestion('firmware', min_bios=[model])}"):
            assert minimums != ()
    with must("firmware.min_bios asks for a newer one"):
        assert [wanted for wanted in minimums if is_older(bios.version, wanted)] == []
    with review(f"firmware {bios.version} is of another series than that of firmware.min_bios"):
        assert [wanted for wanted in minimums if not is_comparable(bios.version, wanted)] == []


def check_signatures(host: Host, rules: Drivers) -> None:
    """Somebody answers for each driver."""
    allowed = [re.compile(pattern, re.IGNORECASE) for pattern in rules.allow_unsigned_regex]
    drivers = [driver for driver in host.hardware.drivers if not any(p.search(driver.device) for p in allowed)]
    with must("nobody answers for this driver, which runs in the kernel of the host"):
        assert [driver for driver in drivers if driver.is_signed is False] == []
    with review("Windows does not say whether this driver is signed"):
        assert [driver for driver in drivers if driver.is_signed is None] == []


def check_drivers(host: Host, policy: Policy) -> None:
    """Drivers of network and storage that did not come with Windows are of these years, and as the policy asks."""
    watched, oldest = (
        [driver for driver in host.hardware.drivers if driver.is_watched],
        policy.firmware.max_driver_age_days,
    )
    with review("its maker may have mended it since (firmware.max_driver_age_days)"):
        assert [driver for driver in watched if driver.is_older_than(oldest, host.seen_on)] == []
    wanted = {re.compile(pattern, re.IGNORECASE): version for pattern, version in policy.drivers.min_version.items()}
    with review("drivers.min_version asks for a newer one, or for one of another series"):
        assert [
            driver
            for driver in watched
            for pattern, version in wanted.items()
            if pattern.search(driver.device) and not is_at_least(driver.version or "", version)
        ] == []


@recommendation("HOST-01d")
def test_host_carries_only_what_virtualization_needs(host: Host, policy: Policy) -> None:
    """Do not use the host as a workstation, and install no unnecessary software."""
    check_features(host, policy)
    check_programs(host, policy)
    rules, sessions = policy.software, host.software.sessions
    with must("software.session_denied_regex: these people have no business at the host itself"):
        assert sessions_like(sessions, rules.session_denied_regex) == ()
    if len(sessions) > rules.max_interactive_sessions:
        with review("somebody works at the host itself, or forgot to sign off (logoff <id>); a list may be stale"):
            assert sessions == ()


def check_features(host: Host, policy: Policy) -> None:
    """Hyper-V is the only role, with what belongs to it."""
    rules, features = policy.software, host.software.features
    denied = features_like(features, rules.denied_features or DENIED_FEATURES)
    allowed = features_like(features, (*ALLOWED_FEATURES, *rules.allowed_features))
    unknown = tuple(feature for feature in features if feature not in (*denied, *allowed))
    with must("each role beside Hyper-V can be attacked, and has to be updated, with every virtual machine at stake"):
        assert denied == ()
    advice = suggestion("software", allowed_features=(*rules.allowed_features, *unknown))
    with review(f"are these needed to run virtual machines? {advice}"):
        assert unknown == ()


def check_programs(host: Host, policy: Policy) -> None:
    """Programs are those that the policy names."""
    rules, programs = policy.software, host.software.programs
    denied = programs_like(programs, rules.denied_regex or DENIED_PROGRAMS)
    allowed = programs_like(programs, rules.allowed_regex)
    unknown = tuple(program for program in programs if program not in (*denied, *allowed))
    with must("this is software of a workstation"):
        assert denied == ()
    advice = suggestion("software", allowed_regex=(*rules.allowed_regex, *exactly(p.name for p in unknown)))
    with review(f"are these needed on a host? {advice}"):
        assert unknown == ()


@recommendation("HOST-01e")
@not_applicable_unless(
    lambda host, policy: host.security.domain_role not in DOMAIN_CONTROLLERS,
    "Credential Guard is not supported on a domain controller (which should not be a Hyper-V host either)",
)
def test_host_is_managed_remotely_or_credential_guard_runs(host: Host, policy: Policy) -> None:
    """Manage the host remotely; whoever must manage it locally does so under Credential Guard."""
    guard, option = host.security.device_guard, host.os.version.installation_type
    if guard.runs(CREDENTIAL_GUARD):
        note("Credential Guard runs")
        return
    used = policy.management.local_management_used
    workgroup = "a workgroup host has no domain credentials to guard, but it should still be managed remotely"
    doubt = workgroup if host.security.domain_role in STANDALONE else None
    with must("who owns the host can take the credentials of everybody who logs on at it", unless=doubt):
        assert host.software.sessions == ()
    with must("the desktop is there to be logged on to, and Credential Guard does not run", unless=doubt):
        assert option != "Server"
    with must("the policy says so (management.local_management_used), and Credential Guard does not run", unless=doubt):
        assert used is not True
    if used is None:
        with review(f"is it only managed remotely? {suggestion('management', local_management_used=False)}"):
            assert used is False
    if option != "Server":
        with review("an installation option on which nothing is known of local management"):
            assert option == "Server Core"
    with review(f"Credential Guard is configured and does not run; {shortcoming(host, CREDENTIAL_GUARD)}"):
        assert not guard.is_to_run(CREDENTIAL_GUARD)
    if used is False:
        note("without Credential Guard: the policy says that nobody manages this host locally")


@recommendation("HOST-01f")
def test_code_integrity_policy_is_enforced(host: Host, policy: Policy) -> None:
    """Enable code integrity policies."""
    guard, rules = host.security.device_guard, policy.wdac
    kernel, user = guard.kernel_code_integrity, guard.user_code_integrity
    audit = "audit mode is accepted for now (wdac.accept_audit): when will it be enforced?"
    nothing = {"kernel": CodeIntegrity.OFF, "user": CodeIntegrity.OFF}
    policies = {"kernel": kernel, "user": user}
    with must("no code integrity policy decides what may run"):
        assert policies != nothing
    if policies == nothing:
        return
    with must("audit mode writes down what it lets run", unless=audit if rules.accept_audit else None):
        assert CodeIntegrity.AUDIT not in (kernel, user)
    with review("drivers are not held to a policy"):
        assert kernel in (CodeIntegrity.ENFORCED, CodeIntegrity.AUDIT)
    if rules.kernel_only_ok and kernel is CodeIntegrity.ENFORCED and user is CodeIntegrity.OFF:
        with review("no policy of the organisation was seen: the kernel's may be only Microsoft's list of bad drivers"):
            assert host.security.has_policy_file or host.security.has_listed_policy
        note("only the kernel is held to a policy, which this organisation accepts (wdac.kernel_only_ok)")
        return
    with review("programs are not held to a policy, only drivers (wdac.kernel_only_ok would accept that)"):
        assert user in (CodeIntegrity.ENFORCED, CodeIntegrity.AUDIT)


@recommendation("HOST-01g")
def test_code_integrity_is_protected_by_virtualization(host: Host, policy: Policy) -> None:
    """Use code integrity services that virtualization-based security protects."""
    guard, rules, nested = host.security.device_guard, policy.vbs, host.os.computer.is_virtual
    doubt = "this host is a virtual machine itself: what it can protect depends on the host outside" if nested else None
    with must(f"virtualization-based security does not run; {shortcoming(host, HVCI)}", unless=doubt):
        assert guard.vbs is VbsStatus.RUNNING
    with must(f"memory integrity (HVCI) does not run; {shortcoming(host, HVCI)}", unless=doubt):
        assert guard.runs(HVCI)
    if rules.require_secure_boot:
        with must("without Secure Boot, what guards the kernel can be changed before it starts", unless=doubt):
            assert host.security.secure_boot
    if rules.require_dma:
        with must("the policy asks for DMA protection (vbs.require_dma): devices reach all memory", unless=doubt):
            assert guard.offers(DMA_PROTECTION)
    if doubt:
        with review(doubt):
            assert not nested


def shortcoming(host: Host, service: int) -> str:
    """Why virtualization-based security may not run a service."""
    guard = host.security.device_guard
    if not guard.is_to_run(service):
        return "not configured"
    if guard.lacking:
        return f"the machine lacks {', '.join(guard.lacking)}"
    if host.updates.restart_pending:
        return "a restart is pending"
    return "nothing that it requires is missing: see the event log CodeIntegrity for drivers, and restart"
