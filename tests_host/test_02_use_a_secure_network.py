"""Use a secure network."""

from hyperv_audit import Host, Policy, VirtualMachine, must, not_applicable_unless, note, recommendation, review
from hyperv_audit.facts.enums import MigrationAuthentication, MigrationPerformance
from hyperv_audit.facts.ipsec import Flow
from hyperv_audit.facts.migration import HostAdapter, SwitchUse
from hyperv_audit.facts.network import lies_in, networks, overlaps
from hyperv_audit.facts.storage import DiskTraffic, SmbTraffic
from hyperv_audit.inventory.policy import Network as Rules
from hyperv_audit.judge.suggestion import suggestion

LIVE_MIGRATION, SMB = 6600, 445


@recommendation("HOST-02a")
def test_the_host_has_a_network_and_an_adapter_of_its_own(host: Host, policy: Policy) -> None:
    """Use a separate network, with a dedicated network adapter, for the physical host."""
    external, used = [s for s in host.migration.switches if s.is_external], host.adapters_by_switch
    shared = [switch for switch in external if switch.serves_host and switch.name in used]
    check_management_addresses(host, policy.network, external, shared)
    check_shared_switches(host, policy.network, shared)
    check_separation(host, policy.network)
    with review("no virtual machine uses the adapter that the host has on this switch: what is it for?"):
        assert [switch for switch in external if switch.serves_host and switch not in shared] == []
    with review("nobody knows where the adapters of these virtual machines end"):
        assert host.unread_adapters == {}
    if not external:
        note("no switch reaches a physical network, so the host shares its adapters with nobody")


def check_management_addresses(host: Host, rules: Rules, external: list[SwitchUse], shared: list[SwitchUse]) -> None:
    """Each address that the host is managed by is on a card, or a team of cards, of the host alone."""
    addresses = host.network.management(rules.management_subnets)
    if not rules.management_subnets:
        advice = suggestion("network", management_subnets=[str(n) for n in host.network.management_networks(())])
        with review(f"the policy does not say where hosts are managed; {advice}"):
            assert rules.management_subnets != []
    doubt = None if shared else "the host has no address in network.management_subnets: is the policy right?"
    with must("the host has no management address, only a switch that it shares", unless=doubt):
        assert addresses != ()
    if external:
        own = [adapter.guid for adapter in own_adapters(host, [switch for switch in external if switch.serves_host])]
        taken = [guid for switch in host.migration.switches for guid in switch.guids]
        carried = [(address, host.network.adapter_of(address)) for address in addresses]
        with must("the adapter of this address is not the host's alone"):
            assert [
                f"{address} on {adapter.name}"
                for address, adapter in carried
                if not adapter.serves(own) and not host.network.is_dedicated(adapter, taken)
            ] == []


def check_shared_switches(host: Host, rules: Rules, shared: list[SwitchUse]) -> None:
    """A switch with virtual machines on it is none of the host's, unless the policy allows converged networks."""
    with must("the host is on a switch of its virtual machines, and network.allow_converged_management is not set"):
        assert [switch for switch in shared if not rules.allow_converged_management] == []
    neighbours = host.adapters_by_switch
    with must("virtual machines are in the same VLAN as an adapter of the host"):
        assert [
            f"{adapter} with {label}"
            for adapter in own_adapters(host, shared)
            for label, other in neighbours[adapter.switch or ""]
            if other.carries(adapter.vlan)
        ] == []
    if rules.allow_converged_management:
        with must("an adapter of the host on a shared switch needs a VLAN of its own"):
            assert [adapter for adapter in own_adapters(host, shared) if adapter.vlan is None] == []
        with review("host and virtual machines share cards, as the policy allows"):
            assert shared == []


def check_separation(host: Host, rules: Rules) -> None:
    """No virtual machine is in the network that hosts are managed over."""
    management, unread = host.network.management_networks(rules.management_subnets), host.unread_adapters
    with must("the virtual machine has an address in the management network"):
        reached = {
            vm.label: [str(ip) for ip in vm.addresses if lies_in(ip, management)]
            for vm in host.virtual_machines
            if vm.label not in unread
        }
        assert {label: addresses for label, addresses in reached.items() if addresses} == {}


def own_adapters(host: Host, switches: list[SwitchUse]) -> list[HostAdapter]:
    """The host's own adapters on these switches."""
    names = [switch.name for switch in switches]
    return [adapter for adapter in host.migration.host_adapters if adapter.switch in names]


@recommendation("HOST-02b")
def test_files_of_virtual_machines_travel_a_private_or_secure_network(host: Host, policy: Policy) -> None:
    """Use a private or secure network to reach configurations and disks of virtual machines."""
    check_smb(host.smb_traffic, policy.network)
    check_iscsi(host.disk_traffic, policy.network)
    check_shared_volumes(host.disk_traffic, policy.network)
    if not policy.network.storage_subnets and (host.smb_traffic.remote or host.disk_traffic.uses_iscsi):
        seen = host.network.networks_of([*host.smb_traffic.ends, *host.disk_traffic.ends])
        advice = suggestion("network", storage_subnets=[str(network) for network in seen])
        with review(f"the policy does not say where storage is; {advice}"):
            assert policy.network.storage_subnets != []
    with must("the share hands files of virtual machines to everybody who can log on"):
        assert host.smb_traffic.open_shares == {}
    with review("nobody knows what these files lie on"):
        assert host.disk_traffic.unknown == ()


