"""Ways into guests: what an inventory may say of them, and what each mistake is called."""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from hyperv_audit.errors import InventoryError
from hyperv_audit.inventory import CredentialReference, GuestAccess, Limits, SecretSource, Via, json_schema
from hyperv_audit.inventory.load import load_inventory

Write = Callable[[str], Path]

HOSTS = """
defaults: {credential: {kerberos: true}}
hosts: {hv01: {}, hv02: {}, lab01: {}}
groups: {production: {hosts: [hv01, hv02]}}
"""
PASSWORD = "credential: {username: '.\\audit', password_env: GUESTS}"
DIRECT = f"vm: 'web-*', via: powershell-direct, {PASSWORD}"
WINRM = f"vm: 'web-*', via: winrm, address: '{{name}}.corp.example', {PASSWORD}"
SSH = "vm: 'lnx-*', via: ssh, address: '{id}.corp.example', username: audit, known_hosts: keys/known_hosts"


def guests(write: Write, *entries: str) -> tuple[GuestAccess, ...]:
    lines = "\n".join(f"  - {{{entry}}}" for entry in entries)
    return load_inventory(write(f"{HOSTS}guests:\n{lines}\n")).guests


def test_each_way_in_full(write: Write, tmp_path: Path) -> None:
    direct, winrm, ssh = guests(
        write,
        f"{DIRECT}, hosts: production, limits: {{deadline: 60}}",
        f"{WINRM}, ca_file: ca.pem",
        f"{SSH}, identity_file: keys/audit, port: 2222",
    )
    account = CredentialReference(r".\audit", SecretSource.ENVIRONMENT, "GUESTS")
    every = ("hv01", "hv02", "lab01")
    assert direct == GuestAccess(
        "web-*", ("hv01", "hv02"), Via.POWERSHELL_DIRECT, account, direct.line, limits=Limits(deadline=60)
    )
    assert winrm == GuestAccess(
        "web-*", every, Via.WINRM, account, direct.line + 1, "{name}.corp.example", 5986, ca_file=tmp_path / "ca.pem"
    )
    assert ssh == GuestAccess(
        "lnx-*",
        every,
        Via.SSH,
        CredentialReference("audit", SecretSource.SSH_KEY),
        direct.line + 2,
        "{id}.corp.example",
        2222,
        identity_file=tmp_path / "keys/audit",
        known_hosts=tmp_path / "keys/known_hosts",
    )


@pytest.mark.parametrize(
    ("pattern", "meant"),
    [
        ("hv01", ("hv01",)),
        ("HV0*", ("hv01", "hv02")),
        ("prod*", ("hv01", "hv02")),
        ("all", ("hv01", "hv02", "lab01")),
        ("lab01, HV01", ("hv01", "lab01")),
        ("lab01,prod*", ("hv01", "hv02", "lab01")),
    ],
)
def test_hosts_are_meant_by_name_group_and_wildcard(write: Write, pattern: str, meant: tuple[str, ...]) -> None:
    (access,) = guests(write, f"{DIRECT}, hosts: {pattern!r}")
    assert access.hosts == meant


def test_ports_follow_the_way(write: Write) -> None:
    ways = guests(write, DIRECT, WINRM, f"{WINRM}, scheme: http", SSH)
    assert [way.port for way in ways] == [0, 5986, 5985, 22]


# an entry -> what is said of it
MISTAKES = {
    "a host that is not there": (f"{DIRECT}, hosts: hv07", "'hv07' means no host"),
    "one of several hosts that is not there": (f"{DIRECT}, hosts: 'hv01,lab10'", "'lab10' means no host"),
    "no way": ("vm: a", "key 'via' is missing"),
    "another way": ("vm: a, via: telnet", "powershell-direct"),
    "an unknown key": (f"{DIRECT}, prot: 1", "unknown key 'prot'"),
    "a password": (f"{DIRECT}, password: hunter2", "holds no secrets"),
    "no credential": ("vm: a, via: powershell-direct", "key 'credential' is missing"),
    "a ticket": ("vm: a, via: powershell-direct, credential: {kerberos: true}", "opens no guest yet"),
    "an address through the host": (f"{DIRECT}, address: a", "has no key 'address'"),
    "no address": (f"vm: a, via: winrm, {PASSWORD}", "key 'address' is missing"),
    "an address that is none": (f"vm: a, via: winrm, address: 'http://a', {PASSWORD}", "neither a DNS name"),
    "another placeholder": (f"vm: a, via: winrm, address: '{{fqdn}}', {PASSWORD}", "neither a DNS name"),
    "an address and a world": (f"{WINRM}, world: guest", "has an address and a world"),
    "no pinned key": ("vm: a, via: ssh, address: a, username: b", "key 'known_hosts' is missing"),
    "keys that are not checked": (f"{SSH}, strict_host_key_checking: false", "unknown key"),
    "a password over SSH": (f"{SSH}, {PASSWORD}", "has no key 'credential'"),
    "a machine of no name": (f"via: powershell-direct, {PASSWORD}", "key 'vm' is missing"),
}


@pytest.mark.parametrize(("entry", "said"), MISTAKES.values(), ids=MISTAKES.keys())
def test_each_mistake_is_named_with_its_line(write: Write, entry: str, said: str) -> None:
    with pytest.raises(InventoryError) as caught:
        guests(write, DIRECT, entry)
    assert said in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert caught.value.line == 6


@pytest.mark.parametrize("entry", [DIRECT, WINRM, SSH, f"vm: a, via: winrm, world: guest, {PASSWORD}"])
def test_the_schema_accepts_each_way(entry: str) -> None:
    assert Draft202012Validator(json_schema()).is_valid({"guests": [yaml.safe_load(f"{{{entry}}}")]})


@pytest.mark.parametrize("name", [name for name in MISTAKES if "not there" not in name and name != "a ticket"])
def test_the_schema_refuses_each_mistake(name: str) -> None:
    entry = yaml.safe_load(f"{{{MISTAKES[name][0]}}}")
    assert not Draft202012Validator(json_schema()).is_valid({"guests": [entry]}), entry
