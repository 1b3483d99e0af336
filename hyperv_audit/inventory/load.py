"""From an inventory file to targets.

Variables go from the outside in: defaults, outer group, inner group, host; the nearest wins. A credential is taken
as a whole, limits key by key. A port belongs to the scheme it was given with: whoever changes the scheme and names
no port gets the scheme's own.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import reduce
from pathlib import Path
from typing import Any

from hyperv_audit.inventory.document import Document, Location, Problem, read_document, refuse, shown
from hyperv_audit.inventory.groups import GroupTree, group_problems, group_tree
from hyperv_audit.inventory.model import (
    CredentialReference,
    GuestAccess,
    Inventory,
    Limits,
    Scheme,
    SecretSource,
    Target,
    Via,
)
from hyperv_audit.inventory.schema import (
    EVERYTHING,
    CredentialEntry,
    GuestEntry,
    HostVariables,
    InventoryFile,
    Variables,
)
from hyperv_audit.inventory.validate import did_you_mean, validated

DEMO = Path(__file__).resolve().parents[2] / "inventory" / "demo.yaml"
"""The simulated fabric that ships with the suite."""

LAB_CREDENTIAL = CredentialReference(r"LAB\auditor", SecretSource.ENVIRONMENT, "HYPERV_AUDIT_LAB_PASSWORD")
"""What a simulated host gets that names no credential."""

SSH_PORT = 22
DEFAULT_PORTS = {Scheme.HTTP: 5985, Scheme.HTTPS: 5986}


def load_inventory(path: Path) -> Inventory:
    """Read `path`; an InventoryError tells every problem of the file, each with its line."""
    document = read_document(path)
    file = validated(document, InventoryFile)
    entries = file.groups or {}
    hosts = _hosts(_mentions(document, file))
    if problems := [
        *_host_problems(document, hosts.values()),
        *group_problems(document, entries, {folded: host.name for folded, host in hosts.items()}),
    ]:
        refuse(path, problems)
    targets = _targets(document, file, hosts.values(), group_tree(entries))
    groups = {group: tuple(target.name for target in targets if group in target.groups) for group in entries}
    return Inventory(
        path=path,
        targets={target.name: target for target in targets},
        groups=groups,
        policy=path.parent / file.policy if file.policy else None,
        guests=_guests(document, file, [target.name for target in targets], groups),
        waivers=path.parent / file.waivers if file.waivers else None,
    )


@dataclass(frozen=True)
class _Mention:
    """One place of the file that names a host."""

    location: Location
    name: str
    variables: HostVariables

    @property
    def group(self) -> str | None:
        return str(self.location[1]) if self.location[0] == "groups" else None


@dataclass(frozen=True)
class _Host:
    """All places that name one host, in the order of the file."""

    mentions: tuple[_Mention, ...]

    @property
    def name(self) -> str:
        """The spelling under `hosts`, else the first."""
        return next((mention.name for mention in self.mentions if mention.group is None), self.mentions[0].name)

    @property
    def described(self) -> _Mention:
        """The mention that has variables, if one has."""
        return next((mention for mention in self.mentions if mention.variables.model_fields_set), self.mentions[0])

    @property
    def groups(self) -> set[str]:
        return {mention.group for mention in self.mentions if mention.group is not None}


def _mentions(document: Document, file: InventoryFile) -> Iterator[_Mention]:
    for section in document.data:
        if section == "hosts":
            yield from _listed(("hosts",), file.hosts or {})
        if section == "groups":
            for group, entry in (file.groups or {}).items():
                yield from _listed(("groups", group, "hosts"), entry.hosts or {})


def _listed(location: Location, hosts: list[str] | Mapping[str, HostVariables | None]) -> Iterator[_Mention]:
    if isinstance(hosts, list):
        for index, name in enumerate(hosts):
            yield _Mention((*location, index), name, HostVariables())
    else:
        for name, variables in hosts.items():
            yield _Mention((*location, name), name, variables or HostVariables())


def _hosts(mentions: Iterable[_Mention]) -> dict[str, _Host]:
    """The hosts by folded name: DNS and Windows know no upper and lower case."""
    found: dict[str, list[_Mention]] = {}
    for mention in mentions:
        found.setdefault(mention.name.casefold(), []).append(mention)
    return {folded: _Host(tuple(same)) for folded, same in found.items()}


def _host_problems(document: Document, hosts: Iterable[_Host]) -> Iterator[Problem]:
    if not hosts:
        yield Problem(1, "names no host", "add hosts: {hv01: {address: hv01.corp.example}}")
    for host in hosts:
        described, keys = host.described, dict[Location, _Mention]()
        for mention in host.mentions:
            line, around = document.line(mention.location), mention.location[:-1]
            twin = keys.setdefault(around, mention)
            if twin.name != mention.name:
                yield Problem(line, f"host {shown(mention.name)} is also written {shown(twin.name)}", "keep one")
            elif mention.variables.model_fields_set and mention.variables != described.variables:
                first = document.line(described.location)
                yield Problem(
                    line,
                    f"host {shown(mention.name)} has other variables than in line {first}",
                    "say them once, under hosts; a group's list needs the name only",
                )


def _targets(document: Document, file: InventoryFile, hosts: Iterable[_Host], tree: GroupTree) -> list[Target]:
    targets, problems = [], []
    for host in hosts:
        groups = tree.around(host.groups)
        layers = [file.defaults, *(tree.entries[group].vars for group in groups), host.described.variables]
        variables = reduce(_laid_over, (layer for layer in layers if layer), HostVariables())
        if variables.credential is None and variables.world is None:
            problems.append(
                Problem(
                    document.line(host.described.location),
                    f"host {shown(host.name)} has no credential",
                    "add credential: {username: ..., password_env: ...} to defaults, to one of its groups or to it",
                )
            )
        targets.append(_target(host.name, variables, groups, document.path.parent))
    if problems:
        refuse(document.path, problems)
    return targets


def _laid_over(outer: HostVariables, inner: Variables) -> HostVariables:
    given: dict[str, Any] = {key: getattr(inner, key) for key in inner.model_fields_set}
    if inner.limits and outer.limits:
        given["limits"] = outer.limits.model_copy(update=inner.limits.model_dump(exclude_unset=True))
    if (inner.scheme or _scheme(outer)) != _scheme(outer):
        given.setdefault("port", None)
    return outer.model_copy(update=given)


def _scheme(variables: Variables) -> Scheme:
    return Scheme(variables.scheme or Scheme.HTTPS)


def _target(name: str, variables: HostVariables, groups: tuple[str, ...], folder: Path) -> Target:
    scheme = _scheme(variables)
    return Target(
        name=name,
        address=variables.address or name,
        port=variables.port or DEFAULT_PORTS[scheme],
        scheme=scheme,
        credential=_reference(variables.credential) if variables.credential else LAB_CREDENTIAL,
        ca_file=folder / variables.ca_file if variables.ca_file else None,
        limits=Limits(**variables.limits.model_dump(exclude_unset=True)) if variables.limits else Limits(),
        groups=groups,
        world=variables.world,
    )


def _guests(
    document: Document, file: InventoryFile, hosts: list[str], groups: Mapping[str, tuple[str, ...]]
) -> tuple[GuestAccess, ...]:
    """The ways into guests, in the order of the file."""
    found, problems = [], []
    for index, entry in enumerate(file.guests or ()):
        line = document.line(("guests", index))
        parts = [part.strip() for part in (entry.hosts or EVERYTHING).split(",")]
        for part in (part for part in parts if not _meant([part], hosts, groups)):
            advice = did_you_mean(part, [*hosts, *groups])
            where = document.line(("guests", index, "hosts"))
            problems.append(Problem(where, f"guests.{index}.hosts: {shown(part)} means no host", advice))
        found.append(_access(entry, _meant(parts, hosts, groups), line, document.path.parent))
    if problems:
        refuse(document.path, problems)
    return tuple(found)


def _meant(parts: list[str], hosts: list[str], groups: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The hosts that names, groups and globs over both mean."""
    patterns = [part.casefold() for part in parts]

    def named(name: str) -> bool:
        return any(fnmatchcase(name.casefold(), pattern) for pattern in patterns)

    members = {host for group, inside in groups.items() if named(group) for host in inside}
    return tuple(host for host in hosts if EVERYTHING in patterns or host in members or named(host))


