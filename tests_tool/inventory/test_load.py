"""What an inventory file means."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from hyperv_audit.errors import InventoryError
from hyperv_audit.inventory import (
    DEMO,
    LAB_CREDENTIAL,
    CredentialReference,
    Inventory,
    Limits,
    Scheme,
    SecretSource,
    Target,
    load_inventory,
)
from hyperv_audit.inventory.model import keep_target, restore_target

Write = Callable[[str], Path]

TICKET = "defaults: {credential: {kerberos: true}}\n"


def load(write: Write, text: str) -> Inventory:
    return load_inventory(write(text))


def target(write: Write, text: str) -> Target:
    """The target of a file that has one host."""
    (only,) = load(write, text).targets.values()
    return only


def test_a_host_in_full(write: Write, tmp_path: Path) -> None:
    assert target(
        write,
        r"""
        hosts:
          hv01:
            address: hv01.corp.example
            scheme: https
            port: 15986
            ca_file: certs/ca.pem
            credential: {username: CORP\svc-audit, password_env: AUDIT_PASSWORD}
            limits: {connect: 2.5, operation: 30, deadline: 60}
        groups:
          production: {hosts: [hv01]}
        """,
    ) == Target(
        name="hv01",
        address="hv01.corp.example",
        port=15986,
        scheme=Scheme.HTTPS,
        credential=CredentialReference(r"CORP\svc-audit", SecretSource.ENVIRONMENT, "AUDIT_PASSWORD"),
        ca_file=tmp_path / "certs/ca.pem",
        limits=Limits(2.5, 30, deadline=60),
        groups=("production",),
    )


def test_a_host_with_nothing_said_of_it(write: Write) -> None:
    assert target(write, TICKET + "hosts: {hv01: }") == Target(
        name="hv01",
        address="hv01",
        port=5986,
        scheme=Scheme.HTTPS,
        credential=CredentialReference("", SecretSource.KERBEROS),
    )


@pytest.mark.parametrize(
    ("credential", "expected"),
    [
        ("{username: a, password_env: B}", CredentialReference("a", SecretSource.ENVIRONMENT, "B")),
        ("{username: a, keyring: b c}", CredentialReference("a", SecretSource.KEYRING, "b c")),
        ("{username: a, prompt: true}", CredentialReference("a", SecretSource.PROMPT)),
        ("{username: a@CORP.EXAMPLE, kerberos: true}", CredentialReference("a@CORP.EXAMPLE", SecretSource.KERBEROS)),
        ("{kerberos: true}", CredentialReference("", SecretSource.KERBEROS)),
    ],
)
def test_where_a_password_comes_from(write: Write, credential: str, expected: CredentialReference) -> None:
    assert target(write, f"hosts: {{hv01: {{credential: {credential}}}}}").credential == expected


LAYERS = """
defaults: {{credential: {{kerberos: true}}{defaults}}}
groups:
  inner: {{hosts: [hv01], vars: {{{inner}}}}}
  outer: {{children: [inner], vars: {{{outer}}}}}
hosts: {{hv01: {{{host}}}}}
"""


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ({"defaults": ", port: 1"}, 1),
        ({"defaults": ", port: 1", "outer": "port: 2"}, 2),
        ({"defaults": ", port: 1", "outer": "port: 2", "inner": "port: 3"}, 3),
        ({"defaults": ", port: 1", "outer": "port: 2", "inner": "port: 3", "host": "port: 4"}, 4),
        ({"defaults": ", port: 1", "host": "scheme: https"}, 1),
        ({"defaults": ", port: 1", "host": "scheme: http"}, 5985),
        ({"defaults": ", port: 1", "host": "scheme: http, port: 2"}, 2),
        ({"defaults": ", scheme: http, port: 1", "inner": "scheme: https"}, 5986),
        ({"outer": "scheme: http", "inner": "port: 3"}, 3),
    ],
    ids=str,
)
def test_the_nearest_port_wins_and_a_port_belongs_to_its_scheme(
    write: Write, layers: dict[str, str], expected: int
) -> None:
    text = LAYERS.format(**{"defaults": "", "inner": "", "outer": "", "host": "", **layers})
    assert target(write, text).port == expected


def test_limits_are_merged_by_key_and_a_credential_as_a_whole(write: Write) -> None:
    found = target(
        write,
        """
        defaults:
          limits: {connect: 1, operation: 10}
          credential: {username: a, password_env: B}
        hosts:
          hv01:
            limits: {operation: 20}
            credential: {kerberos: true}
        """,
    )
    assert found.limits == Limits(connect=1, operation=20)
    assert found.credential == CredentialReference("", SecretSource.KERBEROS)


def test_groups_hold_the_hosts_of_the_groups_inside_them(write: Write) -> None:
    inventory = load(
        write,
        TICKET
        + """
