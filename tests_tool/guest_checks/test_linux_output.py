"""What Linux tools print, as their sources and real machines have it; and what a hostile guest may print instead."""

import re
from itertools import pairwise
from typing import Any

import pytest

from hyperv_audit.facts import linux_output as read
from hyperv_audit.facts.linux_output import Inbound, SecureBoot, Update
from hyperv_audit.facts.reading import Unreadable

# What the system is


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('ID=ubuntu\nVERSION_ID="22.04"\nPRETTY_NAME="Ubuntu 22.04.5 LTS"', ("ubuntu", "22.04")),
        ('NAME="Red Hat Enterprise Linux"\nID="rhel"\nVERSION_ID="9.4"', ("rhel", "9.4")),
        ("ID='sles'\nVERSION_ID='15.6'", ("sles", "15.6")),
        ("# comment = 1\n\nID=debian\nVERSION_ID=12", ("debian", "12")),
        ("ID=arch", ("arch", None)),
        ("", (None, None)),
        ('ID="$(reboot)"\nVERSION_ID=`id`', ("$(reboot)", "`id`")),
    ],
)
def test_os_release(text: str, found: tuple[str | None, str | None]) -> None:
    said = read.os_release(text.splitlines())
    assert (said.get("ID"), said.get("VERSION_ID")) == found


# apt

SIMULATION = """\
Reading package lists...
Building dependency tree...
Calculating upgrade...
The following packages have been kept back:
  linux-image-generic
  snapd
The following packages will be upgraded:
  bash libgcrypt20 liblzma5 openssl
Inst bash [5.2.15-2+b8] (5.2.15-2+b13 Debian:12.15/oldstable [amd64])
Inst libgcrypt20-dev [1.10] (1.10.1-3+deb12u1 Debian:12.15/oldstable, Debian-Security:12/oldstable-security [amd64]) []
Inst liblzma5 [5.4.1-1] (5.4.1-1+deb12u2 Debian-Security:12/oldstable-security [amd64])
Inst openssl [3.0.2-0ubuntu1] (3.0.2-0ubuntu1.18 Ubuntu:22.04/jammy-updates, Ubuntu:22.04/jammy-security [amd64])
Inst linux-image-6.8.0-63-generic (6.8.0-63.66 Ubuntu:24.04/noble-security [amd64])
Inst libssl1.1 [1.1.1n] (1.1.1w Debian-Security:10/oldstable [amd64])
Inst esm [1] (2 UbuntuESM:20.04/focal-infra-security [all])
Inst edge [1] (2 Microsoft Corporation:stable [amd64])
Inst local [1] (2 [amd64])
Remv old [1]
Conf bash (5.2.15-2+b13 Debian:12.15/oldstable [amd64])
""".splitlines()


def test_apt_tells_security_from_the_rest() -> None:
    assert [update.name for update in read.apt_security(SIMULATION)] == [
        *("libgcrypt20-dev", "liblzma5", "openssl", "linux-image-6.8.0-63-generic", "libssl1.1", "esm")
    ]
    assert read.apt_security([]) == ()


def test_apt_keeps_back() -> None:
    assert read.apt_kept_back(SIMULATION) == ("linux-image-generic", "snapd")
    assert read.apt_kept_back(SIMULATION[:3]) == ()


@pytest.mark.parametrize("line", ["Inst", "Inst ", "Inst openssl", "Inst openssl (3.0", "Inst a b c"])
def test_half_a_line_is_no_simulation(line: str) -> None:
    if line == "Inst":  # begins a word of anybody's
        assert read.apt_security([line]) == ()
        return
    with pytest.raises(Unreadable):
        read.apt_security([line])


@pytest.mark.parametrize(
    ("release", "expected"),
    [
        ("v=12,o=Debian,a=oldstable-security,n=bookworm-security,l=Debian-Security,c=main,b=amd64", True),
        ("v=10,o=Debian,a=oldoldstable,n=buster,l=Debian-Security,c=main,b=amd64", True),
        ("v=22.04,o=Ubuntu,a=jammy-security,n=jammy,l=Ubuntu,c=main,b=amd64", True),
        ("v=22.04,o=Ubuntu,a=jammy-updates,n=jammy,l=Ubuntu,c=main,b=amd64", False),
        ("a=now", False),
    ],
)
def test_sources_of_security_updates(release: str, expected: bool) -> None:
    lines = ["Package files:", " 100 /var/lib/dpkg/status", f"     release {release}", "     origin deb.debian.org"]
    assert read.apt_has_security_source(lines) == expected


