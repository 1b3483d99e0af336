"""Cases of HOST-02a: a network and an adapter of the host's own."""

from tests_tool.changes import (
    Change,
    add,
    canary,
    denied,
    edit,
    empty,
    failed,
    filtered_token,
    put,
    rows,
    together,
)
from tests_tool.host_checks_b.good import (
    APP,
    DB,
    MGMT_CARD,
    TENANT_CARD,
    address,
    card,
    host_nic,
    nic,
    switch,
    vlan_setting,
)
from tests_tool.host_checks_b.table import table

VNIC = "5e6f7a8b-3333-4444-8555-66667777aaaa"
OTHER = "5e6f7a8b-3333-4444-8555-66667777bbbb"
CONVERGED = {"network": {"allow_converged_management": True}}
NO_SUBNETS: dict[str, dict[str, list[str]]] = {"network": {"management_subnets": []}}


def on_the_switch(vlan: int | None) -> Change:
    """The host is managed over an adapter on the switch of its machines."""
    return together(
        put("migration.switches.AllowManagementOS", value=True),
        rows("migration.host_adapters", host_nic("Management", VNIC, vlan)),
        add("network.adapters", card("vEthernet (Management)", VNIC, 12, virtual=True)),
        put("network.addresses.InterfaceIndex", 12),
    )


TEAM = together(
    rows(
        "network.adapters",
        card("NIC1", MGMT_CARD, 4),
        card("NIC2", OTHER, 5),
        card("Team1", VNIC, 20, virtual=True),
        card("Team1 - VLAN 9", "5e6f7a8b-3333-4444-8555-66667777cccc", 21, virtual=True),
        card("LM", "5e6f7a8b-3333-4444-8555-66667777dddd", 6),
        card("STOR", "5e6f7a8b-3333-4444-8555-66667777eeee", 11),
    ),
    rows("network.teams", {"Name": "Team1", "Members": ["NIC1", "NIC2"], "TeamNics": ["Team1", "Team1 - VLAN 9"]}),
    put("network.addresses.InterfaceIndex", 20),
)
NO_MACHINE_ON_IT = empty("vms.adapters")
UNREADABLE = (
    "migration.switches",
    "migration.host_adapters",
    "network.adapters",
    "network.addresses",
    "network.routes",
)

