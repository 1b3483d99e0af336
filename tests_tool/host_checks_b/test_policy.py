"""Subnets and accounts of the policy are refused when they are none, with the line on which they stand."""

from pathlib import Path

import pytest

from hyperv_audit.errors import InventoryError
from hyperv_audit.inventory import Inventory
from hyperv_audit.inventory.policies import load_policies

SUBNET = "network:\n  storage_subnets:\n    - 10.20.40.0/24\n    - {}\n"


def refused(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InventoryError) as caught:
        load_policies(path, Inventory())
    return str(caught.value)


@pytest.mark.parametrize("subnet", ["10.20.30.0/24", '"fd00:20:30::/64"', "10.20.30.11/32", "0.0.0.0/1"])
def test_a_subnet_is_taken(subnet: str, tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text(SUBNET.format(subnet), encoding="utf-8")
    assert load_policies(path, Inventory()).base.network.storage_subnets == ["10.20.40.0/24", subnet.strip('"')]


@pytest.mark.parametrize(
    ("subnet", "says"),
    [
        ("10.20.30.0", "the length of its prefix"),
        ("10.20.30.0/33", "expected a subnet"),
        ("storage/24", "expected a subnet"),
        ("10.20.30.11/24", "did you mean 10.20.30.0/24?"),
        ("10.20.30.0/2", "did you mean 0.0.0.0/2?"),
        ("0.0.0.0/0", "every address"),
        ('"fd00::1/64"', "did you mean fd00::/64?"),
        ("24", "expected text"),
    ],
)
def test_what_is_no_subnet_is_refused_with_its_line(subnet: str, says: str, tmp_path: Path) -> None:
    told = refused(tmp_path / "policy.yaml", SUBNET.format(subnet))
    assert "line 4: network.storage_subnets.1" in told or "policy.yaml:4: network.storage_subnets.1" in told
    assert says in told


def test_an_account_is_a_sid_or_the_last_part_of_one(tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text('storage: {acl_allowed_sids: ["S-1-5-18", "*-512"]}', encoding="utf-8")
    assert load_policies(path, Inventory()).base.storage.acl_allowed_sids == ["S-1-5-18", "*-512"]
    assert ":1: storage.acl_allowed_sids.0" in refused(path, "storage: {acl_allowed_sids: [BUILTIN Users]}")
