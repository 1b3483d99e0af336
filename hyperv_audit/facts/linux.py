"""A Linux guest from inside: what it runs, which security updates wait, and what guards it.

The topic `linux` has a probe for each command of `collect/linux.sh`: a row with the exit status of the command and the
lines that it printed, on both of its streams. A probe that is not there was not asked: the guest has no such tool.
"""

import datetime as dt
import re
from dataclasses import dataclass

from pydantic import Field

from hyperv_audit.facts import guest_os, linux_output
from hyperv_audit.facts.integration import Service
from hyperv_audit.facts.linux_output import DefenderHealth, Inbound, SecureBoot, Update
from hyperv_audit.facts.reading import Readings, Row, Unreadable

_NO_SUCH_COMMAND = 127
_NEEDS_RESTART = 1  # of needs-restarting -r, says its manual page
_APT = {"debian", "ubuntu"}
_ID = re.compile(r"[a-z0-9._-]{1,40}")
_DNF = {"rhel", "fedora", "centos"}
_ZYPPER = {"suse", "sles"}
# Whose advisories say that a distribution publishes its own: a repository beside it vouches for nothing but itself.
_OF_ANY = re.compile(r"(?!.*\bFEDORA-EPEL-)")
_OF_CENTOS = re.compile(r".*\bCESA-")
_OF_SUSE = re.compile(r".*SUSE-")
_FETCHED_BY_APT = re.compile(r"f (update-success-stamp|.*_(In)?Release)")
_RPM_DATABASE = re.compile(r".*/(Packages|Packages\.db|rpmdb\.sqlite)")
# Units of Debian and Ubuntu, of Red Hat, of SUSE.
_DAEMONS = {
    Service.DATA_EXCHANGE: {"hv-kvp-daemon", "hypervkvpd", "hv_kvp_daemon"},
    Service.VSS: {"hv-vss-daemon", "hypervvssd", "hv_vss_daemon"},
}
_ANYTHING = re.compile(".*")
_HYPERVISORS = ("kvm_intel", "kvm_amd", "vboxdrv", "vmmon")


class _Output(Row):
    status: int = Field(alias="Status")
    lines: list[str] = Field(alias="Lines")
    cut: bool = Field(alias="Cut")


@dataclass(frozen=True)
class Updates:
    """Security updates, and what the word "none" is worth here.

    `publishes` is whether the machine's sources tell at all which updates are for security; `fetched` is how old the
    news from them are, `changed` how long no package was installed or removed, in days by the guest's own clock.
    """

    pending: tuple[Update, ...]
    kept_back: tuple[str, ...]
    publishes: bool
    fetched_days_ago: int
    changed_days_ago: int


