"""The script for PowerShell Direct as PowerShell runs it, on a simulated host whose machines are simulated too."""

import json
from typing import Any

from hyperv_audit.collect.document import extract
from hyperv_audit.collect.script import direct_collector
from hyperv_audit.inventory import Secret
from lab import record
from tests_tool.audit.running import CANARY
from tests_tool.audit.test_secrets import traces
from tests_tool.guests.test_direct import DHCP, NONE, OFF, WEB, WORLD
from tests_tool.world.support import World, changed, needs_pwsh, only

pytestmark = needs_pwsh


def run(source: World, *batches: tuple[str, str, list[str]]) -> tuple[dict[str, Any], bytes]:
    """The topic of the guests, and all that was printed; batches of account, password and machines."""
    data = {
        "Batches": [
            {"Secret": number, "UserName": account, "Machines": [{"Id": vm} for vm in machines]}
            for number, (account, _, machines) in enumerate(batches)
        ],
        "Patience": 60,
        "Inside": json.dumps({"Pipeline": True}),
    }
    done = record.run_script(source, direct_collector(), data, [Secret(password) for _, password, _ in batches])
    assert done.exit_code == 0, (done.stdout, done.stderr)
    document = extract(done.stdout)
    return document["guests"], done.stdout + done.stderr + json.dumps(document, ensure_ascii=False).encode()


def with_password(password: str) -> World:
    """The world with machines that this password opens."""
    source = only(changed(WORLD), "web01", "dhcp-01")
    for vm in source["vms"]:
        if "inside" in vm:
            vm["inside"] = {**vm["inside"], "password": password}
    return source


def test_machines_by_several_accounts() -> None:
    """The right password is not printed, nor is a wrong one; what stands in the way is told by the machine's id."""
    right, wrong = CANARY + "ä'$x", CANARY[::-1]
    topic, printed = run(with_password(right), (r".\audit", right, [WEB, OFF, NONE]), (r".\audit", wrong, [DHCP]))
    rows = {row["Id"]: row["Text"] for row in topic["data"]["answers"]}
    assert set(rows) == {WEB, DHCP}
    assert set(extract(rows[WEB].encode())) >= {"session", "os", "guest", "update_search"}
    assert rows[DHCP] == ""
    assert {(error["target"], error["id"].split(",")[0]) for error in topic["errors"]} == {
        (OFF, "InvalidVMState"),
        (NONE, "InvalidVMIdNotSingle"),
        (DHCP, "PSSessionStateBroken"),
    }
    leaks = [trace for secret in (right, wrong) for trace in traces(secret) if trace in printed]
    assert not leaks


def test_a_locked_down_host_makes_no_credential() -> None:
    """The error is that of the probe alone, and says which type was refused."""
    topic, _ = run({**with_password("x"), "language_mode": "ConstrainedLanguage"}, (r".\audit", "x", [WEB]))
    assert not [row for row in topic["data"]["answers"] if row["Text"]]
    assert {error["id"].split(",")[0] for error in topic["errors"]} >= {"CannotCreateTypeConstrainedLanguage"}