CASES = table(
    "HOST-02a",
    ("the good host", "pass", ""),
    ("no switch", "pass", "no switch reaches a physical network", empty("migration.switches")),
    (
        "a private and an internal switch",
        "pass",
        "no switch",
        rows("migration.switches", switch("p", 0), switch("i", 1, serves_host=True)),
    ),
    ("a team of cards", "pass", "", TEAM),
    (
        "an address in IPv6",
        "pass",
        "",
        put("network.addresses.IPAddress", "fd00:20:10::11"),
        {"network": {"management_subnets": ["fd00:20:10::/64"]}},
    ),
    ("a subnet that is wider", "pass", "", {"network": {"management_subnets": ["10.20.0.0/20"]}}),
    (
        "a machine with a link-local address, no policy",
        "review",
        "10.20.10.0/24",
        add("network.addresses", address(4, "fe80::2%4", 64)),
        NO_SUBNETS,
    ),
    ("policy without the subnets", "review", "management_subnets: [10.20.10.0/24]", NO_SUBNETS),
    ("a shared switch", "fail", "vs-Tenant", on_the_switch(9)),
    ("a shared switch, no policy", "fail", "vs-Tenant", on_the_switch(9), NO_SUBNETS),
    (
        "a shared switch that the policy allows, VLAN of its own",
        "review",
        "as the policy allows",
        on_the_switch(9),
        CONVERGED,
    ),
    ("converged, in the VLAN of a machine", "fail", "VLAN 210", on_the_switch(210), CONVERGED),
    (
        "converged, both untagged",
        "fail",
        "untagged",
        on_the_switch(None),
        put("vms.adapters.Vlan", vlan_setting(0)),
        CONVERGED,
    ),
    ("converged, host alone untagged", "fail", "VLAN of its own", on_the_switch(None), CONVERGED),
    (
        "converged, a trunk that carries the VLAN",
        "fail",
        "VLAN 9",
        on_the_switch(9),
        put("vms.adapters.Vlan", vlan_setting(2, allowed="5-10")),
        CONVERGED,
    ),
    (
        "converged, a trunk with it as native VLAN",
        "fail",
        "VLAN 9",
        on_the_switch(9),
        put("vms.adapters.Vlan", vlan_setting(2, native=9)),
        CONVERGED,
    ),
    (
        "converged, a trunk nobody can read",
        "fail",
        "VLAN 9",
        on_the_switch(9),
        put("vms.adapters.Vlan", vlan_setting(2, allowed="all")),
        CONVERGED,
    ),
    (
        "converged, a trunk without it",
        "review",
        "as the policy allows",
        on_the_switch(9),
        put("vms.adapters.Vlan", vlan_setting(2, native=1, allowed="100-200")),
        CONVERGED,
    ),
    (
        "converged, a private VLAN",
        "fail",
        "VLAN 9",
        on_the_switch(9),
        put("vms.adapters.Vlan", vlan_setting(3, primary=9)),
        CONVERGED,
    ),
    (
        "a switch open to the host without machines",
        "review",
        "what is it for",
        put("migration.switches.AllowManagementOS", value=True),
        NO_MACHINE_ON_IT,
    ),
    ("managed over a switch without machines", "review", "what is it for", on_the_switch(9), NO_MACHINE_ON_IT),
    ("a machine in the management network", "fail", "10.20.10.99", put("vms.adapters.IPAddresses", ["10.20.10.99"])),
    (
        "a machine there in IPv6",
        "fail",
        "fd00:20:10::99",
        put("vms.adapters.IPAddresses", ["fd00:20:10::99"]),
        {"network": {"management_subnets": ["10.20.10.0/24", "fd00:20:10::/64"]}},
    ),
    ("a machine there, no policy", "fail", "10.20.10.99", put("vms.adapters.IPAddresses", ["10.20.10.99"]), NO_SUBNETS),
    (
        "no address there, nothing shared",
        "review",
        "is the policy right",
        {"network": {"management_subnets": ["10.99.0.0/16"]}},
    ),
    (
        "no address there, a shared switch",
        "fail",
        "only a switch that it shares",
        on_the_switch(9),
        {"network": {"management_subnets": ["10.99.0.0/16"], "allow_converged_management": True}},
    ),
    ("no default route, no policy", "review", "management_subnets: []", empty("network.routes"), NO_SUBNETS),
    (
        "a virtual adapter of nobody",
        "fail",
        "10.20.10.11/24 on VPN",
        rows("network.adapters", card("VPN", MGMT_CARD, 4, virtual=True)),
    ),
    (
        "a card that a switch holds",
        "fail",
        "on MGMT",
        put("migration.switches.InterfaceGuids", [TENANT_CARD, MGMT_CARD]),
    ),
    (
        "a team of which a switch has a part",
        "fail",
        "on Team1",
        TEAM,
        put("migration.switches.InterfaceGuids", ["5e6f7a8b-3333-4444-8555-66667777cccc"]),
    ),
    ("a team with a virtual member", "fail", "on Team1", TEAM, edit("network.adapters", 0, Virtual=True)),
    ("one machine's adapters unreadable", "review", "app01", failed("vms.adapters")),
    ("one machine's addresses null", "review", "app01", put("vms.adapters.IPAddresses", None)),
    (
        "one machine unreadable, another in the management network",
        "fail",
        "10.20.10.99",
        failed("vms.adapters"),
        edit("vms.adapters", 0, IPAddresses=["10.20.10.99"]),
    ),
    ("no right to see Hyper-V", "error", "session.canary", canary(0)),
    ("no right to see Hyper-V, nothing shown", "error", "session.canary", canary(0), empty("migration.switches")),
    ("a filtered token, nothing shown", "error", "migration.host_adapters", filtered_token),
    *((f"{probe} refused", "error", "AccessDenied", denied(probe)) for probe in UNREADABLE),
    ("all adapters of machines refused", "error", "AccessDenied", denied("vms.adapters")),
    (
        "a switch that does not say",
        "error",
        "AllowManagementOS",
        put("migration.switches.AllowManagementOS", value=None),
    ),
    ("a switch of an unknown kind", "error", "SwitchType", put("migration.switches.SwitchType", 7)),
    ("a switch kind in other words", "error", "SwitchType", put("migration.switches.SwitchType", "extern")),
    ("an adapter that does not say what it is", "error", "Virtual", put("network.adapters.Virtual", value=None)),
    ("an address that is none", "error", "IPAddress", put("network.addresses.IPAddress", "here")),
    (
        "an address on an adapter that is not shown",
        "error",
        "index 4",
        rows("network.adapters", card("LM", MGMT_CARD, 6)),
    ),
    (
        "a VLAN mode that is not known",
        "error",
        "VlanMode",
        on_the_switch(9),
        put("migration.host_adapters.VlanMode", 9),
    ),
    (
        "a VLAN mode that is null",
        "error",
        "VlanMode",
        on_the_switch(9),
        put("migration.host_adapters.VlanMode", value=None),
    ),
    (
        "a machine of a network controller",
        "review",
        "as the policy allows",
        on_the_switch(210),
        put("vms.adapters.VirtualSubnetId", 5001),
        CONVERGED,
    ),
    (
        "two machines, one on another switch",
        "pass",
        "",
        rows("vms.adapters", nic(APP, 210), nic(DB, 0, switch="other")),
    ),
)
