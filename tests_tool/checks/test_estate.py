"""What a run says beside its verdicts: the way to shielding, patterns that mean nobody, machines that nobody saw."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from hyperv_audit.facts.cluster import ClusteredMachine
from hyperv_audit.facts.host import HostFacts
from hyperv_audit.facts.reading import Readings, Unreadable
from hyperv_audit.inventory.policy import Policy, restore_policy, vm_patterns
from hyperv_audit.judge.coverage import Coverage, unaudited
from hyperv_audit.judge.ladder import STEPS, steps_left
from tests_tool.changes import Change, World, denied, failed, linux, lost, put, rows, together
from tests_tool.checks.good import OPEN_SOURCE_SHIELDED, OTHER, PAY, UEFI_CA, WEB, changed, good, guardian
from tests_tool.judging import NOW, Folder, evidence, judge

TPM, SHIELDED = put("vms.security.TpmEnabled", True), put("vms.security.Shielded", True)
PROTECTOR = together(
    put("vms.key_protector.Length", 3970),
    put("vms.key_protector.Owner", "Lab Owner"),
    put("vms.key_protector.Guardians", [guardian("Lab Fabric HGS")]),
)
# `web` of the good world: changes, and what is left.
WAYS: dict[str, tuple[list[Change], list[str]]] = {
    "as it is": ([], ["virtual TPM", "key protector of the fabric", "shielding itself"]),
    "with a TPM": ([TPM], ["key protector of the fabric", "shielding itself"]),
    "with a TPM and keys": ([TPM, PROTECTOR], ["shielding itself"]),
    "shielded": ([TPM, PROTECTOR, SHIELDED], []),
    "shielded by its own host": (
        [TPM, PROTECTOR, SHIELDED, put("vms.key_protector.Guardians", [guardian("UntrustedGuardian")])],
        ["key protector of the fabric"],
    ),
    "on a host in local mode": ([TPM, PROTECTOR, SHIELDED, put("hgs.client.Mode", 1)], ["attested host"]),
    "on a host whose attestation has expired": (
        [TPM, PROTECTOR, SHIELDED, put("hgs.client.AttestationStatus", 200)],
        ["attested host"],
    ),
    "a Linux with the ordinary template": (
        [TPM, PROTECTOR, SHIELDED, linux("Ubuntu", "22.04"), put("vms.firmware.SecureBootTemplateId", UEFI_CA)],
        ["template for shielding"],
    ),
    "a Linux with its template": (
        [
            *(TPM, PROTECTOR, SHIELDED, linux("Ubuntu", "22.04")),
            put("vms.firmware.SecureBootTemplateId", OPEN_SOURCE_SHIELDED),
        ],
        [],
    ),
    "of an old version": (
        [TPM, PROTECTOR, SHIELDED, put("vms.vm.Version", "7.1")],
        ["configuration version 8.0"],
    ),
    "of generation 1": (
        [put("vms.vm.Generation", 1), lost("vms.firmware")],
        [name for name, _ in STEPS if name not in ("configuration version 8.0", "attested host")],
    ),
    "unread": (
        [failed("vms.security")],
        [f"{name} (could not be read)" for name in ("virtual TPM", "key protector of the fabric", "shielding itself")],
    ),
}


def facts(world: World) -> HostFacts:
    topics = evidence("hv01", world.topics()).topics
    observed = topics
    return HostFacts("hv01", Readings(observed), NOW)


@pytest.mark.parametrize(("changes", "left"), WAYS.values(), ids=WAYS)
def test_the_steps_that_are_left(changes: list[Change], left: list[str]) -> None:
    vm = facts(changed(changes, WEB)).virtual_machine(WEB)
    assert list(steps_left(vm, Policy())) == left


def test_a_machine_that_is_there_has_nothing_left() -> None:
    assert steps_left(facts(World(good())).virtual_machine(PAY), Policy()) == ()


def told(policy: Mapping[str, Any], *changes: Change) -> list[str]:
    coverage = Coverage()
    coverage.add(facts(changed(changes)), restore_policy(policy))
    return coverage.notices


def test_a_pattern_that_means_no_machine_is_told() -> None:
    policy = {"vm": {"allow_pxe": ["web", "wbe-*"], "allowed_vlans": {"*": [20], "gone": [7]}}}
    assert told(policy) == [
        "policy: vm.allow_pxe: 'wbe-*' means no virtual machine of this run",
        "policy: vm.allowed_vlans: 'gone' means no virtual machine of this run",
    ]


def test_patterns_are_found_wherever_the_section_has_them() -> None:
    device = {"vm": "a", "location_path": "P", "vendor_device": "10DE:1EB8", "reason": "r"}
    deviation = {"vm": "b", "check": "VM-01", "reason": "r", "owner": "o", "expires": "2099-01-01"}
    section = {"allowed_dda": [device], "exceptions": [deviation], "templates": {"name_patterns": ["c"]}}
    assert set(vm_patterns(restore_policy({"vm": section}).vm)) == {
        ("vm.allowed_dda.vm", "a"),
        ("vm.exceptions.vm", "b"),
        ("vm.templates.name_patterns", "c"),
    }


def test_a_pattern_that_means_a_machine_of_another_host_is_used() -> None:
    coverage = Coverage()
    policy = restore_policy({"vm": {"allow_pxe": ["web", "db"]}})
    coverage.add(facts(World(good())), policy)
    coverage.add(facts(changed([put("vms.vm.Name", "db")])), policy)
    assert coverage.notices == []


def test_machines_that_could_not_be_listed_are_told_with_it() -> None:
    assert told({"vm": {"allow_pxe": ["web"]}}, denied("vms.vm")) == [
        "policy: vm.allow_pxe: 'web' means no virtual machine of this run; machines of hv01 are not known"
    ]


def clustered(*machines: tuple[str, str | None, str | None]) -> list[ClusteredMachine]:
    rows = [{"VMId": id_, "Name": name, "Owner": owner} for id_, name, owner in machines]
    return [ClusteredMachine.model_validate(row) for row in rows]


HERE, THERE, NOWHERE = (WEB.upper(), "web", "HV01"), (OTHER.upper(), "sql-02", "HV02"), (PAY, None, None)
ADVICE = "Audit the nodes that they run on, too"


@pytest.mark.parametrize(
    ("told", "said"),
    [
        pytest.param({"hv01": []}, {}, id="no cluster"),
        pytest.param({"hv01": [HERE]}, {}, id="all are audited, whatever the case of their ids"),
        pytest.param({"hv01": [HERE, THERE]}, {"hv01": f"sql-02 on HV02. {ADVICE}"}, id="one is not"),
        pytest.param({"hv01": [NOWHERE]}, {"hv01": f"{PAY} on an unknown node. {ADVICE}"}, id="one without a name"),
        pytest.param(
            {"hv01": [THERE], "hv02": [NOWHERE, THERE]},
            {"hv01": f"sql-02 on HV02. {ADVICE}", "hv02": f"{PAY} on an unknown node. {ADVICE}"},
            id="each is told once, by the first host that knows of it",
        ),
        pytest.param(
            {"hv01": [(f"{number:02}", f"vm{number:02}", "HV02") for number in range(25)]},
            {"hv01": "; ".join(f"vm{number:02} on HV02" for number in range(20)) + f" and 5 more. {ADVICE}"},
            id="many",
        ),
    ],
)
def test_machines_of_a_cluster_that_nobody_audits(
    told: Mapping[str, list[tuple[str, str | None, str | None]]], said: Mapping[str, str]
) -> None:
    machines = {host: clustered(*rows) for host, rows in told.items()}
    wanted = {host: f"clustered-vm-not-audited: {text}" for host, text in said.items()}
    assert unaudited(machines, {WEB}) == wanted


CLUSTERED = rows("cluster.machines", {"VMId": WEB.upper(), "Name": "web", "Owner": "HV09"})
REPLICA = put("vms.vm.ReplicationMode", 2)
NODE = rows("hyperv.cluster_service", {"Name": "ClusSvc", "Status": 4})
DR = (WEB.upper(), "web", "DR01")
NOT_ASKED = "cluster-not-asked: which machines run on other nodes is not known; AccessDenied"


@pytest.mark.parametrize(
    ("told", "said"),
    [
        pytest.param(clustered(HERE), f"clustered-vm-not-audited: web on HV01. {ADVICE}", id="it means another"),
        pytest.param(clustered(DR), None, id="it is what the cluster means"),
        pytest.param(Unreadable("AccessDenied"), NOT_ASKED, id="the cluster was not asked"),
    ],
)
def test_a_replica_is_no_primary(told: list[ClusteredMachine] | Unreadable, said: str | None) -> None:
    assert unaudited({"hv01": told}, set(), {(WEB, "dr01")}).get("hv01") == said


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        pytest.param([CLUSTERED, REPLICA], {"hva": "clustered-vm-not-audited: web on HV09"}, id="a replica"),
        pytest.param([CLUSTERED], {}, id="itself"),
        pytest.param([NODE, denied("cluster.machines")], {"hva": "cluster-not-asked"}, id="denied"),
        pytest.param([denied("cluster.machines")], {}, id="no node of a cluster"),
    ],
)
def test_what_a_run_says_of_a_cluster(changes: list[Change], says: dict[str, str], tmp_path: Path) -> None:
    (judged,) = judge([Folder({}, ("VM-03",), {"hva": changed(changes, WEB).topics()})], tmp_path)
    found = {r.subject.host: r.reason for r in judged["hva"] if r.recommendation == "COVERAGE"}
    assert {host: reason.startswith(says[host]) for host, reason in found.items()} == dict.fromkeys(says, True)
