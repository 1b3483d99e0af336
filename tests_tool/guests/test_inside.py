"""A virtual machine from inside: what is kept beside its host's evidence, and what it becomes as facts."""

from pathlib import Path

import pytest

from hyperv_audit.collect.evidence import IndexEntry, NoEvidence, read_evidence, read_index, write_evidence, write_index
from hyperv_audit.errors import EvidenceError
from hyperv_audit.facts.guest import Absence, Guest, NoGuest
from hyperv_audit.facts.host import HostFacts
from hyperv_audit.facts.reading import Unreadable
from hyperv_audit.inventory.policies import Policies
from hyperv_audit.shown import ways_closed
from hyperv_audit.store import Store
from tests_tool.changes import Change, put
from tests_tool.checks.good import WEB, changed
from tests_tool.judging import NOW, Document, evidence, guest

HOST = "hv01"
VERSION = {
    "InstallationType": "Server Core",
    "EditionID": "ServerStandard",
    "ProductName": "Windows Server 2022 Standard",
    "CurrentBuildNumber": "20348",
    "UBR": 2762,
}
WINDOWS: Document = {
    "os": {"data": {"version": [VERSION], "computer": []}, "errors": [], "seconds": 0.1},
    "session": {"data": {"token": ["S-1-5-32-544", "S-1-16-12288"]}, "errors": [], "seconds": 0.1},
}
CLOSED = NoEvidence(kind="InvalidCredential", stage="powershell-direct", message="refused", next_step="look")


def kept(folder: Path, seen: Document | NoEvidence | None, *changes: Change) -> HostFacts:
    """A host with one machine that was asked inside, as its facts are read back."""
    entries = [write_evidence(folder, evidence(HOST, changed(changes, WEB).topics()))]
    write_index(folder, NOW, entries, {}, [] if seen is None else [guest(folder, HOST, WEB, seen)])
    return Store(folder, Policies()).facts(HOST)


def test_a_guest_has_the_facts_of_a_host(tmp_path: Path) -> None:
    inside = kept(tmp_path, WINDOWS).virtual_machine(WEB).inside
    assert isinstance(inside, Guest)
    assert inside.channel == "winrm"
    assert inside.is_elevated
    assert inside.os.version.revision == 2762


def test_what_a_guest_does_not_show_is_its_own_trouble(tmp_path: Path) -> None:
    """A review of this machine, never an error of the run: an empty row, a probe and a topic that are not there."""
    inside = kept(tmp_path, WINDOWS).virtual_machine(WEB).inside
    assert isinstance(inside, Guest)
    for ask in (lambda: inside.os.computer, lambda: inside.platform.tpm, lambda: inside.defender.status):
        with pytest.raises(Unreadable) as caught:
            ask()
        assert caught.value.vm_only


def test_a_verdict_shows_what_it_rests_on_inside(tmp_path: Path) -> None:
    host = kept(tmp_path, WINDOWS)
    with host.readings.watched() as probes:
        inside = host.virtual_machine(WEB).inside
        assert isinstance(inside, Guest)
        assert inside.os.version.build
    assert "inside.os.version" in probes


ABSENCES: list[tuple[str, Document | NoEvidence | None, list[Change], NoGuest]] = [
    ("no way in", None, [], NoGuest(Absence.NOT_CONFIGURED)),
    (
        "the way is closed",
        CLOSED,
        [],
        NoGuest(Absence.CHANNEL_FAILED, "InvalidCredential", "refused", CLOSED.next_step),
    ),
    (
        "PowerShell Direct into a shielded one",
        CLOSED.model_copy(update={"kind": "shielded"}),
        [],
        NoGuest(Absence.SHIELDED, message="refused", next_step=CLOSED.next_step),
    ),
    ("switched off since", WINDOWS, [put("vms.vm.State", 3)], NoGuest(Absence.NOT_RUNNING)),
    ("a replica", WINDOWS, [put("vms.vm.ReplicationMode", 2)], NoGuest(Absence.REPLICA)),
    ("a replica of a replica", None, [put("vms.vm.ReplicationMode", 4)], NoGuest(Absence.REPLICA)),
]


@pytest.mark.parametrize(("seen", "changes", "told"), [row[1:] for row in ABSENCES], ids=[row[0] for row in ABSENCES])
def test_nobody_looked_inside_for_a_reason(
    tmp_path: Path, seen: Document | NoEvidence | None, changes: list[Change], told: NoGuest
) -> None:
    assert kept(tmp_path, seen, *changes).virtual_machine(WEB).inside == told


def test_why_nobody_looked_inside_is_told_once_for_all_machines_of_one_trouble(tmp_path: Path) -> None:
    ids = [f"a0000000-0000-4000-8000-00000000010{number}" for number in range(7)]
    late = CLOSED.model_copy(update={"kind": "NoAnswer", "next_step": "wait"})
    host = write_evidence(tmp_path, evidence(HOST, changed(()).topics()))
    closed = {WEB: CLOSED, **dict.fromkeys(ids[:1], late), **dict.fromkeys(ids[1:], CLOSED)}
    write_index(tmp_path, NOW, [host], {}, [guest(tmp_path, HOST, vm, seen) for vm, seen in closed.items()])
    assert dict(ways_closed(Store(tmp_path, Policies()))) == {
        f"no way into a guest: {HOST}/web, {', '.join(f'{HOST}/{vm}' for vm in ids[1:5])}, and 2 more": [
            "InvalidCredential at powershell-direct: refused",
            "Next step: look",
        ],
        f"no way into a guest: {HOST}/{ids[0]}": ["NoAnswer at powershell-direct: refused", "Next step: wait"],
    }


def test_a_machine_in_an_unknown_state_is_unreadable(tmp_path: Path) -> None:
    host = kept(tmp_path, WINDOWS, put("vms.vm.State", None))
    with pytest.raises(Unreadable, match="State was not shown"):
        _ = host.virtual_machine(WEB).inside


def test_a_guest_is_never_read_as_its_host_or_as_another(tmp_path: Path) -> None:
    entry = guest(tmp_path, HOST, WEB, WINDOWS)
    assert entry.file == f"{HOST}~{WEB}.json"
    for other in (None, "a0000000-0000-4000-8000-000000000009"):
        with pytest.raises(EvidenceError, match="and the index says"):
            read_evidence(tmp_path, entry.model_copy(update={"vm": other}))


@pytest.mark.parametrize("lists", ["hosts", "guests"])
def test_the_index_keeps_hosts_and_guests_apart(tmp_path: Path, lists: str) -> None:
    """Also an index that somebody wrote by hand."""
    wrong = f'{{"name": "{HOST}"}}' if lists == "guests" else f'{{"name": "{HOST}", "vm": "{WEB}"}}'
    index = {"hosts": "[]", "guests": "[]"} | {lists: f"[{wrong}]"}
    text = f'{{"schema": 1, "collected": "2026-01-02T00:00:00Z", {", ".join(f"{k!a}: {v}" for k, v in index.items())}}}'
    (tmp_path / "index.json").write_text(text.replace("'", '"'), encoding="utf-8")
    with pytest.raises(EvidenceError, match="guests with one"):
        read_index(tmp_path)


def test_an_index_without_guests_is_one_of_before(tmp_path: Path) -> None:
    write_index(tmp_path, NOW, [IndexEntry(name=HOST, failure=CLOSED)], {})
    assert read_index(tmp_path).guests == []
