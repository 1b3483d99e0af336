"""HOST-08a and HOST-08b, row by row."""

from tests_tool.changes import Change, add, canary, denied, empty, error, filtered_token, put, rows, together
from tests_tool.host_checks_a.good import DOMAIN, HOST_ADMINS, LOCAL_ADMINISTRATOR, OPERATORS, TENANTS, member
from tests_tool.host_checks_a.table import case

ADMINISTRATORS, HYPERV = "groups.S-1-5-32-544", "groups.S-1-5-32-578"
DESKTOP, MANAGEMENT, BACKUP = "groups.S-1-5-32-555", "groups.S-1-5-32-580", "groups.S-1-5-32-551"
POWER, SERVER, PRINT = "groups.S-1-5-32-547", "groups.S-1-5-32-549", "groups.S-1-5-32-550"
NO_GROUP = "GroupNotFound,Microsoft.PowerShell.Commands.GetLocalGroupMemberCommand"
NO_SERVER_OPERATORS = together(empty(SERVER), error(SERVER, NO_GROUP, category="ObjectNotFound"))
JDOE = member(f"{DOMAIN}-1120", "LAB\\jdoe")
VM_PEOPLE = member(TENANTS, "LAB\\VM-Tenant-Admins")
ORPHAN = member(f"{DOMAIN}-3107", f"{DOMAIN}-3107")
ONLY_BUILT_IN = rows(
    ADMINISTRATORS,
    member(LOCAL_ADMINISTRATOR, "HV01\\Administrator"),
    member(f"{DOMAIN}-512", "LAB\\Domain Admins"),
)
BROAD = {
    "Everyone": "S-1-1-0",
    "Authenticated Users": "S-1-5-11",
    "Users": "S-1-5-32-545",
    "Domain Users": f"{DOMAIN}-513",
    "Domain Computers": f"{DOMAIN}-515",
}
EVERYBODY_IS_RIGHT = {
    "host_admins": [HOST_ADMINS, "*-500", "*-512", *BROAD.values()],
    "hyperv_admins": [OPERATORS, *BROAD.values()],
}


def sddl(probe: str, text: object) -> Change:
    """The access list of the first folder or share."""
    return put(f"{probe}.Sddl", text)


PEOPLE = [
    case("HOST-08a", "everybody is where the policy has them", "pass", "only the domain knows"),
    case("HOST-08a", "a stranger in Administrators", "fail", f"LAB\\jdoe ({DOMAIN}-1120)", add(ADMINISTRATORS, JDOE)),
    case("HOST-08a", "a stranger in Hyper-V Administrators", "fail", "LAB\\jdoe", add(HYPERV, JDOE)),
    case(
        "HOST-08a",
        "an operator is no administrator",
        "fail",
        "HV-Operators",
        add(ADMINISTRATORS, member(OPERATORS, "LAB\\HV-Operators")),
    ),
    case(
        "HOST-08a",
        "an administrator may be an operator",
        "pass",
        "",
        add(HYPERV, member(HOST_ADMINS, "LAB\\HV-Host-Admins")),
    ),
    *(
        case(
            "HOST-08a",
            f"{name} in {group}, whatever the policy says",
            "fail",
            f"found LAB\\{name} ({sid})",
            add(probe, member(sid, f"LAB\\{name}")),
            groups=EVERYBODY_IS_RIGHT,
        )
        for name, sid in BROAD.items()
        for group, probe in (("Administrators", ADMINISTRATORS), ("Hyper-V Administrators", HYPERV))
    ),
    case(
        "HOST-08a",
        "a relative id means domains only",
        "fail",
        "S-1-5-32-512",
        add(ADMINISTRATORS, member("S-1-5-32-512", "odd")),
    ),
    case(
        "HOST-08a",
        "no list of administrators",
        "review",
        f"groups: {{host_admins: [{LOCAL_ADMINISTRATOR}, {DOMAIN}-512, {HOST_ADMINS}], hyperv_admins: [{OPERATORS}]}}",
        groups={"host_admins": None},
    ),
    case(
        "HOST-08a",
        "no list of operators",
        "review",
        f"groups: {{hyperv_admins: [{OPERATORS}]}}",
        groups={"hyperv_admins": None},
    ),
    case(
        "HOST-08a",
        "no lists, and everybody is an administrator",
        "fail",
        f"host_admins: [{LOCAL_ADMINISTRATOR}, {DOMAIN}-512, {HOST_ADMINS}]",
        add(ADMINISTRATORS, member("S-1-1-0", "Jeder")),
        groups={"host_admins": None, "hyperv_admins": None},
    ),
    case("HOST-08a", "no operators, and more administrators than usual", "review", "HV-Host-Admins", empty(HYPERV)),
    case("HOST-08a", "no operators, and none but the usual administrators", "pass", "", empty(HYPERV), ONLY_BUILT_IN),
    case(
        "HOST-08a",
        "an orphan that the policy names",
        "review",
        "Windows has no name",
        add(ADMINISTRATORS, ORPHAN),
        groups={"host_admins": [f"{DOMAIN}-3107", HOST_ADMINS, "*-500", "*-512"]},
    ),
    case("HOST-08a", "an orphan", "fail", f"{DOMAIN}-3107", add(ADMINISTRATORS, ORPHAN)),
    case("HOST-08a", "administrators denied", "error", "AccessDenied", denied(ADMINISTRATORS)),
    case("HOST-08a", "operators denied", "error", "AccessDenied", denied(HYPERV)),
    case(
        "HOST-08a",
        "an orphan ends the listing",
        "error",
        "InvalidOperation",
        empty(HYPERV),
        error(HYPERV, "InvalidOperation,Microsoft.PowerShell.Commands.GetLocalGroupMemberCommand"),
    ),
    case(
        "HOST-08a",
        "rows beside an error are not all",
        "error",
        "An unspecified",
        error(ADMINISTRATORS, "An unspecified error"),
    ),
    case("HOST-08a", "no administrators at all", "error", "cannot be removed", empty(ADMINISTRATORS)),
    case("HOST-08a", "operators empty without rights", "error", "full token", empty(HYPERV), filtered_token),
    case("HOST-08a", "a member without a SID", "error", "Sid", add(HYPERV, member("", "LAB\\jdoe"))),
    case("HOST-08a", "a SID that is null", "error", "Sid", put(f"{HYPERV}.Sid", None)),
]

