"""What each host check says of the good world with one thing changed. The order is that of the sheet's verdicts."""

from tests_tool.changes import (
    Change,
    add,
    canary,
    denied,
    drop,
    edit,
    empty,
    error,
    filtered_token,
    missing,
    plain_user,
    put,
    rows,
    together,
)
from tests_tool.checks.good import DATA_VOLUME, PAY, WEB, good
from tests_tool.checks.table import cases
from tests_tool.judging import Case

NAMESPACE_MISSING = "HRESULT 0x8004100e,Microsoft.Management.Infrastructure.CimCmdlets.GetCimInstanceCommand"
ACCESS_DENIED = "HRESULT 0x80041003,Microsoft.Management.Infrastructure.CimCmdlets.GetCimInstanceCommand"

minimal = cases("HOST-01a")
MINIMAL = [
    minimal("nothing changed", "pass", "as recommended"),
    minimal("a desktop", "fail", "Server", put("os.version.InstallationType", "Server")),
    minimal(
        "a desktop that the policy allows",
        "pass",
        "as recommended",
        put("os.version.InstallationType", "Server"),
        os={"allowed_installation_types": ["Server", "Server Core"]},
    ),
    minimal(
        "Core where the policy allows it no more",
        "fail",
        "expected one of: Nano Server",
        os={"allowed_installation_types": ["Nano Server"]},
    ),
    minimal(
        "a desktop with a justification",
        "review",
        "the backup agent has a window",
        put("os.version.InstallationType", "Server"),
        os={"desktop_experience_justification": "the backup agent has a window"},
    ),
    minimal("a client", "fail", "production workloads", put("os.version.InstallationType", "Client")),
    minimal(
        "a client is no matter of justification",
        "fail",
        "production workloads",
        put("os.version.InstallationType", "Client"),
        os={"desktop_experience_justification": "we like it", "allowed_installation_types": ["Client"]},
    ),
    minimal("a client by its product type only", "fail", "production workloads", put("os.system.ProductType", 1)),
    minimal("a domain controller", "pass", "as recommended", put("os.system.ProductType", 2)),
    minimal(
        "an evaluation", "review", "stops when its time is over", put("os.version.EditionID", "ServerDatacenterEval")
    ),
    minimal(
        "a desktop and an evaluation",
        "fail",
        "Server",
        put("os.version.InstallationType", "Server"),
        put("os.version.EditionID", "ServerDatacenterEval"),
    ),
    minimal("Hyper-V Server", "pass", "as recommended", put("os.version.EditionID", "ServerHyperCore")),
    minimal(
        "Windows 10 by its product name", "pass", "as recommended", put("os.version.ProductName", "Windows 10 Pro")
    ),
    minimal("the case of its name differs", "fail", "server core", put("os.version.InstallationType", "server core")),
    minimal("the second witness is silent", "pass", "as recommended", denied("os.system")),
    minimal("the account is no administrator", "pass", "as recommended", plain_user, denied("os.system")),
    minimal("the registry was denied", "error", "AccessDenied", denied("os.version")),
    minimal("a row and an error", "error", "AccessDenied", error("os.version")),
    minimal("the topic failed", "error", "Stopped", error("os.", "Stopped")),
    minimal("no row", "error", "0 rows where one was expected", empty("os.version")),
    minimal("two rows", "error", "2 rows where one was expected", add("os.version", good()["os"]["version"][0])),
    minimal("no such probe", "error", "no such probe", missing("os.version")),
    minimal("the type was not shown", "error", "InstallationType is None", put("os.version.InstallationType", None)),
    minimal("the type is a number", "error", "InstallationType is 1", put("os.version.InstallationType", 1)),
]

