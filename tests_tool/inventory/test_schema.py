"""The JSON Schema for editors says what the loader says."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from hyperv_audit.inventory import DEMO, json_schema, read_document

PUBLISHED = DEMO.with_name("inventory.schema.json")


def accepts(data: Any) -> bool:
    return Draft202012Validator(json.loads(PUBLISHED.read_text(encoding="utf-8"))).is_valid(data)


def test_the_published_schema_is_the_loaders_own() -> None:
    assert json.loads(PUBLISHED.read_text(encoding="utf-8")) == json_schema(), (
        "write it again: python -m hyperv_audit.inventory > inventory/inventory.schema.json"
    )


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(json_schema())


@pytest.mark.parametrize("name", ["demo.yaml", "example.yaml"])
def test_it_accepts_the_files_that_ship(name: str) -> None:
    path = DEMO.with_name(name)
    assert accepts(read_document(path).data)
    assert path.read_text(encoding="utf-8").startswith(f"# yaml-language-server: $schema={PUBLISHED.name}\n")


@pytest.mark.parametrize(
    ("data", "accepted"),
    [
        ({"hosts": {"hv01": None}}, True),
        ({"hosts": {"hv01": {"prot": 1}}}, False),
        ({"hosts": {"hv 01": {}}}, False),
        ({"hosts": {"hv01": {"port": None}}}, False),
        ({"hosts": {"hv01": {"port": 65536}}}, False),
        ({"hosts": {"hv01": {"address": "a", "world": "b"}}}, False),
        ({"hosts": None}, False),
        ({"groups": {"g": {"hosts": ["a"]}}}, True),
        ({"groups": {"g": {"hosts": {"a": None}}}}, True),
        ({"groups": {"g": {"hosts": {"a b": None}}}}, False),
        ({"groups": {"g": {"hosts": ["a b"]}}}, False),
        ({"groups": {"g h": {}}}, False),
        ({"defaults": {"verify": False}}, False),
        ({"defaults": {"credential": {"username": "a", "password": "b"}}}, False),
        ({"defaults": {"credential": {"username": "a", "prompt": True}}}, True),
        ({"defaults": {"credential": {"username": "a", "prompt": True, "keyring": "b"}}}, False),
        ({"defaults": {"credential": {"prompt": True}}}, False),
        ({"defaults": {"credential": {"kerberos": True}}}, True),
        ({"unknown": 1}, False),
    ],
    ids=str,
)
def test_what_it_accepts_and_refuses(data: Any, accepted: bool) -> None:
    assert accepts(data) is accepted
