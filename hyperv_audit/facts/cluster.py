"""A failover cluster, as one of its nodes sees it."""

import ipaddress
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from hyperv_audit.facts.enums import MUST_BE_KNOWN, ClusterRole, ClusterSecurity, ServiceStatus
from hyperv_audit.facts.network import IpNetwork, same_guid
from hyperv_audit.facts.reading import Readings, Row, Unreadable

_CARRIES_CLUSTER = (ClusterRole.CLUSTER, ClusterRole.CLUSTER_AND_CLIENT)


class _Service(Row):
    status: Annotated[ServiceStatus, MUST_BE_KNOWN] = Field(alias="Status")


class _Cluster(Row):
    storage_security: ClusterSecurity | None = Field(alias="SecurityLevelForStorage")


class _Exclusions(Row):
    networks: str | None = Field(alias="MigrationExcludeNetworks")


class ClusteredMachine(Row):
    """A virtual machine that the cluster keeps running (MSCluster_Resource), and the node on which it is now."""

    id: str = Field(alias="VMId", min_length=1)
    name: str | None = Field(alias="Name")
    owner: str | None = Field(alias="Owner")

    def __str__(self) -> str:
        return f"{self.name or self.id} on {self.owner or 'an unknown node'}"


class ClusterNetwork(Row):
    """MSCluster_Network."""

    id: str = Field(alias="Id", min_length=1)
    name: str = Field(alias="Name")
    role: Annotated[ClusterRole, MUST_BE_KNOWN] = Field(alias="Role")
    address: str | None = Field(alias="Address")
    mask: str | None = Field(alias="AddressMask")

    def __str__(self) -> str:
        return f"{self.name} ({self.subnet})"

    @property
    def subnet(self) -> IpNetwork:
        """Its IPv4 subnet. Raises `Unreadable` for a network that has none."""
        try:
            return ipaddress.ip_network(f"{self.address}/{self.mask}", strict=False)
        except ValueError as error:
            raise Unreadable(f"cluster.networks: {self.name} has no IPv4 subnet that can be read ({error})") from error


@dataclass(frozen=True)
class Cluster:
    """The cluster of this host, if it runs in one."""

    readings: Readings

    @property
    def is_node(self) -> bool:
        """Whether the cluster service runs here."""
        services = self.readings.rows("hyperv.cluster_service", _Service)
        return any(service.status is ServiceStatus.RUNNING for service in services)

    @property
    def networks(self) -> tuple[ClusterNetwork, ...]:
        """Every network of the cluster; it has at least one."""
        found = self.readings.rows("cluster.networks", ClusterNetwork)
        if not found:
            raise Unreadable("cluster.networks: the cluster service runs, and no network was shown")
        for network in found:
            _ = network.subnet  # one that cannot be compared makes the whole list unreadable
        return found

    @property
    def machines(self) -> tuple[ClusteredMachine, ...]:
        """The virtual machines of the whole cluster; none where there is no cluster."""
        return self.readings.rows("cluster.machines", ClusteredMachine)

    @property
    def internal(self) -> tuple[ClusterNetwork, ...]:
        """Networks over which nodes talk to one another, and reach shared volumes of other nodes."""
        return tuple(network for network in self.networks if network.role in _CARRIES_CLUSTER)

    @property
    def migration_networks(self) -> tuple[ClusterNetwork, ...]:
        """Those that live migration may use: all that are not excluded."""
        return tuple(n for n in self.networks if not any(same_guid(n.id, excluded) for excluded in self._excluded))

    @property
    def encrypts_storage(self) -> bool:
        """Whether traffic to shared volumes of other nodes is encrypted; versions before 2019 cannot."""
        return self.readings.one("cluster.cluster", _Cluster).storage_security is ClusterSecurity.ENCRYPT

    @property
    def _excluded(self) -> list[str]:
        """Ids of networks. A key or value that was never written excludes nothing, which is the stricter answer."""
        errors = self.readings.errors("cluster.migration")
        if errors and all(error.category == "ObjectNotFound" for error in errors):
            return []
        rows = self.readings.rows("cluster.migration", _Exclusions)
        return [id_ for row in rows for id_ in (row.networks or "").split(";") if id_]
