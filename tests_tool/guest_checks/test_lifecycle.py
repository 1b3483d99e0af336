"""Until when a guest's system is mended: by the policy, by its build, by its version; unknown rather than guessed."""

import datetime as dt

import pytest

from hyperv_audit.facts.guest_os import GuestOs, from_build, from_guest, from_os_release, from_policy
from hyperv_audit.facts.lifecycle import Support, support_of


@pytest.mark.parametrize(
    ("guest", "release", "any_until"),
    [
        (from_build("9600", client=False), "windows-server-2012-r2", "2023-10-10"),
        (from_build("7601", client=False), "windows-server-2008-r2", "2020-01-14"),
        (from_build("7601", client=True), "windows-7", "2020-01-14"),
        (from_build("14393", client=False), "windows-server-2016", "2027-01-12"),
        (from_build("17134", client=False), "windows-server-1803", "2019-11-12"),
        (from_build("20348", client=False), "windows-server-2022", "2031-10-14"),
        (from_build("26100", client=False), "windows-server-2025", "2034-11-14"),
        (from_build("19045", client=True), "windows-10-22h2", "2025-10-14"),
        (from_build("17763", client=True), "windows-10-1809", "2029-01-09"),
        (from_guest({"OSVersion": "6.1.7601", "ProductType": "3"}), "windows-server-2008-r2", "2020-01-14"),
        (from_guest({"OSVersion": "10.0.17763", "ProductType": "2"}), "windows-server-2019", "2029-01-09"),
        (from_policy("windows-server-2019"), "windows-server-2019", "2029-01-09"),
        (from_policy("ubuntu-22.04"), "ubuntu-22.04", "2027-04-01"),
        (from_os_release("ubuntu", "20.04"), "ubuntu-20.04", "2025-05-31"),
        (from_os_release("rhel", "9.4"), "rhel-9", "2032-05-31"),
        (from_os_release("centos", "7"), "centos-7", "2024-06-30"),
        (from_os_release("almalinux", "9.3"), "alma-9", "2032-05-31"),
        (from_os_release("ol", "8.9"), "oracle-8", "2029-07-31"),
        (from_os_release("sles", "15.6"), "sles-15.6", "2025-12-31"),
        (from_os_release("debian", "12"), "debian-12", "2028-06-30"),
        (from_os_release("freebsd", "14.1"), "freebsd-14.1", "2025-03-31"),
    ],
)
def test_end_of_support(guest: GuestOs, release: str, any_until: str) -> None:
    found = support_of(guest, {})
    assert found
    assert (found.release, found.any_until.isoformat()) == (release, any_until)


@pytest.mark.parametrize(
    "guest",
    [
        from_build("99999", client=False),
        from_build("20349", client=False),
        from_build("", client=False),
        from_build("20348; reboot", client=True),
        from_policy("windows-10"),
        from_os_release("sles", "15"),
        from_os_release("ubuntu", ""),
        from_os_release("ubuntu", "22.10"),
        from_os_release("plan9", "4"),
    ],
    ids=str,
)
def test_nobody_knows(guest: GuestOs) -> None:
    assert support_of(guest, {}) is None


def test_the_policy_knows_better() -> None:
    day = dt.date(2032, 4, 9)
    assert support_of(from_policy("ubuntu-22.04"), {"ubuntu-22.04": day}) == Support("ubuntu-22.04", day, day)
    assert support_of(from_os_release("rhel", "7.9"), {"rhel-7": day}) == Support("rhel-7", day, day)
    assert support_of(from_build("25999", client=False), {"windows-build-25999": day})
