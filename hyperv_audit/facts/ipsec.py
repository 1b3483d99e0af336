"""IPsec: connection security rules that are in force, and what they protect."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from hyperv_audit.facts.enums import (
    MUST_BE_KNOWN,
    Cipher,
    Encapsulation,
    Enforcement,
    IpsecSecurity,
    ProfileState,
    RuleState,
    RuleStatus,
)
from hyperv_audit.facts.network import IpNetwork, read_address, read_network
from hyperv_audit.facts.reading import Readings, Row, Unreadable

DEFAULT_CRYPTO_SET = "e5a5d32a-4bce-4e4d-b07f-4ab1ba7e5fe2"  # MS-FASP 2.2.74
_ANY = "any"
_TCP = ("tcp", "6")
_ESP = (Encapsulation.ESP, Encapsulation.AH_AND_ESP)
_AES = (
    Cipher.AES_128,
    Cipher.AES_192,
    Cipher.AES_256,
    Cipher.AES_GCM_128,
    Cipher.AES_GCM_192,
    Cipher.AES_GCM_256,
)


@dataclass(frozen=True)
class Flow:
    """Traffic between hosts of one subnet, to a port of this host or to the same port of the other."""

    subnet: IpNetwork
    port: int
    incoming: bool

    def __str__(self) -> str:
        return f"{self.subnet}, TCP {self.port} {'in' if self.incoming else 'out'}"


class _Rule(Row):
    id: str = Field(alias="InstanceID")
    name: str = Field(alias="DisplayName")
    state: Annotated[RuleState, MUST_BE_KNOWN] = Field(alias="Enabled")
    inbound: Annotated[IpsecSecurity, MUST_BE_KNOWN] = Field(alias="InboundSecurity")
    outbound: Annotated[IpsecSecurity, MUST_BE_KNOWN] = Field(alias="OutboundSecurity")
    status: RuleStatus = Field(alias="PrimaryStatus")
    enforcement: list[Enforcement] = Field(alias="EnforcementStatus")
    crypto_set: str | None = Field(alias="QuickModeCryptoSet")


class _Addresses(Row):
    id: str = Field(alias="InstanceID")
    local: list[str] = Field(alias="LocalAddress", min_length=1)
    remote: list[str] = Field(alias="RemoteAddress", min_length=1)


class _Ports(Row):
    id: str = Field(alias="InstanceID")
    protocol: str = Field(alias="Protocol", min_length=1)
    local: list[str] = Field(alias="LocalPort")
    remote: list[str] = Field(alias="RemotePort")


class Proposal(Row):
    """One way to protect packets; None where Windows shows no number (the shape of this list is not documented)."""

    encapsulation: Encapsulation | None = Field(alias="Encapsulation")
    cipher: Cipher | None = Field(alias="CipherAlgorithm")

    @property
    def is_shown(self) -> bool:
        """Whether anything can be said of it."""
        return self.encapsulation is not None and self.cipher is not None

    @property
    def encrypts(self) -> bool:
        """ESP with AES; AH, and ESP without a cipher, only prove who sent a packet."""
        return self.encapsulation in _ESP and self.cipher in _AES


class _CryptoSet(Row):
    id: str = Field(alias="InstanceID")
    proposals: list[Proposal] = Field(alias="Proposals")


class FirewallProfile(Row):
    """Get-NetFirewallProfile. One that is off suspends connection security rules."""

    name: str = Field(alias="Name")
    state: Annotated[ProfileState, MUST_BE_KNOWN] = Field(alias="Enabled")

    def __str__(self) -> str:
        return f"{self.name} ({self.state.name.replace('_', ' ').lower()})"

    @property
    def is_on(self) -> bool:
        """Whether rules count while this profile is the active one."""
        return self.state is ProfileState.ON


@dataclass(frozen=True)
class IpsecRule:
    """A connection security rule with its scope and its ways to protect."""

    name: str
    enabled: bool
    inbound: IpsecSecurity
    outbound: IpsecSecurity
    status: RuleStatus
    enforcement: tuple[Enforcement, ...]
    local: tuple[str, ...]
    remote: tuple[str, ...]
    protocol: str
    local_ports: tuple[str, ...]
    remote_ports: tuple[str, ...]
    proposals: tuple[Proposal, ...] | None

    def __str__(self) -> str:
        return self.name

    def covers(self, flow: Flow) -> bool:
        """Whether the rule asks for protection of all of this traffic; words such as LocalSubnet do not count."""
        here, there = (self.local_ports, self.remote_ports) if flow.incoming else (self.remote_ports, self.local_ports)
        return (
            self.enabled
            and IpsecSecurity.NONE not in (self.inbound, self.outbound)
            and _hold(self.local, flow.subnet)
            and _hold(self.remote, flow.subnet)
            and _is_tcp(self.protocol)
            and (self._any_protocol or (_holds_port(here, flow.port) and _is_any(there)))
        )

    def exempts(self, flow: Flow) -> bool:
        """Whether the rule asks for no protection of some of this traffic."""
        return (
            self.enabled
            and IpsecSecurity.NONE in (self.inbound, self.outbound)
            and _touch(self.local, flow.subnet)
            and _touch(self.remote, flow.subnet)
            and _is_tcp(self.protocol)
        )

    @property
    def _any_protocol(self) -> bool:
        return self.protocol.lower() == _ANY

    @property
    def is_in_clear(self) -> bool:
        """Whether one of its ways to protect is known to leave the data readable."""
        return any(proposal.is_shown and not proposal.encrypts for proposal in self.proposals or ())

    @property
    def doubts(self) -> tuple[str, ...]:
        """Why it may not protect although it is there."""
        told = {
            "it only requests protection": (self.inbound, self.outbound) != (IpsecSecurity.REQUIRE,) * 2,
            "it uses the default crypto set, or one that is not there": self.proposals is None,
            "its crypto set shows no proposals": self.proposals is not None
            and not (self.proposals and all(proposal.is_shown for proposal in self.proposals)),
            "Windows does not call it healthy": self.status is not RuleStatus.OK,
            "Windows does not say that it is enforced": Enforcement.FULL not in self.enforcement,
        }
        return tuple(doubt for doubt, holds in told.items() if holds)


@dataclass(frozen=True)
class Ipsec:
    """Rules of the active store: those of this host and those that policy delivers."""

    readings: Readings

    @property
    def rules(self) -> tuple[IpsecRule, ...]:
        """Every rule, also a disabled one."""
        addresses = {row.id: row for row in self.readings.rows("ipsec_filters.addresses", _Addresses)}
        ports = {row.id: row for row in self.readings.rows("ipsec_filters.ports", _Ports)}
        rules = []
        for rule in self.readings.rows("ipsec.rules", _Rule):
            if rule.id not in addresses or rule.id not in ports:
                raise Unreadable(f"ipsec.rules: addresses or ports of {rule.name} were not shown")
            rules.append(self._joined(rule, addresses[rule.id], ports[rule.id]))
        return tuple(rules)

    def covering(self, flow: Flow) -> tuple[IpsecRule, ...]:
        """Rules that are meant to encrypt this traffic; whether they do for certain, their doubts say."""
        return tuple(rule for rule in self.rules if rule.covers(flow) and not rule.is_in_clear)

    def exempting(self, flow: Flow) -> tuple[IpsecRule, ...]:
        """Rules that let some of this traffic go unprotected; the more exact rule wins, so they may."""
        return tuple(rule for rule in self.rules if rule.exempts(flow))

    @property
    def profiles(self) -> tuple[FirewallProfile, ...]:
        """Firewall profiles. Raises `Unreadable` when none were shown: Windows always has them."""
        found = self.readings.rows("ipsec.firewall_profiles", FirewallProfile)
        if not found:
            raise Unreadable("ipsec.firewall_profiles: none was shown")
        return found

    def _joined(self, rule: _Rule, addresses: _Addresses, ports: _Ports) -> IpsecRule:
        return IpsecRule(
            name=rule.name,
            enabled=rule.state is RuleState.ENABLED,
            inbound=rule.inbound,
            outbound=rule.outbound,
            status=rule.status,
            enforcement=tuple(rule.enforcement),
            local=tuple(addresses.local),
            remote=tuple(addresses.remote),
            protocol=ports.protocol,
            local_ports=tuple(ports.local),
            remote_ports=tuple(ports.remote),
            proposals=self._proposals(rule.crypto_set),
        )

    def _proposals(self, crypto_set: str | None) -> tuple[Proposal, ...] | None:
        """Those of a set that was made for the purpose; None for the default set and for one that is not there."""
        wanted = _bare(crypto_set or "")
        if wanted in ("", DEFAULT_CRYPTO_SET):
            return None
        sets = self.readings.rows("ipsec.crypto_sets", _CryptoSet)
        return next((tuple(each.proposals) for each in sets if _bare(each.id) == wanted), None)


def _bare(guid: str) -> str:
    return guid.strip("{}").lower()


def _is_tcp(protocol: str) -> bool:
    return protocol.lower() in (_ANY, *_TCP)


def _is_any(ports: Iterable[str]) -> bool:
    return any(port.lower() == _ANY for port in ports)


def _holds_port(ports: Iterable[str], wanted: int) -> bool:
    return any(port.lower() == _ANY or _in_range(port, wanted) for port in ports)


def _in_range(ports: str, wanted: int) -> bool:
    first, _, last = ports.partition("-")
    return first.isdecimal() and (last or first).isdecimal() and int(first) <= wanted <= int(last or first)


def _hold(scope: Iterable[str], subnet: IpNetwork) -> bool:
    """Whether one of these addresses, subnets or ranges holds the whole subnet; words but Any hold nothing."""
    spans = [_span(text, subnet.version) for text in scope]
    return any(span and span[0] <= int(subnet[0]) and int(subnet[-1]) <= span[1] for span in spans)


def _touch(scope: Iterable[str], subnet: IpNetwork) -> bool:
    """Whether one of these addresses, subnets or ranges has a part of the subnet."""
    spans = [_span(text, subnet.version) for text in scope]
    return any(span and span[0] <= int(subnet[-1]) and int(subnet[0]) <= span[1] for span in spans)


def _span(text: str, version: int) -> tuple[int, int] | None:
    """The first and the last address of a scope, as numbers; None for another version, and for what is no address."""
    if text.lower() == _ANY:
        return 0, 2**128
    try:
        low, dash, high = text.partition("-")
        ends = (read_address(low), read_address(high)) if dash else (read_network(text)[0], read_network(text)[-1])
    except ValueError:
        return None
    return (int(ends[0]), int(ends[1])) if ends[0].version == ends[1].version == version else None
