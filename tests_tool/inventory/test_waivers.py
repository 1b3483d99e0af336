"""A file of waivers: every mistake with its line; whom a waiver means, and what is no mistake."""

import datetime as dt
import json
from pathlib import Path

import pytest

from hyperv_audit.catalogue import catalogue
from hyperv_audit.errors import InventoryError
from hyperv_audit.inventory import load_inventory
from hyperv_audit.inventory.baseline import microsoft
from hyperv_audit.inventory.waivers import Given, keep_waivers, load_waivers, restore_waivers
from tests_tool.judging import ROOT

INVENTORY = """
defaults: {credential: {username: x, prompt: true}}
hosts: {hv01: {}, hv02: {}, db01: {}}
groups: {production: {hosts: [hv01, db01]}}
"""
GOOD = "  - {id: HOST-06, hosts: hv01, reason: old disks, owner: Storage team, expires: 2030-06-30}\n"
CHECKS = ("HOST-06", "HOST-07", "VM-02")
SETTINGS = {"HOST-07": {"WSB-SEC-Lsa.NoLMHash"}}


def load(folder: Path, text: str) -> tuple[Given, ...]:
    (folder / "inventory.yaml").write_text(INVENTORY, encoding="utf-8")
    (folder / "waivers.yaml").write_text(text, encoding="utf-8")
    return load_waivers(folder / "waivers.yaml", load_inventory(folder / "inventory.yaml"), CHECKS, SETTINGS)


def one(folder: Path, **fields: str) -> Given:
    said = {"id": "HOST-06", "reason": "r", "owner": "o", "expires": "2030-06-30", **fields}
    (given,) = load(folder, f"waivers:\n  - {{{', '.join(f'{key}: {value}' for key, value in said.items())}}}\n")
    return given


@pytest.mark.parametrize(
    ("hosts", "meant"),
    [
        ("hv01", {"hv01"}),
        ("'hv*'", {"hv01", "hv02"}),
        ("production", {"hv01", "db01"}),
        ("'production,!db01'", {"hv01"}),
        ("all", {"hv01", "hv02", "db01"}),
        ("gone", set()),
    ],
)
def test_a_waiver_means_the_hosts_of_its_pattern(hosts: str, meant: set[str], tmp_path: Path) -> None:
    assert one(tmp_path, hosts=hosts).hosts == meant


def test_without_hosts_it_means_all(tmp_path: Path) -> None:
    assert one(tmp_path).hosts == {"hv01", "hv02", "db01"}


def test_it_says_who_until_when_why_and_where(tmp_path: Path) -> None:
    (given,) = load(tmp_path, f"waivers:\n{GOOD}")
    assert str(given) == "until 2030-06-30 by Storage team: old disks (waivers.yaml:2)"
    assert given.waiver.expires == dt.date(2030, 6, 30)


def test_a_worker_process_gets_the_same(tmp_path: Path) -> None:
    given = (one(tmp_path, id="HOST-07", setting="WSB-SEC-Lsa.NoLMHash"), one(tmp_path, id="VM-02", vm="web*"))
    assert restore_waivers(json.loads(json.dumps(keep_waivers(given)))) == given


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ("{}", "key 'id' is missing"),
        (GOOD.replace("owner", "boss")[4:], "unknown key 'boss'"),
        (GOOD.replace(", owner: Storage team", "")[4:], "key 'owner' is missing"),
        (GOOD.replace(", expires: 2030-06-30", "")[4:], "key 'expires' is missing"),
        (GOOD.replace("2030-06-30", "soon")[4:], "waivers.1.expires: expected a date"),
        (GOOD.replace("2030-06-30", "2030-02-31")[4:], "a number or date that cannot be read"),
        (GOOD.replace("HOST-06", "HOST-60")[4:], "no recommendation is called 'HOST-60'"),
        (GOOD.replace("hosts: hv01", "vm: web")[4:], "HOST-06 is about hosts, and names virtual machines"),
        (GOOD.replace("hosts: hv01", "setting: WSB-SEC-Lsa.NoLMHash")[4:], "HOST-06 has no settings"),
        (
            GOOD.replace("HOST-06", "HOST-07").replace("hosts: hv01", "setting: WSB-SEC-Lsa.NoLMHahs")[4:],
            "did you mean 'WSB-SEC-Lsa.NoLMHash'",
        ),
    ],
)
def test_a_mistake_is_told_with_its_line(entry: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(InventoryError) as caught:
        load(tmp_path, f"waivers:\n{GOOD}  - {entry}\n")
    assert says in str(caught.value)
    assert caught.value.line == 3


def test_an_inventory_names_its_file(tmp_path: Path) -> None:
    path = tmp_path / "inventory.yaml"
    path.write_text(f"waivers: accepted.yaml\n{INVENTORY}", encoding="utf-8")
    assert load_inventory(path).waivers == tmp_path / "accepted.yaml"


def test_the_example_can_be_read() -> None:
    inventory = load_inventory(ROOT / "inventory" / "example.yaml")
    settings = {"HOST-07": {id_ for table in microsoft().values() for id_ in table}}
    given = load_waivers(ROOT / "inventory" / "waivers.example.yaml", inventory, tuple(catalogue()), settings)
    assert all(each.hosts for each in given)
