"""Provide a secure network."""

from hyperv_audit import Host, Policy, VirtualMachine, must, not_applicable, note, recommendation, review
from hyperv_audit.facts.enums import (
    AclAction,
    AclDirection,
    IsolationMode,
    Mirroring,
    OnOff,
    ReplicationMode,
    SwitchType,
    VlanMode,
)
from hyperv_audit.facts.host import Switch
from hyperv_audit.facts.vlans import lies_within
from hyperv_audit.facts.vm import Acl, Adapter, ExtendedAcl, is_any
from hyperv_audit.inventory.policy import PortRule
from hyperv_audit.inventory.policy import Vm as Rules

UNTAGGED = 0  # as vm.allowed_vlans names traffic without a tag
ACTIONS = {"allow": AclAction.ALLOW, "deny": AclAction.DENY}
DIRECTIONS = {"inbound": AclDirection.INBOUND, "outbound": AclDirection.OUTBOUND}


@recommendation("VM-06")
def test_adapters_are_on_the_right_switch_with_port_security(vm: VirtualMachine, host: Host, policy: Policy) -> None:
    """Connect virtual network adapters to the correct switch, with the right security settings and limits."""
    if not vm.adapters:
        not_applicable("the VM has no network adapter")
    check_switches(vm, host, policy.vm)
    check_port_security(vm, policy.vm)
    check_vlans(vm, policy.vm)
    check_rules(vm, policy.vm)
    check_limits(vm, policy.vm)
    check_copies(vm, policy.vm)


def check_switches(vm: VirtualMachine, host: Host, rules: Rules) -> None:
    """Each adapter ends on a switch that is meant for this VM."""
    adapters, expected = vm.adapters, vm.lookup(rules.expected_switch)
    switches = {switch.id.lower(): switch for switch in host.hyperv.switches}
    placed = [a for a in adapters if a.connected and not a.pool and (a.switch_id or "").lower() in switches]
    with must("the adapter is on a switch that is none of this VM's"):
        where = {a.label: switches[(a.switch_id or "").lower()] for a in placed}
        assert {
            label: switch for label, switch in where.items() if expected is not None and not switch.is_one_of(expected)
        } == {}
    if expected is None:
        with must(
            "an internal switch joins it with its host, and vm.expected_switch does not say that it belongs there"
        ):
            inner = {label: switch for label, switch in where.items() if switch.type is SwitchType.INTERNAL}
            assert {label: switch for label, switch in inner.items() if not is_for_tests(switch, vm, rules)} == {}
        with review("vm.expected_switch does not say which switch is right for this VM"):
            assert expected is not None
    with review("a resource pool, or a switch that this host does not know: where do these adapters really end?"):
        assert {a.label: a.pool or a.switch_id for a in adapters if a.connected and a not in placed} == {}
    if not vm.matches(rules.allow_disconnected):
        with review("a disconnected adapter has no purpose yet", severity="low"):
            assert [a.label for a in adapters if not a.connected] == []


def is_for_tests(switch: Switch, vm: VirtualMachine, rules: Rules) -> bool:
    """Where a test failover belongs."""
    return vm.replication is ReplicationMode.TEST_REPLICA and switch.is_one_of(rules.test_switches)


def check_port_security(vm: VirtualMachine, rules: Rules) -> None:
    """The port guards the neighbours; who needs an exception stands in the policy."""
    adapters = vm.adapters
    if not vm.matches(rules.allow_mac_spoofing):
        with must("a VM that may forge its MAC address can take over the traffic of others"):
            assert {a.label: a.mac_spoofing for a in adapters if a.mac_spoofing is not OnOff.OFF} == {}
    if not vm.matches(rules.dhcp_servers):
        with must("DHCP guard is not on: this VM could answer as a DHCP server", severity="medium"):
            assert {a.label: a.dhcp_guard for a in adapters if a.dhcp_guard is not OnOff.ON} == {}
    if not vm.matches(rules.routers):
        with must("router guard is not on: this VM could announce itself as a router", severity="medium"):
            assert {a.label: a.router_guard for a in adapters if a.router_guard is not OnOff.ON} == {}
    if not vm.matches(rules.mirror_sources):
        with must("the traffic of this VM is copied to another"):
            assert {a.label: a.mirroring for a in adapters if a.mirroring is Mirroring.SOURCE} == {}
    if not vm.matches(rules.mirror_destinations):
        with must("this VM gets copies of the traffic of others"):
            assert {a.label: a.mirroring for a in adapters if a.mirroring is Mirroring.DESTINATION} == {}
    elif any(a.mirroring is Mirroring.DESTINATION for a in adapters):
        note("this VM gets copies of the traffic of others, as the policy allows: who may read them there?")
    with must("mirroring in a mode that is not known"):
        assert {a.label: a.mirroring for a in adapters if a.mirroring is Mirroring.UNKNOWN} == {}
    if not vm.matches(rules.guest_teams):
        with must("teaming in the guest lets it change the addresses of its adapters"):
            assert {a.label: a.teaming for a in adapters if a.teaming is not OnOff.OFF} == {}
    if not vm.matches(rules.allow_priority_tag):
        with review("the VM sets the priority of its own traffic"):
            assert {a.label: a.priority_tag for a in adapters if a.priority_tag is not OnOff.OFF} == {}


