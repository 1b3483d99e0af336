"""What the tokens of a row say, case by case: the machine that meets everything with one thing changed."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from hyperv_audit.facts.reading import Unreadable
from hyperv_audit.inventory.policy import Policy
from hyperv_audit.judge.baseline import variant_of
from hyperv_audit.judge.setting import Outcome
from hyperv_audit.judge.statements import Review
from tests_tool.baseline.machine import ABSENT, PROFILES, STANDALONE, USERS, VIRTUAL_MACHINES, Machine, good

Change = Callable[[Machine], Machine]
Case = tuple[str, str, Change, Mapping[str, Any], Outcome, str]
"""An edition, a setting, what is changed, a policy; and then the outcome, and what is said of it."""

ADMINISTRATORS = "S-1-5-32-544"
LOCAL_ADMINISTRATORS = "S-1-5-114"
GUEST = "S-1-5-21-1-2-3-501"

STRICT = {"baseline": {"strict": True}}
OTHER_ANTIVIRUS = {"antivirus": {"product": "Contoso Endpoint"}}

MORE = "RequireMutualAuthentication=1,RequireIntegrity=1,RequirePrivacy=1"

CREATE_LINKS = "WSB-URA-SeCreateSymbolicLinkPrivilege"
DENY_NETWORK = "WSB-URA-SeDenyNetworkLogonRight"
IMPERSONATE = "WSB-URA-SeImpersonatePrivilege"
FILTER = "WSB-REG-System.LocalAccountTokenFilterPolicy"
SMB1 = "WSB-REG-MrxSmb10.Start"
SIGNING = "WSB-SEC-LanmanServer.Parameters.requiresecuritysignature"
FIREWALL = "WSB-REG-WindowsFirewall.PublicProfile.EnableFirewall"
INBOUND = "WSB-REG-WindowsFirewall.PrivateProfile.DefaultInboundAction"
NOTIFY = "WSB-REG-WindowsFirewall.PrivateProfile.DisableNotifications"
DOMAIN_FIREWALL = "WSB-REG-WindowsFirewall.DomainProfile.EnableFirewall"
DROPPED = "WSB-REG-WindowsFirewall.PublicProfile.Logging.LogDroppedPackets"
HARDENED = "WSB-REG-Windows.NetworkProvider.HardenedPaths.SYSVOL"
LOCKOUT, DURATION = "WSB-ACC-LockoutBadCount", "WSB-ACC-LockoutDuration"
SCREEN = "WSB-REG-Windows.System.ShellSmartScreenLevel"
REDUCTION = "WSB-REG-ASR.26190899-1602-49e8-8b27-eb1d0a1ce869"
KDC = "WSB-REG-System.KDC.Parameters.PKINITSHA1"
SHADOW_STACKS = "WSB-REG-Windows.DeviceGuard.ConfigureKernelShadowStacksLaunch"
EARLY_LAUNCH = "WSB-REG-Policies.EarlyLaunch.DriverLoadPolicy"
SAM = "WSB-SEC-Lsa.RestrictRemoteSAM"
MINIMUM = "WSB-SEC-Lsa.MSV1_0.NTLMMinClientSec"
LOCKOUT_AUDIT = "WSB-AUD-AccountLockout"


def put(id_: str, value: Any) -> Change:
    return lambda machine: machine.put(id_, value)


def on(*changes: Change) -> Change:
    def all_of(machine: Machine) -> Machine:
        for change in changes:
            machine = change(machine)
        return machine

    return all_of


def nothing(machine: Machine) -> Machine:
    return machine


def core(machine: Machine) -> Machine:
    return machine.changed(installation="Server Core")


def workgroup(machine: Machine) -> Machine:
    return machine.changed(role=STANDALONE)


def features(*names: str) -> Change:
    return lambda machine: machine.changed(features=["FileAndStorage-Services", *names])


def no_features(machine: Machine) -> Machine:
    return machine.changed(features=[])


def in_force(profile: str, **said: int) -> Change:
    return lambda machine: machine.changed(
        profiles={name: {**machine.profiles[name], **(said if name == profile else {})} for name in PROFILES}
    )


MEETS, DEVIATES, REVIEW = Outcome.MEETS, Outcome.DEVIATES, Outcome.REVIEW
TOLD, NOT_APPLICABLE, UNREADABLE = Outcome.TOLD, Outcome.NOT_APPLICABLE, Outcome.UNREADABLE


CASES: list[Case] = [
    # The Hyper-V role
    ("2016", CREATE_LINKS, put(CREATE_LINKS, [ADMINISTRATORS]), {}, DEVIATES, "which the Hyper-V role needs"),
    ("2016", CREATE_LINKS, put(CREATE_LINKS, [VIRTUAL_MACHINES]), {}, MEETS, ""),
    ("2016", CREATE_LINKS, on(features(), put(CREATE_LINKS, [ADMINISTRATORS])), {}, MEETS, ""),
    ("2016", CREATE_LINKS, features(), {}, MEETS, "or NT VIRTUAL MACHINE"),
    ("2016", CREATE_LINKS, on(features(), put(CREATE_LINKS, [USERS])), {}, DEVIATES, "nobody but Administrators"),
    ("2016", CREATE_LINKS, no_features, {}, UNREADABLE, "software.features"),
    ("2016", CREATE_LINKS, nothing, STRICT, MEETS, "which the Hyper-V role needs"),
    ("2016", CREATE_LINKS, on(features(), put(CREATE_LINKS, [ADMINISTRATORS])), STRICT, MEETS, ""),
    ("2016", CREATE_LINKS, features(), STRICT, DEVIATES, ""),
    ("2022", SIGNING, put(SIGNING, 0), {}, REVIEW, "signing lowers throughput"),
    ("2022", SIGNING, on(features(), put(SIGNING, 0)), {}, DEVIATES, ""),
    ("2022", SIGNING, on(no_features, put(SIGNING, 0)), {}, UNREADABLE, "software.features"),
    ("2022", SIGNING, no_features, {}, MEETS, ""),
    # A workgroup
    ("2022", FILTER, workgroup, {}, DEVIATES, "expected 1"),
    ("2022", FILTER, on(workgroup, put(FILTER, 1)), {}, MEETS, ""),
    ("2022", FILTER, put(FILTER, 1), {}, DEVIATES, "expected 0"),
    ("2022", DENY_NETWORK, on(workgroup, put(DENY_NETWORK, [])), {}, MEETS, "expected anybody"),
    ("2022", DENY_NETWORK, on(workgroup, put(DENY_NETWORK, [LOCAL_ADMINISTRATORS])), {}, MEETS, ""),
    ("2022", DENY_NETWORK, on(workgroup, put(DENY_NETWORK, [])), STRICT, MEETS, "expected nobody"),
    ("2022", DENY_NETWORK, on(workgroup, put(DENY_NETWORK, [USERS])), STRICT, REVIEW, "expected nobody"),
    ("2022", HARDENED, on(workgroup, put(HARDENED, ABSENT)), {}, NOT_APPLICABLE, "in a domain only"),
    ("2022", DOMAIN_FIREWALL, on(workgroup, put(DOMAIN_FIREWALL, 0)), {}, NOT_APPLICABLE, "in a domain only"),
    # Server Core
    ("2022", SCREEN, on(core, put(SCREEN, ABSENT)), {}, NOT_APPLICABLE, "Server Core"),
    ("2022", SCREEN, put(SCREEN, ABSENT), {}, DEVIATES, "not configured"),
    # The firewall: what is in force
    ("2022", FIREWALL, put(FIREWALL, ABSENT), {}, MEETS, "1 in force, not configured by policy"),
    ("2022", FIREWALL, on(put(FIREWALL, ABSENT), in_force("Public", Enabled=0)), {}, DEVIATES, "0 in force"),
    ("2022", FIREWALL, in_force("Public", Enabled=0), {}, DEVIATES, "0 in force, 1 by policy"),
    ("2022", FIREWALL, in_force("Private", Enabled=0), {}, MEETS, ""),
    ("2022", FIREWALL, put(FIREWALL, 0), {}, DEVIATES, "1 in force, 0 by policy"),
    ("2022", FIREWALL, put(FIREWALL, ABSENT), STRICT, DEVIATES, "1 in force, not configured by policy"),
    ("2022", FIREWALL, nothing, STRICT, MEETS, ""),
    ("2022", FIREWALL, in_force("Public", Enabled=2), {}, UNREADABLE, "not configured"),
    ("2022", FIREWALL, in_force("Public", Enabled=7), {}, UNREADABLE, "Enabled"),
    ("2022", INBOUND, in_force("Private", DefaultInboundAction=2), {}, DEVIATES, "0 in force"),
    ("2022", INBOUND, in_force("Private", DefaultInboundAction=0), {}, UNREADABLE, "not configured"),
    ("2025", NOTIFY, in_force("Private", NotifyOnListen=1), {}, DEVIATES, "0 in force"),
    ("2025", NOTIFY, on(core, in_force("Private", NotifyOnListen=1)), {}, NOT_APPLICABLE, ""),
    ("2025", DROPPED, in_force("Public", LogBlocked=0), {}, DEVIATES, "0 in force"),
    ("2025", DROPPED, in_force("Public", LogAllowed=0), {}, MEETS, ""),
    # Another antivirus
    ("2022", REDUCTION, put(REDUCTION, ABSENT), OTHER_ANTIVIRUS, NOT_APPLICABLE, "Contoso Endpoint"),
    ("2022", REDUCTION, put(REDUCTION, ABSENT), {}, DEVIATES, ""),
    # A feature that is not there
    ("2022", SMB1, put(SMB1, ABSENT), {}, MEETS, "not configured"),
    ("2022", SMB1, on(features("FS-SMB1"), put(SMB1, ABSENT)), {}, DEVIATES, "not configured"),
    ("2022", SMB1, on(features("FS-SMB1"), put(SMB1, 4)), {}, MEETS, ""),
    ("2022", SMB1, put(SMB1, 3), {}, DEVIATES, "found 3"),
    ("2022", SMB1, on(no_features, put(SMB1, ABSENT)), {}, UNREADABLE, "software.features"),
    # What has no effect here
    ("2025", KDC, put(KDC, ABSENT), {}, TOLD, "domain controllers only"),
    ("2025", KDC, put(KDC, 0), STRICT, TOLD, "domain controllers only"),
    ("2025", SHADOW_STACKS, put(SHADOW_STACKS, 9), {}, TOLD, "Not Configured"),
    ("2025", SHADOW_STACKS, put(SHADOW_STACKS, 1), {}, MEETS, ""),
    ("2025", SHADOW_STACKS, put(SHADOW_STACKS, 1), STRICT, TOLD, "Not Configured"),
    # What is accepted in addition, and Microsoft's own values
    ("2022", DURATION, put(DURATION, -1), {}, MEETS, "at least 15 or -1"),
    ("2022", DURATION, put(DURATION, -2), {}, DEVIATES, ""),
    ("2022", DURATION, put(DURATION, -1), STRICT, DEVIATES, "expected 15"),
    ("2022", DURATION, put(DURATION, 30), STRICT, DEVIATES, "expected 15"),
    ("2022", LOCKOUT, put(LOCKOUT, 5), {}, MEETS, "1 to 10"),
    ("2022", LOCKOUT, put(LOCKOUT, 5), STRICT, DEVIATES, "expected 10"),
    ("2022", IMPERSONATE, put(IMPERSONATE, ["S-1-5-32-568"]), {}, MEETS, "IIS_IUSRS"),
    ("2022", IMPERSONATE, put(IMPERSONATE, ["S-1-5-32-568"]), STRICT, DEVIATES, ""),
    ("2022", IMPERSONATE, put(IMPERSONATE, []), {}, MEETS, "found nobody"),
    ("2022", EARLY_LAUNCH, put(EARLY_LAUNCH, 8), {}, MEETS, "1 or 3 or 8"),
    ("2022", EARLY_LAUNCH, put(EARLY_LAUNCH, 8), STRICT, DEVIATES, "expected 3"),
    ("2022", EARLY_LAUNCH, put(EARLY_LAUNCH, 7), {}, DEVIATES, ""),
    ("2022", LOCKOUT_AUDIT, put(LOCKOUT_AUDIT, 3), {}, MEETS, "Success and Failure; expected at least"),
    ("2022", LOCKOUT_AUDIT, put(LOCKOUT_AUDIT, 3), STRICT, DEVIATES, "expected Failure"),
    ("2022", LOCKOUT_AUDIT, put(LOCKOUT_AUDIT, 4), {}, DEVIATES, "found No Auditing"),
    # How values are written
    ("2022", HARDENED, put(HARDENED, "requireintegrity = 1 ,RequireMutualAuthentication=1"), {}, MEETS, ""),
    ("2022", HARDENED, put(HARDENED, MORE), {}, MEETS, ""),
    ("2022", HARDENED, put(HARDENED, MORE), STRICT, DEVIATES, ""),
    ("2022", HARDENED, put(HARDENED, "RequireMutualAuthentication=1,RequireIntegrity=10"), {}, DEVIATES, ""),
    ("2022", SAM, put(SAM, "O:BAG:BAD:(A;;RC;;;BA)(A;;RC;;;WD)"), {}, DEVIATES, "(A;;RC;;;WD)"),
    ("2022", MINIMUM, put(MINIMUM, "537395200"), {}, DEVIATES, "537395200 as String"),
    ("2022", MINIMUM, put(MINIMUM, 537395200 - 2**32), {}, MEETS, "found 537395200"),
    ("2022", SAM, put(SAM, 1), {}, DEVIATES, "1 as DWord"),
    ("2022", DENY_NETWORK, put(DENY_NETWORK, ["Guest", LOCAL_ADMINISTRATORS]), {}, MEETS, GUEST),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=[f"{number}-{case[1]}" for number, case in enumerate(CASES)])
def test_a_row_counts_as_its_tokens_say(case: Case) -> None:
    edition, setting, change, policy, outcome, says = case
    judged = change(good(edition)).judged(Policy.model_validate(policy), only=setting)[setting]
    assert judged.outcome is outcome
    assert says in f"found {judged.found}; expected {judged.expected}; {judged.why}"


@pytest.mark.parametrize(
    ("change", "error", "says"),
    [
        ({"build": "25398"}, Review, "no table for build 25398"),
        ({"build": "20349"}, Review, "there are tables for 14393 (2016)"),
        ({"installation": "Client"}, Review, "is a client"),
        ({"role": 5}, Review, "domain controller"),
        ({"role": 4}, Review, "domain controller"),
        ({"role": 1}, Unreadable, "member workstation"),
        ({"role": 17}, Unreadable, "unknown"),
        ({"role": None}, Unreadable, "DomainRole"),
        ({"build": None}, Unreadable, "CurrentBuildNumber"),
    ],
)  # fmt: skip
def test_a_machine_that_no_table_is_meant_for_is_not_judged(
    change: dict[str, Any], error: type[Exception], says: str
) -> None:
    machine = good("2022").changed(**change)
    if "build" in change and change["build"] is None:
        machine = machine.changed(lines={"os.version": lambda rows: [{**rows[0], "CurrentBuildNumber": None}]})
    with pytest.raises(error) as caught:
        variant_of(machine.facts(), Policy())
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("change", "policy", "words"),
    [
        (nothing, {}, "Windows Server 2022, domain member, Desktop Experience"),
        (on(core, workgroup), {}, "Windows Server 2022, workgroup, Server Core"),
        (nothing, STRICT, "Windows Server 2022, domain member, Desktop Experience, Microsoft's values taken literally"),
    ],
)  # fmt: skip
def test_the_variant_is_said(change: Change, policy: Mapping[str, Any], words: str) -> None:
    assert str(variant_of(change(good("2022")).facts(), Policy.model_validate(policy))) == words
