"""What the tools of a Linux guest print, read strictly: a line that no reader knows makes the whole output unreadable.

The guest writes all of it. Tools are asked in the C locale, so that their words are those of their sources.
"""

import json
import re
import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from hyperv_audit.facts.reading import Unreadable

_SHOWN = 120


@dataclass(frozen=True)
class Update:
    """A security update that is not installed: its package or its advisory, and how grave its maker calls it."""

    name: str
    severity: str = ""

    def __str__(self) -> str:
        return f"{self.name} ({self.severity})" if self.severity else self.name

    @property
    def is_critical(self) -> bool:
        """Whether the shorter of the two times of grace counts."""
        return self.severity == "critical"


class SecureBoot(StrEnum):
    """What the guest's firmware and its boot loader say."""

    ON = "on"
    OFF = "off"
    NOT_VALIDATING = "on, but validation is disabled in shim"
    NO_EFI = "no EFI"


class Inbound(StrEnum):
    """What becomes of a packet that no rule mentions."""

    REFUSED = "refused"
    HALF_REFUSED = "refused over one version of IP, and let in over the other"
    LET_IN = "let in"
    NO_RULES = "no rules at all"


def os_release(lines: Iterable[str]) -> dict[str, str]:
    """/etc/os-release: assignments as a shell has them (os-release(5))."""
    found: dict[str, str] = {}
    for line in lines:
        name, is_assignment, value = line.strip().partition("=")
        if not is_assignment or name.startswith("#"):
            continue
        try:
            found[name] = "".join(shlex.split(value))
        except ValueError as error:
            raise Unreadable(f"os-release: {_cut(line)!r}: {error}") from error
    return found


# apt-get -s dist-upgrade prints "Inst name [old] (new Label:version/archive, Label:version/archive [arch]) [...]".
_INST = re.compile(r"Inst (?P<name>\S+)(?: \[[^\]]*\])? \(\S+ ?(?P<sources>.*?) ?\[[^\]]*\]\)(?: \[.*\])?")
_KEPT_BACK = "The following packages have been kept back:"


def apt_security(lines: Iterable[str]) -> tuple[Update, ...]:
    """Packages that `apt-get -s dist-upgrade` would take from an archive of security updates."""
    found = []
    for line in lines:
        if not line.startswith("Inst "):
            continue
        inst = _INST.fullmatch(line.strip())
        if inst is None:
            raise Unreadable(f"apt-get: {_cut(line)!r} is no line of a simulation")
        if any(_is_security(*source.strip().rpartition("/")[::2]) for source in inst["sources"].split(",")):
            found.append(Update(inst["name"]))
    return tuple(found)


def apt_kept_back(lines: Sequence[str]) -> tuple[str, ...]:
    """Packages that have an update and do not get it: held, pinned, or in need of what may not be installed."""
    if _KEPT_BACK not in lines:
        return ()
    names: list[str] = []
    for line in lines[lines.index(_KEPT_BACK) + 1 :]:
        if not line.startswith("  "):
            break
        names += line.split()
    return tuple(names)


def apt_has_security_source(lines: Iterable[str]) -> bool:
    """Whether `apt-cache policy` lists an archive of security updates: without one, none are ever pending."""
    for line in lines:
        kind, _, rest = line.strip().partition(" ")
        fields = dict(field.partition("=")[::2] for field in rest.split(","))
        if kind == "release" and _is_security(fields.get("l", ""), fields.get("a", "")):
            return True
    return False


def _is_security(label: str, archive: str) -> bool:
    """Ubuntu: archive `jammy-security`. Debian: label `Debian-Security`, and since 11 the archive says so, too."""
    return archive.endswith("-security") or label.startswith("Debian-Security")


# yum and dnf 4: "RHSA-2024:1234 Important/Sec. openssl-1:3.0.7-27.el9.x86_64".
# dnf 5:         "FEDORA-2024-abc security Important openssl-3.0.7-27.fc41.x86_64 2024-07-11 01:06:30".
_ADVISORY = re.compile(r"[A-Za-z][A-Za-z0-9]*-[A-Za-z0-9._:-]+")
_OLD_CLASS = re.compile(r"(?:(?P<severity>[A-Za-z]+)/)?Sec\.|(?P<other>security|bugfix|enhancement|newpackage|unknown)")
_TALK = re.compile(
    r"Loaded plugins:.*|Last metadata expiration check:.*|updateinfo list done|Updating Subscription Management.*"
    r"|Name +Type +Severity +Package.*|Security: .*|"
)


def advisories(lines: Iterable[str]) -> tuple[Update, ...]:
    """Security advisories of `dnf updateinfo list --security`, or of `yum updateinfo list security`, each once."""
    found: dict[str, Update] = {}
    for line in lines:
        words = line.split()
        if _TALK.fullmatch(line.strip()):
            continue
        severity = _severity(words)
        if severity is None:
            raise Unreadable(f"updateinfo: {_cut(line)!r} is no advisory")
        found[words[0]] = Update(words[0], severity)
    return tuple(found.values())


