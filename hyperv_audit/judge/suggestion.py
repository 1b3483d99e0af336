"""What to paste into the policy file, made from what was found: deciding is easier than typing SIDs."""

import re
from collections.abc import Iterable
from typing import Any

import yaml

_WIDE = 1_000_000


def suggestion(section: str, **keys: Any) -> str:
    """Keys of the policy with these values, as one line of YAML. Tuples become lists."""
    values = {key: list(value) if isinstance(value, tuple) else value for key, value in keys.items()}
    text = yaml.safe_dump(values, default_flow_style=True, sort_keys=False, allow_unicode=True, width=_WIDE)
    return f"for the policy file, after crossing out what is wrong: {section}: {text.strip()}"


def exactly(names: Iterable[str]) -> tuple[str, ...]:
    """Regular expressions that mean these names and no others."""
    escaped = (re.escape(name).replace("\\ ", " ") for name in names)
    return tuple(dict.fromkeys(f"^{name}$" for name in escaped))
