"""Until when the vendor of a guest's operating system mends it, for everybody and without a further contract.

Dates are those of the vendors' own pages (learn.microsoft.com/lifecycle, wiki.ubuntu.com/Releases,
wiki.debian.org/DebianReleases, access.redhat.com/support/policy/updates/errata, suse.com/lifecycle, Oracle's Lifetime
Support Policy, wiki.centos.org, wiki.rockylinux.org, wiki.almalinux.org, freebsd.org/security), as endoflife.date had
collected them in August 2026. What costs extra (ESU, ELS, LTSS, Ubuntu Pro) is not in them: the policy says who has it.
"""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass

from hyperv_audit.facts.guest_os import GuestOs


@dataclass(frozen=True)
class Support:
    """The last day on which every edition is mended, and the last on which any is."""

    release: str
    all_until: dt.date
    any_until: dt.date


# Builds that are releases of their own. Of a client's, editions end on different days: Home and Pro first, then
# Enterprise and Education, the long-term ones last.
_SERVERS = {
    14393: "windows-server-2016",
    16299: "windows-server-1709",
    17134: "windows-server-1803",
    17763: "windows-server-2019",
    18362: "windows-server-1903",
    18363: "windows-server-1909",
    19041: "windows-server-2004",
    19042: "windows-server-20h2",
    20348: "windows-server-2022",
    25398: "windows-server-23h2",
    26100: "windows-server-2025",
}
_CLIENTS = {
    10240: "windows-10-1507",
    10586: "windows-10-1511",
    14393: "windows-10-1607",
    15063: "windows-10-1703",
    16299: "windows-10-1709",
    17134: "windows-10-1803",
    17763: "windows-10-1809",
    18362: "windows-10-1903",
    18363: "windows-10-1909",
    19041: "windows-10-2004",
    19042: "windows-10-20h2",
    19043: "windows-10-21h1",
    19044: "windows-10-21h2",
    19045: "windows-10-22h2",
    22000: "windows-11-21h2",
    22621: "windows-11-22h2",
    22631: "windows-11-23h2",
    26100: "windows-11-24h2",
    26200: "windows-11-25h2",
}
# Public sources name several last days of 2034. A guest gets the latest, which decides nothing for years; a host, whose
# move takes planning, gets none.
_DISPUTED = {"windows-server-2025"}
# One date for all editions, or the first and the last. Debian's second one is that of its LTS team.
_UNTIL: dict[str, str | tuple[str, str]] = {
    "windows-server-2008": "2020-01-14",
    "windows-server-2008-r2": "2020-01-14",
    "windows-server-2012": "2023-10-10",
    "windows-server-2012-r2": "2023-10-10",
    "windows-server-2016": "2027-01-12",
    "windows-server-1709": "2019-04-09",
    "windows-server-1803": "2019-11-12",
    "windows-server-2019": "2029-01-09",
    "windows-server-1903": "2020-12-08",
    "windows-server-1909": "2021-05-11",
    "windows-server-2004": "2021-12-14",
    "windows-server-20h2": "2022-08-09",
    "windows-server-2022": "2031-10-14",
    "windows-server-23h2": "2026-05-12",
    "windows-server-2025": "2034-11-14",
    "windows-vista": "2017-04-11",
    "windows-7": "2020-01-14",
    "windows-8": "2016-01-12",
    "windows-8.1": "2023-01-10",
    "windows-10-1507": ("2017-05-09", "2025-10-14"),
    "windows-10-1511": "2017-10-10",
    "windows-10-1607": ("2018-04-10", "2026-10-13"),
    "windows-10-1703": ("2018-10-09", "2019-10-08"),
    "windows-10-1709": ("2019-04-09", "2020-10-13"),
    "windows-10-1803": ("2019-11-12", "2021-05-11"),
    "windows-10-1809": ("2020-11-10", "2029-01-09"),
    "windows-10-1903": "2020-12-08",
    "windows-10-1909": ("2021-05-11", "2022-05-10"),
    "windows-10-2004": "2021-12-14",
    "windows-10-20h2": ("2022-05-10", "2023-05-09"),
    "windows-10-21h1": "2022-12-13",
    "windows-10-21h2": ("2023-06-13", "2032-01-13"),
    "windows-10-22h2": "2025-10-14",
    "windows-11-21h2": ("2023-10-10", "2024-10-08"),
    "windows-11-22h2": ("2024-10-08", "2025-10-14"),
    "windows-11-23h2": ("2025-11-11", "2026-11-10"),
    "windows-11-24h2": ("2026-10-13", "2034-10-10"),
    "windows-11-25h2": ("2027-10-12", "2028-10-10"),
    "ubuntu-12.04": "2017-04-28",
    "ubuntu-14.04": "2019-04-02",
    "ubuntu-16.04": "2021-04-02",
    "ubuntu-18.04": "2023-05-31",
    "ubuntu-20.04": "2025-05-31",
    "ubuntu-22.04": "2027-04-01",
    "ubuntu-24.04": "2029-05-31",
    "ubuntu-24.10": "2025-07-10",
    "ubuntu-25.04": "2026-01-17",
    "ubuntu-25.10": "2026-07-01",
    "ubuntu-26.04": "2031-04-30",
    "debian-7": ("2016-04-25", "2018-05-31"),
    "debian-8": ("2018-06-17", "2020-06-30"),
    "debian-9": ("2020-07-18", "2022-07-01"),
    "debian-10": ("2022-09-10", "2024-06-30"),
    "debian-11": ("2024-08-14", "2026-08-31"),
    "debian-12": ("2026-07-11", "2028-06-30"),
    "debian-13": ("2028-08-09", "2030-06-30"),
    "rhel-5": "2017-03-31",
    "rhel-6": "2020-11-30",
    "rhel-7": "2024-06-30",
    "rhel-8": "2029-05-31",
    "rhel-9": "2032-05-31",
    "rhel-10": "2035-05-31",
    "centos-5": "2017-03-31",
    "centos-6": "2020-11-30",
    "centos-7": "2024-06-30",
    "centos-8": ("2021-12-31", "2024-05-31"),  # CentOS Linux, CentOS Stream
    "centos-9": "2027-05-31",
    "centos-10": "2030-05-31",
    "rocky-8": "2029-05-31",
    "rocky-9": "2032-05-31",
    "rocky-10": "2035-05-31",
    "alma-8": "2029-05-31",
    "alma-9": "2032-05-31",
    "alma-10": "2035-05-31",
    "oracle-6": "2021-03-31",
    "oracle-7": "2024-12-31",
    "oracle-8": "2029-07-31",
    "oracle-9": "2032-06-30",
    "sles-11.4": "2019-03-31",
    "sles-12.3": "2019-06-30",
    "sles-12.4": "2020-06-30",
    "sles-12.5": "2024-10-31",
    "sles-15.3": "2022-12-31",
    "sles-15.4": "2023-12-31",
    "sles-15.5": "2024-12-31",
    "sles-15.6": "2025-12-31",
    "sles-15.7": "2031-07-31",
    "sles-16.0": "2027-11-30",
    "freebsd-12.4": "2023-12-31",
    "freebsd-13.2": "2024-06-30",
    "freebsd-13.3": "2024-12-31",
    "freebsd-13.4": "2025-06-30",
    "freebsd-13.5": "2026-04-30",
    "freebsd-14.0": "2024-09-30",
    "freebsd-14.1": "2025-03-31",
    "freebsd-14.2": "2025-09-30",
    "freebsd-14.3": "2026-06-30",
    "freebsd-14.4": "2026-12-31",
    "freebsd-15.0": "2026-09-30",
    "freebsd-15.1": "2027-03-31",
}


