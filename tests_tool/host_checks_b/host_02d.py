"""Cases of HOST-02d: live migration is encrypted."""

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
from tests_tool.host_checks_b.good import CRYPTO, MGMT_NET, NODE, RULE, ports, rule, scope
from tests_tool.host_checks_b.host_02c import OFF, excluded
from tests_tool.host_checks_b.table import table

OTHER = "{3d1b6b0e-5f1f-4a71-9a5b-6e5b7d9f3002}"
NO_RULES = together(
    empty("ipsec.rules"), empty("ipsec_filters.addresses"), empty("ipsec_filters.ports"), empty("ipsec.crypto_sets")
)
BY_SMB = put("migration.host.VirtualMachineMigrationPerformanceOption", 2)
EVERY_VM = together(*(edit("vms.security", row, EncryptStateAndVmMigrationTraffic=True) for row in (0, 1)))
OPTIONAL = {"migration": {"encryption_required": False}}
ACCEPTED = {"migration": {"smb_encryption_accepted": True}}


def proposals(*numbers: tuple[int | None, int | None]) -> Change:
    """The crypto set has these ways to protect."""
    rows_ = [{"Encapsulation": encapsulation, "CipherAlgorithm": cipher} for encapsulation, cipher in numbers]
    return put("ipsec.crypto_sets.Proposals", rows_)


def addresses(local: list[str], remote: list[str] | None = None) -> Change:
    """The rule has this scope."""
    return rows("ipsec_filters.addresses", scope(RULE, local, remote))


def second(security: int, local: list[str], protocol: str = "Any", here: str = "Any", there: str = "Any") -> Change:
    """A second rule."""
    return together(
        add("ipsec.rules", rule(OTHER, "second", security)),
        add("ipsec_filters.addresses", scope(OTHER, local)),
        add("ipsec_filters.ports", ports(OTHER, protocol, here, there)),
    )


def only_ports(protocol: str, here: str, there: str) -> Change:
    """The rule has these ports."""
    return rows("ipsec_filters.ports", ports(RULE, protocol, here, there))


