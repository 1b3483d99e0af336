"""Who is audited: targets from a file or from `--hosts`, and their passwords by reference."""

from hyperv_audit.inventory.credentials import Secret, resolve
from hyperv_audit.inventory.document import Document, Problem, read_document, refuse
from hyperv_audit.inventory.load import DEMO, LAB_CREDENTIAL, load_inventory
from hyperv_audit.inventory.model import (
    CredentialReference,
    GuestAccess,
    Inventory,
    Limits,
    Scheme,
    SecretSource,
    Target,
    Via,
)
from hyperv_audit.inventory.patterns import select
from hyperv_audit.inventory.schemas import json_schema
from hyperv_audit.inventory.url import PASSWORD_VARIABLE
from hyperv_audit.inventory.validate import Strict, did_you_mean, refusal, validated

__all__ = [
    "DEMO",
    "LAB_CREDENTIAL",
    "PASSWORD_VARIABLE",
    "CredentialReference",
    "Document",
    "GuestAccess",
    "Inventory",
    "Limits",
    "Problem",
    "Scheme",
    "Secret",
    "SecretSource",
    "Strict",
    "Target",
    "Via",
    "did_you_mean",
    "json_schema",
    "load_inventory",
    "read_document",
    "refusal",
    "refuse",
    "resolve",
    "select",
    "validated",
]