def check_vlans(vm: VirtualMachine, rules: Rules) -> None:
    """Traffic is tagged with the VLANs of this VM; a port that a network controller owns has rules of its own."""
    tagged = [a for a in vm.adapters if a.connected and not a.is_software_defined]
    trunks = [a for a in tagged if a.vlan.mode is VlanMode.TRUNK]
    allowed, trunk = vm.lookup(rules.allowed_vlans), vm.lookup(rules.allow_trunk)
    with must("a trunk reaches networks that are none of this VM's"):
        carried = {a.label: a.vlan.allowed or "none" for a in trunks}
        assert {label: ids for label, ids in carried.items() if not (trunk and lies_within(ids, trunk))} == {}
    with must("the native VLAN of the trunk is none that the policy allows"):
        native = {a.label: a.vlan.native for a in trunks if trunk}
        assert {label: vlan for label, vlan in native.items() if vlan not in (allowed or ())} == {}
    with must("the VLAN is none that the policy allows for this VM"):
        vlans = {a.label: a.effective_vlan for a in tagged if a.effective_vlan is not None and allowed is not None}
        assert {label: vlan for label, vlan in vlans.items() if vlan not in (allowed or ())} == {}
    if (rules.require_vlan or allowed is not None) and UNTAGGED not in (allowed or ()):
        asks = None if rules.require_vlan else "untagged: which VLAN it ends up in is the physical switch's to say"
        with must("untagged traffic ends wherever the physical port says", unless=asks):
            assert [a.label for a in tagged if a.is_untagged] == []
    with review("a private VLAN whose ids do not fit its mode"):
        private = [a for a in tagged if a.vlan.mode is VlanMode.PRIVATE]
        assert [a.label for a in private if not a.vlan.private_is_consistent] == []
    with review("a VLAN or isolation mode that is not known"):
        strange = [a for a in tagged if a.vlan.mode is VlanMode.UNKNOWN or a.isolation.mode is IsolationMode.UNKNOWN]
        assert [a.label for a in strange] == []
    if tagged:
        with review("vm.allowed_vlans does not say which VLANs are right for this VM"):
            assert allowed is not None
    if any(a.is_software_defined for a in vm.adapters):
        note("a network controller owns a port of this VM; its VLANs were not judged")


def check_rules(vm: VirtualMachine, rules: Rules) -> None:
    """The port keeps the traffic that the policy wants kept; where it is silent, rules are only told of."""
    required = [rule for rule in rules.required_acls if vm.matches([rule.vm])]
    if not required:
        if any(a.acls or a.extended_acls for a in vm.adapters):
            note("port rules are present; the policy asks for none")
        return
    with must("a rule of vm.required_acls is missing: what it should keep out gets in"):
        lacking = {a.label: [rule for rule in required if not rules_for(a, rule)] for a in vm.adapters}
        assert {label: found for label, found in lacking.items() if found} == {}
    with review("a rule of vm.required_acls is there for one isolation id only: is that all of this port's traffic?"):
        found = {a.label: [rule for rule in required if is_for_some(rules_for(a, rule))] for a in vm.adapters}
        assert {label: rules for label, rules in found.items() if rules} == {}
    with review(
        "a rule that allows everything comes before one that denies: of the extended ones the weightier counts"
    ):
        assert [a.label for a in vm.adapters if is_overruled(a.extended_acls)] == []
    with review("one basic rule allows everything that another denies; only the longer prefix would decide"):
        assert [a.label for a in vm.adapters if is_contradicted(a.acls)] == []
    with review("a rule allows everything that one of the other kind, basic or extended, denies: which one counts?"):
        assert [a.label for a in vm.adapters if is_disputed(a)] == []
    with review("a rule of a kind that is not known, or whose weight was not shown"):
        assert [a.label for a in vm.adapters if is_unclear(a)] == []


