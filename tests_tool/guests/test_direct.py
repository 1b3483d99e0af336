"""PowerShell Direct: the real script on a simulated host, what becomes of its answers, and where the password goes."""

import base64
import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from hyperv_audit.collect.evidence import Evidence, NoEvidence
from hyperv_audit.collect.guests import AT_ONCE, Answers, Visit, gather_guests
from hyperv_audit.collect.script import SEPARATOR, direct_collector
from hyperv_audit.inventory import CredentialReference, GuestAccess, Limits, Scheme, Secret, SecretSource, Target, Via
from lab.fabric import Fabric
from tests_tool.audit.running import CANARY
from tests_tool.powershell import tree
from tests_tool.powershell.tree import Node

WORLD = "middling-2019"
WEB, DHCP, LEGACY, OFF, NONE = (
    "19b8a7c6-d5e4-4f32-8a1b-0c9d8e7f6007",
    "9d7e2c41-5a60-4f8b-8c13-2e4f6a8b0007",
    "9d7e2c41-5a60-4f8b-8c13-2e4f6a8b0006",
    "2ac9b8d7-e6f5-4a43-9b2c-1dae9f8a7008",
    "00000000-0000-4000-8000-000000000000",
)
ACCOUNT = CredentialReference(r".\audit", SecretSource.ENVIRONMENT, "GUESTS")
WAY = GuestAccess("*", ("hv-mid",), Via.POWERSHELL_DIRECT, ACCOUNT)


# --- the answers of a host ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def host() -> Iterator[tuple[Fabric, Target]]:
    """A host of the lab that replays what its guests said."""
    with Fabric({"hv-mid": WORLD}, CANARY) as fabric:
        account = CredentialReference("auditor", SecretSource.ENVIRONMENT, "UNUSED")
        address, port = fabric.address("hv-mid")
        yield fabric, Target("hv-mid", address, port, Scheme.HTTPS, account, ca_file=fabric.ca_file)


def ask(target: Target, *machines: str, password: str = CANARY) -> Answers:
    visits = [Visit(target, vm, WAY) for vm in machines]
    secrets = {ACCOUNT: Secret("of the guests")}
    return gather_guests(visits, {target.name: Secret(password)}, secrets, pause=0).answers


def kind(answers: Answers, vm: str) -> str:
    answer = answers[f"hv-mid/{vm}"]
    return answer.kind if isinstance(answer, NoEvidence) else "evidence"


def test_each_machine_has_its_own_fate(host: tuple[Fabric, Target]) -> None:
    answers = ask(host[1], WEB, DHCP, LEGACY, OFF)
    assert {vm: kind(answers, vm) for vm in (WEB, DHCP, LEGACY, OFF)} == {
        WEB: "evidence",
        DHCP: "evidence",
        LEGACY: "PSSessionStateBroken",
        OFF: "NoAnswer",
    }
    web = answers[f"hv-mid/{WEB}"]
    assert isinstance(web, Evidence)
    assert (web.target, web.vm, web.reached.transport) == ("hv-mid", WEB, "powershell-direct")
    assert web.reached.account == ACCOUNT.username
    assert web.topics["guest"].data["machine"] == [{"VirtualMachineId": WEB.upper()}]


def test_many_machines_are_one_batch(host: tuple[Fabric, Target]) -> None:
    """The same requests to the host, however many of its machines are asked."""
    fabric, target = host

    def requests(*machines: str) -> dict[str, int]:
        before = fabric.counters("hv-mid").operations
        ask(target, *machines)
        after = fabric.counters("hv-mid").operations
        return {name: count - before.get(name, 0) for name, count in after.items() if name != "Receive"}

    many = [f"{number:08x}-0000-4000-8000-000000000000" for number in range(3 * AT_ONCE)]
    assert requests(WEB) == requests(WEB, *many)
    assert fabric.counters("hv-mid").shells_now == 0


def test_a_host_that_refuses_costs_its_guests(host: tuple[Fabric, Target]) -> None:
    answers = ask(host[1], WEB, DHCP, password="wrong")
    assert {kind(answers, vm) for vm in (WEB, DHCP)} == {"authentication"}


def test_the_password_is_in_no_script_and_in_no_command_line() -> None:
    script = direct_collector()
    stdin = script.stdin({"Batches": []}, [Secret("geheim ä"), Secret("b")])
    text, data, secrets = stdin.decode("ascii").split(f"\n{SEPARATOR}\n")
    assert text == script.text
    assert json.loads(data) == {"Batches": []}
    assert [base64.b64decode(word).decode("utf-8") for word in secrets.split()] == ["geheim ä", "b"]


# --- no cmdlet sees the password: module logging keeps the arguments of cmdlets --------------------------------------

HOLDERS = {"hvasecrets", "word", "character"}


def arguments(command: Node) -> Iterator[Node]:
    """What a command is given: not what stands in blocks, which are run and not handed to it."""
    for kid in command.kids:
        if kid.kind != "block":
            yield kid
            yield from arguments(kid)


def test_no_cmdlet_is_given_the_password() -> None:
    nodes = list(tree.parse(direct_collector().text).walk())
    commands = [node for node in nodes if node.kind == "command"]
    given = [
        node.line for node in commands if any(a.kind == "var" and a.value.lower() in HOLDERS for a in arguments(node))
    ]
    assert not given
    assert {node.value.lower() for node in nodes if node.kind == "var"} >= HOLDERS, "or this test looks for other names"


def test_patience_is_that_of_the_ways(host: tuple[Fabric, Target]) -> None:
    """A machine that says nothing within it is told as such."""
    way = replace(WAY, limits=Limits(slow=7.0))
    visits = [Visit(host[1], NONE, way)]
    (answer,) = gather_guests(visits, {"hv-mid": Secret(CANARY)}, {ACCOUNT: Secret("x")}).answers.values()
    assert isinstance(answer, NoEvidence)
    assert answer.message == "no answer within 7 s"
