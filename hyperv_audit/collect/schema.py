"""The published JSON Schema of an evidence file; `python -m hyperv_audit.collect.schema` writes it anew."""

import json
from pathlib import Path

from hyperv_audit.collect.evidence import Evidence

PUBLISHED = Path(__file__).parent / "evidence.schema.json"


def evidence_schema() -> str:
    """The schema as its file holds it: made from the model, so that the two cannot disagree."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Evidence.model_json_schema(mode="serialization"),
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    PUBLISHED.write_text(evidence_schema(), encoding="utf-8", newline="\n")
