"""A Linux guest that meets every recommendation, as `collect/linux.sh` finds it."""

from typing import Any

NOW = 1_767_323_045  # 2026-01-02 03:04:05 UTC
DAY = 86_400


def said(text: str, *, status: int = 0, cut: bool = False) -> list[Any]:
    """What a command printed, and how it ended."""
    return [{"Status": status, "Lines": text.splitlines(), "Cut": cut}]


RULES = """\
table inet filter {
	chain input {
		type filter hook input priority filter; policy drop;
		ct state established,related accept
		tcp dport 22 accept
	}
}"""
SERVICES = """\
auditd.service        loaded active running Security Auditing Service
hv-kvp-daemon.service loaded active running Hyper-V KVP Protocol Daemon
hv-vss-daemon.service loaded active running Hyper-V VSS Protocol Daemon
mdatp.service         loaded active running Microsoft Defender
ssh.service           loaded active running OpenBSD Secure Shell server"""
UBUNTU: dict[str, list[Any]] = {
    "user": said("1000"),
    "os_release": said('ID=ubuntu\nVERSION_ID="22.04"\nPRETTY_NAME="Ubuntu 22.04.5 LTS"\nID_LIKE=debian'),
    "system": said("Linux"),
    "kernel": said("5.15.0-91-generic"),
    "clock": said(str(NOW)),
    "efi": said(""),
    "mokutil": said("SecureBoot enabled"),
    "secure_boot_variable": said("   6   0   0   0   1"),
    "modules": said("hv_vmbus 1 0 - Live 0x0000000000000000\nhv_utils 1 0 - Live 0x0000000000000000"),
    "services": said(SERVICES),
    "timers": said("apt-daily.timer loaded active waiting Daily apt download activities"),
    "apt_upgrade": said("Reading package lists...\n0 upgraded, 0 newly installed, 0 to remove and 0 not upgraded."),
    "apt_policy": said("     release v=22.04,o=Ubuntu,a=jammy-security,n=jammy,l=Ubuntu,c=main,b=amd64"),
    "apt_lists": said(
        f"{NOW - 2 * DAY}.25 f archive.ubuntu.com_ubuntu_dists_jammy-security_InRelease\n{NOW}.00 d partial"
    ),
    "apt_periodic": said(f"{NOW - 3600}.50 f update-success-stamp"),
    "dpkg_database": said(f"{NOW - 4 * DAY}.75 /var/lib/dpkg/status"),
    "kernels": said(f"{NOW - 20 * DAY}.00 vmlinuz-5.15.0-91-generic"),
    "nft": said(RULES),
    "apparmor": said("Y"),
    "lockdown": said("none [integrity] confidentiality"),
    "ssh_settings": said("PasswordAuthentication no\nPermitRootLogin prohibit-password"),
    "mdatp": said('{"realTimeProtectionEnabled": {"value": true}, "definitionsStatus": {"$type": "upToDate"}}'),
}