smb = cases("HOST-03a")
SHARE = {"Name": "vms", "Path": "D:\\VMs", "Special": False, "EncryptData": True}
per_share = together(put("smb.server.EncryptData", False), add("smb.shares", SHARE))
no_smb = together(empty("smb.connections"), put("smb.server.EncryptData", False), drop("vms.disks", 1))
clear = together(put("smb.connections.Encrypted", False), put("smb.connections.Signed", True))
STORAGE = [
    smb("nothing changed", "pass", "as recommended"),
    smb("SMB 1 is served", "fail", "smb1_enabled", put("smb.server.EnableSMB1Protocol", True)),
    smb("SMB 1 is installed", "fail", "smb1_installed", put("smb.smb1_feature.Installed", True)),
    smb("the edition knows no FS-SMB1", "pass", "as recommended", empty("smb.smb1_feature")),
    smb("clear text to the file server", "fail", "fs01.lab.example", put("smb.connections.Encrypted", False)),
    smb("signed clear text", "fail", "signed", clear),
    smb("signed clear text is enough", "pass", "as recommended", clear, smb={"accept_signing_only": True}),
    smb(
        "unsigned clear text is not enough",
        "fail",
        "not encrypted, not signed",
        put("smb.connections.Encrypted", False),
        smb={"accept_signing_only": True},
    ),
    smb("encrypted is never also signed", "pass", "as recommended", put("smb.connections.Signed", False)),
    smb(
        "clear text to another server",
        "pass",
        "as recommended",
        add(
            "smb.connections",
            {"ServerName": "print01", "ShareName": "scans", "Dialect": "2.1", "Encrypted": False, "Signed": False},
        ),
    ),
    smb(
        "clear text to the server's short name",
        "fail",
        "FS01",
        put("smb.connections.ServerName", "FS01"),
        put("smb.connections.Encrypted", False),
    ),
    smb("dialect 2.1", "fail", "SMB 2.1", put("smb.connections.Dialect", "2.1")),
    smb("dialect 3.0", "pass", "as recommended", put("smb.connections.Dialect", "3.00")),
    smb("dialect 3.0.2", "pass", "as recommended", put("smb.connections.Dialect", "3.0.2")),
    smb("a later dialect", "pass", "as recommended", put("smb.connections.Dialect", "10.0")),
    smb("a dialect in words", "error", "Dialect", put("smb.connections.Dialect", "SMB3")),
    smb("a share that is encrypted by itself", "pass", "as recommended", per_share),
    smb("a share in clear text", "fail", "vms (D:\\VMs)", per_share, edit("smb.shares", 1, EncryptData=False)),
    smb(
        "a share in clear text, the server encrypts",
        "pass",
        "as recommended",
        add("smb.shares", {**SHARE, "EncryptData": False}),
    ),
    smb(
        "a share above the files",
        "fail",
        "all (D:\\)",
        put("smb.server.EncryptData", False),
        add("smb.shares", {**SHARE, "Name": "all", "Path": "D:\\", "EncryptData": False}),
    ),
    smb(
        "a share beside the files",
        "pass",
        "as recommended",
        put("smb.server.EncryptData", False),
        add("smb.shares", {**SHARE, "Path": "D:\\VMs-old", "EncryptData": False}),
    ),
    smb("an administrative share", "pass", "as recommended", put("smb.server.EncryptData", False)),
    smb(
        "clear text accepted where all is encrypted",
        "fail",
        "rejects_unencrypted_access",
        put("smb.server.RejectUnencryptedAccess", False),
    ),
    smb(
        "clear text accepted where a share is encrypted",
        "fail",
        "rejects_unencrypted_access",
        per_share,
        put("smb.server.RejectUnencryptedAccess", False),
    ),
    smb(
        "clear text accepted where none is asked for",
        "pass",
        "as recommended",
        put("smb.server.EncryptData", False),
        put("smb.server.RejectUnencryptedAccess", False),
    ),
    smb(
        "the server does not ask for signing",
        "fail",
        "smb.server.requires_signing",
        put("smb.server.RequireSecuritySignature", False),
    ),
    smb(
        "the client does not ask for signing",
        "fail",
        "smb.client.requires_signing",
        put("smb.client.RequireSecuritySignature", False),
    ),
    smb("no SMB storage", "pass", "no SMB storage traffic", no_smb),
    smb("no connection to the file server", "review", "no connection is open", empty("smb.connections")),
    smb("a connection to another server only", "review", "fs01.lab.example", put("smb.connections.ServerName", "fs02")),
    smb(
        "a server of that name in another domain",
        "review",
        "fs01.lab.example",
        put("smb.connections.ServerName", "fs01.elsewhere.example"),
    ),
    smb(
        "an address in place of a name",
        "pass",
        "by address",
        put("vms.disks.Path", "\\\\192.0.2.7\\vmstore$\\a.vhdx"),
        add(
            "smb.connections",
            {
                "ServerName": "192.0.2.7",
                "ShareName": "vmstore$",
                "Dialect": "3.1.1",
                "Encrypted": True,
                "Signed": False,
            },
        ),
    ),
    smb(
        "an address is no name",
        "review",
        "192.0.2.70",
        put("vms.disks.Path", "\\\\192.0.2.70\\vmstore$\\a.vhdx"),
        add(
            "smb.connections",
            {
                "ServerName": "192.0.2.7",
                "ShareName": "vmstore$",
                "Dialect": "3.1.1",
                "Encrypted": True,
                "Signed": False,
            },
        ),
    ),
    smb(
        "a UNC path with the device prefix",
        "review",
        "fs09",
        put("vms.disks.Path", "\\\\?\\UNC\\fs09\\vmstore$\\a.vhdx"),
    ),
    smb(
        "a share of a path with the device prefix",
        "fail",
        "library (E:\\Library)",
        put("smb.server.EncryptData", False),
        put("vms.disks.Path", "\\\\?\\E:\\Library\\a.vhdx"),
        add("smb.shares", {"Name": "library", "Path": "E:\\Library", "Special": False, "EncryptData": False}),
    ),
    smb(
        "a pass-through disk has no file",
        "pass",
        "as recommended",
        put("vms.disks.Path", "Physical disk 3"),
        put("vms.disks.DiskNumber", 3),
    ),
    smb("a disk whose file was not shown", "error", "Path", put("vms.disks.Path", None)),
    smb("an empty drive", "pass", "as recommended", put("vms.disks.Path", "")),
    smb("a machine whose folder was not shown", "error", "Path", put("vms.vm.Path", None)),
    smb(
        "no virtual machine",
        "pass",
        "no SMB storage traffic",
        empty("vms.vm"),
        empty("vms.disks"),
        empty("smb.connections"),
    ),
    smb(
        "a value was not shown",
        "error",
        "RequireSecuritySignature is None",
        put("smb.server.RequireSecuritySignature", None),
    ),
    smb("a number for a truth", "error", "Encrypted is 1", put("smb.connections.Encrypted", 1)),
    smb("no connection, and a filtered token", "error", "no administrator", empty("smb.connections"), filtered_token),
    smb("no share, and a plain user", "error", "no administrator", empty("smb.shares"), plain_user),
    smb("no machine, and no canary", "error", "cannot see Hyper-V", empty("vms.vm"), empty("vms.disks"), canary(0)),
    smb("one machine could not be read", "error", "OperationFailed", error("vms.vm", "OperationFailed", target=PAY)),
]

