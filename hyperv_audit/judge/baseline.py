"""A machine against the table of its edition, setting by setting; what the columns mean is in `baselines/README.md`.

Which rows concern a machine is its variant: its edition by the build, in a domain or alone, Server Core or with a
desktop. Nothing here knows a setting by its name.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Protocol

from hyperv_audit.facts.baseline import Baseline
from hyperv_audit.facts.enums import DomainRole
from hyperv_audit.facts.operating_system import OperatingSystem
from hyperv_audit.facts.reading import Unreadable
from hyperv_audit.facts.security import Security
from hyperv_audit.facts.software import Software
from hyperv_audit.inventory.baseline import EDITIONS, NOBODY, Absent, Setting, Source, Table, concerns
from hyperv_audit.inventory.policy import Policy
from hyperv_audit.judge.setting import Judged, Outcome, Rule, Value, shown
from hyperv_audit.judge.statements import Review

SERVER_CORE = "Server Core"
HYPERV = "Hyper-V"

_IN_A_DOMAIN = {DomainRole.MEMBER_SERVER: True, DomainRole.STANDALONE_SERVER: False}
_CONTROLLERS = (DomainRole.PRIMARY_DOMAIN_CONTROLLER, DomainRole.BACKUP_DOMAIN_CONTROLLER)


class Machine(Protocol):
    """What is asked of a host, or of a Windows guest."""

    @property
    def os(self) -> OperatingSystem: ...
    @property
    def security(self) -> Security: ...
    @property
    def software(self) -> Software: ...
    @property
    def baseline(self) -> Baseline: ...


@dataclass(frozen=True)
class Variant:
    """Which table concerns a machine, and which of its rows."""

    edition: str
    in_domain: bool
    on_core: bool
    policy: Policy

    @property
    def strict(self) -> bool:
        """Whether Microsoft's own values count, and stricter ones do not."""
        return self.policy.baseline.strict

    def __str__(self) -> str:
        parts = [
            f"Windows Server {self.edition}",
            "domain member" if self.in_domain else "workgroup",
            SERVER_CORE if self.on_core else "Desktop Experience",
            *(["Microsoft's values taken literally"] if self.strict else []),
        ]
        return ", ".join(parts)


def variant_of(machine: Machine, policy: Policy) -> Variant:
    """What decides which rows concern a machine. Raises `Unreadable`, or `Review` where no table is meant for it."""
    version, role = machine.os.version, machine.security.domain_role
    if machine.os.is_client:
        raise Review(f"{version.product} is a client, and the tables are those of servers")
    if role in _CONTROLLERS:
        raise Review("a domain controller is not judged by the tables of member servers")
    if version.build not in EDITIONS:
        known = ", ".join(f"{build} ({edition})" for build, edition in EDITIONS.items())
        raise Review(f"no table for build {version.build} ({version.product}); there are tables for {known}")
    if role not in _IN_A_DOMAIN:
        raise Unreadable(f"os.computer: DomainRole is {role.name.lower().replace('_', ' ')}, on a server")
    return Variant(EDITIONS[version.build], _IN_A_DOMAIN[role], version.installation_type == SERVER_CORE, policy)


def areas(table: Table) -> dict[str, tuple[Setting, ...]]:
    """The settings by the headings under which a report lists them, in the order of the table."""
    found: dict[str, list[Setting]] = {}
    for setting in table.values():
        found.setdefault(setting.area, []).append(setting)
    return {area: tuple(settings) for area, settings in found.items()}


@dataclass(frozen=True)
class Area:
    """One heading of the table that a machine is judged by."""

    name: str
    settings: tuple[Setting, ...]
    variant: Variant

    def judged(self, machine: Machine) -> tuple[Judged, ...]:
        """What is said of each setting."""
        return judge(self.settings, machine, self.variant)


def judge(settings: Iterable[Setting], machine: Machine, variant: Variant) -> tuple[Judged, ...]:
    """What is said of each setting on this machine."""
    return tuple(_judge(setting, machine, variant) for setting in settings)


def _judge(setting: Setting, machine: Machine, variant: Variant) -> Judged:
    if why := _why_not(setting, variant):
        return Judged(setting, Outcome.NOT_APPLICABLE, why=why)
    try:
        rule = _rule(setting, machine, variant)
        value = _value(setting, machine)
        holds, found = rule.accepts(value), shown(value, setting)
        if setting.active_store:
            holds, found = _in_force(rule, value, machine)
        if holds:
            return Judged(setting, Outcome.MEETS, found, str(rule))
        outcome, why = _deviation(setting, machine)
        return Judged(setting, outcome, found, str(rule), why)
    except Unreadable as error:
        return Judged(setting, Outcome.UNREADABLE, why=error.reason)


def _why_not(setting: Setting, variant: Variant) -> str:
    if setting.idle_on_core and variant.on_core:
        return "without effect on Server Core"
    if setting.domain_only and not variant.in_domain and setting.workgroup is None:
        return "means something in a domain only"
    if not concerns(setting, variant.policy):
        return f"the antivirus here is {variant.policy.antivirus.product}"
    return ""


def _in_force(rule: Rule, policy: Value, machine: Machine) -> tuple[bool, str]:
    """What the firewall does counts, whoever told it to. A policy has to agree if there is one; strictly, there is."""
    effective = machine.baseline.firewall(rule.setting.key, rule.setting.value_name)
    by_policy = rule.accepts(policy) if rule.strict or policy is not None else True
    return rule.accepts(effective) and by_policy, f"{effective} in force, {shown(policy, rule.setting)} by policy"


def _deviation(setting: Setting, machine: Machine) -> tuple[Outcome, str]:
    if setting.not_configured:
        return Outcome.TOLD, "Microsoft leaves it at Not Configured"
    if setting.dc_only:
        return Outcome.TOLD, "acts on domain controllers only"
    if setting.hyperv == "review" and HYPERV in machine.software.features:
        return Outcome.REVIEW, setting.remark
    return Outcome.DEVIATES, setting.remark


def _value(setting: Setting, machine: Machine) -> Value:
    match setting.source:
        case Source.REGISTRY:
            return machine.baseline.registry(setting.key, setting.value_name)
        case Source.SYSTEM_ACCESS:
            return machine.baseline.system_access(setting.key)
        case Source.USER_RIGHT:
            return machine.baseline.holders(setting.key)
        case Source.AUDIT:
            return machine.baseline.audited(setting.value_name)


def _rule(setting: Setting, machine: Machine, variant: Variant) -> Rule:
    """The row as it counts for this machine: with other values outside of a domain, or taken literally."""
    needs_also = setting.hyperv == "required" and HYPERV in machine.software.features
    may_be_missing = setting.absent is Absent.PASS
    if setting.unless_feature is not None:
        may_be_missing = setting.unless_feature not in machine.software.features
    rule = Rule(setting, setting.operator, setting.expected, setting.also_ok, needs_also, may_be_missing)
    if setting.workgroup is not None and not variant.in_domain:
        rule = replace(rule, expected="" if setting.workgroup == NOBODY else setting.workgroup)
    elif variant.strict:
        rule = replace(rule, expected=setting.literal or setting.expected)
    return rule.taken_literally() if variant.strict else rule
