"""Which machines are asked inside: by the inventory's patterns, and never one that must not be."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from hyperv_audit.guests import plan_tour
from hyperv_audit.inventory import CredentialReference, GuestAccess, Scheme, SecretSource, Target, Via
from hyperv_audit.store import facts_of
from tests_tool.changes import Change, put
from tests_tool.checks.good import PAY, WEB, changed
from tests_tool.judging import evidence

ACCOUNT = CredentialReference("audit", SecretSource.ENVIRONMENT, "GUESTS")
HOST = Target("hv01", "hv01", 5986, Scheme.HTTPS, ACCOUNT)
DIRECT = GuestAccess("*", ("hv01",), Via.POWERSHELL_DIRECT, ACCOUNT)
WINRM = replace(DIRECT, via=Via.WINRM, address="{name}.corp.example", port=5986)


def tour(*ways: GuestAccess, changes: tuple[Change, ...] = (), vm: str = WEB) -> Mapping[str, Any]:
    """By the machine's id: the address where it is visited, or why it is not."""
    facts = facts_of(evidence("hv01", changed(changes, vm).topics()))
    planned = plan_tour([(HOST, facts)], ways)
    visits = {visit.vm: visit.address or visit.access.via.value for visit in planned.visits}
    return visits | {entry.vm or "": entry.failure.kind for entry in planned.refused if entry.failure}


def test_a_machine_is_meant_by_its_name_or_its_id() -> None:
    assert tour(replace(DIRECT, vm="we*")) == {WEB: "powershell-direct"}
    assert tour(replace(DIRECT, vm=WEB.upper())) == {WEB: "powershell-direct"}
    assert tour(replace(DIRECT, vm="nobody")) == {}
    assert tour(replace(DIRECT, hosts=("hv02",))) == {}


def test_the_first_way_counts() -> None:
    assert tour(replace(WINRM, vm="web"), DIRECT)[WEB] == "web.corp.example"


def test_a_shielded_machine_is_never_asked_through_its_host() -> None:
    assert tour(DIRECT) == {WEB: "powershell-direct", PAY: "shielded"}
    assert tour(WINRM) == {WEB: "web.corp.example", PAY: "pay.corp.example"}


NEVER: list[tuple[str, Change]] = [
    ("off", put("vms.vm.State", 3)),
    ("saved", put("vms.vm.State", 6)),
    ("paused", put("vms.vm.State", 9)),
    ("off and critical", put("vms.vm.State", 32786)),
    ("a replica", put("vms.vm.ReplicationMode", 2)),
    ("an extended replica", put("vms.vm.ReplicationMode", 4)),
]


@pytest.mark.parametrize("change", [row[1] for row in NEVER], ids=[row[0] for row in NEVER])
@pytest.mark.parametrize("way", [DIRECT, WINRM], ids=["direct", "winrm"])
def test_a_machine_at_rest_and_a_replica_are_never_asked(way: GuestAccess, change: Change) -> None:
    """Its facts say why, from its own state; nothing has to be kept of it."""
    assert WEB not in tour(way, changes=(change,))


@pytest.mark.parametrize("probe", ["vms.vm.State", "vms.security.Shielded"])
def test_what_is_not_known_to_be_allowed_is_not_done(probe: str) -> None:
    assert tour(DIRECT, changes=(put(probe, None),))[WEB] == "NotKnownToBeAllowed"


def test_a_name_that_makes_no_address() -> None:
    assert tour(WINRM, changes=(put("vms.vm.Name", "web;reboot"),))[WEB] == "NoAddress"
    by_id = replace(WINRM, address="{id}.corp.example")
    assert tour(by_id, changes=(put("vms.vm.Name", "web;reboot"),))[WEB] == f"{WEB}.corp.example"


def test_machines_of_one_address_are_none() -> None:
    """One of them would answer for both. Names are not unique, and are compared as DNS compares them."""
    assert tour(WINRM, changes=(put("vms.vm.Name", "PAY"),)) == {WEB: "SharedAddress", PAY: "SharedAddress"}
    assert tour(DIRECT, changes=(put("vms.vm.Name", "PAY"),))[WEB] == "powershell-direct"


def test_a_way_that_leads_nowhere_is_told() -> None:
    facts = facts_of(evidence("hv01", changed((), WEB).topics()))
    used, typo, late = replace(DIRECT, vm="web"), replace(DIRECT, vm="wbe*"), replace(WINRM, vm="web")
    elsewhere = replace(DIRECT, vm="x*", hosts=("hv01", "hv02"))  # hv02 was not asked: nobody knows
    assert plan_tour([(HOST, facts)], [used, typo, late, elsewhere]).unused == [typo, late]


def test_a_host_without_a_list_of_machines_has_no_visits() -> None:
    topics = changed((), WEB).topics()
    del topics["vms"]
    assert plan_tour([(HOST, facts_of(evidence("hv01", topics)))], [DIRECT]).visits == []