# dnf, yum


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ("RHSA-2026:0123 Important/Sec. openssl-libs-1:3.0.7-27.el9.x86_64", [("RHSA-2026:0123", "important")]),
        (
            (
                "RHSA-2013:0550 Moderate/Sec.  bind-libs-32:9.8.2-0.17.rc1.el6.3.x86_64\n"
                "RHSA-2013:0550 Moderate/Sec.  bind-utils-32:9.8.2-0.17.rc1.el6.3.x86_64\n"
                "RHSA-2013:0567 Critical/Sec. kernel-2.6.32-358.0.1.el6.x86_64"
            ),
            [("RHSA-2013:0550", "moderate"), ("RHSA-2013:0567", "critical")],
        ),
        (
            (
                "Last metadata expiration check: 1:06:23 ago on Mon 13 Feb 2023 09:28:19 PM UTC.\n"
                "ALAS2LIVEPATCH-2021-123   important/Sec. kernel-livepatch-6.1.12-17.42-1.0-4.amzn2023.x86_64"
            ),
            [("ALAS2LIVEPATCH-2021-123", "important")],
        ),
        ("ELSA-2025-12345 Sec. kernel-5.14.0.x86_64", [("ELSA-2025-12345", "")]),
        (
            (
                "Name                   Type     Severity  Package                 Issued\n"
                "FEDORA-2026-1a2b3c4d5e security Important openssl-3.2.4-1.fc42.x86_64 2026-07-11 01:06:30"
            ),
            [("FEDORA-2026-1a2b3c4d5e", "important")],
        ),
        ("Loaded plugins: fastestmirror\nupdateinfo list done", []),
    ],
)
def test_advisories(text: str, found: list[tuple[str, str]]) -> None:
    assert [(update.name, update.severity) for update in read.advisories(text.splitlines())] == found


@pytest.mark.parametrize(
    "line",
    [
        "Error: Failed to download metadata for repo 'baseos'",
        "RHSA-2026:0123",
        "RHBA-2026:0456 bugfix bash-5.1.8-9.el9.x86_64 and more",
        "Cache-only enabled but no cache for 'updates'",
        "\x1b[31mRHSA-2026:1 Important/Sec. x",
    ],
)
def test_what_is_no_advisory_is_no_good_news(line: str) -> None:
    with pytest.raises(Unreadable):
        read.advisories([line])


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["i RHSA-2026:0123 Important/Sec. openssl-libs-1:3.0.7-27.el9.x86_64"], True),
        (["FEDORA-2026-1 security Important openssl-3.2.4-1.fc42.x86_64 2026-07-11 01:06:30"], True),
        (["Updates | SUSE-1259 | security | moderate | --- | not needed | postfix"], True),
        (["i CEBA-2019:4106 bugfix bash-4.2.x86_64"], False),
        (["Loaded plugins: fastestmirror", "updateinfo list done"], False),
        ([], False),
    ],
)
def test_who_publishes_no_advisories_proves_nothing(lines: list[str], expected: bool) -> None:
    assert read.tells_of_security(lines, re.compile("")) == expected


# zypper

OLD_TABLE = """\
Repository                          | Name                                        | Category | Severity  | Interactive | Status     | Summary
------------------------------------+---------------------------------------------+----------+-----------+-------------+------------+--------
SLE-Module-Basesystem15-SP1-Updates | SUSE-SLE-Module-Basesystem-15-SP1-2019-1206 | security | low       | ---         | applied    | bzip2
SLE-Module-Basesystem15-SP1-Updates | SUSE-SLE-Module-Basesystem-15-SP1-2019-1221 | security | Critical  | ---         | needed     | a | b
SLE-Module-Basesystem15-SP1-Updates | SUSE-SLE-Module-Basesystem-15-SP1-2019-1229 | security | moderate  | ---         | not needed | sensors

Found 3 applicable patches:""".splitlines()  # noqa: E501 - as zypper prints it
NEW_TABLE = """\
Repository | Name      | Category    | Severity | Interactive | Status | Since | Summary
-----------+-----------+-------------+----------+-------------+--------+-------+--------
Updates    | SUSE-1258 | recommended | moderate | ---         | needed | -     | postfix
Updates    | SUSE-1259 | security    | moderate | ---         | needed | -     | postfix
""".splitlines()


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (OLD_TABLE, [Update("SUSE-SLE-Module-Basesystem-15-SP1-2019-1221", "critical")]),
        (NEW_TABLE, [Update("SUSE-1259", "moderate")]),
        (["Loading repository data...", "Reading installed packages...", "No updates found."], []),
        (["", "No patches found."], []),
    ],
)
def test_zypper(lines: list[str], found: list[Update]) -> None:
    assert list(read.zypper_patches(lines)) == found


