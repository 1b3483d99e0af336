"""One invocation from its options to evidence that can be judged."""

import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from hyperv_audit.catalogue import catalogue
from hyperv_audit.collect.evidence import (
    Evidence,
    Index,
    IndexEntry,
    NoEvidence,
    read_evidence,
    read_index,
    write_evidence,
    write_index,
)
from hyperv_audit.collect.gather import Answer, Gathering, gather
from hyperv_audit.collect.guests import gather_guests
from hyperv_audit.collect.progress import Progress
from hyperv_audit.errors import AuditError, EvidenceError, InventoryError
from hyperv_audit.facts.guest_os import from_policy
from hyperv_audit.guests import Tour, plan_tour
from hyperv_audit.inventory import (
    DEMO,
    LAB_CREDENTIAL,
    CredentialReference,
    GuestAccess,
    Inventory,
    Scheme,
    Secret,
    Target,
    did_you_mean,
    load_inventory,
    read_document,
    resolve,
    select,
)
from hyperv_audit.inventory.baseline import tables, wanted
from hyperv_audit.inventory.policies import Policies, load_policies
from hyperv_audit.inventory.policy import Policy, keep_policy, restore_policy
from hyperv_audit.inventory.schema import is_name
from hyperv_audit.inventory.waivers import Given, load_waivers
from hyperv_audit.store import facts_of
from lab import world
from lab.fabric import Fabric

OWN_INVENTORY = DEMO.with_name("inventory.yaml")

_INTERRUPTED = NoEvidence(
    kind="interrupted", stage="gathering", message="the run was stopped before it answered", next_step="Run again."
)


@dataclass
class Options:
    """What the command line says."""

    hosts: str | None
    inventory: Path | None
    policy: Path | None
    evidence: Path | None
    waivers: Path | None = None
    strict: bool = False


@dataclass
class Plan:
    """What will be asked, and how it will be judged. Making one raises `AuditError` for every mistake of the user's."""

    started: datetime
    policies: Policies
    folder: Path = field(init=False)  # where the run is kept, once one is: see `new_folder`
    targets: tuple[Target, ...] = ()
    passwords: dict[str, Secret] = field(default_factory=dict)
    ways: tuple[GuestAccess, ...] = ()  # into guests
    guest_passwords: dict[CredentialReference, Secret] = field(default_factory=dict)
    inventory: Path | None = None
    saved: Path | None = None
    waivers: tuple[Given, ...] = ()
    names: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)  # what asking has shown of the inventory


def make_plan(options: Options, resources: ExitStack) -> Plan:
    """Read every file and find every password before anything is asked. The lab, if one is meant, starts here."""
    started = datetime.now(UTC)
    if options.evidence is not None:
        return _plan_saved(options, Plan(started, Policies(), saved=options.evidence.resolve()))
    path = options.inventory or _default_inventory(options.hosts or "")
    inventory = load_inventory(path)
    targets = _selected(inventory, options)
    _refuse_missing_files(targets, inventory, options)
    whole = replace(inventory, targets={**inventory.targets, **{target.name: target for target in targets}})
    policies = _settled(_policies(options.policy or inventory.policy, whole), options)
    waivers = _waivers(options.waivers or inventory.waivers, whole, policies)
    names = [target.name for target in targets]
    ways = tuple(way for way in inventory.guests if not set(names).isdisjoint(way.hosts))
    _refuse_unknown_worlds(targets, ways, path)
    targets, ways = _start_lab(targets, ways, resources)
    return Plan(
        started,
        policies,
        targets,
        _passwords(targets),
        ways=ways,
        guest_passwords=_guest_passwords(ways, path),
        inventory=path,
        names=names,
        waivers=waivers,
    )


def new_folder(reports: Path, started: datetime) -> Path:
    """A folder of its own for each run, also for two that start in one second."""
    name = started.strftime("%Y-%m-%dT%H-%M-%SZ")
    for number in range(1, 1000):
        folder = reports / (name if number == 1 else f"{name}-{number}")
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            continue
        except OSError as error:
            raise AuditError(
                f"{folder} cannot be made: {error.strerror}", "Name another folder: --reports=DIR"
            ) from error
        return folder
    raise AuditError(f"{reports} has no free name for a run", "Look at the clock of this machine.")


