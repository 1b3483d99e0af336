"""The JSON Schema for editors says what the loader says."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from hyperv_audit.inventory import DEMO, json_schema, read_document
from hyperv_audit.inventory.schemas import FILES

PUBLISHED = DEMO.with_name("inventory.schema.json")


def accepts(data: Any) -> bool:
    return Draft202012Validator(json.loads(PUBLISHED.read_text(encoding="utf-8"))).is_valid(data)


@pytest.mark.parametrize("file", FILES)
def test_the_published_schema_is_the_loaders_own(file: str) -> None:
    published = DEMO.with_name(f"{file}.schema.json").read_text(encoding="utf-8")
    assert json.loads(published) == json_schema(file), "write it again: make schemas"


@pytest.mark.parametrize("file", FILES)
def test_it_is_a_schema(file: str) -> None:
    Draft202012Validator.check_schema(json_schema(file))


@pytest.mark.parametrize("file", FILES)
def test_every_key_says_what_it_is_for(file: str) -> None:
    """A part of its own says so itself."""
    schema = json_schema(file)
    parts = {file: schema, **schema["$defs"]}
    silent = [
        f"{name}.{key}"
        for name, part in parts.items()
        for key, said in part.get("properties", {}).items()
        if "description" not in said
        and not schema["$defs"].get(str(said.get("$ref")).rpartition("/")[2], {}).get("description")
    ]
    assert silent == []


@pytest.mark.parametrize(("name", "file"), [("demo-policy.yaml", "policy"), ("waivers.example.yaml", "waivers")])
def test_the_other_files_that_ship_are_accepted(name: str, file: str) -> None:
    path = DEMO.with_name(name)
    as_json = json.loads(json.dumps(read_document(path).data, default=str))
    assert Draft202012Validator(json_schema(file)).is_valid(as_json)
    assert path.read_text(encoding="utf-8").startswith(f"# yaml-language-server: $schema={file}.schema.json\n")


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