bitlocker = cases("HOST-06")
E_VOLUME = "\\\\?\\Volume{c0000000-0000-0000-0000-000000000003}\\"
ON_SMB = "\\\\fs01.lab.example\\vmstore$\\web"
# One machine, and every file of it on a file server.
no_files = together(
    edit("vms.vm", 0, Path=ON_SMB, ConfigurationLocation=ON_SMB),
    drop("vms.vm", 1),
    rows("vms.disks", {"VMId": WEB, "Path": f"{ON_SMB}\\os.vhdx", "DiskNumber": None}),
)


def data(**values: object) -> Change:
    """The volume with the virtual machines."""
    return edit("bitlocker.volumes", 1, **values)


def system(**values: object) -> Change:
    """The volume of the operating system."""
    return edit("bitlocker.volumes", 0, **values)


def cluster_volume(owner: str, *, mounted: bool = True) -> Change:
    """Files on a cluster shared volume, which is the volume D: of the good world."""
    path = "C:\\ClusterStorage\\Volume1"
    shared = together(
        add("hyperv.shared_volumes", {"Path": path, "Owner": owner, "State": 2}),
        put("vms.disks.Path", path + "\\web\\os.vhdx"),
    )
    return together(shared, add("bitlocker.mounts", mount(DATA_VOLUME, path + "\\"))) if mounted else shared


def mount(volume: str, name: str) -> dict[str, object]:
    """A row of Win32_Volume."""
    return {"DeviceID": volume, "Name": name, "BootVolume": False}


