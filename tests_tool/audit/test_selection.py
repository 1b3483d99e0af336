"""Which checks run on which hosts: each choice gives the demo's verdicts, no others and none fewer."""

import itertools
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from hyperv_audit.catalogue import catalogue
from tests_tool.audit.conftest import Audit
from tests_tool.audit.running import PYTEST, ROOT, Key, Ran, environment, key_of, same

HOSTS = ["hv-core", "hv-desk", "hv-mid", "hv-limited", "hv-gone"]
GONE = ("hv-gone", "", "EVIDENCE")
UNAUDITED = ("hv-mid", "", "COVERAGE")

Choice = Callable[[Key], bool]
audited = pytest.mark.audited


def choice(*arguments: str, of: Choice, id_: str) -> object:
    return pytest.param(of, marks=audited(*arguments), id=id_)


def marked(marker: str) -> Choice:
    chosen = {id_ for id_, entry in catalogue().items() if marker in entry.all_markers}
    return lambda key: key[2].split()[0] in chosen


@pytest.mark.parametrize(
    "chosen",
    [
        *[choice("--hosts=demo", "-m", tier, of=marked(tier), id_=tier) for tier in ("baseline", "enhanced")],
        choice("--hosts=demo", "-m", "guarded_fabric", "-q", of=marked("guarded_fabric"), id_="guarded fabric"),
        choice("--hosts=demo", "-m", "shielded_vm", of=marked("shielded_vm"), id_="shielded VM"),
        choice("--hosts=demo", "tests_vm", "-k", "VM-02", of=lambda key: key[2] == "VM-02", id_="one recommendation"),
        choice("tests_host", "--hosts=demo", of=lambda key: key[2].startswith("HOST"), id_="one folder"),
        choice("--hosts=demo,!hv-desk", of=lambda key: key[0] != "hv-desk", id_="all but one host"),
        choice("--hosts=hv-*", "-q", of=lambda key: True, id_="a glob"),
    ],
)
def test_what_is_chosen_runs_and_what_the_run_says_of_hosts_stays(ran: Ran, demo: Ran, chosen: Choice) -> None:
    wanted = [result for result in demo.results if chosen(key_of(result)) or key_of(result) in (GONE, UNAUDITED)]
    assert ran.code == 1, ran.output
    assert len(wanted) > 1
    assert same(ran.results) == same(wanted)


@pytest.mark.parametrize(
    ("named", "by"),
    [
        pytest.param({"hv-core"}, "name", marks=audited("--hosts=hv-core")),
        pytest.param({"hv-core", "hv-mid"}, "list", marks=audited("--hosts=HV-C*,hv-mid", "-q")),
        pytest.param({"hv-desk"}, "two groups", marks=audited("--hosts=demo:&neglected")),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_other_hosts_are_not_asked(ran: Ran, demo: Ran, named: set[str], by: str) -> None:  # noqa: ARG001 - the id
    assert ran.code == 1
    assert {host.name for host in ran.header.hosts} == named
    assert same(ran.results) == same(result for result in demo.results if result.subject.host in named)


@audited("--hosts=demo", "-m", "enhanced")
def test_the_stream_says_what_chose_and_what_was_left_out(ran: Ran) -> None:
    assert ran.header.selection == "-m 'enhanced'"
    assert set(ran.header.not_run) == {id_ for id_, entry in catalogue().items() if entry.tier != "enhanced"}


@audited("--hosts=demo", "--collect-only", "-q")
def test_the_list_of_checks_reads_as_the_checklist_host_by_host_and_asks_nobody(ran: Ran) -> None:
    assert ran.code == 0
    listed = [line for line in ran.output.splitlines() if "::" in line]
    hosts = [line.partition("[")[2].rstrip("]").partition("/")[0] for line in listed]
    assert [host for host, _ in itertools.groupby(hosts)] == HOSTS
    files = [line.partition("::")[0] for line in listed]
    of_a_host = files[: len(files) // len(HOSTS)]
    assert len(of_a_host) == len(catalogue())
    assert of_a_host == sorted(of_a_host)
    assert files == of_a_host * len(HOSTS)
    assert "gathered" not in ran.output
    assert ran.folders == []


def test_the_checks_of_a_host_follow_the_document_and_not_its_machines(audit: Audit, demo: Ran) -> None:
    ran = audit(f"--evidence={demo.evidence}", "--collect-only", "-q")
    listed = [line for line in ran.output.splitlines() if "::" in line]
    assert len(listed) == len(demo.results)
    rows = [(line.partition("[")[2].rstrip("]").partition("/")[0], line.partition("::")[0]) for line in listed]
    assert rows == sorted(rows, key=lambda row: (HOSTS.index(row[0]), row[1]))
    assert ran.folders == []


def test_the_command_needs_neither_an_installation_nor_a_certain_directory(tmp_path: Path) -> None:
    ended = subprocess.run(  # noqa: S603 - the environment's own pytest
        [PYTEST, f"--reports={tmp_path}", "--hosts=demo", "-n", "2", ROOT / "tests_host", "-q"],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert (tmp_path / "latest" / "report.html").is_file()


@audited("--hosts=hv-core", "-k", "nothing_is_called_so")
def test_nothing_chosen_ends_with_5(ran: Ran) -> None:
    assert ran.code == 5


@audited("--hosts=hv-core,hv-gone", "-k", "nothing_is_called_so")
def test_nothing_chosen_and_a_silent_host_ends_with_6(ran: Ran) -> None:
    assert ran.code == 6
    assert list(ran.verdicts) == [GONE]