TENANT_ACE = f"(A;OICI;FR;;;{TENANTS})"
RIGHTS = [
    case("HOST-08b", "none", "pass", "only the domain knows"),
    *(
        case("HOST-08b", f"in {probe}", "fail", f"LAB\\VM-Tenant-Admins ({TENANTS})", add(probe, VM_PEOPLE))
        for probe in (ADMINISTRATORS, HYPERV, DESKTOP, MANAGEMENT, BACKUP, POWER, SERVER, PRINT)
    ),
    case("HOST-08b", "this Windows has no such group", "pass", "", NO_SERVER_OPERATORS),
    case(
        "HOST-08b",
        "a group that refuses is not missing",
        "error",
        "AccessDenied",
        empty(SERVER),
        error(SERVER, "AccessDenied,Somebody"),
    ),
    case(
        "HOST-08b",
        "Backup Operators are never missing",
        "error",
        "GroupNotFound",
        empty(BACKUP),
        error(BACKUP, NO_GROUP),
    ),
    case(
        "HOST-08b",
        "roles of Authorization Manager",
        "review",
        "InitialStore.xml",
        put("groups.authorization_store.Present", True),
    ),
    case("HOST-08b", "roles not looked for", "error", "AccessDenied", denied("groups.authorization_store")),
    case("HOST-08b", "by relative id", "fail", TENANTS, add(BACKUP, VM_PEOPLE), groups={"vm_admins": ["*-2710"]}),
    case(
        "HOST-08b",
        "on a folder",
        "fail",
        f"D:\\Hyper-V: {TENANTS}",
        sddl("storage.acls", f"O:BAG:SYD:PAI(A;;FA;;;SY){TENANT_ACE}"),
    ),
    case("HOST-08b", "on a share", "fail", f"Install: {TENANTS}", sddl("smb.share_access", f"O:BAG:SYD:{TENANT_ACE}")),
    case(
        "HOST-08b",
        "denied on a folder is no right",
        "pass",
        "",
        sddl("storage.acls", f"O:BAG:SYD:(D;;FA;;;{TENANTS})(A;;FA;;;BA)"),
    ),
    case(
        "HOST-08b",
        "by an abbreviation for the host's own domain",
        "fail",
        "*-513",
        sddl("storage.acls", "O:BAG:SYD:(A;;FR;;;DU)"),
        groups={"vm_admins": [f"{DOMAIN}-513"]},
    ),
    case(
        "HOST-08b",
        "everyone is a virtual machine's administrator, too",
        "fail",
        "S-1-1-0",
        sddl("storage.acls", "O:BAG:SYD:NO_ACCESS_CONTROL"),
        groups={"vm_admins": ["S-1-1-0"]},
    ),
    case(
        "HOST-08b",
        "a virtual machine's own account",
        "pass",
        "",
        sddl("storage.acls", "O:BAG:SYD:(A;;FA;;;S-1-5-83-0)"),
    ),
    case(
        "HOST-08b",
        "everybody may log on remotely",
        "review",
        "Domain Users",
        add(DESKTOP, member(f"{DOMAIN}-513", "LAB\\Domain Users")),
    ),
    case(
        "HOST-08b",
        "nobody has said who administers virtual machines",
        "review",
        f"groups: {{vm_admins: [{DOMAIN}-1120]}}",
        add(DESKTOP, JDOE),
        groups={"vm_admins": None},
    ),
    case(
        "HOST-08b", "nobody has said, and nobody is there", "review", "groups: {vm_admins:", groups={"vm_admins": None}
    ),
    case("HOST-08b", "a group denied", "error", "AccessDenied", denied(BACKUP)),
    case("HOST-08b", "folders denied", "error", "AccessDenied", denied("storage.acls")),
    case("HOST-08b", "shares denied", "error", "AccessDenied", denied("smb.share_access")),
    case("HOST-08b", "groups empty without rights", "error", "full token", filtered_token),
    case(
        "HOST-08b",
        "folders empty, and Hyper-V cannot be seen",
        "error",
        "cannot see Hyper-V",
        empty("storage.acls"),
        canary(0),
    ),
    case("HOST-08b", "an access list that is null", "error", "Sddl", sddl("storage.acls", None)),
    case("HOST-08b", "an access list that is none", "error", "Sddl", sddl("smb.share_access", "Everyone:Full")),
]

CASES = [*PEOPLE, *RIGHTS]
