"""Evidence as it comes from a host, and as it is kept: what is written is read again, and nothing else is."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError

from hyperv_audit.collect.document import MAX_DOCUMENT
from hyperv_audit.collect.evidence import (
    INDEX,
    IndexEntry,
    NoEvidence,
    read_evidence,
    read_index,
    read_topics,
    write_evidence,
    write_index,
)
from hyperv_audit.collect.schema import PUBLISHED, evidence_schema
from hyperv_audit.errors import EvidenceError
from tests_tool.collect.support import NOON, evidence

FAILURE = {"probe": "p", "id": "i", "category": "c", "target": "", "hresult": None, "message": "m"}


def topic(**changes: Any) -> dict[str, Any]:
    return {"data": {"system": []}, "errors": [], "seconds": 0.5, **changes}


# data as it arrives -> rows by probe
DATA: list[tuple[object, dict[str, list[object]]]] = [
    ({"p": [1, 2]}, {"p": [1, 2]}),
    ({"p": {"value": [1, 2], "Count": 2}}, {"p": [1, 2]}),
    ({"p": {"Name": "alone"}}, {"p": [{"Name": "alone"}]}),
    ({"p": "alone"}, {"p": ["alone"]}),
    ({"p": 0}, {"p": [0]}),
    ({"p": False}, {"p": [False]}),
    ({"p": None}, {"p": []}),
    ({"p": {}}, {"p": []}),
    ({"p": []}, {"p": []}),
    ({}, {}),
    (None, {}),
    ({"p": ["\ud83d"]}, {"p": ["\\ud83d"]}),
]


@pytest.mark.parametrize(("data", "rows"), DATA, ids=repr)
def test_rows_are_lists_whatever_windows_powershell_made_of_them(data: object, rows: dict[str, list[object]]) -> None:
    assert read_topics({"os": topic(data=data)})["os"].data == rows


@pytest.mark.parametrize(
    ("errors", "count"),
    [([], 0), (None, 0), ({}, 0), (FAILURE, 1), ([FAILURE, FAILURE], 2), ({"value": [FAILURE], "Count": 1}, 1)],
)
def test_errors_are_a_list(errors: object, count: int) -> None:
    assert [error.id for error in read_topics({"os": topic(errors=errors)})["os"].errors] == ["i"] * count


DEEP: Any = []
for _ in range(500):
    DEEP = [DEEP]

BAD_DOCUMENTS: dict[str, tuple[dict[str, Any], str]] = {
    "nothing": ({}, "names no topics"),
    "a list in disguise": ({"value": [1], "Count": 1}, "names no topics"),
    "an empty list in disguise": ({"value": [], "Count": 0}, "names no topics"),
    "a topic that is nothing": ({"os": {}}, "valid dictionary"),
    "a topic that is text": ({"os": "fine"}, "valid dictionary"),
    "no data": ({"os": {"errors": [], "seconds": 1}}, "data: Field required"),
    "no errors": ({"os": {"data": {}, "seconds": 1}}, "errors: Field required"),
    "no seconds": ({"os": {"data": {}, "errors": []}}, "seconds: Field required"),
    "data that is a list": ({"os": topic(data=[1])}, "data: "),
    "seconds that are text": ({"os": topic(seconds="soon")}, "seconds: "),
    "an error that is text": ({"os": topic(errors=["oops"])}, "errors.0: "),
    "an error without an id": ({"os": topic(errors=[{"probe": "p"}])}, "errors.0.id: Field required"),
    "an unknown key": ({"os": topic(verdict="pass")}, "verdict: Extra inputs"),
    "an unknown key in an error": ({"os": topic(errors=[{**FAILURE, "x": 1}])}, "errors.0.x: Extra inputs"),
    "depth without measure": ({"os": topic(data={"p": DEEP})}, "nested more than 32 levels"),
}


@pytest.mark.parametrize(("document", "why"), BAD_DOCUMENTS.values(), ids=BAD_DOCUMENTS.keys())
def test_a_document_of_another_shape_is_refused(document: dict[str, Any], why: str) -> None:
    with pytest.raises(EvidenceError) as caught:
        read_topics(document)
    assert why in caught.value.what


@pytest.fixture
def entry(tmp_path: Path) -> IndexEntry:
    """One host's evidence in a folder with an index."""
    entry = write_evidence(tmp_path, evidence())
    write_index(tmp_path, NOON, [entry], {"key": 1})
    return entry


def test_what_is_written_is_read_again(tmp_path: Path, entry: IndexEntry) -> None:
    why = NoEvidence(kind="tls", stage="connect", message="no", next_step="look")
    write_index(tmp_path, NOON, [entry, IndexEntry(name="hv02", failure=why)], {"key": {"nested": [1]}})
    index = read_index(tmp_path)
    assert (index.collected, index.policy) == (NOON, {"key": {"nested": [1]}})
    assert index.hosts == [entry, IndexEntry(name="hv02", failure=why)]
    assert read_evidence(tmp_path, index.hosts[0]) == evidence()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["hv01.json", INDEX]


@pytest.mark.parametrize("name", ["index", "Index", "hv01.corp.example", "index.json"])
def test_no_host_name_is_in_the_way_of_the_index(tmp_path: Path, name: str) -> None:
    written = write_evidence(tmp_path, evidence(name))
    write_index(tmp_path, NOON, [written], {})
    assert read_evidence(tmp_path, read_index(tmp_path).hosts[0]).target == name


