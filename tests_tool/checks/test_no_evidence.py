"""No evidence, no pass: whatever one probe does not tell, no check that rests on it passes."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from hyperv_audit.report.results import Result, Verdict
from tests_tool.changes import (
    Change,
    World,
    canary,
    denied,
    empty,
    error,
    filtered_token,
    missing,
    plain_user,
    together,
)
from tests_tool.checks.good import POLICY, changed, good
from tests_tool.judging import ALL, Folder, judge

Key = tuple[str, str | None]
Verdicts = dict[Key, Result]

PROBES = [f"{topic}.{probe}" for topic, probes in good().items() for probe in probes]
BLOWS: dict[str, Callable[[str], Change]] = {
    "denied": denied,
    "missing": missing,
    "rows and an error": error,
    "empty, filtered token": lambda probe: together(empty(probe), filtered_token),
    "empty, no canary": lambda probe: together(empty(probe), canary(0)),
}
# What may fail without costing a check its verdict, and why.
MAY_BE_SILENT = {
    ("HOST-01a", "os.system"): "the second witness; the registry is enough (HOST-01a, rights)",
    **{
        (check, "updates.restart_required"): "the second witness, which constrained PowerShell may not ask"
        for check in ("HOST-01b", "HOST-01e", "HOST-01g")
    },
    **{
        ("HOST-01b", probe): "constrained PowerShell may not ask; the policy's minimum counts without it (HOST-01b, 5)"
        for probe in ("updates.last_search", "update_search.search")
    },
}
# What one blow costs no check its verdict, and why.
COSTS_NOTHING = {
    ("HOST-02c", "vms.adapters", "rows and an error"): "no address for migration is on a switch, so nobody shares one",
}
# One row a machine: an error of nobody's is that of a machine without a row. Of adapters there may be several.
ONE_ROW_A_MACHINE = (
    *("vms.firmware", "vms.security", "vms.key_protector", "vms.guest", "vms.processors"),
    *("vms.conditions", "vms.processor_status"),
    *("vms.settings", "vms.protection_settings", "vms.protection_in_force"),
)


def gone(probe: str, result: Result) -> bool:
    """Whether a machine's checks are gone with the list of machines; then one result speaks for them all."""
    return probe == "vms.vm" and result.subject.vm is not None


def everything_empty(world: World) -> None:
    """What an account sees that may see nothing: only its own token, and the registry, which all may read."""
    for probe in PROBES:
        if probe not in ("session.token", "session.user", "session.process", "os.version"):
            empty(probe)(world)
    canary(0)(world)
    plain_user(world)


@pytest.fixture(scope="session")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Verdicts]:
    """The good world, and each probe hit by each blow."""
    whole = {"good": World(good()), "everything empty": changed([everything_empty])}
    whole |= {f"{probe} denied": changed([denied(probe)]) for probe in PROBES}
    found = judged({name: (ALL, world) for name, world in whole.items()}, tmp_path_factory.mktemp("whole"))
    resting = {probe: tuple(sorted({id_ for id_, _ in rest_on([probe], found["good"])})) for probe in PROBES}
    parts = {
        f"{probe} {blow}": (resting[probe], changed([hit(probe)]))
        for probe in PROBES
        for blow, hit in BLOWS.items()
        if blow != "denied"
    }
    for topic in good():
        checks = {check for probe in PROBES if probe.startswith(f"{topic}.") for check in resting[probe]}
        parts[f"{topic} failed"] = (tuple(sorted(checks)), changed([error(f"{topic}.", "Stopped")]))
    nothing = {name: Verdicts() for name, (checks, _) in parts.items() if not checks}
    some = {name: part for name, part in parts.items() if name not in nothing}
    return {**found, **nothing, **judged(some, tmp_path_factory.mktemp("parts"))}


def judged(worlds: Mapping[str, tuple[tuple[str, ...], World]], work: Path) -> dict[str, Verdicts]:
    """What some checks say of each world; those that rest on nothing which was hit need not be asked again."""
    names = {f"h{number:03}": name for number, name in enumerate(worlds)}
    folders: dict[tuple[str, ...], Folder] = {}
    for host, name in names.items():
        checks, world = worlds[name]
        folders.setdefault(checks, Folder(POLICY, checks)).hosts[host] = world.topics()
    found = [pair for judged in judge(list(folders.values()), work) for pair in judged.items()]
    return {
        names[host]: {(r.recommendation, r.subject.vm.id if r.subject.vm else None): r for r in results}
        for host, results in found
    }


