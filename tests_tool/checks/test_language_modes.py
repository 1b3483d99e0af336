"""A host that constrains PowerShell gets the verdicts that it would get otherwise: what it may not ask decides nothing.

That the two modes print the same but for these probes, the recordings are held to (`tests_tool/world`).
"""

import copy
from pathlib import Path
from typing import Any

import pytest

from hyperv_audit.catalogue import catalogue
from hyperv_audit.collect.allowed import table
from hyperv_audit.collect.document import extract
from hyperv_audit.inventory import Inventory
from hyperv_audit.inventory.policies import load_policies
from hyperv_audit.inventory.policy import keep_policy
from lab import record, world
from tests_tool.judging import ROOT, Document, Folder, judge

REFUSED = {
    "id": "CannotCreateComTypeConstrainedLanguage,Microsoft.PowerShell.Commands.NewObjectCommand",
    "category": "PermissionDenied",
    "target": "",
    "hresult": None,
    "message": "Cannot create type. Only core types are supported in this language mode.",
}
FULL_LANGUAGE = [
    (topic, probe)
    for topic, probes in table("probes").items()
    for probe, it in probes.items()
    if it["language"] == "full"
]


def constrained(document: Document) -> Document:
    """The same host, where PowerShell is constrained."""
    seen: dict[str, Any] = copy.deepcopy(document)
    for topic, probe in ((topic, probe) for topic, probe in FULL_LANGUAGE if topic in seen):
        seen[topic]["data"][probe] = []
        others = [error for error in seen[topic]["errors"] if error["probe"] != probe]
        seen[topic]["errors"] = [*others, {"probe": probe, **REFUSED}]
    return seen


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[tuple[str, str], str]]:
    """By recording and mode, what each check says of each subject."""
    policy = keep_policy(load_policies(Path(ROOT / "inventory" / "demo-policy.yaml"), Inventory()).base)
    free = {name: extract(record.read(name).stdout_bytes) for name in world.names()}
    hosts = free | {f"{name}-constrained": constrained(document) for name, document in free.items()}
    (judged,) = judge([Folder(policy, hosts=hosts)], tmp_path_factory.mktemp("modes"))
    return {
        host: {
            (r.recommendation, r.subject.vm.id if r.subject.vm else ""): r.verdict.value
            for r in results
            if r.recommendation in catalogue()  # not what the run says once for two hosts of one cluster
        }
        for host, results in judged.items()
    }


@pytest.mark.parametrize("name", world.names())
def test_verdicts_are_the_same(name: str, verdicts: dict[str, dict[tuple[str, str], str]]) -> None:
    assert verdicts[f"{name}-constrained"] == verdicts[name]
