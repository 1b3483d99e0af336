"""A host with 300 machines is asked like one with a few: in as many requests, and with the same verdicts."""

from collections import defaultdict
from collections.abc import Iterator

import pytest

from lab import record
from lab.fabric import ACCOUNT, DOMAIN
from lab.record import Recording, read
from lab.replay import Replay
from lab.server import Account, Counters, LabHost, LabServer
from lab.world.crowd import crowd
from tests_tool.audit.fabrics import VARIABLE, assert_left_nothing, inventory
from tests_tool.audit.running import CANARY, ROOT, Ran, run

pytestmark = [
    pytest.mark.pwsh,
    pytest.mark.skipif(record.powershell() is None, reason="no pwsh on PATH, and none named in PWSH"),
]

WORLD, MANY = "middling-2019", 300
MOST_REQUESTS = 9  # as for any host; how many of them fetch output depends on how the host cuts it
BY_ID = {("pxe-kiosk", "VM-06")}  # an exception of the policy names one machine, and none of those made of it
MOST_OUTPUT = 4 * 1024 * 1024  # bytes: far below what a reader takes, and room for machines that differ more


@pytest.fixture(scope="module")
def recording() -> Recording:
    """What the collectors print on that many machines: made here, because keeping it would cost more."""
    return record.record("many", crowd(WORLD, MANY))


@pytest.fixture(scope="module")
def server(recording: Recording) -> Iterator[LabServer]:
    accounts = (Account(ACCOUNT, CANARY), Account(f"{DOMAIN}\\{ACCOUNT}", CANARY))
    answers = {"hv-few": read(WORLD), "hv-many": recording}
    hosts = [LabHost(name, Replay(WORLD, recording=answer), accounts, https=True) for name, answer in answers.items()]
    server = LabServer(hosts)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def ran(server: LabServer, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    folder = tmp_path_factory.mktemp("many")
    hosts = [(name, "https", server.port(name)) for name in ("hv-few", "hv-many")]
    listed = inventory(folder / "inventory.yaml", hosts, server.ca_file)
    policy = ROOT / "inventory" / "demo-policy.yaml"
    return run(folder / "run", "--hosts=all", f"--inventory={listed}", f"--policy={policy}", env={VARIABLE: CANARY})


def without_receive(counters: Counters) -> dict[str, int]:
    return {name: count for name, count in counters.operations.items() if name != "Receive"}


def test_many_machines_cost_no_more_requests(ran: Ran, server: LabServer) -> None:
    assert ran.code == 1, ran.output
    few, many = server.counters("hv-few"), server.counters("hv-many")
    assert without_receive(many) == without_receive(few)
    assert many.authentications == 1
    assert many.http <= MOST_REQUESTS
    assert_left_nothing(many)


def test_what_they_print_is_bounded(recording: Recording) -> None:
    assert len(recording.stdout_bytes) < MOST_OUTPUT


def test_each_is_judged_as_the_one_that_it_is_made_of(ran: Ran) -> None:
    """By name, which they share."""
    verdicts: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    counted: dict[str, set[str]] = defaultdict(set)
    for result in ran.results:
        if result.subject.vm:
            counted[result.subject.host].add(result.subject.vm.id)
            place = (result.subject.host, result.subject.vm.name, result.recommendation)
            verdicts[place].add(result.verdict.value)
    assert len(counted["hv-many"]) == MANY
    few = {place[1:]: said for place, said in verdicts.items() if place[0] == "hv-few"}
    many = {place[1:]: said for place, said in verdicts.items() if place[0] == "hv-many"}
    assert {place for place, said in many.items() if said != few[place]} == BY_ID


def test_the_report_says_what_was_asked(ran: Ran) -> None:
    def asked(host: str) -> set[str]:
        return {
            evidence.command
            for result in ran.results
            if result.subject.host == host
            for evidence in result.evidence
            if evidence.probe == "vms.firmware"
        }

    assert asked("hv-few") == {"Get-VMFirmware"}
    assert asked("hv-many") == {"Get-CimInstance Msvm_BootSourceSettingData, Get-VMFirmware"}
