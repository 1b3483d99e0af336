"""Configure antivirus, firewall, and intrusion detection software."""

from hyperv_audit import (
    Policy,
    VirtualMachine,
    for_role,
    look_inside,
    must,
    note,
    part,
    recommendation,
    review,
    role_of,
)
from hyperv_audit.facts.enums import ProfileAction
from hyperv_audit.facts.guest import Guest
from hyperv_audit.facts.linux import Linux
from hyperv_audit.facts.linux_output import Inbound
from hyperv_audit.inventory.policy import Protection
from hyperv_audit.inventory.policy import Vm as Rules
from hyperv_audit.judge.suggestion import suggestion

DEFENDER_FOR_LINUX = "mdatp"
FIREWALL = "MpsSvc"
KNOWN_MODES = ("normal", "not running")  # of what does not run, the rest says so


@recommendation("VM-09")
def test_guest_has_antivirus_firewall_and_intrusion_detection(vm: VirtualMachine, policy: Policy) -> None:
    """Configure antivirus, firewall, and intrusion detection within virtual machines as their role asks for."""
    guest, rules = look_inside(vm, policy), policy.vm
    if guest is None:
        return
    role = role_of(vm, policy)
    needs = for_role(rules.protection_profiles, role) or Protection()
    if needs.av:
        with part():
            check_antivirus(guest, rules)
    if needs.firewall:
        with part():
            if guest.is_linux:
                check_linux_firewall(guest.linux)
            else:
                check_firewall(guest)
    with part():
        check_intrusion_detection(guest, rules, needs, role)


def check_antivirus(guest: Guest, rules: Rules) -> None:
    """Microsoft's works and knows what was found lately; or another product runs, which the policy names."""
    if others := guest.running(rules.av_services):
        note(f"protected by {', '.join(others)} (vm.av_services); whether it is up to date, its own console says")
    elif guest.is_linux:
        check_defender_for_linux(guest.linux, rules)
    else:
        check_defender(guest, rules)


def check_defender(guest: Guest, rules: Rules) -> None:
    """Microsoft Defender Antivirus on Windows."""
    if not guest.defender.is_installed:
        missing_product(rules)
        return
    with must("no antivirus is active"):
        assert guest.defender.is_running
    status = guest.defender.status
    if status is None:
        return
    with review("Defender leaves the work to another product: which one is it? (vm.av_services)"):
        assert not status.is_passive
    if status.is_passive:
        return
    with review("Defender works in a way that is not known"):
        assert (status.mode or "normal").lower() in KNOWN_MODES
    with must("the antivirus is off"):
        assert status.enabled
    with must("nothing is scanned while it is used"):
        assert status.real_time_protection
    with must("it does not know what was found since (vm.max_signature_age_days)"):
        assert status.signature_age_days <= rules.max_signature_age_days


def check_defender_for_linux(linux: Linux, rules: Rules) -> None:
    """Microsoft Defender for Endpoint on Linux."""
    health = linux.defender
    if health is None:
        missing_product(rules)
        return
    with must("no antivirus is active"):
        assert DEFENDER_FOR_LINUX in linux.services
    with must("nothing is scanned while it is used"):
        assert health.real_time_protection
    with must("it does not know what was found lately"):
        assert health.is_up_to_date


def missing_product(rules: Rules) -> None:
    """Microsoft's is not installed: another may be, whose services nobody has named."""
    if rules.av_services:
        with must("no antivirus is active, neither Microsoft's nor one that the policy names (vm.av_services)"):
            raise AssertionError("none of these services runs: " + ", ".join(rules.av_services))
        return
    with review("which antivirus protects this guest? Name its services under vm.av_services"):
        raise AssertionError("Microsoft Defender is not installed")


def check_firewall(guest: Guest) -> None:
    """Each profile is on and lets nothing in that no rule allows; and the service behind them runs."""
    with must("a profile that is on does nothing while its service does not run"):
        assert guest.running([FIREWALL]) == (FIREWALL,)
    with must("a network may be of any profile, also when nobody expects it"):
        assert [profile for profile in guest.windows.firewall if not profile.is_on] == []
    with must("a profile that lets everything in protects nothing"):
        assert [profile for profile in guest.windows.firewall if profile.inbound is ProfileAction.ALLOW] == []
    with review("what it does with traffic that no rule is about, it does not say"):
        known = (ProfileAction.ALLOW, ProfileAction.BLOCK)
        assert [profile for profile in guest.windows.firewall if profile.inbound not in known] == []


def check_linux_firewall(linux: Linux) -> None:
    """What no rule allows does not come in. A service that is active, with no rules, is no firewall."""
    inbound = linux.inbound
    with must("the guest has no firewall rules"):
        assert inbound is not Inbound.NO_RULES
    with review("there are rules, and what none of them mentions may come in: is that meant?"):
        assert inbound in (Inbound.REFUSED, Inbound.NO_RULES)


def check_intrusion_detection(guest: Guest, rules: Rules, needs: Protection, role: str) -> None:
    """Something watches, where the role needs it."""
    if needs.ids is False:
        return
    advice = suggestion("vm", protection_profiles={role: {"ids": False}})
    asks = f"nobody has said whether the role {role} needs intrusion detection, and none is known here; {advice}"
    with must("the policy asks for it (vm.protection_profiles)", unless=None if needs.ids else asks):
        assert (*guest.endpoint_detection, *guest.running(rules.ids_services)) != ()
