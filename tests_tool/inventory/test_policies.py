"""One policy for all hosts, and what is different for some."""

from pathlib import Path

import pytest

from hyperv_audit.errors import InventoryError
from hyperv_audit.inventory import Inventory, load_inventory
from hyperv_audit.inventory.policies import Policies, load_policies

SITE = """
defaults: {credential: {kerberos: true}}
groups:
  edge: {hosts: [hv03, hv04]}
hosts: {hv01: {address: hv01.lab.example}, hv02: {address: hv02.lab.example}}
"""
POLICY = """
storage: {vm_on_system_volume: fail, acl_allowed_sids: [S-1-5-18]}
tpm: {required: true}
overrides:
  - hosts: "all:!hv01"
    storage: {vm_on_system_volume: pass}
  - hosts: edge
    tpm: {required: false}
    storage: {acl_allowed_sids: ["*-512"]}
  - hosts: hv04
    tpm: {required: true}
"""


@pytest.fixture
def site(tmp_path: Path) -> Inventory:
    path = tmp_path / "site.yaml"
    path.write_text(SITE, encoding="utf-8")
    return load_inventory(path)


def load(site: Inventory, text: str) -> Policies:
    assert site.path is not None
    path = site.path.with_name("policy.yaml")
    path.write_text(text, encoding="utf-8")
    return load_policies(path, site)


@pytest.mark.parametrize(
    ("host", "on_system_volume", "sids", "tpm"),
    [
        ("hv01", "fail", ["S-1-5-18"], True),
        ("hv02", "pass", ["S-1-5-18"], True),
        ("hv03", "pass", ["*-512"], False),
        ("hv04", "pass", ["*-512"], True),
        ("elsewhere", "fail", ["S-1-5-18"], True),
    ],
)
def test_the_last_that_names_a_host_and_a_key_wins(
    site: Inventory, host: str, on_system_volume: str, sids: list[str], tpm: bool
) -> None:
    policy = load(site, POLICY).of(host)
    assert policy.storage.vm_on_system_volume == on_system_volume
    assert policy.storage.acl_allowed_sids == sids
    assert policy.tpm.required is tpm


def test_an_override_is_no_policy_of_all(site: Inventory) -> None:
    policies = load(site, POLICY)
    assert set(policies.own) == {"hv02", "hv03", "hv04"}
    assert type(policies.base) is type(policies.of("hv03"))


MISTAKES = {
    "overrides:\n  - hosts: egde\n": "policy.yaml:2: overrides.0.hosts: nothing is called 'egde'",
    "overrides:\n  - hosts: edge\n    tmp: {required: false}\n": "policy.yaml:3: overrides.0: unknown key 'tmp'",
    "overrides:\n  - tpm: {required: false}\n": "policy.yaml:2: overrides.0: key 'hosts' is missing",
    "overrides:\n  - hosts: edge\n    tpm: {required: often}\n": "policy.yaml:3: overrides.0.tpm.required: expected",
    "overrides:\n  - {hosts: edge, overrides: []}\n": "policy.yaml:2: overrides.0: unknown key 'overrides'",
}


@pytest.mark.parametrize(("text", "message"), MISTAKES.items())
def test_a_mistake_has_its_line(site: Inventory, text: str, message: str) -> None:
    with pytest.raises(InventoryError) as caught:
        load(site, text)
    assert message in str(caught.value)


def test_several_mistakes_are_told_at_once(site: Inventory) -> None:
    with pytest.raises(InventoryError, match=r"2 problems[^$]*line 2[^$]*line 3"):
        load(site, "overrides:\n  - hosts: egde\n  - hosts: hv1x\n")
