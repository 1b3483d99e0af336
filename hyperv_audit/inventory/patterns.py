"""Which targets `--hosts` means.

    hv01  production  hv0*  all     a name, a group, a glob over both, everything; upper and lower case are the same
    a,b  a:b                        either
    &b                              only those that are in b as well
    !b                              and not those of b
    winrm://user@host:port          a machine that is in no file

First all that is named, then `&`, then `!`, whatever the order (as Ansible does); with nothing named, `all`.
Every part has to match something: a misspelt `!hv07` must not let hv07 be audited.
"""

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import NoReturn

from hyperv_audit.errors import InventoryError
from hyperv_audit.inventory.document import shown
from hyperv_audit.inventory.model import Inventory, Target
from hyperv_audit.inventory.schema import EVERYTHING
from hyperv_audit.inventory.url import url_target
from hyperv_audit.inventory.validate import did_you_mean

_MOST_GROUPS_SHOWN = 12


def select(inventory: Inventory, expression: str) -> tuple[Target, ...]:
    """The targets of `expression`: those of the inventory in its order, then those of URLs; each once."""
    terms = list(_terms(expression))
    if not terms:
        raise InventoryError("--hosts names nothing", "name a host, a group or all, or try --hosts=demo")
    urls = _urls(inventory, terms)
    known = {**inventory.targets, **{target.name: target for target in urls.values()}}
    found = [(term.sign, {urls[term.text].name} if term.is_url else _names(inventory, term)) for term in terms]
    named = [names for sign, names in found if not sign] or [set(inventory.targets)]
    chosen = set[str]().union(*named)
    chosen.intersection_update(*(names for sign, names in found if sign == "&"))
    chosen.difference_update(*(names for sign, names in found if sign == "!"))
    if not chosen:
        raise InventoryError(
            "--hosts leaves no host: each part matches something, but & and ! take all of it away",
            "leave out one of the parts",
        )
    return tuple(target for name, target in known.items() if name in chosen)


@dataclass(frozen=True)
class _Term:
    sign: str
    text: str

    @property
    def is_url(self) -> bool:
        return "://" in self.text


_TERM = re.compile(
    r"""
    \s* (?P<sign> [&!]? ) \s*
    (?P<text> [a-z][a-z0-9+.-]* :// [^,]*       # a URL goes up to the next comma
            | (?: \[ [^\]]* \] | [^,:] )+ )     # a name or glob; what is in brackets does not separate
    """,
    re.VERBOSE | re.IGNORECASE,
)


def _terms(expression: str) -> Iterator[_Term]:
    for part in expression.split(","):
        _refuse_bare_ipv6(part.strip(" &![]"))
    for found in _TERM.finditer(expression):
        if text := found["text"].strip():
            yield _Term(found["sign"], text)


def _refuse_bare_ipv6(part: str) -> None:
    try:
        ipaddress.IPv6Address(part)
    except ValueError:
        return
    raise InventoryError(f"--hosts: {shown(part)} is an address, not a name", f"write winrm://USER@[{part}]")


def _urls(inventory: Inventory, terms: list[_Term]) -> dict[str, Target]:
    taken = {name.casefold() for name in inventory.targets}
    urls = {term.text: url_target(term.text, taken) for term in terms if term.is_url}
    if len({target.name.casefold() for target in urls.values()}) < len(set(urls.values())):
        raise InventoryError("--hosts: two URLs for one host that differ", "keep one of them")
    return urls


def _names(inventory: Inventory, term: _Term) -> set[str]:
    """The names of the targets that a name, a group or a glob means."""
    pattern = term.text.casefold()
    if pattern == EVERYTHING:
        return set(inventory.targets)
    matches = {name for name in inventory.targets if fnmatchcase(name.casefold(), pattern)}
    groups = [group for group in inventory.groups if fnmatchcase(group.casefold(), pattern)]
    if not matches and not groups:
        _refuse_unknown(inventory, term)
    return matches.union(*(inventory.groups[group] for group in groups))


def _refuse_unknown(inventory: Inventory, term: _Term) -> NoReturn:
    if "@" in term.text:
        raise InventoryError(
            "--hosts: an account (with @) outside a URL; it is not repeated here, it may hold a password",
            "write winrm://USER@HOST, without a password; special characters of USER as %40, %2C",
        )
    known = [*inventory.targets, *inventory.groups]
    groups = (
        f"groups: {', '.join([EVERYTHING, *inventory.groups][:_MOST_GROUPS_SHOWN])}; {len(inventory.targets)} hosts"
    )
    raise InventoryError(
        f"--hosts: nothing is called {shown(term.text)}",
        f"{did_you_mean(term.text, known)} {groups}".lstrip(),
        path=inventory.path,
    )
