"""The demo's hosts get the verdicts that were written down before anything judged them."""

from typing import Any

import pytest
import yaml

from hyperv_audit.catalogue import catalogue
from hyperv_audit.collect.document import extract
from hyperv_audit.collect.evidence import NoEvidence
from hyperv_audit.inventory import Inventory
from hyperv_audit.inventory.policies import load_policies
from hyperv_audit.inventory.policy import keep_policy
from hyperv_audit.report.results import COVERAGE, Result
from lab import record, world
from tests_tool.baseline.expected import each_check
from tests_tool.judging import ROOT, Document, Folder, judge, said

EXPECTED: dict[str, Any] = yaml.safe_load((ROOT / "tests_tool" / "expected_verdicts.yaml").read_text(encoding="utf-8"))
SHIELDED = "3f6d2c10-5b7e-4c58-9a37-0c2f51d1a001"
THROUGH_THE_HOST = (
    "19b8a7c6-d5e4-4f32-8a1b-0c9d8e7f6007",
    "9d7e2c41-5a60-4f8b-8c13-2e4f6a8b0006",
    "9d7e2c41-5a60-4f8b-8c13-2e4f6a8b0007",
)
Key = tuple[str, str | None, str]


def expected() -> dict[Key, str]:
    """World, VM and check; and the verdict."""
    rows: dict[Key, str] = {}
    for name in world.names():
        rows |= {(name, None, check): word for check, word in each_check(EXPECTED[name]["host"])}
        if coverage := EXPECTED[name].get("coverage"):
            rows[name, None, COVERAGE] = coverage["verdict"]
        for vm, verdicts in EXPECTED[name]["vms"].items():
            # A host that shows no machines has one item for each of their checks, which is its own.
            rows |= {(name, vm or None, check): word for check, word in each_check(verdicts)}
    return rows


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> dict[Key, Result]:
    """What the checks say of the recordings, by the demo's policy."""
    policy = keep_policy(load_policies(ROOT / "inventory" / "demo-policy.yaml", Inventory()).base)
    documents: dict[str, Any] = {name: extract(record.read(name).stdout_bytes) for name in world.names()}
    (judged,) = judge([Folder(policy, tuple(catalogue()), documents, guests())], tmp_path_factory.mktemp("demo"))
    results = [result for found in judged.values() for result in found]
    return {(r.subject.host, r.subject.vm.id if r.subject.vm else None, check_of(r)): r for r in results}


def guests() -> dict[tuple[str, str], Document | NoEvidence]:
    """What the demo sees inside its machines: one over WinRM, the others as their host asked them."""
    answers = extract(record.read("middling-2019.direct").stdout_bytes)["guests"]["data"]["answers"]
    texts = {row["Id"]: row["Text"].encode() for row in answers}
    broken = NoEvidence(kind="PSSessionStateBroken", stage="powershell-direct", message="ended", next_step="look")
    return {
        ("core-2022", SHIELDED): extract(record.read("server-2022").stdout_bytes),
        **{("middling-2019", vm): extract(texts[vm]) if texts[vm] else broken for vm in THROUGH_THE_HOST},
    }


def check_of(result: Result) -> str:
    """The recommendation, and of the security baseline its area."""
    return f"{result.recommendation} {result.subject.area or ''}".rstrip()


@pytest.mark.parametrize(
    ("key", "verdict"), [pytest.param(*row, id=" ".join(map(str, row[0]))) for row in expected().items()]
)
def test_verdict(key: Key, verdict: str, demo: dict[Key, Result]) -> None:
    assert demo[key].verdict.value == verdict, said(demo[key])


def test_nothing_else_was_judged(demo: dict[Key, Result]) -> None:
    assert set(demo) == set(expected())