groups:
  site: {children: [Core, edge]}
  core: {hosts: [hv02, hv01]}
  edge: {hosts: {hv03: {port: 1}}, children: [lab]}
  lab: {hosts: [HV01]}
  empty: {}
hosts:
  hv04:
""",
    )
    assert dict(inventory.groups) == {
        "site": ("hv02", "hv01", "hv03"),
        "core": ("hv02", "hv01"),
        "edge": ("hv01", "hv03"),
        "lab": ("hv01",),
        "empty": (),
    }
    assert {name: target.groups for name, target in inventory.targets.items()} == {
        "hv02": ("site", "core"),
        "hv01": ("site", "core", "edge", "lab"),
        "hv03": ("site", "edge"),
        "hv04": (),
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hosts: {b: , a: }\ngroups: {g: {hosts: [c, a]}}", ["b", "a", "c"]),
        ("groups: {g: {hosts: [c, a]}}\nhosts: {b: , a: }", ["c", "a", "b"]),
        ("groups: {g: {hosts: [HV01]}}\nhosts: {hv01: }", ["hv01"]),
        ("groups: {g: {hosts: [HV01]}, h: {hosts: [hv01]}}", ["HV01"]),
        ("groups: {g: {hosts: {a: {port: 1}}}}\nhosts: {a: {port: 1}}", ["a"]),
        ("groups: {top-secret: {hosts: [a]}}", ["a"]),
        ("groups: {g: &g {hosts: [a]}, h: *g}", ["a"]),
    ],
)
def test_targets_stand_in_the_order_of_the_file_each_once(write: Write, text: str, expected: list[str]) -> None:
    assert list(load(write, TICKET + text).targets) == expected


def test_a_file_from_windows_with_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "inventory.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + (TICKET + "hosts:\n  hv01: {}\n").replace("\n", "\r\n").encode())
    assert list(load_inventory(path).targets) == ["hv01"]


def test_a_simulated_host_needs_no_credential(write: Write) -> None:
    found = target(write, "hosts: {lab: {world: core-2022}}")
    assert (found.world, found.credential) == ("core-2022", LAB_CREDENTIAL)


def test_the_policy_lies_beside_the_file(write: Write, tmp_path: Path) -> None:
    assert load(write, TICKET + "policy: p.yaml\nhosts: {a: }").policy == tmp_path / "p.yaml"
    assert load(write, TICKET + "hosts: {a: }").policy is None


def test_the_demo_has_five_simulated_hosts_and_one_over_http() -> None:
    inventory = load_inventory(DEMO)
    assert {target.name: (target.world, target.scheme) for target in inventory.targets.values()} == {
        "hv-core": ("core-2022", Scheme.HTTPS),
        "hv-desk": ("desktop-2016", Scheme.HTTP),
        "hv-mid": ("middling-2019", Scheme.HTTPS),
        "hv-limited": ("unprivileged-2022", Scheme.HTTPS),
        "hv-gone": ("refuses-connections", Scheme.HTTPS),
    }
    assert set(inventory.groups["demo"]) == set(inventory.targets)
    assert inventory.groups["hardened"] == ("hv-core",)
    assert inventory.groups["neglected"] == ("hv-desk",)
    assert inventory.policy == DEMO.with_name("demo-policy.yaml")
    assert {target.credential for target in inventory.targets.values()} == {LAB_CREDENTIAL}


def test_the_example_says_what_its_comments_say() -> None:
    inventory = load_inventory(DEMO.with_name("example.yaml"))
    branch, lab = inventory.targets["hv-branch-02"], inventory.targets["hv-lab"]
    assert branch.endpoint == "https://[2001:db8:2::22]:5986/wsman"
    assert branch.limits == Limits(connect=15, operation=20, deadline=1800)
    assert branch.groups == ("production", "branch")
    assert (lab.scheme, lab.port, lab.credential.source) == (Scheme.HTTP, 5985, SecretSource.PROMPT)


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(InventoryError, match=r"nowhere\.yaml: cannot be read: No such file"):
        load_inventory(tmp_path / "nowhere.yaml")


def test_a_folder_is_no_inventory(tmp_path: Path) -> None:
    with pytest.raises(InventoryError, match="cannot be read"):
        load_inventory(tmp_path)


@pytest.mark.parametrize("ca_file", [None, Path("lab/ca.pem")])
def test_a_target_is_the_same_in_a_worker_process(ca_file: Path | None) -> None:
    credential = CredentialReference("LAB\\auditor", SecretSource.ENVIRONMENT, "A_VARIABLE")
    target = Target("hv01", "10.0.0.1", 5985, Scheme.HTTP, credential, ca_file, Limits(deadline=7), ("a", "b"), "world")
    assert restore_target(json.loads(json.dumps(keep_target(target)))) == target
