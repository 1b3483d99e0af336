"""A host with hundreds of machines, made of a world with a few: more than anybody would write, or keep as recording."""

import copy
import uuid
from itertools import cycle, islice
from typing import Any

from lab import world


def crowd(name: str, count: int) -> dict[str, Any]:
    """A world with so many machines: its own again and again, each under another id and with other addresses.

    Names stay: what a policy says by name holds for all of them.
    """
    source = world.load(name)
    machines = [copy.deepcopy(machine) for machine in islice(cycle(source["vms"]), count)]
    for number, machine in enumerate(machines[len(source["vms"]) :]):
        machine["Id"] = str(uuid.uuid5(uuid.UUID(machine["Id"]), str(number)))
        for place, adapter in enumerate(machine.get("network_adapters", ())):
            adapter["MacAddress"] = f"02{number:06X}{place:04X}"
    return {**source, "vms": machines}
