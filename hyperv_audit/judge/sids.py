"""Well-known SIDs by their English names, beside the SID: a reader knows the one, and another language has the other.

Source: Microsoft, "Security identifiers" (well-known SIDs and built-in groups), and MS-DTYP 2.4.2.4.
"""

from collections.abc import Iterable

_NAMES = {
    "S-1-1-0": "Everyone",
    "S-1-5-6": "Service",
    "S-1-5-9": "Enterprise Domain Controllers",
    "S-1-5-11": "Authenticated Users",
    "S-1-5-18": "Local System",
    "S-1-5-19": "Local Service",
    "S-1-5-20": "Network Service",
    "S-1-5-32-544": "Administrators",
    "S-1-5-32-545": "Users",
    "S-1-5-32-546": "Guests",
    "S-1-5-32-551": "Backup Operators",
    "S-1-5-32-555": "Remote Desktop Users",
    "S-1-5-32-559": "Performance Log Users",
    "S-1-5-32-568": "IIS_IUSRS",
    "S-1-5-32-578": "Hyper-V Administrators",
    "S-1-5-32-580": "Remote Management Users",
    "S-1-5-80-0": "All Services",
    "S-1-5-83-0": r"NT VIRTUAL MACHINE\Virtual Machines",
    "S-1-5-90-0": "Window Manager Group",
    "S-1-5-113": "Local account",
    "S-1-5-114": "Local account and member of Administrators",
}


def in_words(sids: Iterable[str]) -> str:
    """Who these are, in a fixed order."""
    named = [f"{_NAMES[sid]} ({sid})" if sid in _NAMES else sid for sid in sorted(sids)]
    return ", ".join(named) or "nobody"
