"""Lists of VLAN ids as Hyper-V writes them: "10,20-30"."""

_HIGHEST = 4094


def ids(text: str) -> frozenset[int]:
    """The ids of a list. Raises ValueError for anything that is no such list."""
    found: set[int] = set()
    for part in filter(None, (part.strip() for part in text.split(","))):
        first, _, last = part.partition("-")
        low, high = int(first), int(last or first)
        if not 0 <= low <= high <= _HIGHEST:
            raise ValueError(f"{part!r} is no range of VLAN ids")
        found.update(range(low, high + 1))
    return frozenset(found)


def lies_within(text: str, allowed: str) -> bool:
    """Whether every id of `text` is one of `allowed`; what cannot be read does not."""
    try:
        return ids(text) <= ids(allowed)
    except ValueError:
        return False


def may_hold(text: str, vlan: int) -> bool:
    """Whether a list holds this id; what cannot be read may hold any."""
    try:
        return vlan in ids(text)
    except ValueError:
        return True