def test_the_good_world_passes(verdicts: dict[str, Verdicts]) -> None:
    found = {key: result.verdict for key, result in verdicts["good"].items() if result.verdict is not Verdict.PASS}
    assert {check: verdict.value for (check, _), verdict in found.items()} == {
        "HOST-11b": "not applicable",  # no machine is nested
        "VM-10": "review",  # nobody looked inside
        "VM-03": "review",  # nobody may look inside
        "VM-07": "review",  # a disk of `web` is on a file server, which is audited by itself
        "VM-05": "review",
        "VM-09": "review",
        "VM-12": "not applicable",  # `web` is neither shielded nor has to be
        "VM-13": "not applicable",  # `web` has no virtual TPM
    }


@pytest.mark.parametrize(
    ("probe", "blow"),
    [
        pytest.param(probe, blow, id=f"{probe} {blow}")
        for probe in PROBES
        for blow in BLOWS
        if blow != "empty, no canary" or probe.startswith(("hyperv.", "vms.", "session."))
    ],
)
def test_no_check_passes_without_its_probe(probe: str, blow: str, verdicts: dict[str, Verdicts]) -> None:
    passing = resting_on([probe], verdicts[f"{probe} {blow}"], verdicts["good"])
    if blow == "rows and an error" and probe in ONE_ROW_A_MACHINE:
        assert passing
    else:
        assert passing <= {*MAY_BE_SILENT, *(key[:2] for key in COSTS_NOTHING if key[2] == blow)}


@pytest.mark.parametrize("topic", good())
def test_no_check_passes_without_its_topic(topic: str, verdicts: dict[str, Verdicts]) -> None:
    probes = [probe for probe in PROBES if probe.startswith(f"{topic}.")]
    assert resting_on(probes, verdicts[f"{topic} failed"], verdicts["good"]) <= set(MAY_BE_SILENT)


def rest_on(probes: list[str], before: Verdicts) -> dict[Key, list[str]]:
    """What rests on any of these probes, and on which."""
    rested = {key: [each.probe for each in result.evidence if each.probe in probes] for key, result in before.items()}
    return {key: names for key, names in rested.items() if names}


def resting_on(probes: list[str], found: Verdicts, before: Verdicts) -> set[tuple[str, str]]:
    """Checks that pass although what they rested on is gone."""
    resting = rest_on(probes, before).items()
    passing = {key for key, result in found.items() if result.verdict is Verdict.PASS}
    return {(key[0], probe) for key, names in resting if key in passing for probe in names}


@pytest.mark.parametrize("probe", PROBES)
def test_a_denied_probe_costs_only_what_rests_on_it(probe: str, verdicts: dict[str, Verdicts]) -> None:
    found, before = verdicts[f"{probe} denied"], verdicts["good"]
    without = {key: r for key, r in before.items() if probe not in [e.probe for e in r.evidence] and not gone(probe, r)}
    assert {key: found[key].verdict for key in without} == {key: r.verdict for key, r in without.items()}


def test_denied_is_an_error_of_the_host(verdicts: dict[str, Verdicts]) -> None:
    for probe in PROBES:
        for (check, vm), result in verdicts["good"].items():
            if probe in [evidence.probe for evidence in result.evidence] and (check, probe) not in MAY_BE_SILENT:
                after = verdicts[f"{probe} denied"].get((check, vm)) or verdicts[f"{probe} denied"][check, None]
                assert (check, probe, after.verdict) == (check, probe, Verdict.ERROR)


def test_who_may_see_nothing_is_told_nothing_good(verdicts: dict[str, Verdicts]) -> None:
    found = verdicts["everything empty"]
    assert {check for check, _ in found} == {check for check, _ in verdicts["good"]}
    assert {check: r.verdict.value for (check, _), r in found.items() if r.verdict is not Verdict.ERROR} == {
        "HOST-01a": "pass"
    }
