"""The JSON Schemas of configuration files, for editors; made from the classes that read them."""

from typing import Any

from pydantic import BaseModel

from hyperv_audit.inventory.policies import PolicyFile
from hyperv_audit.inventory.schema import InventoryFile
from hyperv_audit.inventory.waivers import WaiverFile

FILES: dict[str, tuple[type[BaseModel], str]] = {
    "inventory": (InventoryFile, "Inventory of the Hyper-V audit"),
    "policy": (PolicyFile, "Policy of the Hyper-V audit"),
    "waivers": (WaiverFile, "Waivers of the Hyper-V audit"),
}


def json_schema(file: str = "inventory") -> dict[str, Any]:
    """The shape of a kind of file as JSON Schema (draft 2020-12)."""
    model, title = FILES[file]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **model.model_json_schema(), "title": title}
