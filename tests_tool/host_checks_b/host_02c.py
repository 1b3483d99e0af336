"""Cases of HOST-02c: a network of its own for live migration."""

from tests_tool.changes import (
    Change,
    add,
    canary,
    denied,
    edit,
    empty,
    error,
    failed,
    filtered_token,
    put,
    rows,
    together,
)
from tests_tool.host_checks_b.good import APP, DB, LM_NET, MGMT_NET, NODE, STOR_NET, card, host_nic
from tests_tool.host_checks_b.host_02a import on_the_switch
from tests_tool.host_checks_b.table import table

OFF = put("migration.host.VirtualMachineMigrationEnabled", value=False)
NO_SUBNETS: dict[str, dict[str, list[str]]] = {"network": {"migration_subnets": []}}
CREDSSP = put("migration.host.VirtualMachineMigrationAuthenticationType", 0)
KERBEROS = {"migration": {"authentication": "Kerberos"}}
LM_VNIC = "5e6f7a8b-3333-4444-8555-66667777ffff"
OVER_THE_SWITCH = together(
    put("migration.switches.AllowManagementOS", value=True),
    rows("migration.host_adapters", host_nic("LM", LM_VNIC, 30)),
    add("network.adapters", card("vEthernet (LM)", LM_VNIC, 13, virtual=True)),
    edit("network.addresses", 2, InterfaceIndex=13),
)


def subnet(text: object) -> Change:
    """The host lists this network."""
    return put("migration.networks.Subnet", text)


def excluded(*ids: str) -> Change:
    """The cluster excludes these networks."""
    return put("cluster.migration.MigrationExcludeNetworks", ";".join(ids))