def carry_out(
    plan: Plan, write_line: Callable[[str], None], rewrite: Callable[[str], None] | None, *, quiet: bool
) -> list[str]:
    """Ask every target, and keep in the run folder what it answers, or why not. Returns who was not waited for."""
    folder = plan.folder / "evidence"
    folder.mkdir()
    if plan.saved is not None:
        _copy_saved(plan.saved, folder, plan)
        return []
    progress = Progress(len(plan.targets), write_line, rewrite, quiet=quiet)
    begun = time.monotonic()
    gathering = gather(plan.targets, plan.passwords, _asked(plan), finished=progress.finished, waiting=progress.waiting)
    progress.end(time.monotonic() - begun)
    hosts = [_keep(folder, name, gathering.answers.get(name, _INTERRUPTED)) for name in plan.names]
    guests, left = _visit(plan, gathering, write_line, rewrite, quiet=quiet)
    write_index(folder, plan.started, with_policies(hosts, plan.policies), keep_policy(plan.policies.base), guests)
    return gathering.interrupted + left


def _visit(
    plan: Plan,
    gathering: Gathering,
    write_line: Callable[[str], None],
    rewrite: Callable[[str], None] | None,
    *,
    quiet: bool,
) -> tuple[list[IndexEntry], list[str]]:
    """Ask inside the virtual machines that the answered hosts show, where the inventory names a way.

    A run that was interrupted asks no guest. Returns their entries in the index, and who was not waited for.
    """
    answered = [(t, e) for t in plan.targets if isinstance(e := gathering.answers.get(t.name), Evidence)]
    tour = plan_tour([(target, facts_of(evidence)) for target, evidence in answered], plan.ways)
    for way in tour.unused:
        plan.notices.append(
            f"{plan.inventory}:{way.line}: guests: {way.vm!a} means no virtual machine, or none that is left to it"
        )
    if not tour.visits:
        return tour.refused, []
    whose = {visit.name: visit for visit in tour.visits}
    if gathering.interrupted:
        done = Gathering(interrupted=list(whose))
    else:
        done = _ask_inside(plan, tour, write_line, rewrite, quiet=quiet)
    folder = plan.folder / "evidence"
    entries = [
        _keep(folder, visit.host.name, done.answers.get(name, _INTERRUPTED), visit.vm) for name, visit in whose.items()
    ]
    return tour.refused + entries, done.interrupted


def _ask_inside(
    plan: Plan,
    tour: Tour,
    write_line: Callable[[str], None],
    rewrite: Callable[[str], None] | None,
    *,
    quiet: bool,
) -> Gathering:
    progress = Progress(len(tour.visits), write_line, rewrite, quiet=quiet, what="guests")
    begun = time.monotonic()
    done = gather_guests(
        tour.visits,
        plan.passwords,
        plan.guest_passwords,
        _asked(plan),
        finished=progress.finished,
        waiting=progress.waiting,
    )
    progress.end(time.monotonic() - begun)
    return done


def point_latest_at(folder: Path) -> None:
    """`reports/latest` is the newest run: a link, or where links need a privilege, a file with the name."""
    new = folder.parent / f".latest-{folder.name}"
    try:
        new.symlink_to(folder.name, target_is_directory=True)
        new.replace(folder.parent / "latest")
    except OSError:
        new.unlink(missing_ok=True)
        (folder.parent / "latest.txt").write_text(folder.name + "\n", encoding="utf-8")


def _plan_saved(options: Options, plan: Plan) -> Plan:
    index = read_index(plan.saved or Path())
    plan.names = [entry.name for entry in index.hosts]
    for name in plan.names:
        if not is_name(name) or plan.names.count(name) > 1:
            raise EvidenceError(f"{plan.saved}: {name!a} cannot be the name of a host, or is there twice")
    if options.hosts:
        plan.names = _named(options.hosts, plan, options.inventory or _default_inventory(options.hosts))
    for entry in (*index.hosts, *index.guests):
        if entry.name in plan.names and entry.file is not None:
            read_evidence(plan.saved or Path(), entry)  # what was altered is refused before a run folder is made
    try:
        plan.policies = _settled(_given(options, plan.names) if options.policy else kept_policies(index), options)
    except ValidationError as error:
        what = f"{plan.saved}: the policy kept there is none of this version"
        raise EvidenceError(what, "Give one: --policy=FILE") from error
    if options.waivers:
        plan.waivers = _waivers(options.waivers, _inventory_of(options, plan.names), plan.policies)
    return plan