@pytest.mark.parametrize(
    "lines", [[], ["Loading repository data..."], [*NEW_TABLE, "a | junk"], ["Keine Aktualisierungen gefunden."]]
)
def test_no_word_is_not_no_patch(lines: list[str]) -> None:
    with pytest.raises(Unreadable):
        read.zypper_patches(lines)


# Secure Boot


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("SecureBoot enabled", SecureBoot.ON),
        ("SecureBoot enabled\nSecureBoot validation is disabled in shim", SecureBoot.NOT_VALIDATING),
        ("SecureBoot disabled", SecureBoot.OFF),
        ("SecureBoot disabled\nPlatform is in Setup Mode", SecureBoot.OFF),
        ("EFI variables are not supported on this system", SecureBoot.NO_EFI),
    ],
)
def test_mokutil(text: str, state: SecureBoot) -> None:
    assert read.mokutil(text.splitlines()) is state


@pytest.mark.parametrize(
    "text", ["", "SecureBoot enabled?", "SecureBoot enabled\nbut not really", "Cannot determine secure boot state."]
)
def test_another_word_is_no_state(text: str) -> None:
    with pytest.raises(Unreadable):
        read.mokutil(text.splitlines())


# Services


def test_running_services() -> None:
    lines = [
        "ssh.service        loaded active running OpenBSD Secure Shell server",
        "user@1000.service  loaded active running User Manager for UID 1000",
        "",
    ]
    assert read.running_services(lines) == {"ssh", "user@1000"}


def test_active_timers() -> None:
    assert read.active_timers(["dailyaidecheck.timer loaded active waiting Daily AIDE check"]) == {"dailyaidecheck"}
    with pytest.raises(Unreadable):
        read.active_timers(["ssh.service loaded active running x"])


@pytest.mark.parametrize("line", ["ssh.service", "ssh.service loaded failed failed x", "Failed to connect to bus: x y"])
def test_what_is_no_unit_is_unreadable(line: str) -> None:
    with pytest.raises(Unreadable):
        read.running_services([line])


# Firewalls