clear_volume = {
    **good()["bitlocker"]["volumes"][1],
    "DeviceID": E_VOLUME,
    "DriveLetter": "E:",
    "ProtectionStatus": 0,
    "ConversionStatus": 0,
    "EncryptionMethod": 0,
    "KeyProtectorTypes": [],
}
clear_e = together(add("bitlocker.volumes", clear_volume), add("bitlocker.mounts", mount(E_VOLUME, "E:\\")))

DISKS = [
    bitlocker("nothing changed", "pass", "some virtual machine files lie on other servers"),
    bitlocker("a clear volume without files", "pass", "", clear_e),
    # Failing: in clear, on its way there, or with the key beside it
    bitlocker("suspended", "fail", "D: (suspended, encrypted, XTS-AES-128)", data(ProtectionStatus=0)),
    bitlocker("the system is suspended", "fail", "C: (suspended", system(ProtectionStatus=0)),
    bitlocker(
        "decrypted",
        "fail",
        "D: (protection off, decrypted, NONE)",
        data(ProtectionStatus=0, ConversionStatus=0, EncryptionMethod=0),
    ),
    bitlocker("decrypting", "fail", "decrypting", data(ProtectionStatus=0, ConversionStatus=3)),
    bitlocker("decryption paused", "fail", "decryption paused", data(ProtectionStatus=0, ConversionStatus=5)),
    bitlocker("protected while it is being decrypted", "fail", "decrypting", data(ConversionStatus=3)),
    bitlocker(
        "the feature is not installed",
        "fail",
        "is_installed: no",
        empty("bitlocker.volumes"),
        error("bitlocker.volumes", NAMESPACE_MISSING, category="MetadataError"),
    ),
    bitlocker(
        "the letter has no case", "fail", "D:", put("vms.disks.Path", "d:\\vms\\web\\os.vhdx"), data(ProtectionStatus=0)
    ),
    # A person looks
    bitlocker("encrypting", "review", "encrypting", data(ProtectionStatus=0, ConversionStatus=2)),
    bitlocker("encryption paused", "review", "encryption paused", data(ProtectionStatus=0, ConversionStatus=4)),
    bitlocker("locked", "review", "locked", data(ProtectionStatus=2)),
    bitlocker("the system is encrypting", "review", "C:", system(ProtectionStatus=0, ConversionStatus=2)),
    bitlocker("AES 128 with diffuser", "review", "AES-128-DIFFUSER", data(EncryptionMethod=1)),
    bitlocker("AES 256 with diffuser", "review", "AES-256-DIFFUSER", data(EncryptionMethod=2)),
    bitlocker("the drive's own encryption", "review", "ADV180028", data(EncryptionMethod=5)),
    bitlocker("a method that Windows does not name", "review", "UNKNOWN", data(EncryptionMethod=4294967295)),
    bitlocker("a method of tomorrow", "review", "UNKNOWN", data(EncryptionMethod=8)),
    bitlocker("no protector by TPM", "review", "TPM", system(KeyProtectorTypes=[3, 8])),
    bitlocker("TPM and PIN", "pass", "", system(KeyProtectorTypes=[3, 4])),
    bitlocker("TPM and startup key", "pass", "", system(KeyProtectorTypes=[5])),
    bitlocker("TPM, PIN and startup key", "pass", "", system(KeyProtectorTypes=[6])),
    bitlocker("a certificate of the TPM", "review", "TPM", system(KeyProtectorTypes=[9])),
    bitlocker("all files on other servers", "review", "lie on other servers", no_files),
    bitlocker(
        "all files on other servers, and the system in clear", "fail", "C:", no_files, system(ProtectionStatus=0)
    ),
    bitlocker(
        "all files on other servers, and a volume of the policy",
        "review",
        "lie on other servers",
        no_files,
        bitlocker={"extra_volumes": ["D:\\"]},
    ),
    bitlocker("BitLocker does not list the volume", "review", "D:\\VMs\\web", drop("bitlocker.volumes", 1)),
    bitlocker("Windows does not list the volume", "review", "F:\\a.vhdx", put("vms.disks.Path", "F:\\a.vhdx")),
    # Where files lie
    bitlocker(
        "a mount point in clear beneath a drive that is encrypted",
        "fail",
        "E:",
        clear_e,
        add("bitlocker.mounts", mount(E_VOLUME, "D:\\VMs\\web\\")),
    ),
    bitlocker(
        "a mount point whose name only begins alike",
        "pass",
        "",
        clear_e,
        add("bitlocker.mounts", mount(E_VOLUME, "D:\\VMs\\we\\")),
    ),
    bitlocker(
        "files in clear by a path with the device prefix",
        "fail",
        "E:",
        clear_e,
        put("vms.disks.Path", "\\\\?\\E:\\a.vhdx"),
    ),
    bitlocker("a configuration in clear", "fail", "E:", clear_e, put("vms.vm.ConfigurationLocation", "E:\\web")),
    bitlocker(
        "a pass-through disk has no volume",
        "pass",
        "",
        clear_e,
        edit("vms.disks", 1, Path="Physical disk 3", DiskNumber=3),
    ),
    bitlocker("a shared volume that this node owns", "pass", "", cluster_volume("HV01")),
    bitlocker("its node has no case", "pass", "", cluster_volume("hv01")),
    bitlocker(
        "a shared volume that is suspended", "fail", "suspended", cluster_volume("HV01"), data(ProtectionStatus=0)
    ),
    bitlocker("a shared volume that another node owns", "review", "another node owns", cluster_volume("HV02")),
    bitlocker("a shared volume that nobody owns", "review", "another node owns", cluster_volume("")),
    bitlocker(
        "a shared volume that Windows shows nowhere", "review", "does not list", cluster_volume("HV01", mounted=False)
    ),
    bitlocker(
        "a shared volume without a path",
        "error",
        "Path",
        add("hyperv.shared_volumes", {"Path": "", "Owner": "HV01", "State": 2}),
    ),
    # The policy
    bitlocker("another volume of the policy in clear", "fail", "E:", clear_e, bitlocker={"extra_volumes": ["E:\\"]}),
    bitlocker("another volume by its letter", "fail", "E:", clear_e, bitlocker={"extra_volumes": ["e:"]}),
    bitlocker("another volume that is not there", "review", "G:\\", bitlocker={"extra_volumes": ["G:\\"]}),
    bitlocker("another volume on another server", "review", "fs09", bitlocker={"extra_volumes": ["\\\\fs09\\backup"]}),
    bitlocker("a method that the policy does not accept", "fail", "XTS-AES-128", bitlocker={"methods": [7]}),
    bitlocker("AES 256 without XTS", "pass", "", data(EncryptionMethod=4)),
    bitlocker("AES 128 without XTS", "pass", "", data(EncryptionMethod=3)),
    bitlocker(
        "the drive's own encryption, accepted", "pass", "", data(EncryptionMethod=5), bitlocker={"methods": [5, 6, 7]}
    ),
    bitlocker("a method that has no name here", "review", "UNKNOWN", data(EncryptionMethod=8)),
    bitlocker("no virtual machine", "pass", "", empty("vms.vm"), empty("vms.disks")),
    # Not read
    bitlocker(
        "access denied", "error", "0x80041003", empty("bitlocker.volumes"), error("bitlocker.volumes", ACCESS_DENIED)
    ),
    bitlocker(
        "the namespace is missing from another probe",
        "error",
        "0x8004100e",
        error("bitlocker.mounts", NAMESPACE_MISSING),
    ),
    bitlocker("nothing, and a filtered token", "error", "no administrator", empty("bitlocker.volumes"), filtered_token),
    bitlocker("nothing, and a plain user", "error", "no administrator", empty("bitlocker.volumes"), plain_user),
    bitlocker("nothing, and an administrator", "error", "volume of the operating system", empty("bitlocker.volumes")),
    bitlocker("no volume of the system", "error", "volume of the operating system", drop("bitlocker.volumes", 0)),
    bitlocker("rows and an error", "error", "AccessDenied", error("bitlocker.volumes")),
    bitlocker("protection was not shown", "error", "ProtectionStatus is None", data(ProtectionStatus=None)),
    bitlocker("protection is a truth", "error", "ProtectionStatus is True", data(ProtectionStatus=True)),
    bitlocker("protection is in other words", "error", "ProtectionStatus is 'An'", data(ProtectionStatus="An")),
    bitlocker("protection of tomorrow", "fail", "protection unknown", data(ProtectionStatus=3)),
    bitlocker("conversion of tomorrow", "fail", "unknown", data(ConversionStatus=6)),
    bitlocker("a disk whose file was not shown", "error", "Path", put("vms.disks.Path", None)),
    bitlocker("disks were denied", "error", "AccessDenied", denied("vms.disks")),
    bitlocker("shared volumes were denied", "error", "AccessDenied", denied("hyperv.shared_volumes")),
]

