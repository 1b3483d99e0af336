"""The policy file: what holds for every host, and what is different for some."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from pydantic import Field

from hyperv_audit.errors import InventoryError
from hyperv_audit.inventory.document import Problem, read_document, refuse
from hyperv_audit.inventory.model import Inventory
from hyperv_audit.inventory.patterns import select
from hyperv_audit.inventory.policy import Policy
from hyperv_audit.inventory.validate import Strict, validated

S = TypeVar("S", bound=Strict)


class Override(Policy):
    """What holds for some hosts instead: each key that it names, lists as a whole; all others stay."""

    hosts: str = Field(min_length=1, description="names, groups and patterns, as --hosts has them")


class PolicyFile(Policy):
    """The whole file: the policy of every host, and what is different for some."""

    overrides: list[Override] = Field([], description="laid over in the order of the file; the last one wins")


@dataclass(frozen=True)
class Policies:
    """The policy of each host."""

    base: Policy = field(default_factory=Policy)
    own: Mapping[str, Policy] = field(default_factory=dict)
    """Of the hosts that have another one."""

    def of(self, host: str) -> Policy:
        """The policy that a host, and the virtual machines on it, are judged by."""
        return self.own.get(host, self.base)


def load_policies(path: Path, inventory: Inventory) -> Policies:
    """The policies of a file, defaults where it is silent. Raises `InventoryError` with every mistake and its line."""
    nameless = replace(inventory, path=None)  # what matches nothing is a mistake of this file
    document = read_document(path)
    file = validated(document, PolicyFile)
    base = _with_files(_laid_over(Policy(), file), path.parent)
    own: dict[str, Policy] = {}
    problems: list[Problem] = []
    for number, override in enumerate(file.overrides):
        try:
            hosts = select(nameless, override.hosts)
        except InventoryError as error:
            what = error.what.replace("--hosts", f"overrides.{number}.hosts", 1)
            problems.append(Problem(document.line(("overrides", number, "hosts")), what, error.next_step))
            continue
        for host in hosts:
            own[host.name] = _with_files(_laid_over(own.get(host.name, base), override), path.parent)
    if problems:
        refuse(path, problems)
    return Policies(base, own)


def _laid_over(outer: S, inner: Strict) -> S:
    """`outer` with every key that `inner` names."""
    keys = inner.model_fields_set & type(outer).model_fields.keys()
    given = {key: (getattr(outer, key), getattr(inner, key)) for key in keys}
    laid = {key: _laid_over(old, new) if isinstance(old, Strict) else new for key, (old, new) in given.items()}
    return outer.model_copy(update=laid)


def _with_files(policy: Policy, folder: Path) -> Policy:
    """The policy with its files as they are found from where it lies."""
    if policy.baseline.table is None:
        return policy
    table = {"table": str((folder / policy.baseline.table).resolve())}
    return policy.model_copy(update={"baseline": policy.baseline.model_copy(update=table)})