def server_until(build: str) -> dt.date | None:
    """Until when a host's build of Windows Server is mended; None where that is the policy's to say."""
    name = _SERVERS.get(int(build)) if build.isdecimal() else None
    until = _UNTIL[name] if name and name not in _DISPUTED else None
    return dt.date.fromisoformat(until) if isinstance(until, str) else None


def support_of(guest: GuestOs, by_policy: Mapping[str, dt.date]) -> Support | None:
    """How long this guest is mended: as the policy says of its release, else as the vendor does; None when unknown."""
    names = releases_of(guest)
    for name in names:
        if name in by_policy:
            return Support(name, by_policy[name], by_policy[name])
    for name in names:
        if found := _UNTIL.get(name):
            first, last = (found, found) if isinstance(found, str) else found
            return Support(name, dt.date.fromisoformat(first), dt.date.fromisoformat(last))
    return None


def releases_of(guest: GuestOs) -> tuple[str, ...]:
    """The names under which a release may be found, the most exact one first.

    A distribution whose minor releases end together is found by its major version. A Windows whose build is known is
    its build's release and no other: between the long-term releases of a server there were others, which have ended.
    """
    if guest.build is not None:
        known = (_CLIENTS if guest.is_client else _SERVERS).get(guest.build)
        return (known,) if known else (f"windows-build-{guest.build}",)
    id_ = guest.id.removesuffix(" (32-bit)")
    major = re.fullmatch(r"([a-z]+-\d+)\..*", id_)
    return (id_, major[1]) if major else (id_,)