@dataclass(frozen=True)
class Linux:
    """A Linux guest."""

    readings: Readings

    @property
    def os(self) -> guest_os.GuestOs:
        """The distribution and its version; `linux` is what a system without an ID is called (os-release(5))."""
        release = self._release
        id_ = release.get("ID") or "linux"
        if not _ID.fullmatch(id_):
            raise Unreadable(f"linux.os_release: {id_[:40]!r} is no ID of a distribution")
        return guest_os.from_os_release(id_, release.get("VERSION_ID", ""))

    @property
    def updates(self) -> Updates:
        """Security updates by the package manager of its family. Raises `Unreadable` for a family unknown here."""
        family = {self._release.get("ID", ""), *self._release.get("ID_LIKE", "").split()}
        if family & _APT:
            pending, kept_back, publishes, fetched = self._apt
        elif family & _DNF:
            pending, kept_back, publishes, fetched = self._dnf
        elif family & _ZYPPER:
            pending, kept_back, publishes, fetched = self._zypper
        else:
            raise Unreadable(f"linux.os_release: {self._release.get('ID')!r} is of no family that is known here")
        changed = self._newest("dpkg_database") if family & _APT else self._newest("rpm_database", only=_RPM_DATABASE)
        return Updates(pending, kept_back, publishes, self._days_since(fetched), self._days_since(changed))

    @property
    def restart_waits_days(self) -> int | None:
        """How long an update has been waiting for a restart; None when none does."""
        if self._is_there("needs_restarting"):
            answer = self._output("needs_restarting")
            if answer.status != _NEEDS_RESTART:
                _said("needs_restarting", answer)
                return None
            return self._days_since(self._newest("kernels"))
        if self._is_there("restart_since"):
            return self._days_since(self._newest("restart_since"))
        return self._days_since(self._newest("kernels")) if self._runs_an_old_kernel else None

    @property
    def secure_boot(self) -> SecureBoot:
        """By mokutil, which knows whether shim validates; without it, by the firmware's variable, which knows less."""
        mokutil = self._output("mokutil")
        if mokutil.status != _NO_SUCH_COMMAND:
            return linux_output.mokutil(mokutil.lines)
        if self._output("efi").status != 0:
            return SecureBoot.NO_EFI
        value = " ".join(self._lines("secure_boot_variable")).split()[-1:]  # four bytes of attributes, one of value
        if value == ["1"]:
            raise Unreadable("linux.mokutil is missing: Secure Boot is on, but does shim validate?")
        if value == ["0"]:
            return SecureBoot.OFF
        raise Unreadable(f"linux.secure_boot_variable: {value} is no value of it")

    @property
    def services(self) -> frozenset[str]:
        """Names of the services that run."""
        return linux_output.running_services(self._lines("services"))

    @property
    def missing_daemons(self) -> tuple[Service, ...]:
        """Integration services whose half in the guest is a daemon that does not run."""
        running = self.services
        return tuple(service for service, names in _DAEMONS.items() if not running & names)

    @property
    def timers(self) -> frozenset[str]:
        """Names of the timers that are set: some guards run now and then."""
        return linux_output.active_timers(self._lines("timers"))

    @property
    def inbound(self) -> Inbound:
        """What becomes of a packet that no rule of the firewall mentions. Rules may be in nftables or in iptables."""
        if self._is_there("nft"):
            answer = linux_output.nft_inbound(self._lines("nft"))
            if answer is not Inbound.NO_RULES or not self._is_there("iptables"):
                return answer
        return linux_output.iptables_inbound(self._lines("iptables"), self._lines("ip6tables"))

    @property
    def defender(self) -> DefenderHealth | None:
        """Microsoft Defender for Endpoint; None where it is not installed."""
        return linux_output.mdatp_health(self._lines("mdatp")) if self._is_there("mdatp") else None

    @property
    def confines_programs(self) -> bool:
        """Whether SELinux or AppArmor holds programs to what they are for."""
        if self._is_there("selinux"):
            return self._lines("selinux") == ["Enforcing"]
        return self._is_there("apparmor") and self._lines("apparmor") == ["Y"]

    @property
    def is_audited(self) -> bool:
        """Whether the audit daemon runs."""
        return "auditd" in self.services

    @property
    def kernel_is_locked_down(self) -> bool:
        """Whether the kernel keeps even root from changing it: `none [integrity] confidentiality`, or the last one."""
        return not {"[integrity]", "[confidentiality]"}.isdisjoint(" ".join(self._lines("lockdown")).split())

    @property
    def passwords_may_log_on(self) -> bool:
        """Whether the SSH server takes passwords; it does where nothing is said (sshd_config(5))."""
        return "no" not in self._ssh("passwordauthentication")

    @property
    def root_may_log_on_by_password(self) -> bool:
        """Whether the SSH server takes a password of root; it does not where nothing is said (sshd_config(5))."""
        return self.passwords_may_log_on and "yes" in self._ssh("permitrootlogin")

    def _ssh(self, keyword: str) -> set[str]:
        """What the files of the server say of a keyword, wherever: what is in force, only root could ask."""
        settings = [line.replace("=", " ").lower().split() for line in self._output("ssh_settings").lines]
        return {words[1] for words in settings if words[:1] == [keyword] and len(words) > 1}

    @property
    def hypervisors(self) -> tuple[str, ...]:
        """Modules of hypervisors that its kernel has loaded."""
        loaded = {line.split(" ")[0] for line in self._lines("modules")}
        return tuple(name for name in _HYPERVISORS if name in loaded)

    @property
    def _apt(self) -> tuple[tuple[Update, ...], tuple[str, ...], bool, dt.datetime]:
        simulation = self._lines("apt_upgrade")
        publishes = linux_output.apt_has_security_source(self._lines("apt_policy"))
        fetched = self._newest("apt_lists", "apt_periodic", only=_FETCHED_BY_APT)
        return linux_output.apt_security(simulation), linux_output.apt_kept_back(simulation), publishes, fetched

    @property
    def _dnf(self) -> tuple[tuple[Update, ...], tuple[str, ...], bool, dt.datetime]:
        tool = "dnf" if self._is_there("dnf_security") else "yum"
        pending = linux_output.advisories(self._lines(f"{tool}_security"))
        own = _OF_CENTOS if self._release.get("ID") == "centos" else _OF_ANY
        publishes = linux_output.tells_of_security(self._output(f"{tool}_advisories").lines, own)
        return pending, (), publishes, self._newest("dnf_metadata", "dnf5_metadata", "yum_metadata")

    @property
    def _zypper(self) -> tuple[tuple[Update, ...], tuple[str, ...], bool, dt.datetime]:
        pending = linux_output.zypper_patches(self._lines("zypper_patches"))
        publishes = linux_output.tells_of_security(self._output("zypper_all").lines, _OF_SUSE)
        return pending, (), publishes, self._newest("zypper_metadata")

    @property
    def _release(self) -> dict[str, str]:
        return linux_output.os_release(self._lines("os_release"))

    @property
    def _runs_an_old_kernel(self) -> bool:
        running = _version(" ".join(self._lines("kernel")))
        return any(_version(line.partition(" ")[2]) > running for line in self._lines("kernels"))

    def _days_since(self, moment: dt.datetime) -> int:
        return (_moment("clock", " ".join(self._lines("clock"))) - moment).days

    def _newest(self, *probes: str, only: re.Pattern[str] = _ANYTHING) -> dt.datetime:
        """The newest time in lines of `find -printf '%T@ ...'`: seconds since 1970, and what they are of."""
        moments = []
        for probe in filter(self._is_there, probes):
            for seconds, _, what in (line.partition(" ") for line in self._lines(probe)):
                if only.fullmatch(what):
                    moments.append(_moment(probe, seconds))
        if not moments:
            raise Unreadable(f"linux.{probes[0]}: nothing that tells a time")
        return max(moments)

    def _lines(self, probe: str) -> list[str]:
        return _said(probe, self._output(probe))

    def _output(self, probe: str) -> _Output:
        return self.readings.one(f"linux.{probe}", _Output)

    def _is_there(self, probe: str) -> bool:
        return bool(self.readings.raw(f"linux.{probe}"))


def _said(probe: str, output: _Output) -> list[str]:
    """The lines of a command that did what it was asked."""
    if output.status != 0:
        said = " ".join(output.lines).strip()[:200]
        raise Unreadable(f"linux.{probe}: ended with {output.status}: {said or 'not a word'}")
    if output.cut:
        raise Unreadable(f"linux.{probe}: so much was printed that the end is missing")
    return output.lines


def _moment(probe: str, seconds: str) -> dt.datetime:
    """A time as `date +%s` and `find` print it; a guest may print anything."""
    if not re.fullmatch(r"[0-9]{1,11}(\.[0-9]*)?", seconds):
        raise Unreadable(f"linux.{probe}: {seconds[:40]!r} is no point in time")
    return dt.datetime.fromtimestamp(int(seconds.partition(".")[0]), dt.UTC)


def _version(kernel: str) -> tuple[int, ...]:
    """The release of a kernel, or the name of its image, as numbers."""
    found = re.search(r"\d+(?:[.-]\d+)*", kernel)
    return tuple(int(part) for part in re.split("[.-]", found.group())) if found else ()