def check_limits(vm: VirtualMachine, rules: Rules) -> None:
    """Limits are kept where the policy sets bounds."""
    adapters = vm.adapters
    with must("no limit, or one above the policy's vm.bandwidth_max_bps"):
        limits = {a.label: a.maximum_bandwidth for a in adapters}
        assert {label: limit for label, limit in limits.items() if exceeds(limit, rules.bandwidth_max_bps)} == {}
    with must("no limit, or one above the policy's vm.storm_limit_max"):
        assert {a.label: a.storm_limit for a in adapters if exceeds(a.storm_limit, rules.storm_limit_max)} == {}
    with must("no limit, or one above the policy's vm.dynamic_ip_max"):
        assert {
            a.label: a.dynamic_ip_limit for a in adapters if exceeds(a.dynamic_ip_limit, rules.dynamic_ip_max)
        } == {}
    with review("SR-IOV: which port policies hold on the direct path depends on the network card"):
        assert {a.label: a.iov_weight for a in adapters if a.iov_weight} == {}


def check_copies(vm: VirtualMachine, rules: Rules) -> None:
    """Nothing on the network is there twice."""
    with must("two VMs with one static address on one switch take each other's traffic"):
        assert vm.static_mac_twins == ()
    with review("a machine on another host has the same static address: do the two meet on one network?"):
        assert vm.static_mac_elsewhere == ()
    with must("a test failover would start a second copy of this VM in a production network"):
        tests = {a.label: a.test_switch(of_replica=vm.is_replica) for a in vm.adapters}
        assert {label: switch for label, switch in tests.items() if switch and switch not in rules.test_switches} == {}


def exceeds(limit: int | None, bound: int | None) -> bool:
    """Whether a bound of the policy is not kept; 0 and nothing mean "no limit"."""
    return bound is not None and (not limit or limit > bound)


def rules_for(adapter: Adapter, wanted: PortRule) -> list[Acl]:
    """Basic and extended rules of the adapter that are this one."""
    return [
        rule
        for rule in (*adapter.acls, *adapter.extended_acls)
        if rule.action is ACTIONS[wanted.action]
        and rule.concerns(DIRECTIONS[wanted.direction])
        and all(is_same(found, asked) for found, asked in zip(rule.about, wanted.about, strict=True))
    ]


def is_for_some(rules: list[Acl]) -> bool:
    """Whether there are such rules, and none for all traffic of the port."""
    return bool(rules) and not any(rule.is_for_all_networks for rule in rules)


def is_same(found: str | None, wanted: str) -> bool:
    """As text, in whatever case; every spelling of "any" is one."""
    return (is_any(found) and is_any(wanted)) or (found or "").strip().lower() == wanted.strip().lower()


def is_overruled(rules: list[ExtendedAcl]) -> bool:
    """Whether everything, or all of one protocol, is allowed with at least the weight of some denial."""
    allows = [rule for rule in rules if rule.action is AclAction.ALLOW and rule.is_of_everything]
    denies = [rule for rule in rules if rule.action is AclAction.DENY]
    return any(
        allow.concerns(deny.direction) and (allow.weight or 0) >= (deny.weight or 0)
        for allow in allows
        for deny in denies
    )


def is_contradicted(rules: list[Acl]) -> bool:
    """Whether everything is allowed, and denied, in one direction."""
    of_everything = [rule for rule in rules if rule.is_of_everything]
    allowed = {d for r in of_everything if r.action is AclAction.ALLOW for d in DIRECTIONS.values() if r.concerns(d)}
    denied = {d for r in of_everything if r.action is AclAction.DENY for d in DIRECTIONS.values() if r.concerns(d)}
    return bool(allowed & denied)


def is_disputed(adapter: Adapter) -> bool:
    """Whether a rule of one kind allows everything of which one of the other kind denies some."""
    kinds = adapter.acls, adapter.extended_acls
    return any(
        allow.concerns(direction) and deny.concerns(direction)
        for some, others in (kinds, kinds[::-1])
        for allow in some
        if allow.action is AclAction.ALLOW and allow.is_of_everything
        for deny in others
        if deny.action is AclAction.DENY
        for direction in DIRECTIONS.values()
    )


def is_unclear(adapter: Adapter) -> bool:
    """A number that is not known, or an extended rule without its weight."""
    rules = [*adapter.acls, *adapter.extended_acls]
    unknown = [r for r in rules if r.action is AclAction.UNKNOWN or r.direction is AclDirection.UNKNOWN]
    return bool(unknown) or any(rule.weight is None for rule in adapter.extended_acls)
