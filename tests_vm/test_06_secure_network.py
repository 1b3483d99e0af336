"""Provide a secure network."""

from hyperv_audit import Host, Policy, VirtualMachine, must, not_applicable, note, recommendation, review
from hyperv_audit.facts.enums import Mirroring, OnOff, VlanMode
from hyperv_audit.facts.vlans import lies_within


@recommendation("VM-06")
def test_adapters_are_on_the_right_switch_with_port_security(vm: VirtualMachine, host: Host, policy: Policy) -> None:
    """Connect virtual network adapters to the correct switch, with the right security settings and limits."""
    adapters, rules = vm.adapters, policy.vm
    if not adapters:
        not_applicable("the VM has no network adapter")

    switches = {switch.id.lower(): switch.name for switch in host.hyperv.switches}
    placed = [a for a in adapters if a.connected and not a.pool and (a.switch_id or "").lower() in switches]
    expected = vm.lookup(rules.expected_switch)
    allowed = vm.lookup(rules.allowed_vlans)
    trunk = vm.lookup(rules.allow_trunk)
    tagged = [a for a in adapters if a.connected and not a.is_software_defined]
    trunks = [a for a in tagged if a.vlan and a.vlan.mode is VlanMode.TRUNK]

    with must("the adapter is on a switch that is none of this VM's"):
        assert [a for a in placed if expected and switches[(a.switch_id or "").lower()] not in expected] == []
    with review("vm.expected_switch does not say which switch is right for this VM"):
        assert expected is not None
    with review("a resource pool, or a switch that this host does not know: where do these adapters really end?"):
        assert [a for a in adapters if a.connected and a not in placed] == []
    with review("a disconnected adapter has no purpose yet"):
        assert [a for a in adapters if not a.connected and not vm.matches(rules.allow_disconnected)] == []

    with must("a VM that may forge its MAC address can take over the traffic of others"):
        assert [a for a in adapters if a.mac_spoofing is not OnOff.OFF and not vm.matches(rules.allow_mac_spoofing)] == []
    with must("any VM could answer as a DHCP server"):
        assert [a for a in adapters if a.dhcp_guard is not OnOff.ON and not vm.matches(rules.dhcp_servers)] == []
    with must("any VM could announce itself as a router"):
        assert [a for a in adapters if a.router_guard is not OnOff.ON and not vm.matches(rules.routers)] == []
    with must("the traffic of this VM is copied to another"):
        assert [a for a in adapters if a.mirroring is Mirroring.SOURCE and not vm.matches(rules.mirror_sources)] == []
    with must("this VM gets copies of the traffic of others"):
        mirrored = [a for a in adapters if a.mirroring not in (Mirroring.NONE, Mirroring.SOURCE)]
        assert [a for a in mirrored if not vm.matches(rules.mirror_destinations)] == []
    with must("teaming in the guest lets it change the addresses of its adapters"):
        assert [a for a in adapters if a.teaming is not OnOff.OFF and not vm.matches(rules.guest_teams)] == []
    with review("the VM sets the priority of its own traffic"):
        assert [a for a in adapters if a.priority_tag is not OnOff.OFF and not vm.matches(rules.allow_priority_tag)] == []

    with must("a trunk reaches networks that are none of this VM's"):
        assert [a for a in trunks if not (trunk and a.vlan and lies_within(a.vlan.allowed or "", trunk))] == []
    with must("the native VLAN of the trunk is none that the policy allows"):
        assert [a for a in trunks if trunk and a.vlan and a.vlan.native not in (allowed or ())] == []
    with must("the VLAN is none that the policy allows for this VM"):
        assert [a for a in tagged if allowed is not None and a.effective_vlan not in (*allowed, None)] == []
    with must("untagged traffic ends wherever the physical port says"):
        untagged = [a for a in tagged if a.vlan_mode is VlanMode.UNTAGGED and a.effective_vlan is None]
        assert [a for a in untagged if rules.require_vlan] == []
    with review("a private VLAN whose ids do not fit its mode, or a VLAN mode that is not known"):
        private = [a for a in tagged if a.vlan_mode in (VlanMode.PRIVATE, VlanMode.UNKNOWN)]
        assert [a for a in private if not (a.vlan and a.vlan.private_is_consistent)] == []
    with review("vm.allowed_vlans does not say which VLANs are right for this VM"):
        assert allowed is not None or not tagged

    with must("no limit, or one above the policy's: vm.bandwidth_max_bps"):
        assert [a for a in adapters if exceeds(a.maximum_bandwidth, rules.bandwidth_max_bps)] == []
    with must("no limit, or one above the policy's: vm.storm_limit_max"):
        assert [a for a in adapters if exceeds(a.storm_limit, rules.storm_limit_max)] == []
    with must("no limit, or one above the policy's: vm.dynamic_ip_max"):
        assert [a for a in adapters if exceeds(a.dynamic_ip_limit, rules.dynamic_ip_max)] == []
    with must("two VMs with one static address on one switch take each other's traffic"):
        assert vm.static_mac_twins == ()
    with must("a test failover would start a second copy of this VM in a production network"):
        assert [a for a in adapters if a.test_switch and a.test_switch not in rules.test_switches] == []
    with review("SR-IOV: which port policies hold on the direct path depends on the network card"):
        assert [a for a in adapters if a.iov_weight] == []

    if any(a.is_software_defined for a in adapters):
        note("a network controller owns a port of this VM; its VLANs were not judged")
    if any(a.acls or a.extended_acls for a in adapters):
        note("port rules are present; the policy asks for none")


def exceeds(limit: int | None, bound: int | None) -> bool:
    """Whether a bound of the policy is not kept; 0 and nothing mean "no limit"."""
    return bound is not None and (not limit or limit > bound)