def tells_of_security(lines: Iterable[str], own: re.Pattern[str]) -> bool:
    """Whether a list of all advisories or patches has any of the distribution's own for security, needed or not.

    One that has none comes from repositories that do not publish them, as those of CentOS Linux.
    """
    return any(re.search(r"Sec\.|\bsecurity\b", line) and own.match(line) for line in lines)


def _severity(words: Sequence[str]) -> str | None:
    """How grave an advisory is, in lower case; None for what is none."""
    match words:
        case [name, "security", severity, _, _, *_] if _ADVISORY.fullmatch(name):
            return severity.lower()
        case [name, class_, _] if _ADVISORY.fullmatch(name) and (old := _OLD_CLASS.fullmatch(class_)):
            return (old["severity"] or "").lower()
    return None


_COLUMNS = ("Name", "Category", "Severity", "Status")
_NOTHING = ("No updates found.", "No patches found.")


def zypper_patches(lines: Sequence[str]) -> tuple[Update, ...]:
    """Patches of the table that `zypper list-patches --category security` prints which are needed.

    Some versions have a column more; columns are found by their names.
    """
    header = next((n for n, line in enumerate(lines) if set(_COLUMNS) <= set(_cells(line))), None)
    if header is None:
        if any(line.strip() in _NOTHING for line in lines):
            return ()
        raise Unreadable("zypper: neither a table of patches nor a word that there are none")
    places = {name: _cells(lines[header]).index(name) for name in _COLUMNS}
    found: dict[str, Update] = {}
    for line in lines[header + 1 :]:
        if "|" not in line:  # the ruler, and what newer versions count below
            continue
        cells = _cells(line)
        if len(cells) < len(_cells(lines[header])):
            raise Unreadable(f"zypper: {_cut(line)!r} is no patch")
        name, category, severity, status = (cells[places[column]] for column in _COLUMNS)
        if category == "security" and status == "needed":
            found[name] = Update(name, severity.lower())
    return tuple(found.values())


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.split("|")]


def mokutil(lines: Iterable[str]) -> SecureBoot:
    """`mokutil --sb-state`. Its words are those of its source; "enabled" alone does not mean that shim validates."""
    said = {line.strip() for line in lines if line.strip()}
    if "SecureBoot disabled" in said:
        return SecureBoot.OFF
    if "SecureBoot validation is disabled in shim" in said:
        return SecureBoot.NOT_VALIDATING
    if said == {"SecureBoot enabled"}:
        return SecureBoot.ON
    if said == {"EFI variables are not supported on this system"}:
        return SecureBoot.NO_EFI
    raise Unreadable(f"mokutil: {_cut(' '.join(sorted(said)))!r} is no state of Secure Boot")


def running_services(lines: Iterable[str]) -> frozenset[str]:
    """Names of `systemctl list-units --type=service --state=running --plain --no-legend`, without `.service`."""
    return frozenset(unit.removesuffix(".service") for unit in _units(lines, ".service", ("running",)))


def active_timers(lines: Iterable[str]) -> frozenset[str]:
    """Names of `systemctl list-units --type=timer --state=active --plain --no-legend`, without `.timer`."""
    return frozenset(unit.removesuffix(".timer") for unit in _units(lines, ".timer", ("waiting", "running", "elapsed")))


def _units(lines: Iterable[str], kind: str, states: Sequence[str]) -> Iterator[str]:
    for line in lines:
        match line.split():
            case []:
                continue
            case [unit, _, "active", state, *_] if unit.endswith(kind) and state in states:
                yield unit
            case _:
                raise Unreadable(f"systemctl: {_cut(line)!r} is no unit that is {' or '.join(states)}")


_TABLE = re.compile(r"table (?P<family>\w+) \S+ \{")
_CHAIN = re.compile(r"chain (?P<name>\S+) \{")
_HOOK = re.compile(r"type filter hook input priority [^;]*;(?: policy (?P<policy>accept|drop);)?")
_FOR_ALL = re.compile(
    r"(?:counter(?: packets \d+ bytes \d+)? )?"
    r"(?:log(?: (?:prefix \"[^\"]*\"|level \w+|group \d+))* )?"
    r"(?P<verdict>accept|drop|reject|return|jump|goto)(?: (?P<rest>.*))?"
)
_IPTABLES = re.compile(
    r"-A \S+ (?:-m comment --comment (?:\"[^\"]*\"|\S+) )?-(?P<kind>[jg]) (?P<target>\S+)(?: --reject-with \S+)?"
)
_OF_IPTABLES = {"ACCEPT": "accept", "DROP": "drop", "REJECT": "reject", "RETURN": "return"}
_SENT = {"j": "jump", "g": "goto"}
_BOTH = {"ip", "ip6"}
_MOST_CHAINS = 200

Chains = dict[str, list[str]]
"""Rules by their chain, in the words of nft; those of iptables that are for some traffic only stay as they are."""