CASES = table(
    "HOST-02d",
    ("the good host", "pass", "IPsec, rule LM encrypt"),
    ("a rule for everything", "pass", "IPsec", addresses(["Any"])),
    ("a range of addresses", "pass", "IPsec", addresses(["10.20.30.0-10.20.30.255"])),
    ("a wider network", "pass", "IPsec", addresses(["10.20.0.0/16"], ["10.20.0.0/16", "LocalSubnet"])),
    (
        "a crypto set in other writing",
        "pass",
        "IPsec",
        put("ipsec.rules.QuickModeCryptoSet", CRYPTO.strip("{}").upper()),
    ),
    ("all TCP", "pass", "IPsec", only_ports("TCP", "Any", "Any")),
    (
        "two rules for the two directions",
        "pass",
        "rule LM encrypt",
        only_ports("TCP", "6600", "Any"),
        second(2, ["Any"], "6", "Any", "6000-7000"),
    ),
    ("AES in CBC", "pass", "IPsec", proposals((2, 65001), (3, 65003))),
    ("every machine itself", "pass", "every virtual machine itself", NO_RULES, EVERY_VM),
    ("every machine and a rule", "pass", "IPsec", EVERY_VM),
    ("SMB, which the policy accepts", "pass", "SMB encryption", NO_RULES, BY_SMB, ACCEPTED),
    ("SMB and a rule for everything", "pass", "IPsec", BY_SMB),
    ("a node with a rule for its network", "pass", "IPsec", NODE),
    ("migration is off", "not applicable", "live migration is off", OFF, NO_RULES),
    ("no rule", "fail", "10.20.30.0/24, TCP 6600 in", NO_RULES),
    ("no rule, only considered", "review", "only considers", NO_RULES, OPTIONAL),
    ("a disabled rule", "fail", "10.20.30.0/24", put("ipsec.rules.Enabled", 2)),
    ("a rule that asks for nothing inbound", "fail", "10.20.30.0/24", put("ipsec.rules.InboundSecurity", 0)),
    ("a rule that only requests", "review", "only requests", put("ipsec.rules.OutboundSecurity", 1)),
    (
        "a rule with the default set",
        "review",
        "default crypto set",
        put("ipsec.rules.QuickModeCryptoSet", "{E5A5D32A-4BCE-4e4d-B07F-4AB1BA7E5FE2}"),
    ),
    ("a rule without a set", "review", "default crypto set", put("ipsec.rules.QuickModeCryptoSet", "")),
    ("a rule whose set is not there", "review", "default crypto set", empty("ipsec.crypto_sets")),
    ("a set without proposals", "review", "no proposals", proposals()),
    ("a set with a proposal that is not shown", "review", "no proposals", proposals((2, 65006), (None, None))),
    ("a set with an unknown cipher", "fail", "10.20.30.0/24", proposals((2, 70000))),
    ("a set that only proves the sender", "fail", "10.20.30.0/24", proposals((1, 0))),
    ("a set without a cipher", "fail", "10.20.30.0/24", proposals((2, 65006), (2, 0))),
    ("a set with 3DES", "fail", "10.20.30.0/24", proposals((2, 6))),
    ("a rule that Windows calls degraded", "review", "not call it healthy", put("ipsec.rules.PrimaryStatus", 2)),
    ("a rule that is not enforced", "review", "enforced", put("ipsec.rules.EnforcementStatus", [17])),
    ("a rule of which enforcement is not shown", "review", "enforced", put("ipsec.rules.EnforcementStatus", [])),
    ("a rule for one side only", "fail", "10.20.30.0/24", addresses(["10.20.30.0/24"], ["10.20.30.12"])),
    ("a rule for a part", "fail", "10.20.30.0/24", addresses(["10.20.30.0/25"])),
    ("a rule for a word", "fail", "10.20.30.0/24", addresses(["LocalSubnet"])),
    ("a rule for IPv6", "fail", "10.20.30.0/24", addresses(["::/0"])),
    ("a rule for UDP", "fail", "10.20.30.0/24", only_ports("UDP", "Any", "Any")),
    ("a rule for what comes in only", "fail", "TCP 6600 out", only_ports("TCP", "6600", "Any")),
    ("a rule for another port", "fail", "TCP 6600 in", only_ports("TCP", "445", "445")),
    (
        "SMB, and a rule for 6600 only",
        "fail",
        "TCP 445",
        BY_SMB,
        put("smb.server.EncryptData", value=False),
        only_ports("TCP", "6600", "Any"),
        second(2, ["Any"], "TCP", "Any", "6600"),
    ),
    ("another network without a rule", "fail", "10.20.31.0/24", add("migration.networks", {"Subnet": "10.20.31.0/24"})),
    ("any network", "fail", "10.20.10.0/24", put("migration.host.UseAnyNetworkForMigration", value=True)),
    ("no network", "fail", "no network is known", empty("migration.networks")),
    ("a node that lets storage migrate too", "fail", "10.20.40.0/24", NODE, excluded(MGMT_NET)),
    ("a firewall profile is off", "fail", "Domain (off)", put("ipsec.firewall_profiles.Enabled", 0)),
    ("a firewall profile is not configured", "fail", "not configured", edit("ipsec.firewall_profiles", 2, Enabled=2)),
    ("an exemption within", "review", "second", second(0, ["10.20.30.7"])),
    ("an exemption elsewhere", "pass", "IPsec", second(0, ["10.20.10.0/24"])),
    ("SMB encrypts here", "review", "smb_encryption_accepted", NO_RULES, BY_SMB),
    (
        "SMB does not encrypt, accepted",
        "fail",
        "10.20.30.0/24",
        NO_RULES,
        BY_SMB,
        put("smb.server.EncryptData", value=False),
        ACCEPTED,
    ),
    ("SMB encrypts, but migration is TCP", "fail", "10.20.30.0/24", NO_RULES, ACCEPTED),
    (
        "one machine does not encrypt",
        "fail",
        "10.20.30.0/24",
        NO_RULES,
        EVERY_VM,
        edit("vms.security", 1, EncryptStateAndVmMigrationTraffic=False),
    ),
    (
        "one machine unreadable, the others encrypt",
        "review",
        "app01",
        NO_RULES,
        EVERY_VM,
        failed("vms.security"),
    ),
    (
        "one machine unreadable, the others do not encrypt",
        "fail",
        "10.20.30.0/24",
        NO_RULES,
        failed("vms.security"),
    ),
    ("one machine unreadable, and a rule", "pass", "IPsec", failed("vms.security")),
    ("no machines", "fail", "10.20.30.0/24", NO_RULES, empty("vms.vm"), empty("vms.security")),
    ("no machines, and a rule", "pass", "IPsec", empty("vms.vm"), empty("vms.security")),
    ("rules refused", "error", "AccessDenied", denied("ipsec.rules")),
    ("addresses of rules refused", "error", "AccessDenied", denied("ipsec_filters.addresses")),
    ("ports of rules refused", "error", "AccessDenied", denied("ipsec_filters.ports")),
    ("crypto sets refused", "error", "AccessDenied", denied("ipsec.crypto_sets")),
    ("profiles refused", "error", "AccessDenied", denied("ipsec.firewall_profiles")),
    ("no profiles", "error", "none was shown", empty("ipsec.firewall_profiles")),
    ("rules empty without rights", "error", "no administrator", NO_RULES, filtered_token),
    ("a rule without its addresses", "error", "LM encrypt", empty("ipsec_filters.addresses")),
    ("a state that is null", "error", "Enabled", put("ipsec.rules.Enabled", value=None)),
    ("a state that is a truth value", "error", "Enabled", put("ipsec.rules.Enabled", value=True)),
    ("a state that is not known", "error", "Enabled", put("ipsec.rules.Enabled", 3)),
    ("a security that is not known", "error", "InboundSecurity", put("ipsec.rules.InboundSecurity", 9)),
    ("a profile state that is not known", "error", "Enabled", put("ipsec.firewall_profiles.Enabled", 7)),
    (
        "a performance option that is not known",
        "error",
        "PerformanceOption",
        put("migration.host.VirtualMachineMigrationPerformanceOption", 7),
    ),
    ("SMB settings refused", "error", "AccessDenied", denied("smb.server")),
    ("security of machines refused", "error", "AccessDenied", denied("vms.security")),
    ("no right to see Hyper-V", "error", "cannot see Hyper-V", canary(0)),
)
