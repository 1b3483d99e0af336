"""The host's own network: its addresses, the adapters behind them, and subnets to compare them with."""

import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field, PlainValidator

from hyperv_audit.facts.reading import Readings, Row, Unreadable

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IpNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network


def read_address(value: Any) -> IpAddress:
    """An address; the zone of a link-local one is none of its own. Raises ValueError."""
    if not isinstance(value, str):
        raise ValueError("expected an IP address")  # noqa: TRY004 - pydantic's validators refuse by ValueError
    return ipaddress.ip_address(value.strip().partition("%")[0])


def read_network(value: Any) -> IpNetwork:
    """A subnet, or a bare address, which is a subnet of one; host bits do no harm. Raises ValueError."""
    if not isinstance(value, str):
        raise ValueError("expected a subnet")  # noqa: TRY004 - as above
    address, slash, prefix = value.strip().partition("/")
    return ipaddress.ip_network(address.partition("%")[0] + slash + prefix, strict=False)


Ip = Annotated[IpAddress, PlainValidator(read_address)]
Subnet = Annotated[IpNetwork, PlainValidator(read_network)]


def networks(texts: Iterable[str]) -> tuple[IpNetwork, ...]:
    """Subnets of the policy, which has checked them."""
    return tuple(read_network(text) for text in texts)


def lies_in(inner: IpAddress | IpNetwork, outer: Iterable[IpNetwork]) -> bool:
    """Whether an address or a whole subnet lies in one of `outer`."""
    first, last = (inner, inner) if isinstance(inner, IpAddress) else (inner[0], inner[-1])
    return any(first in network and last in network for network in outer)


def overlaps(one: IpNetwork, others: Iterable[IpNetwork]) -> bool:
    """Whether a subnet has an address in common with one of `others`."""
    return any(one.version == other.version and one.overlaps(other) for other in others)


def same_guid(one: str, other: str) -> bool:
    """One cmdlet writes braces around an id, the other none."""
    return _bare(one) == _bare(other)


def _bare(guid: str) -> str:
    return guid.strip("{}").lower()


class Adapter(Row):
    """Get-NetAdapter."""

    name: str = Field(alias="Name")
    guid: str = Field(alias="InterfaceGuid", min_length=1)
    index: int = Field(alias="InterfaceIndex")
    virtual: bool = Field(alias="Virtual")
    hardware: bool = Field(alias="HardwareInterface")

    @property
    def is_physical(self) -> bool:
        """A card, and nothing that Windows made."""
        return self.hardware and not self.virtual

    def serves(self, guids: Iterable[str]) -> bool:
        """Whether it is among these ids."""
        return any(same_guid(self.guid, guid) for guid in guids)


class Address(Row):
    """Get-NetIPAddress."""

    index: int = Field(alias="InterfaceIndex")
    ip: Ip = Field(alias="IPAddress")
    prefix: int = Field(alias="PrefixLength", ge=0, le=128)

    def __str__(self) -> str:
        return f"{self.ip}/{self.prefix}"

    @property
    def network(self) -> IpNetwork:
        """The subnet it lies in."""
        return ipaddress.ip_network(f"{self.ip}/{self.prefix}", strict=False)


class Route(Row):
    """Get-NetRoute, default routes only."""

    destination: str = Field(alias="DestinationPrefix")
    index: int = Field(alias="InterfaceIndex")


class Team(Row):
    """Get-NetLbfoTeam: cards that act as one, seen as adapters of its own."""

    name: str = Field(alias="Name")
    members: list[str] = Field(alias="Members")
    faces: list[str] = Field(alias="TeamNics", min_length=1)


@dataclass(frozen=True)
class Network:
    """Adapters, addresses and default routes."""

    readings: Readings

    @property
    def adapters(self) -> tuple[Adapter, ...]:
        """Every adapter that is not hidden."""
        return self.readings.rows("network.adapters", Adapter)

    @property
    def addresses(self) -> tuple[Address, ...]:
        """Every address but those of the loopback, and but link-local ones, which belong to no network of ours."""
        rows = self.readings.rows("network.addresses", Address)
        return tuple(row for row in rows if not (row.ip.is_link_local or row.ip.is_loopback))

    @property
    def routes(self) -> tuple[Route, ...]:
        """Ways to the rest of the world."""
        return self.readings.rows("network.routes", Route)

    @property
    def teams(self) -> tuple[Team, ...]:
        """Teams of the operating system; a switch that teams its cards itself is none."""
        return self.readings.rows("network.teams", Team)

    def management(self, subnets: Sequence[str]) -> tuple[Address, ...]:
        """Addresses in these subnets; where none are named, those of the interface with the default route."""
        if subnets:
            return tuple(a for a in self.addresses if lies_in(a.ip, networks(subnets)))
        ways = {route.index for route in self.routes}
        return tuple(a for a in self.addresses if a.index in ways)

    def management_networks(self, subnets: Sequence[str]) -> tuple[IpNetwork, ...]:
        """These subnets; where none are named, those of the interface with the default route."""
        return networks(subnets) or tuple(dict.fromkeys(a.network for a in self.management(())))

    def networks_of(self, ips: Iterable[IpAddress]) -> tuple[IpNetwork, ...]:
        """For a suggestion: the subnets of this host that hold these addresses, or each address as its own."""
        try:
            own = [address.network for address in self.addresses]
        except Unreadable:
            own = []
        alone = [(next((n for n in own if ip in n), None) or ipaddress.ip_network(str(ip))) for ip in ips]
        return tuple(dict.fromkeys(alone))

    def adapter_of(self, address: Address) -> Adapter:
        """The adapter that carries an address. Raises `Unreadable` when it is not among those that were read."""
        found = [adapter for adapter in self.adapters if adapter.index == address.index]
        if not found:
            raise Unreadable(f"network.adapters: none has the index {address.index} of the address {address}")
        return found[0]

    def is_dedicated(self, adapter: Adapter, taken: Iterable[str]) -> bool:
        """A card, or a team of cards, of which no switch has any part; `taken` are the ids that switches hold."""
        taken = tuple(taken)
        if adapter.is_physical:
            return not adapter.serves(taken)
        named = {each.name: each for each in self.adapters}
        team = next((team for team in self.teams if adapter.name in team.faces), None)
        if team is None or not team.members:
            return False
        cards = [named.get(name) for name in team.members]
        parts = [named.get(name) for name in team.faces]
        return all(card is not None and card.is_physical for card in cards) and not any(
            part is None or part.serves(taken) for part in (*cards, *parts)
        )
