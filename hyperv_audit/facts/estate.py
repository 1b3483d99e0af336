"""What the hosts of one run say of each other: hardware addresses, which have to be unique wherever networks meet."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from pydantic import Field, ValidationError

from hyperv_audit.facts.reading import Readings, Row

_NEVER_STARTED = "0" * 12  # what a dynamic address is before its machine was started


class _Address(Row):
    vm: str = Field(alias="VMId")
    mac: str = Field(alias="MacAddress")


@dataclass(frozen=True)
class Carrier:
    """A machine of a host that has a hardware address."""

    host: str
    vm: str
    mac: str

    def __str__(self) -> str:
        return f"{self.mac} of {self.vm} on {self.host}"


def carriers(host: str, readings: Readings) -> tuple[Carrier, ...]:
    """Every adapter of the machines of a host, as far as it was shown."""
    found = []
    for row in readings.raw("vms.adapters"):
        try:
            address = _Address.model_validate(row)
        except ValidationError:
            continue
        if address.mac != _NEVER_STARTED:
            found.append(Carrier(host, address.vm.lower(), address.mac.upper()))
    return tuple(found)


class Estate:
    """The hosts of one run. `ask` gives what a host's machines carry; it is asked when somebody first wants to know."""

    def __init__(self, hosts: Iterable[str] = (), ask: Callable[[str], tuple[Carrier, ...]] = lambda _: ()) -> None:
        self._hosts = hosts
        self._ask = ask

    @cached_property
    def _by_mac(self) -> Mapping[str, tuple[Carrier, ...]]:
        found: dict[str, tuple[Carrier, ...]] = {}
        for host in self._hosts:
            for carrier in self._ask(host):
                found[carrier.mac] = (*found.get(carrier.mac, ()), carrier)
        return found

    def elsewhere(self, mac: str, host: str, vm: str) -> tuple[Carrier, ...]:
        """Other machines on other hosts with this address; a replica has its original's id, and is none."""
        return tuple(c for c in self._by_mac.get(mac.upper(), ()) if c.host != host and c.vm != vm)
