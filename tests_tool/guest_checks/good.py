"""Good guests, a Windows and a Linux, as their topics come from inside; and ways to change one thing in them."""

import copy
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from tests_tool.baseline.machine import VIRTUAL_MACHINES
from tests_tool.baseline.machine import good as good_settings
from tests_tool.changes import Change, Topics, World, together
from tests_tool.checks.good import WEB, changed, good
from tests_tool.guest_checks.good_linux import UBUNTU, said
from tests_tool.host_checks_a.good import DEFINITIONS, update
from tests_tool.judging import Case, Document

SERVICES = ["EventLog", "MpsSvc", "Sense", "vmicheartbeat", "WinDefend", "WinRM"]


def windows() -> Topics:
    """A member server of 2022 that meets every recommendation: a good host's topics, and what only a guest is asked."""
    host, settings = good(), copy.deepcopy(baseline())
    return {
        "session": {**host["session"], "canary": [0]},
        "os": {
            "version": [{**host["os"]["version"][0], "ProductName": "Windows Server 2022 Standard"}],
            "system": host["os"]["system"],
            "computer": [{**host["os"]["computer"][0], "Model": "Virtual Machine"}],
        },
        "updates": host["updates"],
        "update_search": {"search": [{"ResultCode": 2, "Updates": [update("Signatures", DEFINITIONS)]}]},
        "software": {**host["software"], "features": ["FileAndStorage-Services", "Web-Server", "Windows-Defender"]},
        "security": host["security"],
        "defender": host["defender"],
        "tpm": {"secure_boot": [{"Enabled": True}]},
        "ipsec": settings["ipsec"],
        "baseline": settings["baseline"],
        "guest": {
            "machine": [{"VirtualMachineId": WEB.upper()}],
            "clock": [{"NowUtc": "2026-01-02T03:04:05.0000000Z"}],
            "services": list(SERVICES),
            "onboarding": [{"OnboardingState": 1}],
            "update_source": [],
            "last_installation": [{"LastInstallationSuccessUtc": "2026-01-01T20:00:00Z"}],
            "secure_boot_db": [{"Bytes": 4000, "Has2023": True}],
        },
    }


@cache
def baseline() -> Topics:
    """Each setting as the baseline of 2022 has it, for a server that runs no virtual machines."""
    host = good_settings("2022")
    ours = {id_: without_machines(value) for id_, value in host.values.items()}
    return host.changed(values=ours).topics()


def without_machines(value: Any) -> Any:
    """Holders of a right, but for the group of virtual machines."""
    return [sid for sid in value if sid != VIRTUAL_MACHINES] if isinstance(value, list) else value


def linux() -> Topics:
    """An Ubuntu server that meets every recommendation."""
    return {"linux": {probe: [{**row} for row in rows] for probe, rows in UBUNTU.items()}}


def document(system: Callable[[], Topics], changes: tuple[Change, ...]) -> Document:
    """A good guest with these changes."""
    inside = World(system())
    together(*changes)(inside)
    return inside.topics()


def prints(probe: str, text: str, *, status: int = 0) -> Change:
    """A command of the Linux guest prints something else."""
    return lambda inside: inside.data["linux"].update({probe: said(text, status=status)})


def lacks(*probes: str) -> Change:
    """The Linux guest has no such commands."""

    def change(inside: World) -> None:
        for probe in probes:
            del inside.data["linux"][probe]

    return change


def cases(check: str, system: Callable[[], Topics] = windows) -> Callable[..., Case]:
    """Rows of a table: `row("name", "verdict", "part of what is said", change inside, ..., host=[...], vm={...})`."""

    def row(
        name: str, verdict: str, says: str, *changes: Change, host: tuple[Change, ...] = (), vm: Mapping[str, Any] = {}
    ) -> Case:
        return Case(
            check,
            f"{system.__name__}: {name}",
            verdict,
            says,
            lambda: changed(host, WEB).topics(),
            {"vm": {**vm}},
            WEB,
            lambda: document(system, changes),
        )

    return row