def check_smb(traffic: SmbTraffic, rules: Rules) -> None:
    """Both ends of every SMB channel are in the storage network, or the data is encrypted."""
    outside = traffic.outside(networks(rules.storage_subnets)) if rules.storage_subnets else ()
    with must("files of virtual machines travel in clear text outside of the storage network"):
        assert [channel for channel in outside if traffic.encryption(channel) is False] == []
    with review("the channel is outside of the storage network, and no connection shows whether it is encrypted"):
        assert [channel for channel in outside if traffic.encryption(channel) is None] == []
    encrypted = [channel for channel in outside if traffic.encryption(channel)]
    if not rules.encryption_is_enough:
        with review("encrypted, but outside of the storage network; for the policy encryption is not enough"):
            assert encrypted == []
    elif encrypted:
        note(f"outside of the storage network, but encrypted: {', '.join(str(channel) for channel in encrypted)}")
    with review("no connection shows over which network these files are reached"):
        assert traffic.unseen == ()


def check_iscsi(traffic: DiskTraffic, rules: Rules) -> None:
    """Both ends of every iSCSI connection are in the storage network: iSCSI does not encrypt."""
    subnets = networks(rules.storage_subnets)
    if subnets:
        with must("iSCSI does not encrypt, and is outside of the storage network"):
            assert [c for c in traffic.iscsi if not all(lies_in(ip, subnets) for ip in c.ends)] == []
    with review("no address is shown for this end, so it may be any of the host's"):
        assert [c for c in traffic.iscsi if c.is_unbound] == []
    if traffic.uses_iscsi:
        with review("files lie on iSCSI disks, and no connection shows over which network"):
            assert traffic.iscsi != ()


def check_shared_volumes(traffic: DiskTraffic, rules: Rules) -> None:
    """Files on shared volumes of a cluster also travel between its nodes."""
    if traffic.between_nodes_encrypted:
        note("traffic between nodes to shared volumes is encrypted (SecurityLevelForStorage)")
        return
    subnets = networks(rules.storage_subnets)
    with review("nodes reach shared volumes over this network too, and not encrypted"):
        assert [network for network in traffic.between_nodes if not lies_in(network.subnet, subnets)] == []


@recommendation("HOST-02c")
@not_applicable_unless(lambda host, policy: host.can_migrate, "live migration is off on this host")
def test_live_migration_has_a_network_of_its_own(host: Host, policy: Policy) -> None:
    """Use a dedicated network for live migration."""
    if host.cluster.is_node:
        note("a cluster node: the cluster's networks decide, not the settings of the host")
        with must("every network of the cluster is excluded from live migration: nothing says which one it takes"):
            assert host.cluster.migration_networks != ()
    else:
        check_settings(host, policy)
    if host.cluster.is_node or not host.migration.settings.any_network:
        check_migration_networks(host, policy.network)
        check_migration_adapters(host)


def check_settings(host: Host, policy: Policy) -> None:
    """What a host without a cluster was told."""
    settings = host.migration.settings
    with must("any network of the host may carry the memory of virtual machines"):
        assert not settings.any_network
    if not settings.any_network:
        with must("no network is named for live migration"):
            assert host.migration.listed != ()
    free = "CredSSP hands the administrator's credentials to the host; Kerberos with constrained delegation does not"
    with must("the policy asks for Kerberos", unless=free if policy.migration.authentication == "any" else None):
        assert settings.authentication is MigrationAuthentication.KERBEROS


def check_migration_networks(host: Host, rules: Rules) -> None:
    """What may carry migration is a migration network, and neither management nor tenants'."""
    used = host.cluster.migration_networks if host.cluster.is_node else host.migration.listed
    management = host.network.management_networks(rules.management_subnets)
    with must("the host is managed over this network"):
        assert [network for network in used if overlaps(network.subnet, management)] == []
    with must("virtual machines of tenants are in this network"):
        assert [network for network in used if overlaps(network.subnet, networks(rules.tenant_subnets))] == []
    if rules.migration_subnets:
        with must("this network is none of network.migration_subnets"):
            assert [n for n in used if not lies_in(n.subnet, networks(rules.migration_subnets))] == []
    else:
        advice = suggestion("network", migration_subnets=[str(network.subnet) for network in used])
        with review(f"the policy does not name migration networks; {advice}"):
            assert rules.migration_subnets != []
    if not rules.tenant_subnets:
        note("network.tenant_subnets is not set, so nothing was compared with the networks of tenants")