def _named(expression: str, plan: Plan, groups: Path) -> list[str]:
    """The hosts of saved evidence that --hosts means. A group counts where the evidence has all of it."""
    known = {name: _stand_in(name) for name in plan.names}
    whole = {name: members for name, members in load_inventory(groups).groups.items() if known.keys() >= {*members}}
    chosen = [target.name for target in select(Inventory(plan.saved, known, whole), expression)]
    if strange := [name for name in chosen if name not in known]:
        raise EvidenceError(f"{plan.saved} has no host {strange[0]!r}", f"It has {', '.join(known)}")
    return chosen


def _copy_saved(saved: Path, folder: Path, plan: Plan) -> None:
    """A run folder is whole: it holds the evidence that its verdicts rest on, wherever that was gathered."""
    index = read_index(saved)
    hosts, guests = ([entry for entry in list_ if entry.name in plan.names] for list_ in (index.hosts, index.guests))
    for entry in (*hosts, *guests):
        if entry.file is not None:
            shutil.copyfile(saved / entry.file, folder / entry.file)
    write_index(folder, index.collected, with_policies(hosts, plan.policies), keep_policy(plan.policies.base), guests)


def _default_inventory(hosts: str) -> Path:
    """The site's own file when it is there; the demo is always the demo."""
    return OWN_INVENTORY if OWN_INVENTORY.exists() and hosts != "demo" else DEMO


def kept_policies(index: Index) -> Policies:
    """What the hosts of an index were judged by. Raises pydantic's error where it is no policy of this version."""
    own = {entry.name: restore_policy(entry.policy) for entry in index.hosts if entry.policy is not None}
    return Policies(restore_policy(index.policy), own)


def with_policies(entries: Iterable[IndexEntry], policies: Policies) -> list[IndexEntry]:
    """The entries of hosts, each with its own policy where it has one."""
    own = {name: keep_policy(policy) for name, policy in policies.own.items()}
    return [entry.model_copy(update={"policy": own.get(entry.name)}) for entry in entries]


def _given(options: Options, names: list[str]) -> Policies:
    """A policy file laid over saved evidence."""
    return _policies(options.policy, _inventory_of(options, names))


def _inventory_of(options: Options, names: list[str]) -> Inventory:
    """The hosts of saved evidence, in the groups that the inventory has."""
    inventory = load_inventory(options.inventory or _default_inventory(options.hosts or ""))
    known = {name: _stand_in(name) for name in names}
    return replace(inventory, targets={**inventory.targets, **known})


def _stand_in(name: str) -> Target:
    """A host of saved evidence, which nobody connects to."""
    return Target(name, name, 0, Scheme.HTTPS, LAB_CREDENTIAL)


def _policies(path: Path | None, inventory: Inventory) -> Policies:
    if path is None:
        return Policies()
    policies = load_policies(path, inventory)
    for policy in (policies.base, *policies.own.values()):
        for guest in policy.vm.guest_os.values():
            try:
                from_policy(guest)
            except ValueError as error:
                raise InventoryError(f"vm.guest_os: {error}", path=path) from error
        for deviation in policy.vm.exceptions:
            if deviation.check not in catalogue():
                what = f"vm.exceptions: no recommendation is called {deviation.check!a}"
                raise InventoryError(what, did_you_mean(deviation.check, catalogue()), path=path)
    return policies


def _waivers(path: Path | None, inventory: Inventory, policies: Policies) -> tuple[Given, ...]:
    if path is None:
        return ()
    by_edition = [tables(policy.baseline.path) for policy in (policies.base, *policies.own.values())]
    settings = {id_ for editions in by_edition for table in editions.values() for id_ in table}
    return load_waivers(path, inventory, tuple(catalogue()), {"HOST-07": settings, "VM-05": settings})


def _settled(policies: Policies, options: Options) -> Policies:
    """What the command line adds to the policies. Their tables are read here, before anything is asked."""
    if options.strict:
        policies = Policies(_strict(policies.base), {name: _strict(policy) for name, policy in policies.own.items()})
    for policy in (policies.base, *policies.own.values()):
        tables(policy.baseline.path)
    return policies


def _strict(policy: Policy) -> Policy:
    return policy.model_copy(update={"baseline": policy.baseline.model_copy(update={"strict": True})})


def _asked(plan: Plan) -> dict[str, dict[str, Any]]:
    """What the scripts are told beside their text; hosts with one policy share it."""
    by_policy = {
        id(policy): {
            "baseline": wanted(tables(policy.baseline.path), policy),
            "open_every_disk": policy.vm.check_parents == "all",
        }
        for policy in (plan.policies.base, *plan.policies.own.values())
    }
    return {target.name: by_policy[id(plan.policies.of(target.name))] for target in plan.targets}