def _access(entry: GuestEntry, hosts: tuple[str, ...], line: int, folder: Path) -> GuestAccess:
    via, scheme = Via(entry.via), Scheme(entry.scheme or Scheme.HTTPS)
    usual = {Via.WINRM: DEFAULT_PORTS[scheme], Via.SSH: SSH_PORT}.get(via, 0)
    if via is Via.SSH:
        credential = CredentialReference(entry.username or "", SecretSource.SSH_KEY)
    else:
        credential = _reference(entry.credential) if entry.credential else LAB_CREDENTIAL
    return GuestAccess(
        vm=entry.vm,
        hosts=hosts,
        via=via,
        credential=credential,
        line=line,
        address=entry.address or "",
        port=entry.port or usual,
        scheme=scheme,
        ca_file=folder / entry.ca_file if entry.ca_file else None,
        identity_file=folder / entry.identity_file if entry.identity_file else None,
        known_hosts=folder / entry.known_hosts if entry.known_hosts else None,
        limits=Limits(**entry.limits.model_dump(exclude_unset=True)) if entry.limits else Limits(),
        world=entry.world,
    )


def _reference(entry: CredentialEntry) -> CredentialReference:
    username = entry.username or ""
    if entry.password_env:
        return CredentialReference(username, SecretSource.ENVIRONMENT, entry.password_env)
    if entry.keyring:
        return CredentialReference(username, SecretSource.KEYRING, entry.keyring)
    return CredentialReference(username, SecretSource.PROMPT if entry.prompt else SecretSource.KERBEROS)
