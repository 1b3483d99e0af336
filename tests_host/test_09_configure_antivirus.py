"""Configure anti-virus exclusions and options for Hyper-V."""

import re
from pathlib import PureWindowsPath

from hyperv_audit import Host, Policy, must, note, recommendation, review
from hyperv_audit.facts.defender import Preference, Status, holds
from hyperv_audit.facts.paths import is_unc, lies_in
from hyperv_audit.inventory.policy import Antivirus
from hyperv_audit.judge.suggestion import exactly, suggestion

# What Microsoft's article 3105657 lists. Windows leaves the default folders and the processes out by itself.
DEFAULT_FOLDERS = (r"C:\ProgramData\Microsoft\Windows\Hyper-V", r"C:\Users\Public\Documents\Hyper-V\Virtual Hard Disks")
CLUSTER_STORAGE = r"C:\ClusterStorage"
PROCESSES = (r"C:\Windows\System32\vmms.exe", r"C:\Windows\System32\vmwp.exe", r"C:\Windows\System32\vmsp.exe")
COMPUTE = r"C:\Windows\System32\vmcompute.exe"
FIRST_BUILD_WITH_COMPUTE = 17763  # Windows Server 2019
DISKS = (".vhd", ".vhdx", ".vhds", ".vhdpmem", ".avhd", ".avhdx", ".iso", ".rct", ".mrt")
EXTENSIONS = (*DISKS, ".vsv", ".bin", ".xml", ".vmcx", ".vmrs", ".vmgs")

PROGRAMS = (".exe", ".dll", ".ps1", ".bat", ".", ".*")
SYSTEM_FOLDERS = (r"C:\Windows", r"C:\Users")


@recommendation("HOST-09")
def test_antivirus_works_and_leaves_virtual_machines_alone(host: Host, policy: Policy) -> None:
    """Configure the antivirus for Hyper-V: working, with the exclusions that Hyper-V needs, and no others."""
    defender, rules = host.defender, policy.antivirus
    other = f"{rules.product} should protect this host (antivirus.product): have its state and exclusions exported"
    with review("Defender is not installed: have the state and the exclusions of the other product exported"):
        assert defender.is_installed
    if not defender.is_installed:
        return
    with must("no antivirus is active", unless=None if rules.product == "defender" else other):
        assert defender.is_running
    status, preference = defender.status, defender.preference
    if status is None or preference is None:
        return
    if status.mode == "Not running":
        with must("no antivirus is active", unless=None if rules.product == "defender" else other):
            assert status.mode == "Normal"
        return
    with review("another product protects this host: have its state and its exclusions exported"):
        assert status.mode in ("Normal", None)
    if status.mode not in ("Normal", None):
        return
    with review(other):
        assert rules.product == "defender"
    check_protection(status, rules)
    check_breadth(host, preference, rules)
    check_folders(host, preference)
    check_automatic(host, preference)


def check_protection(status: Status, rules: Antivirus) -> None:
    """It works, and knows what was found lately."""
    with must("the antivirus is off"):
        assert status.enabled
    with must("nothing is scanned while it is used"):
        assert status.real_time_protection
    with must("it does not know what was found since (antivirus.max_signature_age_days)"):
        assert status.signature_age_days <= rules.max_signature_age_days


def check_breadth(host: Host, preference: Preference, rules: Antivirus) -> None:
    """Nothing is left out that Hyper-V does not need."""
    excluded = (*preference.folders, *preference.extensions, *preference.processes, *preference.addresses)
    broad = [entry for entry in excluded if is_too_broad(entry)]
    programs = [process.lower() for process in (*PROCESSES, COMPUTE)]
    needed = [
        *(folder for folder in preference.folders if is_needed(folder, host)),
        *(process for process in preference.processes if process.lower() in programs),
        *(extension for extension in preference.extensions if extension in EXTENSIONS),
    ]
    allowed = [e for e in excluded if any(re.search(p, e, re.IGNORECASE) for p in rules.allowed_exclusion_regex)]
    unknown = [entry for entry in excluded if entry not in (*broad, *needed, *allowed)]
    with must("whatever lies there, or is called so, is never scanned: the first place for malware to go"):
        assert broad == []
    advice = suggestion("antivirus", allowed_exclusion_regex=exactly(unknown))
    doubt = f"antivirus.allowed_exclusion_regex does not say which exclusions are right; {advice}"
    with must(
        "neither Hyper-V needs it, nor does antivirus.allowed_exclusion_regex name it",
        unless=None if rules.allowed_exclusion_regex else doubt,
    ):
        assert unknown == []
    with review("left out wherever it lies: excluded folders would do"):
        assert [extension for extension in preference.extensions if extension in EXTENSIONS] == []


def check_folders(host: Host, preference: Preference) -> None:
    """Folders of virtual machines beside the default ones are left out by name."""
    local = [path for path in host.vm_files if not is_unc(path)]
    custom = [path for path in local if not any(lies_in(path, folder) for folder in DEFAULT_FOLDERS)]
    scanned = [path for path in custom if not preference.covers(path)]
    by_kind_only = [p for p in scanned if preference.spares(PROCESSES[:2]) or is_left_out_by_type(p, preference)]
    with must("a scan can lock these files, and their virtual machines then fail to start or disappear"):
        assert [path for path in scanned if path not in by_kind_only] == []
    with review("left out only by process or by extension: exclude the folder"):
        assert by_kind_only == []
    if len(local) < len(host.vm_files):
        note("files on other servers: the antivirus of the file server has to leave them out, too")


def check_automatic(host: Host, preference: Preference) -> None:
    """Who turns the automatic exclusions off makes all of them by hand."""
    if not preference.no_automatic_exclusions:
        return
    since_2019 = int(host.os.version.build) >= FIRST_BUILD_WITH_COMPUTE
    processes = (*PROCESSES, COMPUTE) if since_2019 else PROCESSES
    with must("automatic exclusions are off, and these folders are not left out by hand"):
        assert [folder for folder in DEFAULT_FOLDERS if not preference.covers(folder)] == []
    with must("automatic exclusions are off, and these processes are not left out by hand"):
        assert [process for process in processes if not preference.spares([process])] == []


def is_too_broad(entry: str) -> bool:
    """A whole drive, the system, the users, or every program."""
    root = re.fullmatch(r"[A-Za-z?*]*:?\\?", entry) is not None and not entry.startswith(".")
    return entry in PROGRAMS or root or any(holds(entry, folder) for folder in SYSTEM_FOLDERS)


def is_needed(folder: str, host: Host) -> bool:
    """Whether Microsoft says to leave it out: on this host, the folders of its virtual machines."""
    homes = [str(PureWindowsPath(p).parent) if is_disk(p) else p for p in host.vm_files]
    known = (*DEFAULT_FOLDERS, CLUSTER_STORAGE, *(home for home in homes if not is_too_broad(home)))
    return any(lies_in(folder, home) for home in known)


def is_disk(path: str) -> bool:
    """A file of a virtual machine, where others are its folders."""
    return PureWindowsPath(path).suffix.lower() in DISKS


def is_left_out_by_type(path: str, preference: Preference) -> bool:
    """A disk by its extension, a folder by those of the configuration that is in it."""
    extensions = [PureWindowsPath(path).suffix.lower()] if is_disk(path) else [".vmcx", ".vmrs"]
    return all(extension in preference.extensions for extension in extensions)