def _selected(inventory: Inventory, options: Options) -> tuple[Target, ...]:
    try:
        return select(inventory, options.hosts or "")
    except InventoryError as error:
        if error.path == DEMO and options.inventory is None:
            error.next_step += (
                f". This is the demo's inventory, because there is no {OWN_INVENTORY}: "
                "make it from example.yaml beside it, or name yours: --inventory=FILE"
            )
        raise


def _refuse_missing_files(targets: Iterable[Target], inventory: Inventory, options: Options) -> None:
    for key, file, instead in (
        ("policy", inventory.policy, options.policy),
        ("waivers", inventory.waivers, options.waivers),
    ):
        if inventory.path is not None and file is not None and instead is None and not file.is_file():
            raise InventoryError(
                f"{key}: there is no file {file}",
                "write one, or delete this line; inventory/ has examples",
                path=inventory.path,
                line=read_document(inventory.path).line((key,)),
            )
    for target in targets:
        if target.ca_file is not None and not target.world and not target.ca_file.is_file():
            listed = target.name in inventory.targets
            raise InventoryError(
                f"{target.name}: there is no file {target.ca_file} (ca_file)",
                "name it relative to the inventory" if listed else "name it relative to where you are",
                path=inventory.path if listed else None,
            )


def _refuse_unknown_worlds(targets: Iterable[Target], ways: Iterable[GuestAccess], inventory: Path) -> None:
    for name, shown in [*((t.name, t.world) for t in targets), *((f"guests {way.vm}", way.world) for way in ways)]:
        if shown is not None and not (shown == world.REFUSES or world.path_of(shown).is_file()):
            worlds = (*world.names(), *world.guest_names(), world.REFUSES)
            advice = did_you_mean(shown, worlds) or f"it has {', '.join(worlds)}"
            raise InventoryError(f"{name}: the lab has no world {shown!r}", advice, path=inventory)


def _start_lab(
    targets: tuple[Target, ...], ways: tuple[GuestAccess, ...], resources: ExitStack
) -> tuple[tuple[Target, ...], tuple[GuestAccess, ...]]:
    """Give simulated hosts and guests the addresses that the lab listens on."""
    worlds = {target.name: target.world for target in targets if target.world}
    worlds |= {_guest_name(way): way.world for way in ways if way.world}
    if not worlds:
        return targets, ways
    # Made up for this run; in the environment, where the inventory says that it is, also for worker processes.
    password = os.environ.setdefault(LAB_CREDENTIAL.name, secrets.token_urlsafe(24))
    fabric = resources.enter_context(Fabric(worlds, password))
    return (
        tuple(replace(t, **_in_lab(t.name, fabric)) if t.world else t for t in targets),
        tuple(replace(w, **_in_lab(_guest_name(w), fabric)) if w.world else w for w in ways),
    )


def _guest_name(way: GuestAccess) -> str:
    return f"guest~{way.line}"  # no host's name has a tilde


def _in_lab(name: str, fabric: Fabric) -> dict[str, Any]:
    address, port = fabric.address(name)
    return {"address": address, "port": port, "scheme": Scheme(fabric.scheme(name)), "ca_file": fabric.ca_file}


def _passwords(targets: Iterable[Target]) -> dict[str, Secret]:
    passwords: dict[str, Secret] = {}
    for target in targets:
        secret = resolve(target.credential, target=target.name)
        if secret is None:
            raise InventoryError(
                f"{target.name}: a Kerberos ticket cannot be used yet",
                "Use password_env, keyring or prompt; NTLM proves the password without sending it.",
            )
        passwords[target.name] = secret
    return passwords


def _guest_passwords(ways: Iterable[GuestAccess], inventory: Path) -> dict[CredentialReference, Secret]:
    """The passwords of the ways into guests; and for SSH, that the pinned keys are there."""
    passwords: dict[CredentialReference, Secret] = {}
    for way in ways:
        for file in (way.known_hosts, way.identity_file, None if way.world else way.ca_file):
            if file is not None and not file.is_file():
                raise InventoryError(
                    f"guests: there is no file {file}",
                    "name it relative to the inventory",
                    path=inventory,
                    line=way.line,
                )
        secret = resolve(way.credential, target=f"guests {way.vm}")
        if secret is not None:
            passwords[way.credential] = secret
    return passwords


def _keep(folder: Path, name: str, answer: Answer, vm: str | None = None) -> IndexEntry:
    if isinstance(answer, NoEvidence):
        return IndexEntry(name=name, vm=vm, failure=answer)
    return write_evidence(folder, answer)
