"""Don't enable nesting in your production environment unless it's required."""

import re

from hyperv_audit import Host, Policy, must, not_applicable_unless, recommendation, review

AMD = "AuthenticAMD"
FIRST_BUILD_FOR_AMD = 20348  # Windows Server 2022
MAY_NEST = re.compile("Windows|Hyper-V Server", re.IGNORECASE)


@recommendation("HOST-11a")
@not_applicable_unless(lambda host, policy: host.virtual_machines != (), "this host has no virtual machines")
def test_nested_virtualization_is_on_only_where_it_is_required(host: Host, policy: Policy) -> None:
    """Do not enable nesting in production unless it is required."""
    nested = host.nesting.nested
    with must("a hypervisor in a virtual machine is one more layer to attack; nested.allowed_vms does not name it"):
        assert [vm.label for vm in nested if not vm.matches(policy.nested.allowed_vms)] == []
    with review("whether a hypervisor may run in these virtual machines could not be read"):
        assert host.nesting.unread == ()
    with review("this host is a virtual machine itself, so all that it runs is nested"):
        assert not host.os.computer.is_virtual


@recommendation("HOST-11b")
@not_applicable_unless(
    lambda host, policy: host.nesting.nested != () or host.nesting.unread != (),
    "no virtual machine of this host may run a hypervisor",
)
def test_nested_vms_run_no_unsupported_hypervisor(host: Host, policy: Policy) -> None:
    """Where nesting is enabled, run no unsupported hypervisor in a virtual machine."""
    nested, denied = host.nesting.nested, re.compile(policy.nested.denied_os_regex, re.IGNORECASE)
    claims = {vm.label: host.nested_claims[vm.id] for vm in nested}
    condemned = {
        label: claim
        for label, claim in claims.items()
        if claim and (denied.search(claim) or not MAY_NEST.search(claim))
    }
    with must("only Hyper-V in a Windows guest is supported there"):
        assert condemned == {}
    if nested and AMD in host.platform.processor_makers:
        with must("on AMD processors nested virtualization is supported since Windows Server 2022"):
            assert int(host.os.version.build) >= FIRST_BUILD_FOR_AMD
    with review("the hypervisor inside cannot be seen, and what a guest says of itself proves nothing: ask its owner"):
        assert {label: claim or "silent" for label, claim in claims.items() if label not in condemned} == {}
    with review("whether a hypervisor may run in these virtual machines could not be read"):
        assert host.nesting.unread == ()
