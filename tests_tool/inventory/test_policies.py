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
    "software:\n  allowed_regex: ['[']\n": "policy.yaml:2: software.allowed_regex.0: is no regular expression: unterm",
    "drivers: {min_version: {'(': '1.0'}}\n": "policy.yaml:1: drivers.min_version.(: is no regular expression",
    "nested: {denied_os_regex: '*x'}\n": "policy.yaml:1: nested.denied_os_regex: is no regular expression: nothing to",
    "mounted_vhd: {allowed_path_regex: ['']}\n": "policy.yaml:1: mounted_vhd.allowed_path_regex.0: should have",
    "vm:\n  max_signature_age_days: -3\n": "policy.yaml:2: vm.max_signature_age_days: should be greater",
    "os: {min_ubr: {'20348': -1}}\n": "line 1: os.min_ubr.20348: should be greater",
    "software: {max_interactive_sessions: -1}\n": "policy.yaml:1: software.max_interactive_sessions: should be",
    "vm: {allowed_vlans: {web: [4095]}}\n": "policy.yaml:1: vm.allowed_vlans.web.0: should be less than",
    "vm: {baseline_min_score: 101}\n": "policy.yaml:1: vm.baseline_min_score: should be less than or equal to 100",
    "bitlocker:\n  methods: [6, 99]\n": "policy.yaml:2: bitlocker.methods.1: should be less than or equal to 7",
    "bitlocker: {methods: [0]}\n": "policy.yaml:1: bitlocker.methods.0: should be greater than or equal to 1",
    "guarded_fabric: {attestation_modes: [0]}\n": "policy.yaml:1: guarded_fabric.attestation_modes.0: should be",
}


@pytest.mark.parametrize(("text", "message"), MISTAKES.items())
def test_a_mistake_has_its_line(site: Inventory, text: str, message: str) -> None:
    with pytest.raises(InventoryError) as caught:
        load(site, text)
    assert message in str(caught.value)


def test_several_mistakes_are_told_at_once(site: Inventory) -> None:
    with pytest.raises(InventoryError, match=r"2 problems[^$]*line 2[^$]*line 3"):
        load(site, "overrides:\n  - hosts: egde\n  - hosts: hv1x\n")