def nft_inbound(lines: Iterable[str]) -> Inbound:
    """`nft list ruleset`: whether the chains at the input hook refuse what no rule is about.

    In each the first rule for all traffic counts, else its policy. That is how ufw and firewalld do it, too.
    """
    family, name = "", ""
    chains: Chains = {}
    hooked: list[tuple[str, str, str, Chains]] = []
    for line in map(str.strip, lines):
        if table := _TABLE.fullmatch(line):
            family, chains = table["family"], {}
        elif chain := _CHAIN.fullmatch(line):
            name = chain["name"]
            chains[name] = []
        elif hook := _HOOK.fullmatch(line):
            hooked.append((family, name, hook["policy"] or "accept", chains))
        elif line == "}":
            name = ""
        elif name and line and not line.startswith("#"):
            chains[name].append(line)
    refusing: set[str] = set()
    for family, name, policy, chains in hooked:
        refusing |= _families(family) if _refuses(name, policy, chains) else set()
    return _inbound(refusing, has_rules=any(chains[name] for _, name, _, chains in hooked))


def iptables_inbound(version_4: Iterable[str], version_6: Iterable[str]) -> Inbound:
    """`iptables -S` and `ip6tables -S`: whether the chain INPUT refuses, in the same way."""
    tables = {"ip": _chains(version_4), "ip6": _chains(version_6)}
    refusing = {family for family, (policy, chains) in tables.items() if _refuses("INPUT", policy, chains)}
    return _inbound(refusing, has_rules=any("INPUT" in chains for _, chains in tables.values()))


def _refuses(name: str, policy: str, chains: Chains) -> bool:
    """Whether a chain drops or rejects what no rule is about."""
    return (_verdict(name, chains, {}) or policy) in ("drop", "reject")


def _verdict(name: str, chains: Chains, known: dict[str, str]) -> str:
    """What becomes of all traffic in a chain, there or in one that it is sent to; empty where some is still open."""
    if name not in known:
        known[name] = ""  # a chain that leads back to itself decides nothing
        if len(known) > _MOST_CHAINS:
            raise Unreadable(f"the firewall sends all traffic through more than {_MOST_CHAINS} chains")
        known[name] = _first_verdict(chains.get(name, ()), chains, known)
    return known[name]


def _first_verdict(rules: Iterable[str], chains: Chains, known: dict[str, str]) -> str:
    for found in filter(None, map(_FOR_ALL.fullmatch, rules)):
        verdict, target = found["verdict"], (found["rest"] or "").partition(" ")[0]
        if verdict == "return":
            return ""
        if verdict not in ("jump", "goto"):
            return verdict
        decided = _verdict(target, chains, known)
        if decided or verdict == "goto":
            return decided
    return ""


def _chains(lines: Iterable[str]) -> tuple[str, Chains]:
    """The policy of the chain INPUT, and the rules of all chains."""
    policies: list[str] = []
    chains: Chains = {}
    for line in filter(None, map(str.strip, lines)):
        if not line.startswith(("-P ", "-A ", "-N ")):
            raise Unreadable(f"iptables: {_cut(line)!r} is no rule")
        if line.startswith("-P INPUT "):
            policies.append(line.removeprefix("-P INPUT ").lower())
        elif line.startswith("-A "):
            name, rule = line.split()[1], line
            if found := _IPTABLES.fullmatch(line):
                rule = _OF_IPTABLES.get(found["target"]) or f"{_SENT[found['kind']]} {found['target']}"
            chains.setdefault(name, []).append(rule)
    if len(policies) != 1:
        raise Unreadable("iptables: the policy of the chain INPUT was not shown")
    return policies[0], chains


def _families(family: str) -> set[str]:
    return _BOTH if family == "inet" else {family} & _BOTH


def _inbound(refusing: set[str], *, has_rules: bool) -> Inbound:
    if refusing == _BOTH:
        return Inbound.REFUSED
    if refusing:
        return Inbound.HALF_REFUSED
    return Inbound.LET_IN if has_rules else Inbound.NO_RULES


@dataclass(frozen=True)
class DefenderHealth:
    """`mdatp health --output json`: Microsoft Defender for Endpoint on Linux."""

    real_time_protection: bool
    definitions: str

    @property
    def is_up_to_date(self) -> bool:
        """Whether it knows what was found lately, by its own word."""
        return self.definitions == "up_to_date"


def mdatp_health(lines: Iterable[str]) -> DefenderHealth:
    """Its two fields that count. Their names and values are written in either of two ways, by version."""
    try:
        said = json.loads("\n".join(lines))
    except (ValueError, RecursionError) as error:
        raise Unreadable("mdatp health: no JSON") from error
    match said:
        case {"realTimeProtectionEnabled": {"value": bool(protects)}, "definitionsStatus": {"$type": str(state)}}:
            return DefenderHealth(protects, "up_to_date" if state == "upToDate" else state)
        case {"real_time_protection_enabled": bool(protects), "definitions_status": str(state)}:
            return DefenderHealth(protects, state)
    raise Unreadable("mdatp health: it does not say whether it protects, and whether its definitions are new")


def _cut(text: str) -> str:
    return text[:_SHOWN]
