"""The published schema: made from the models, true of real lines, and strict."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, ValidationError
from pydantic import ValidationError as ModelError

from hyperv_audit.report.results import read_results
from hyperv_audit.report.schema import PUBLISHED, results_schema
from tests_tool.report.world import World

FINDING = {"verdict": "fail", "why": "it matters", "found": "off", "expected": "on"}


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    schema = json.loads(PUBLISHED.read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


@pytest.fixture
def stream(world: World, tmp_path: Path) -> Path:
    return world.write(tmp_path / "results.jsonl")


def lines_of(stream: Path) -> list[str]:
    """Not `splitlines`: JSON leaves U+2028, which a name may contain, as it is."""
    return stream.read_text("utf-8").rstrip("\n").split("\n")


def test_the_published_file_is_what_the_models_say() -> None:
    assert PUBLISHED.read_text("utf-8") == results_schema(), "run: python -m hyperv_audit.report.schema"


def test_every_line_of_a_stream_is_valid(validator: Draft202012Validator, stream: Path) -> None:
    for line in lines_of(stream):
        validator.validate(json.loads(line))


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"verdict": "passed"}, id="a verdict that there is not"),
        pytest.param({"verdict": None}, id="no verdict"),
        pytest.param({"node_id": "test_x[hv01]"}, id="a field too many"),
        pytest.param({"findings": [{"verdict": "fail", "found": "off"}]}, id="a finding with no expectation"),
        pytest.param({"findings": [{**FINDING, "severity": None}]}, id="a finding that weighs nothing"),
        pytest.param({"findings": [{**FINDING, "severity": "grave"}]}, id="a severity that there is not"),
    ],
)
def test_schema_and_reader_refuse_a_broken_line(
    validator: Draft202012Validator, stream: Path, wrong: dict[str, object]
) -> None:
    header, *lines = lines_of(stream)
    broken = json.loads(lines[0]) | wrong
    with pytest.raises(ValidationError):
        validator.validate(broken)
    stream.write_text(f"{header}\n{json.dumps(broken)}\n", encoding="utf-8")
    with pytest.raises(ModelError):
        list(read_results(stream)[1])
