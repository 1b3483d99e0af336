"""Keep the host OS secure."""

from hyperv_audit import Host, Policy, must, not_applicable_unless, note, recommendation, review
from hyperv_audit.facts.enums import CodeIntegrity, DomainRole, VbsStatus
from hyperv_audit.facts.security import CREDENTIAL_GUARD, DMA_PROTECTION, HVCI
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
    with must("no code integrity policy decides what may run"):
        assert (kernel, user) != (CodeIntegrity.OFF, CodeIntegrity.OFF)
    if (kernel, user) == (CodeIntegrity.OFF, CodeIntegrity.OFF):
        return
    with must("audit mode writes down what it lets run", unless=audit if rules.accept_audit else None):
        assert CodeIntegrity.AUDIT not in (kernel, user)
    with review("drivers are not held to a policy"):
        assert kernel in (CodeIntegrity.ENFORCED, CodeIntegrity.AUDIT)
    if rules.kernel_only_ok and kernel is CodeIntegrity.ENFORCED and user is CodeIntegrity.OFF:
        with review("no policy of the organisation was seen: the kernel's may be only Microsoft's list of bad drivers"):
            assert host.security.has_policy_file
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
    if host.security.restart_pending:
        return "a restart is pending"
    return "nothing that it requires is missing: see the event log CodeIntegrity for drivers, and restart"
