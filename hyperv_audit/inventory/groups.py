"""Groups inside groups: which exist, who belongs to them, and which is the outer one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from hyperv_audit.inventory.document import Document, Problem, shown
from hyperv_audit.inventory.schema import EVERYTHING, GroupEntry
from hyperv_audit.inventory.validate import did_you_mean


@dataclass(frozen=True)
class GroupTree:
    """The groups by name, outer ones first; a host's memberships follow from it."""

    entries: Mapping[str, GroupEntry]
    parents: Mapping[str, frozenset[str]]

    def around(self, direct: set[str]) -> tuple[str, ...]:
        """All groups of a host that is listed in the `direct` ones, outer to inner."""
        found, waiting = set[str](), set(direct)
        while waiting:
            group = waiting.pop()
            found.add(group)
            waiting |= self.parents[group] - found
        return tuple(name for name in self.entries if name in found)


def group_problems(document: Document, entries: Mapping[str, GroupEntry], hosts: Mapping[str, str]) -> list[Problem]:
    """What is wrong with the names of groups and with their children. `hosts`: folded name to name."""
    return [
        *_name_problems(document, entries, hosts),
        *_child_problems(document, entries),
        *_cycle_problems(document, entries),
    ]


def group_tree(entries: Mapping[str, GroupEntry]) -> GroupTree:
    """Put groups without problems in order: by depth, and in the order of the file within one depth."""
    parents = _parents(entries)
    depth: dict[str, int] = {}
    for name in TopologicalSorter(parents).static_order():
        depth[name] = 1 + max((depth[parent] for parent in parents[name]), default=0)
    ordered = sorted(entries, key=depth.__getitem__)  # stable: keeps the file's order
    return GroupTree({name: entries[name] for name in ordered}, parents)


def _parents(entries: Mapping[str, GroupEntry]) -> dict[str, frozenset[str]]:
    names = {name.casefold(): name for name in entries}
    parents: dict[str, set[str]] = {name: set() for name in entries}
    for name, entry in entries.items():
        for child in entry.children or ():
            if child.casefold() in names:
                parents[names[child.casefold()]].add(name)
    return {name: frozenset(found) for name, found in parents.items()}


def _name_problems(
    document: Document, entries: Mapping[str, GroupEntry], hosts: Mapping[str, str]
) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for name in entries:
        line, folded = document.line(("groups", name)), name.casefold()
        if folded == EVERYTHING:
            yield Problem(line, f"groups: {shown(name)} always means every host", "put what all share under defaults")
        if folded in seen:
            yield Problem(line, f"groups: {shown(name)} is also written {shown(seen[folded])}", "keep one spelling")
        if folded in hosts:
            yield Problem(line, f"groups: {shown(name)} is the name of a host too", "rename the group or the host")
        seen[folded] = name


def _child_problems(document: Document, entries: Mapping[str, GroupEntry]) -> Iterator[Problem]:
    known = {name.casefold() for name in entries}
    for name, entry in entries.items():
        for index, child in enumerate(entry.children or ()):
            if child.casefold() not in known:
                yield Problem(
                    document.line(("groups", name, "children", index)),
                    f"groups.{name}.children: there is no group {shown(child)}",
                    did_you_mean(child, entries) or f"add it under groups, which has {', '.join(entries)}",
                )


def _cycle_problems(document: Document, entries: Mapping[str, GroupEntry]) -> Iterator[Problem]:
    try:
        TopologicalSorter(_parents(entries)).prepare()
    except CycleError as error:
        circle: list[str] = error.args[1]
        yield Problem(
            document.line(("groups", circle[0], "children")),
            f"groups contain each other: {' > '.join(circle)}",
            "take one of them out of the other's children",
        )
