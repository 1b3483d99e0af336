"""The checklist is whole: every entry has its test, in the document's order, with every word that a report needs."""

import ast
import importlib.util
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

import pytest

from hyperv_audit.catalogue import Entry, catalogue
from hyperv_audit.facts.host import HostFacts
from hyperv_audit.facts.reading import Readings
from hyperv_audit.inventory.baseline import microsoft
from hyperv_audit.inventory.policy import Policy, restore_policy
from hyperv_audit.judge.statements import Judgement, judging
from tests_tool.baseline.test_checks import CASES as OF_THE_BASELINE
from tests_tool.changes import World
from tests_tool.checks.good import PAY, POLICY, WEB, good
from tests_tool.checks.test_verdicts import TABLES as OURS
from tests_tool.guest_checks.test_verdicts import CASES as OF_GUESTS
from tests_tool.host_checks_a.test_cases import CASES as OF_THE_HOST_ALONE
from tests_tool.host_checks_b.test_verdicts import CASES as OF_WHAT_IT_IS_CONNECTED_TO
from tests_tool.judging import BY_ITSELF, NOW, ROOT, evidence

TABLES = [*OF_THE_BASELINE, *OURS, *OF_GUESTS, *OF_THE_HOST_ALONE, *OF_WHAT_IT_IS_CONNECTED_TO]
# Which verdicts a check can come to, beside error.
USUAL = {"pass", "fail", "review"}
NOT_ALWAYS_APPLICABLE = {
    *("HOST-01c", "HOST-01e", "HOST-07", "HOST-02c", "HOST-02d", "HOST-03b", "HOST-04", "HOST-11a", "HOST-12"),
    *("VM-01", "VM-02", "VM-03", "VM-05", "VM-06", "VM-09", "VM-10", "VM-12", "VM-13", "VM-14"),
}
VERDICTS = {id_: USUAL | ({"not applicable"} if id_ in NOT_ALWAYS_APPLICABLE else set()) for id_ in catalogue()}
# What is inside a nested machine, its host cannot see: nothing passes.
VERDICTS["HOST-11b"] = {"fail", "review", "not applicable"}
# Probes that a body reads although its entry does not need them, and why.
READ_IN_PASSING = {
    ("HOST-01a", "os.system"): "a second witness, which may be silent",
    **dict.fromkeys(
        [("HOST-01b", "updates.last_search"), ("HOST-01b", "update_search.search")],
        "closed to constrained PowerShell; the policy's minimum counts without them",
    ),
    ("VM-06", "vms.vm"): "the machine's name; the frame of every check has read it",
    ("VM-07", "os.computer"): "asked where a file is on a server: is it one of the domain's names?",
    ("VM-07", "smb.connections"): "asked where a file is on a server",
    ("VM-12", "vms.firmware"): "generation 1 has none, and fails before it is asked",
    ("VM-12", "vms.key_protector"): "a machine that is not shielded fails before it is asked",
    ("VM-13", "vms.key_protector"): "who holds the key is asked only where something is encrypted",
    ("VM-10", "vms.firmware"): "generation 1 has none, and is told of before it is asked",
}
# Probes that an entry needs although its body does not read them, and why.
NEEDED_BEFOREHAND = {
    **dict.fromkeys(
        [
            ("HOST-01e", probe)
            for probe in (
                *("os.computer", "software.sessions", "session.token"),
                *("updates.reboot_pending", "updates.restart_required"),
            )
        ],
        "where Credential Guard runs, as in the good world, nothing else matters; os.computer says whether it applies",
    ),
    ("HOST-01f", "security.policy_file"): "asked where only the kernel is held to a policy",
    **dict.fromkeys(
        [("HOST-02a", "network.routes"), ("HOST-02c", "network.routes")],
        "the way to the management network; the good world's policy names it",
    ),
    **dict.fromkeys(
        [(id_, "session.canary") for id_ in ("HOST-02a", "HOST-02b", "HOST-03b", "HOST-05")],
        "that there is nothing counts only for an account that sees Hyper-V",
    ),
    ("HOST-02d", "smb.server"): "asked where machines move over SMB",
    ("HOST-04", "os.version"): "says whether the rule applies",
    ("HOST-09", "os.version"): "says which processes have to be spared; the good world spares all",
    **dict.fromkeys(
        [("HOST-11b", "os.processor"), ("HOST-11b", "os.version")],
        "what a nested machine may be; the good world has none, and the rule does not apply",
    ),
    ("HOST-06", "hyperv.host"): "compared with the owners of shared volumes; the good world has none",
    ("HOST-12", "os.computer"): "says whether the rule applies",
    ("VM-14", "vms.guest"): "asked where a machine has the extensions",
}
# Of the enhanced tier although their heading does not say "for more secure environments", and why.
ENHANCED_BY_THEIR_WORDS = {"HOST-04": "a guarded fabric is there for shielded machines, which are the enhanced tier's"}
PUBLISHERS = ("learn.microsoft.com", "msrc.microsoft.com")