INET = """\
table inet filter {
	chain input {
		type filter hook input priority filter; policy %s;
		ct state established,related accept
		%s
	}
	chain forward {
		type filter hook forward priority filter; policy drop;
	}
}"""
ACCEPT_SSH = "tcp dport 22 accept"
FIREWALLD = INET % ("accept", "jump filter_INPUT_ZONES\n\t\treject with icmpx admin-prohibited")
TRUSTING = """\
table inet firewalld {
	chain filter_INPUT {
		type filter hook input priority filter + 10; policy accept;
		ct state { established, related } accept
		jump filter_INPUT_ZONES
		reject with icmpx admin-prohibited
	}
	chain filter_INPUT_ZONES {
		goto filter_IN_trusted
	}
	chain filter_IN_trusted {
		jump filter_IN_trusted_pre
		accept
	}
	chain filter_IN_trusted_pre {
	}
}"""
UFW = """\
# Warning: table ip filter is managed by iptables-nft, do not touch!
table ip filter {
	chain INPUT {
		type filter hook input priority filter; policy drop;
		counter packets 1 bytes 2 jump ufw-before-input
	}
}
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (INET % ("drop", ACCEPT_SSH), Inbound.REFUSED),
        (INET % ("accept", "counter packets 3 bytes 180 drop"), Inbound.REFUSED),
        (FIREWALLD, Inbound.REFUSED),
        (UFW + UFW.replace("table ip ", "table ip6 "), Inbound.REFUSED),
        (UFW, Inbound.HALF_REFUSED),
        (INET % ("accept", ACCEPT_SSH), Inbound.LET_IN),
        (INET % ("accept", "ip saddr 192.0.2.1 drop"), Inbound.LET_IN),
        (INET % ("drop", "accept"), Inbound.LET_IN),
        (INET % ("drop", "counter packets 3 bytes 180 accept"), Inbound.LET_IN),
        (INET % ("drop", "accept\n\t\treject"), Inbound.LET_IN),
        (INET % ("accept", "drop\n\t\taccept"), Inbound.REFUSED),
        (INET % ("drop", 'iifname "lo" accept'), Inbound.REFUSED),
        (TRUSTING, Inbound.LET_IN),
        (INET % ("drop", "jump input"), Inbound.REFUSED),
        ("table inet filter {\n\tchain stray {\n\t\tdrop\n\t}\n}", Inbound.NO_RULES),
        (
            "table netdev t {\n\tchain c {\n\t\ttype filter hook input priority 0; policy drop;\n\t}\n}",
            Inbound.NO_RULES,
        ),
        ("", Inbound.NO_RULES),
    ],
)
def test_nft(text: str, expected: Inbound) -> None:
    assert read.nft_inbound(text.splitlines()) is expected


OPEN = ["-P INPUT ACCEPT", "-P FORWARD ACCEPT", "-P OUTPUT ACCEPT"]
SHUT = ["-P INPUT DROP", *OPEN[1:], "-N ufw-x", "-A INPUT -j ufw-x"]
REJECTING = [*OPEN, "-A INPUT -p tcp --dport 22 -j ACCEPT", "-A INPUT -j REJECT --reject-with icmp-host-prohibited"]


@pytest.mark.parametrize(
    ("four", "six", "expected"),
    [
        (SHUT, SHUT, Inbound.REFUSED),
        (REJECTING, SHUT, Inbound.REFUSED),
        (SHUT, OPEN, Inbound.HALF_REFUSED),
        ([*REJECTING, "-A INPUT -j ACCEPT"], OPEN, Inbound.HALF_REFUSED),
        ([SHUT[0], "-A INPUT -j ACCEPT"], OPEN, Inbound.LET_IN),
        ([*SHUT, "-A ufw-x -j ACCEPT"], OPEN, Inbound.LET_IN),
        ([*SHUT, "-A ufw-x -i lo -j ACCEPT"], OPEN, Inbound.HALF_REFUSED),
        ([*OPEN, "-N x", "-A INPUT -g x", "-A x -j DROP"], OPEN, Inbound.HALF_REFUSED),
        ([*OPEN, "-A INPUT -s 192.0.2.1/32 -j DROP"], OPEN, Inbound.LET_IN),
        (OPEN, OPEN, Inbound.NO_RULES),
    ],
)
def test_iptables(four: list[str], six: list[str], expected: Inbound) -> None:
    assert read.iptables_inbound(four, six) is expected


def test_chains_without_end_are_unreadable() -> None:
    jumps = [f"-A {here} -j {there}" for here, there in pairwise(["INPUT", *(f"x{n}" for n in range(500))])]
    with pytest.raises(Unreadable):
        read.iptables_inbound([SHUT[0], *jumps], SHUT)


@pytest.mark.parametrize("lines", [[], ["-P FORWARD DROP"], ["iptables v1.8.7: Permission denied"], [*SHUT, *OPEN]])
def test_no_chain_is_no_firewall(lines: list[str]) -> None:
    with pytest.raises(Unreadable):
        read.iptables_inbound(lines, SHUT)


# Microsoft Defender for Endpoint


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"realTimeProtectionEnabled": {"value": true}, "definitionsStatus": {"$type": "upToDate"}}', (True, True)),
        (
            '{"realTimeProtectionEnabled": {"value": false}, "definitionsStatus": {"$type": "outOfDate"}}',
            (False, False),
        ),
        ('{"real_time_protection_enabled": true, "definitions_status": "up_to_date"}', (True, True)),
    ],
)
def test_mdatp(text: str, expected: tuple[bool, bool]) -> None:
    health = read.mdatp_health(text.splitlines())
    assert (health.real_time_protection, health.is_up_to_date) == expected


DEEP: Any = "[" * 100_000


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        DEEP,
        '{"realTimeProtectionEnabled": {"value": "true"}, "definitionsStatus": {"$type": "upToDate"}}',
    ],
)
def test_mdatp_that_does_not_say(text: str) -> None:
    with pytest.raises(Unreadable):
        read.mdatp_health(text.splitlines())