CASES = table(
    "HOST-02c",
    ("the good host", "pass", ""),
    ("a part of the network", "pass", "", subnet("10.20.30.128/25")),
    ("one address", "pass", "", subnet("10.20.30.11")),
    ("an address with a prefix", "pass", "", subnet("10.20.30.11/24")),
    ("IPv6", "pass", "", subnet("fd00:20:30::/64"), {"network": {"migration_subnets": ["fd00:20:30::/64"]}}),
    ("migration is off", "not applicable", "live migration is off", OFF),
    ("migration is off, Kerberos asked for", "not applicable", "", OFF, CREDSSP, KERBEROS),
    ("any network", "fail", "any_network", put("migration.host.UseAnyNetworkForMigration", value=True)),
    ("no network", "fail", "no network is named", empty("migration.networks")),
    ("another network", "fail", "10.20.31.0/24", subnet("10.20.31.0/24")),
    ("a wider network", "fail", "10.20.0.0/16", subnet("10.20.0.0/16")),
    ("a second network", "fail", "10.20.31.0/24", add("migration.networks", {"Subnet": "10.20.31.0/24"})),
    (
        "the management network",
        "fail",
        "managed over",
        subnet("10.20.10.0/24"),
        {"network": {"migration_subnets": ["10.20.0.0/16"]}},
    ),
    (
        "a network of tenants",
        "fail",
        "tenants",
        subnet("10.50.7.0/24"),
        {"network": {"migration_subnets": ["10.50.7.0/24"]}},
    ),
    ("policy without the subnets", "review", "migration_subnets: [10.20.30.0/24]", NO_SUBNETS),
    ("policy without the subnets, the management network", "fail", "managed over", subnet("10.20.10.0/24"), NO_SUBNETS),
    (
        "policy without any subnets, the default route's network",
        "fail",
        "managed over",
        subnet("10.20.10.0/24"),
        {"network": {"migration_subnets": [], "management_subnets": [], "tenant_subnets": []}},
    ),
    ("policy without tenants", "pass", "nothing was compared", {"network": {"tenant_subnets": []}}),
    ("CredSSP", "review", "CredSSP", CREDSSP),
    ("CredSSP, Kerberos asked for", "fail", "asks for Kerberos", CREDSSP, KERBEROS),
    ("an adapter on the switch of machines", "review", "10.20.30.11/24", OVER_THE_SWITCH),
    (
        "an adapter on a switch, and nobody knows whose else it is",
        "review",
        "nobody knows whether",
        OVER_THE_SWITCH,
        empty("vms.adapters"),
        *(error("vms.adapters", "OperationFailed", target=vm) for vm in (APP, DB)),
    ),
    ("nobody knows the machines' adapters, and migration is on no switch", "pass", "", failed("vms.adapters")),
    ("management on that switch, migration not", "pass", "", on_the_switch(9)),
    ("a node", "pass", "a cluster node", NODE),
    ("a node whose own setting is off", "pass", "a cluster node", NODE, OFF),
    ("a node with CredSSP, Kerberos asked for", "pass", "a cluster node", NODE, CREDSSP, KERBEROS),
    ("a node that excludes nothing", "fail", "MGMT (10.20.10.0/24)", NODE, excluded()),
    (
        "a node where nothing was ever excluded",
        "fail",
        "MGMT",
        NODE,
        put("cluster.migration.MigrationExcludeNetworks", value=None),
    ),
    (
        "a node without the key",
        "fail",
        "MGMT",
        NODE,
        empty("cluster.migration"),
        error("cluster.migration", "PathNotFound,GetItemProperty", category="ObjectNotFound"),
    ),
    ("a node that allows storage", "fail", "STOR", NODE, excluded(MGMT_NET)),
    ("a node that excludes everything", "fail", "excluded", NODE, excluded(MGMT_NET, LM_NET, STOR_NET)),
    (
        "a node that excludes one that is gone",
        "fail",
        "STOR",
        NODE,
        excluded(MGMT_NET, "1d2c3b4a-0009-4aaa-8bbb-000000000009"),
    ),
    ("a node, policy without the subnets", "review", "migration_subnets: [10.20.30.0/24]", NODE, NO_SUBNETS),
    ("a node whose service is stopped", "fail", "any_network", NODE, put("hyperv.cluster_service.Status", 1)),
    ("a node with an adapter on the switch", "review", "10.20.30.11/24", NODE, OVER_THE_SWITCH),
    ("a node, networks refused", "error", "AccessDenied", NODE, denied("cluster.networks")),
    ("a node, exclusions refused", "error", "AccessDenied", NODE, denied("cluster.migration")),
    ("a node, a role that is not known", "error", "Role", NODE, put("cluster.networks.Role", 7)),
    ("a node, a network without IPv4", "error", "MGMT", NODE, put("cluster.networks.Address", "")),
    ("cluster service refused", "error", "AccessDenied", denied("hyperv.cluster_service")),
    ("a service state that is null", "error", "Status", NODE, put("hyperv.cluster_service.Status", value=None)),
    ("settings refused", "error", "AccessDenied", denied("migration.host")),
    ("settings empty", "error", "0 rows", empty("migration.host")),
    (
        "enabled is null",
        "error",
        "VirtualMachineMigrationEnabled",
        put("migration.host.VirtualMachineMigrationEnabled", value=None),
    ),
    (
        "enabled is a number",
        "error",
        "VirtualMachineMigrationEnabled",
        put("migration.host.VirtualMachineMigrationEnabled", 1),
    ),
    ("any network is null", "error", "UseAnyNetwork", put("migration.host.UseAnyNetworkForMigration", value=None)),
    (
        "an unknown authentication",
        "error",
        "AuthenticationType",
        put("migration.host.VirtualMachineMigrationAuthenticationType", 5),
    ),
    ("networks refused", "error", "AccessDenied", denied("migration.networks")),
    ("networks empty without rights", "error", "no administrator", empty("migration.networks"), filtered_token),
    ("a network that is none", "error", "Subnet", subnet("LM")),
    ("a network that is null", "error", "Subnet", subnet(None)),
    ("no right to see Hyper-V", "error", "cannot see Hyper-V", canary(0)),
    ("addresses refused", "error", "AccessDenied", denied("network.addresses")),
)
