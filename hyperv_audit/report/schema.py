"""The published JSON Schema of a line of `results.jsonl`; `python -m hyperv_audit.report.schema` writes it anew."""

import json
from pathlib import Path
from typing import Annotated

from pydantic import Field, TypeAdapter

from hyperv_audit.report.results import Header, Result

PUBLISHED = Path(__file__).parent / "schemas" / "results.schema.json"

_LINE: TypeAdapter[Header | Result] = TypeAdapter(Annotated[Header | Result, Field(discriminator="kind")])


def results_schema() -> str:
    """The schema as its file holds it: made from the models, so that the two cannot disagree."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A line of results.jsonl: the header comes first, then one result a line",
        **_LINE.json_schema(),
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    PUBLISHED.write_text(results_schema(), encoding="utf-8", newline="\n")