tpm = cases("HOST-12")
virtual = put("os.computer.Model", "Virtual Machine")
PLATFORM = [
    tpm("nothing changed", "pass", "as recommended"),
    tpm("a TPM of another maker", "pass", "as recommended", put("tpm.tpm.SpecVersion", "2.0, 0, 1.38")),
    tpm("TPM 1.2", "fail", "tpm.version: 1.2", put("tpm.tpm.SpecVersion", "1.2, 2, 3")),
    tpm("a TPM that is not supported", "fail", "Not Supported", put("tpm.tpm.SpecVersion", "Not Supported")),
    tpm("a TPM that is off", "fail", "is_enabled", put("tpm.tpm.IsEnabled_InitialValue", False)),
    tpm("a TPM that is not active", "fail", "is_activated", put("tpm.tpm.IsActivated_InitialValue", False)),
    tpm("no TPM", "fail", "tpm: none", empty("tpm.tpm")),
    tpm("not taken into use", "review", "is_owned", put("tpm.tpm.IsOwned_InitialValue", False)),
    tpm("Secure Boot is off", "review", "secure_boot", put("tpm.secure_boot.Enabled", False)),
    tpm(
        "a BIOS machine",
        "review",
        "secure_boot",
        empty("tpm.secure_boot"),
        error("tpm.secure_boot", "GetFWVarFailed,Somebody", category="NotImplemented"),
    ),
    tpm("guarded by Active Directory", "review", "active directory", put("hgs.client.AttestationOperationMode", 2)),
    tpm("guarded by a mode without a name", "review", "unknown", put("hgs.client.AttestationOperationMode", 3)),
    tpm(
        "not guarded",
        "pass",
        "as recommended",
        put("hgs.client.IsHostGuarded", False),
        put("hgs.client.AttestationOperationMode", 0),
    ),
    tpm(
        "TPM 1.2 and not taken into use",
        "fail",
        "1.2",
        put("tpm.tpm.SpecVersion", "1.2, 2, 3"),
        put("tpm.tpm.IsOwned_InitialValue", False),
    ),
    tpm("a nested host", "not applicable", "virtual machine itself", virtual),
    tpm("a nested host with nothing readable", "not applicable", "virtual machine itself", virtual, denied("tpm.tpm")),
    tpm("the policy asks for none", "not applicable", "tpm.required", tpm={"required": False}),
    tpm("access denied", "error", "AccessDenied", denied("tpm.tpm")),
    tpm("no TPM, and a filtered token", "error", "no administrator", empty("tpm.tpm"), filtered_token),
    tpm("no TPM, and a plain user", "error", "no administrator", empty("tpm.tpm"), plain_user),
    tpm("two of them", "error", "2 rows", add("tpm.tpm", good()["tpm"]["tpm"][0])),
    tpm("Secure Boot was denied", "error", "AccessDenied", denied("tpm.secure_boot")),
    tpm(
        "Secure Boot is not implemented, and denied",
        "error",
        "AccessDenied",
        denied("tpm.secure_boot"),
        error("tpm.secure_boot", "NotImplemented", category="NotImplemented"),
    ),
    tpm("the machine was denied", "error", "AccessDenied", denied("os.computer")),
    tpm("the model was not shown", "error", "Model is None", put("os.computer.Model", None)),
    tpm("the client was denied", "error", "AccessDenied", denied("hgs.client")),
    tpm("a number for a truth", "error", "IsEnabled_InitialValue is 1", put("tpm.tpm.IsEnabled_InitialValue", 1)),
    tpm("a version was not shown", "error", "SpecVersion is None", put("tpm.tpm.SpecVersion", None)),
    tpm("a version in numbers", "error", "SpecVersion is 2.0", put("tpm.tpm.SpecVersion", 2.0)),
]

CASES: list[Case] = [*MINIMAL, *STORAGE, *DISKS, *PLATFORM]