def rewrite(path: Path, **changes: Any) -> str:
    """Changes a JSON file and returns its new hash; None takes a key away."""
    content = {**json.loads(path.read_text("utf-8")), **changes}
    path.write_text(json.dumps({key: value for key, value in content.items() if value is not None}), encoding="utf-8")
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"schema": 2}, "schema: Input should be 1"),
        ({"verdict": "pass"}, "verdict: Extra inputs"),
        ({"topics": None}, "topics: Field required"),
        ({"started": "yesterday"}, "started: "),
        ({"started": "2026-01-02T12:00:00"}, "started: "),
        ({"reached": {"endpoint": "x", "account": "y", "transport": "telnet"}}, "reached.transport: "),
        ({"target": "hv02"}, "is the evidence of hv02, and the index says hv01"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_evidence_of_another_shape_is_refused(
    tmp_path: Path, entry: IndexEntry, changes: dict[str, Any], why: str
) -> None:
    changed = entry.model_copy(update={"sha256": rewrite(tmp_path / "hv01.json", **changes)})
    with pytest.raises(EvidenceError) as caught:
        read_evidence(tmp_path, changed)
    assert why in caught.value.what
    assert "hv01.json" in caught.value.what


def test_an_altered_file_is_refused(tmp_path: Path, entry: IndexEntry) -> None:
    rewrite(tmp_path / "hv01.json", script="CD")
    with pytest.raises(EvidenceError, match="its SHA-256 differs") as caught:
        read_evidence(tmp_path, entry)
    assert "as it was collected" in caught.value.next_step


def test_evidence_without_a_hash_is_refused(tmp_path: Path, entry: IndexEntry) -> None:
    with pytest.raises(EvidenceError, match="SHA-256 differs"):
        read_evidence(tmp_path, entry.model_copy(update={"sha256": None}))


CONTENTS = {
    "no JSON": b"{",
    "no text": b"\xff\xfe",
    "a list": b"[]",
    "half a surrogate pair": b'{"target": "\\ud83d"}',
    "depth without measure": b"[" * 100_000,
}


@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS.keys())
def test_a_file_that_is_none_of_ours_is_refused(tmp_path: Path, entry: IndexEntry, content: bytes) -> None:
    (tmp_path / "hv01.json").write_bytes(content)
    with pytest.raises(EvidenceError, match="no evidence of schema 1"):
        read_evidence(tmp_path, entry.model_copy(update={"sha256": hashlib.sha256(content).hexdigest()}))
    (tmp_path / INDEX).write_bytes(content)
    with pytest.raises(EvidenceError, match="no evidence of schema 1"):
        read_index(tmp_path)


@pytest.mark.parametrize(
    "file",
    [None, "", ".", "..", "../hv01.json", "/etc/passwd", "sub/hv01.json", "sub/../hv01.json", "a\0b", "gone.json"],
)
def test_the_index_leads_to_no_other_place(tmp_path: Path, entry: IndexEntry, file: str | None) -> None:
    inner = tmp_path / "evidence"
    write_evidence(inner, evidence())
    write_evidence(inner / "sub", evidence())
    with pytest.raises(EvidenceError):
        read_evidence(inner, entry.model_copy(update={"file": file}))


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"schema": 2}, "schema: "),
        ({"more": 1}, "more: Extra inputs"),
        ({"hosts": None}, "hosts: Field required"),
        ({"hosts": [{"name": "hv01", "path": "x"}]}, "hosts.0.path: Extra inputs"),
        ({"policy": [1]}, "policy: "),
    ],
)
def test_an_index_of_another_shape_is_refused(
    tmp_path: Path, entry: IndexEntry, changes: dict[str, Any], why: str
) -> None:
    assert entry.file
    rewrite(tmp_path / INDEX, **changes)
    with pytest.raises(EvidenceError) as caught:
        read_index(tmp_path)
    assert why in caught.value.what


def test_a_folder_without_an_index_says_where_one_is(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "gone"):
        with pytest.raises(EvidenceError, match="reports/latest/evidence"):
            read_index(folder)


def too_large(path: Path) -> None:
    """A sparse file: long, and yet of no size."""
    with path.open("r+b") as file:
        file.truncate(2 * MAX_DOCUMENT + 1)


@pytest.mark.parametrize(
    ("name", "read"),
    [("hv01.json", read_evidence), (INDEX, lambda folder, _: read_index(folder))],
    ids=["evidence", "index"],
)
def test_what_is_too_large_is_not_read(
    tmp_path: Path, entry: IndexEntry, name: str, read: Callable[[Path, IndexEntry], object]
) -> None:
    too_large(tmp_path / name)
    with pytest.raises(EvidenceError, match="larger than any evidence"):
        read(tmp_path, entry)


@pytest.fixture
def validator() -> Draft202012Validator:
    schema = json.loads(PUBLISHED.read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def test_the_published_schema_is_what_the_model_says() -> None:
    assert PUBLISHED.read_text("utf-8") == evidence_schema(), "run: python -m hyperv_audit.collect.schema"


def test_a_written_file_is_valid_by_the_published_schema(
    tmp_path: Path, entry: IndexEntry, validator: Draft202012Validator
) -> None:
    assert entry.file
    validator.validate(json.loads((tmp_path / entry.file).read_text("utf-8")))


@pytest.mark.parametrize(
    "wrong", [{"schema": 2}, {"schema_version": 1}, {"topics": []}, {"topics": {"os": {"data": {}}}}, {"verdict": 1}]
)
def test_the_published_schema_refuses_another_shape(validator: Draft202012Validator, wrong: dict[str, Any]) -> None:
    good = json.loads(evidence().model_dump_json(by_alias=True))
    with pytest.raises(ValidationError):
        validator.validate(good | wrong)