def check_migration_adapters(host: Host) -> None:
    """An address in a migration network is on a card, not on a switch together with virtual machines."""
    used = host.adapters_by_switch
    shared = [switch for switch in host.migration.switches if switch.name in used]
    guids = [adapter.guid for adapter in own_adapters(host, shared)]
    subnets = host.migration_subnets
    addresses = [address for address in host.network.addresses if lies_in(address.ip, subnets)]
    with review("this address is on a switch that virtual machines use too"):
        assert [address for address in addresses if host.network.adapter_of(address).serves(guids)] == []
    ours = [adapter.guid for adapter in own_adapters(host, list(host.migration.switches))]
    if any(host.network.adapter_of(address).serves(ours) for address in addresses):
        with review("nobody knows whether these virtual machines use the switch of a migration address"):
            assert host.unread_adapters == {}


@recommendation("HOST-02d")
@not_applicable_unless(lambda host, policy: host.can_migrate, "live migration is off on this host")
def test_live_migration_is_encrypted(host: Host, policy: Policy) -> None:
    """Consider encrypting live migration, with IPsec or in another way."""
    found = [*by_ipsec(host), *by_smb(host, policy), *by_every_machine(host)]
    for protection in found:
        note(f"protected by {protection}")
    if found:
        return
    if travels_by_encrypted_smb(host):
        with review("SMB encrypts here; whether all peers do, only migration.smb_encryption_accepted can say"):
            assert policy.migration.smb_encryption_accepted
    elif host.unread_security and all_encrypt(asked_machines(host)):
        with review("all other machines encrypt their own state; of these nobody knows"):
            assert host.unread_security == {}
    else:
        check_flows(host, policy)


def check_flows(host: Host, policy: Policy) -> None:
    """Why IPsec does not protect migration for certain."""
    optional = None if policy.migration.encryption_required else "the policy only considers encryption"
    wanted = flows(host)
    with must("no network is known that migration takes, so no rule can protect it", unless=optional):
        assert wanted != []
    with must("whoever listens on this network reads the memory of virtual machines", unless=optional):
        assert [flow for flow in wanted if not host.ipsec.covering(flow)] == []
    if any(host.ipsec.covering(flow) for flow in wanted):
        with must("while this firewall profile is active, IPsec rules are suspended", unless=optional):
            assert [profile for profile in host.ipsec.profiles if not profile.is_on] == []
        with review("a rule asks for no protection here; which rule wins, depends on which is more exact"):
            assert {rule.name for flow in wanted for rule in host.ipsec.exempting(flow)} == set()
    with review("the rule is meant to protect migration; does it?"):
        open_ = [flow for flow in wanted if all(rule.doubts for rule in host.ipsec.covering(flow))]
        assert {rule.name: rule.doubts for flow in open_ for rule in host.ipsec.covering(flow)} == {}


def by_ipsec(host: Host) -> list[str]:
    """Rules that protect all migration traffic for certain."""
    certain = {flow: [rule for rule in host.ipsec.covering(flow) if not rule.doubts] for flow in flows(host)}
    suspended = any(not profile.is_on for profile in host.ipsec.profiles)
    if not certain or not all(certain.values()) or suspended or any(host.ipsec.exempting(flow) for flow in certain):
        return []
    return [f"IPsec, rule {name}" for name in dict.fromkeys(rules[0].name for rules in certain.values())]


def by_smb(host: Host, policy: Policy) -> list[str]:
    """The SMB option, where the policy says that all peers encrypt."""
    accepted = policy.migration.smb_encryption_accepted and travels_by_encrypted_smb(host)
    return ["SMB encryption, which the policy accepts for all peers"] if accepted else []


def by_every_machine(host: Host) -> list[str]:
    """Each machine encrypts its own state; one that could not be asked does not count as one that does."""
    encrypted = not host.unread_security and all_encrypt(asked_machines(host))
    return ["every virtual machine itself (EncryptStateAndVmMigrationTraffic)"] if encrypted else []


def travels_by_encrypted_smb(host: Host) -> bool:
    """The SMB option, with encryption on this side."""
    return host.migration.settings.performance is MigrationPerformance.SMB and host.smb.server.encrypts_data


def asked_machines(host: Host) -> list[VirtualMachine]:
    """Machines of which it is known how they are protected."""
    unread = host.unread_security
    return [vm for vm in host.virtual_machines if vm.label not in unread]


def all_encrypt(machines: list[VirtualMachine]) -> bool:
    """Whether there are any, and each encrypts its state and its migration."""
    return bool(machines) and all(vm.security.encrypts_state_and_migration for vm in machines)


def flows(host: Host) -> list[Flow]:
    """What has to be protected: both directions on each network that may carry migration."""
    by_smb = host.migration.settings.performance is MigrationPerformance.SMB
    ports = [LIVE_MIGRATION, SMB] if by_smb else [LIVE_MIGRATION]
    return [Flow(n, port, incoming) for n in host.migration_subnets for port in ports for incoming in (True, False)]
