"""A Linux guest's facts, from what its commands printed: each family, each way to tell, and what tells nothing."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from hyperv_audit.collect.evidence import Topic
from hyperv_audit.facts.integration import Service
from hyperv_audit.facts.linux import Linux
from hyperv_audit.facts.linux_output import Inbound, SecureBoot
from hyperv_audit.facts.reading import Readings, Unreadable
from tests_tool.guest_checks.good_linux import DAY, NOW, UBUNTU, said

RPM = said(f"{NOW - 4 * DAY}.1 /var/lib/rpm/rpmdb.sqlite\n{NOW}.2 /var/lib/rpm/.rpm.lock")
RHEL = {
    **{probe: rows for probe, rows in UBUNTU.items() if not probe.startswith("apt_")},
    "os_release": said("ID=rhel\nVERSION_ID=9.4\nID_LIKE=fedora"),
    "dnf_security": said("RHSA-2026:0123 Critical/Sec. openssl-libs-1:3.0.7-27.el9.x86_64"),
    "dnf_advisories": said("i RHSA-2025:0001 Important/Sec. bash-5.1.8-9.el9.x86_64"),
    "dnf_metadata": said(f"{NOW - 3 * DAY}.5 /var/cache/dnf/baseos-1/repodata/repomd.xml"),
    "dnf5_metadata": said(f"{NOW - 5 * DAY}.5 /var/cache/libdnf5/a/repodata/repomd.xml"),
    "rpm_database": RPM,
    "needs_restarting": said("No core libraries or services have been updated since boot-up.", status=0),
}
SLES = {
    **{probe: rows for probe, rows in UBUNTU.items() if not probe.startswith("apt_")},
    "os_release": said('ID="sles"\nVERSION_ID="15.6"\nID_LIKE="suse"'),
    "zypper_patches": said("No updates found."),
    "zypper_all": said("Updates | SUSE-1 | security | low | --- | applied | bzip2"),
    "rpm_database": RPM,
    "zypper_metadata": said(f"{NOW - DAY} /var/cache/zypp/solv/Updates/solv"),
}


def linux(probes: Mapping[str, list[Any]], **changed: list[Any]) -> Linux:
    return Linux(Readings({"linux": Topic(data={**probes, **changed}, errors=[], seconds=0)}))


def without(probes: Mapping[str, list[Any]], *names: str) -> dict[str, list[Any]]:
    return {probe: rows for probe, rows in probes.items() if probe not in names}


@pytest.mark.parametrize(
    ("probes", "id_", "pending", "fetched"),
    [(UBUNTU, "ubuntu-22.04", [], 0), (RHEL, "rhel-9.4", ["RHSA-2026:0123 (critical)"], 3), (SLES, "sles-15.6", [], 1)],
    ids=["ubuntu", "rhel", "sles"],
)
def test_families(probes: Mapping[str, list[Any]], id_: str, pending: list[str], fetched: int) -> None:
    guest = linux(probes)
    assert guest.os.id == id_
    assert [str(update) for update in guest.updates.pending] == pending
    assert guest.updates.publishes
    assert guest.updates.fetched_days_ago == fetched
    assert guest.updates.changed_days_ago == 4


def test_sources_that_publish_nothing() -> None:
    assert not linux(
        UBUNTU, apt_policy=said("     release v=22.04,o=Ubuntu,a=jammy,n=jammy,l=Ubuntu")
    ).updates.publishes
    assert not linux(RHEL, dnf_security=said(""), dnf_advisories=said("")).updates.publishes
    assert not linux(SLES, zypper_all=said("No updates found.")).updates.publishes


@pytest.mark.parametrize(
    ("guest", "days"),
    [
        (linux(UBUNTU), None),
        (linux(UBUNTU, restart_since=said(f"{NOW - 9 * DAY}.0 ")), 9),
        (linux(UBUNTU, kernels=said(f"{NOW - 6 * DAY} vmlinuz-5.15.0-91\n{NOW - 3 * DAY} vmlinuz-5.15.0-101")), 3),
        (linux(UBUNTU, kernels=said(f"{NOW} vmlinuz-5.15.0-90-generic\n{NOW} vmlinuz-0-rescue-ab12")), None),
        (linux(RHEL), None),
        (linux(RHEL, needs_restarting=said("Reboot is required.", status=1)), 20),
    ],
)
def test_what_waits_for_a_restart(guest: Linux, days: int | None) -> None:
    assert guest.restart_waits_days == days


@pytest.mark.parametrize(
    ("guest", "state"),
    [
        (linux(UBUNTU), SecureBoot.ON),
        (
            linux(UBUNTU, mokutil=said("", status=127), secure_boot_variable=said("   6   0   0   0   0")),
            SecureBoot.OFF,
        ),
        (linux(UBUNTU, mokutil=said("", status=127), efi=said("", status=1)), SecureBoot.NO_EFI),
    ],
)
def test_secure_boot(guest: Linux, state: SecureBoot) -> None:
    assert guest.secure_boot is state


@pytest.mark.parametrize(
    "variable", [said("   6   0   0   0   1"), said("od: no such file", status=1), said("   6   0   0   0   7")]
)
def test_the_variable_alone_is_no_proof(variable: list[Any]) -> None:
    with pytest.raises(Unreadable):
        _ = linux(UBUNTU, mokutil=said("", status=127), secure_boot_variable=variable).secure_boot


EMPTY = said("-P INPUT ACCEPT")
SHUT = said("-P INPUT DROP")


@pytest.mark.parametrize(
    ("guest", "inbound"),
    [
        (linux(UBUNTU), Inbound.REFUSED),
        (linux(UBUNTU, nft=said("")), Inbound.NO_RULES),
        (linux(UBUNTU, nft=said(""), iptables=SHUT, ip6tables=SHUT), Inbound.REFUSED),
        (linux(without(UBUNTU, "nft"), iptables=EMPTY, ip6tables=EMPTY), Inbound.NO_RULES),
    ],
)
def test_firewall(guest: Linux, inbound: Inbound) -> None:
    assert guest.inbound is inbound


def test_hypervisors_and_daemons() -> None:
    assert linux(UBUNTU).hypervisors == ()
    assert linux(UBUNTU, modules=said("kvm_intel 1 0 - Live 0x0\nkvm 2 1 kvm_intel, Live 0x0")).hypervisors == (
        "kvm_intel",
    )
    assert linux(UBUNTU).missing_daemons == ()
    assert linux(UBUNTU, services=said("ssh.service loaded active running x")).missing_daemons == (
        Service.DATA_EXCHANGE,
        Service.VSS,
    )


FACTS: dict[str, Callable[[Linux], object]] = {
    "os": lambda guest: guest.os,
    "updates": lambda guest: guest.updates,
    "restart": lambda guest: guest.restart_waits_days,
    "secure boot": lambda guest: guest.secure_boot,
    "services": lambda guest: guest.services,
    "inbound": lambda guest: guest.inbound,
    "defender": lambda guest: guest.defender,
    "hypervisors": lambda guest: guest.hypervisors,
}
NEEDS = {
    "os": ["os_release"],
    "updates": ["os_release", "apt_upgrade", "apt_policy", "apt_lists", "dpkg_database", "clock"],
    "restart": ["kernel", "kernels"],
    "secure boot": ["mokutil"],
    "services": ["services"],
    "inbound": ["nft"],
    "defender": ["mdatp"],
    "hypervisors": ["modules"],
}
UNCUT = "everything that it would print, but for the last line"
BROKEN = {
    "failed": said("permission denied", status=1),
    "out of time": said("", status=124),
    "cut": said(UNCUT, cut=True),
    "not as lines": [{"Status": 0, "Lines": "text", "Cut": False}],
    "no status": [{"Status": None, "Lines": [], "Cut": False}],
    "a status as text": [{"Status": "0", "Lines": [], "Cut": False}],
}


@pytest.mark.parametrize(("fact", "probe"), [(fact, probe) for fact, probes in NEEDS.items() for probe in probes])
@pytest.mark.parametrize("broken", BROKEN)
def test_what_a_command_does_not_tell_is_unreadable(fact: str, probe: str, broken: str) -> None:
    with pytest.raises(Unreadable):
        FACTS[fact](linux(UBUNTU, **{probe: BROKEN[broken]}))


@pytest.mark.parametrize("clock", ["now", "", "99999999999999999999", "-1", "1e9"])
def test_a_clock_may_say_anything(clock: str) -> None:
    with pytest.raises(Unreadable):
        _ = linux(UBUNTU, clock=said(clock)).updates


def test_a_family_of_its_own() -> None:
    with pytest.raises(Unreadable):
        _ = linux(UBUNTU, os_release=said("ID=void")).updates