@dataclass(frozen=True)
class Written:
    """A test of the checklist as its source has it."""

    path: Path
    name: str
    id: str
    heading: str
    sentence: str


@cache
def written() -> tuple[Written, ...]:
    """Every test of a recommendation, in the order of pytest."""
    folders = (ROOT / "tests_host", ROOT / "tests_vm")
    return tuple(found for folder in folders for path in sorted(folder.glob("test_*.py")) for found in found_in(path))


def found_in(path: Path) -> Iterator[Written]:
    """The tests of one file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            for id_ in recommendations(node):
                yield Written(path, node.name, id_, ast.get_docstring(tree) or "", ast.get_docstring(node) or "")


def recommendations(node: ast.FunctionDef) -> Iterator[str]:
    """The ids of `@recommendation("...")`."""
    for decorator in node.decorator_list:
        match decorator:
            case ast.Call(func=ast.Name(id="recommendation"), args=[ast.Constant(value=str() as id_)]):
                yield id_


def module_of(test: Written) -> ModuleType:
    """The file of a test, imported as pytest would."""
    spec = importlib.util.spec_from_file_location(f"checklist_{test.path.stem}_{test.path.parent.name}", test.path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_entry_has_one_test_and_every_test_an_entry() -> None:
    assert sorted(test.id for test in written()) == sorted(catalogue())


def test_tests_are_in_the_order_of_the_document() -> None:
    assert [test.id for test in written()] == list(catalogue())


def test_a_file_is_a_heading() -> None:
    for test in written():
        assert test.heading == f"{catalogue()[test.id].section}.", test.path.name
    headings = {test.heading: test.path for test in written()}
    assert len(headings) == len({test.path for test in written()})


def test_more_secure_environments_are_told_apart() -> None:
    for entry in catalogue().values():
        told = entry.section.startswith("For more secure environments: ") or entry.id in ENHANCED_BY_THEIR_WORDS
        assert told == (entry.tier == "enhanced"), entry.id


@pytest.mark.parametrize("entry", catalogue().values(), ids=lambda entry: entry.id)
def test_an_entry_is_complete(entry: Entry) -> None:
    assert entry.needs
    assert not entry.title.endswith(".")
    assert entry.title != entry.section
    for text in (entry.why, entry.fix, entry.impact):
        assert len(text.strip()) > 40
    assert entry.references
    for link in entry.references:
        assert urlsplit(link).scheme == "https"
        assert urlsplit(link).hostname in PUBLISHERS
        assert "/en-us/" not in link, "Microsoft shows its pages in the reader's language"


@pytest.mark.parametrize("entry", catalogue().values(), ids=lambda entry: entry.id)
def test_a_title_states_what_complies(entry: Entry) -> None:
    commands = ("use", "enable", "set", "configure", "ensure", "check", "do", "don't")
    assert entry.title.split()[0].lower() not in commands
    assert not {"should", "must"} & set(entry.title.lower().split())


@pytest.mark.parametrize("test", written(), ids=lambda test: test.id)
def test_a_test_says_its_sentence(test: Written) -> None:
    assert test.sentence.endswith(".")


@pytest.mark.parametrize("id_", catalogue())
def test_tables_have_every_verdict(id_: str) -> None:
    assert {case.verdict for case in TABLES if case.check == id_} == VERDICTS[id_] | {"error"}


@pytest.mark.parametrize("test", [test for test in written() if test.id != BY_ITSELF], ids=lambda test: test.id)
def test_needs_are_what_the_body_reads(test: Written) -> None:
    body = probes_of(test, lambda check, facts, subject, policy: check(**arguments(check, facts, subject, policy)))
    needs = probes_of(test, lambda check, facts, subject, policy: read(subject, catalogue()[test.id].needs))
    assert body - needs == {probe for id_, probe in READ_IN_PASSING if id_ == test.id}
    assert needs - body == {probe for id_, probe in NEEDED_BEFOREHAND if id_ == test.id}


def probes_of(test: Written, act: Callable[[Any, HostFacts, Any, Policy], None]) -> set[str]:
    """The probes that something reads of the good world."""
    topics = evidence("hv01", World(good()).topics()).topics
    observed = topics
    facts = HostFacts("hv01", Readings(observed), NOW)
    vm = facts.virtual_machine(PAY if test.id in ("VM-12", "VM-13") else WEB)
    with facts.readings.watched() as probes, judging(Judgement()):
        act(
            getattr(module_of(test), test.name),
            facts,
            vm if test.id.startswith("VM") else facts,
            restore_policy(POLICY),
        )
    return set(probes)


def arguments(check: Any, facts: HostFacts, subject: Any, policy: Policy) -> dict[str, Any]:
    """What pytest would hand to a check."""
    known = {"host": facts, "vm": subject, "policy": policy, "baselines": microsoft()}
    return {name: value for name, value in known.items() if name in check.__annotations__}


def read(subject: Any, needs: list[str]) -> None:
    """Read facts by their paths."""
    for need in needs:
        value = subject
        for name in need.split("."):
            value = getattr(value, name)
