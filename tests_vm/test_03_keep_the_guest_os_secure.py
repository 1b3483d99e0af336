"""Keep the guest OS secure."""

import datetime as dt

from hyperv_audit import Policy, VirtualMachine, guest_of, look_inside, must, note, part, recommendation, review
from hyperv_audit.facts.guest import Guest
from hyperv_audit.facts.guest_os import GuestOs
from hyperv_audit.facts.lifecycle import releases_of, support_of
from hyperv_audit.facts.linux import Linux
from hyperv_audit.facts.linux_output import Update as LinuxUpdate
from hyperv_audit.facts.updates import Update
from hyperv_audit.facts.windows_guest import WindowsGuest
from hyperv_audit.inventory.policy import Vm as Rules
from hyperv_audit.judge.suggestion import suggestion

RESTART_GRACE_DAYS = 7
AT_REST = "scan and update it on an isolated switch before it goes back to production"


@recommendation("VM-03")
def test_guest_has_the_latest_security_updates(vm: VirtualMachine, policy: Policy) -> None:
    """Install the latest security updates before you turn on a virtual machine in a production environment."""
    guest, rules = look_inside(vm, policy, at_rest=AT_REST), policy.vm
    if vm.matches(rules.eol_exempt):
        note("somebody mends this system also beyond its end of support, says the policy (vm.eol_exempt)")
    else:
        with part():
            check_support(guest.system if guest else guest_of(vm, policy), rules, vm.host.seen_on)
    if guest is None:
        return
    if guest.is_linux:
        with part():
            check_linux(guest.linux, rules)
        with part():
            check_restart(guest.linux.restart_waits_days)
    else:
        check_windows(guest, rules)


def check_support(system: GuestOs, rules: Rules, today: dt.date) -> None:
    """The vendor still mends it. What is unknown from outside is no finding: from inside it will be."""
    support = support_of(system, rules.end_of_support)
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
        assert updates.fetched_days_ago <= rules.max_scan_age_days
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
            assert searched <= rules.max_scan_age_days
    missing = windows.missing
    overdue = [update for update in missing if (windows.age(update) or 0) > grace(update, rules)]
    with must("published long ago and not installed (vm.patch_grace_days, vm.critical_grace_days)"):
        assert [update for update in missing if update in overdue] == []
    with review("not installed; when it was published, the search does not say"):
        assert [update for update in missing if windows.age(update) is None] == []
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
