"""Three hosts that were written down beside the rules: their evidence in our topics, and the verdicts expected of them.

`samples/*.json` have the shape of an earlier collector: probes of other names, one list of groups, VMs by their names.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "samples"
HOSTS = ("hardened_host", "neglected_host", "unprivileged_account")
VERDICTS = {"PASS": "pass", "FAIL": "fail", "NA": "not applicable", "REVIEW": "review", "UNKNOWN": "error"}
DOMAIN = "S-1-5-21-1004336348-1177238915-682003330"

# The policy that the expected verdicts were written with; management.local_management_used was not in it.
POLICY: dict[str, dict[str, Any]] = {
    "software": {
        "allowed_regex": ["^Contoso Hardware Management Agent$"],
        "denied_regex": ["Chrome|Firefox|Office|TeamViewer|AnyDesk"],
        "max_interactive_sessions": 0,
    },
    "wdac": {"accept_audit": False, "kernel_only_ok": False},
    "guarded_fabric": {"required": True, "attestation_modes": [1]},
    "groups": {
        "host_admins": [f"{DOMAIN}-512", f"{DOMAIN}-2601", f"{DOMAIN}-1651", "*-500"],
        "hyperv_admins": [f"{DOMAIN}-2602"],
        "vm_admins": [f"{DOMAIN}-2710"],
    },
    "antivirus": {"product": "defender", "allowed_exclusion_regex": ["^D:\\\\Hyper-V"]},
    "mounted_vhd": {"allowed_path_regex": []},
    "nested": {"allowed_vms": []},
}

GROUPS = ("S-1-5-32-544", "S-1-5-32-578", "S-1-5-32-555", "S-1-5-32-580", "S-1-5-32-551")
Row = dict[str, Any]


def read(name: str) -> Any:
    """A file beside this one."""
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def expected() -> dict[tuple[str, str], str]:
    """Host and check -> the verdict, in our words."""
    return {(host, check): VERDICTS[it] for host, checks in read("expected").items() for check, it in checks.items()}


def topics(name: str) -> dict[str, Any]:
    """A sample as the document that our collectors would send."""
    sample = read(name)
    found: dict[str, Any] = {}

    def probe(target: str, source: str, row: Callable[[Any], Any] = lambda it: it) -> None:
        """One probe of ours, made from one of theirs, with its errors."""
        collector, _, theirs = source.partition(".")
        topic, _, ours = target.partition(".")
        place = found.setdefault(topic, {"data": {}, "errors": [], "seconds": 0.1})
        place["data"][ours] = [row(it) for it in sample["collectors"][collector]["probes"][theirs]]
        errors = [it for it in sample["collectors"][collector]["errors"] if it["probe"] == theirs]
        place["errors"] += [failure(ours, it) for it in errors]

    ids = {vm["Name"]: vm["Id"] for vm in sample["collectors"]["vmhost"]["probes"]["vms"]}
    probe("session.canary", "vmhost.canary", lambda it: it["Msvm_VirtualSystemManagementService"])
    found["session"]["data"]["token"] = sample["session"]["TokenSids"]
    probe("os.version", "os.cv")
    probe("os.system", "os.os")
    probe("os.computer", "os.cs")
    probe("os.processor", "os.cs", lambda it: {"Manufacturer": "GenuineIntel"})
    probe("updates.reboot_pending", "os.reboot", lambda it: {"Servicing": it["CBS"], "WindowsUpdate": it["WU"]})
    probe("software.features", "software.features")
    probe("software.uninstall", "software.uninstall")
    probe("software.sessions", "software.sessions", session)
    probe("security.device_guard", "sec.deviceguard")
    probe("security.policy_file", "sec.ci", lambda it: {"SIPolicy": it["SIPolicy"]})
    probe("tpm.secure_boot", "sec.secureboot", lambda it: {"Enabled": it["Confirm"]})
    probe("hgs.client", "hgs.client", lambda it: {**it, "AttestationSubstatus": str(it["AttestationSubstatus"])})
    for sid in GROUPS:
        probe(f"groups.{sid}", "groups.groups")
        rows = found["groups"]["data"][sid]
        found["groups"]["data"][sid] = [member(it) for group in rows if group["SID"] == sid for it in group["Members"]]
    found["security"]["data"]["policies"] = []
    found["groups"]["data"] |= {sid: [] for sid in ("S-1-5-32-547", "S-1-5-32-549", "S-1-5-32-550")}
    found["groups"]["data"]["authorization_store"] = [{"Present": False}]
    probe("storage.acls", "storage.acls")
    probe("smb.share_access", "smb.shareaccess", share)
    probe("defender.service", "defender.service")
    probe("defender.status", "defender.status")
    probe("defender.preference", "defender.pref", lambda it: {"ExclusionIpAddress": [], **it})
    probe("mounted.images", "mounted.msi", lambda it: {**it, "Path": it["Name"]})
    probe("mounted.file_disks", "mounted.filedisks", lambda it: {**it, "Path": it["Location"]})
    probe("vms.vm", "vmhost.vms", machine)
    probe("vms.disks", "vmhost.vmdisks", lambda it: {**it, "VMId": ids[it["VMName"]]})
    probe("vms.processors", "vmhost.vmproc", lambda it: {**it, "VMId": ids[it["VMName"]]})
    probe("vms.guest", "vmhost.vms", lambda it: {"VMId": it["Id"].upper(), "Items": []})
    return found


def failure(probe: str, error: Row) -> Row:
    """An error; the category, which the samples lack, is the one that PowerShell gives such a refusal."""
    category = "NotImplemented" if "not supported on this platform" in error["msg"] else "PermissionDenied"
    return {
        "probe": probe,
        "id": error["id"],
        "category": category,
        "target": "",
        "hresult": error["hresult"],
        "message": error["msg"],
    }


def session(row: Row) -> Row:
    """An interactive session."""
    return {"LogonType": row["LogonType"], "Sid": row["SID"], "Account": f"{row['Domain']}\\{row['Name']}"}


def member(row: Row) -> Row:
    """A member of a group; an orphan has its SID for a name."""
    return {"Sid": row["SID"], "Name": row["Name"]}


def share(row: Row) -> Row:
    """A right on a share, by name there and by SID here. Everyone is all that the samples have."""
    assert row["AccountName"] == "Everyone"
    return {"Name": row["Name"], "Sddl": "O:BAG:SYD:(A;;FA;;;WD)"}


def machine(row: Row) -> Row:
    """A row of Get-VM."""
    more = {"Version": "9.0", "VirtualMachineType": 3, "ReplicationMode": 0, "CreationTime": "2024-02-03T10:20:30Z"}
    return {**row, **more}
