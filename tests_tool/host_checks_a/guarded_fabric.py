"""HOST-04, row by row."""

from tests_tool.changes import Change, denied, empty, filtered_token, put, together
from tests_tool.host_checks_a.table import case

CLIENT = "hgs.client"


def attestation(status: object, *, guarded: bool = True) -> Change:
    """What the Host Guardian Service said last."""
    return together(put(f"{CLIENT}.AttestationStatus", status), put(f"{CLIENT}.IsHostGuarded", guarded))


UNUSED = together(put(f"{CLIENT}.Mode", 1), put(f"{CLIENT}.AttestationOperationMode", 0), attestation(0, guarded=False))

CASES = [
    case("HOST-04", "attested by TPM", "pass", "as recommended"),
    case("HOST-04", "Azure Edition", "pass", "", put("os.version.EditionID", "ServerTurbine")),
    case("HOST-04", "a trial of Datacenter", "pass", "", put("os.version.EditionID", "ServerDatacenterEval")),
    case("HOST-04", "no guarded fabric here", "fail", "asks no Host Guardian Service", UNUSED),
    case("HOST-04", "never attested", "fail", "never proved", attestation(1, guarded=False)),
    case("HOST-04", "unauthorized", "fail", "unauthorized (301)", attestation(301, guarded=False)),
    case("HOST-04", "TPM error", "fail", "tpm error (302)", attestation(302, guarded=False)),
    case("HOST-04", "insecure configuration", "fail", "insecure configuration (303)", attestation(303, guarded=False)),
    case("HOST-04", "passed, and not guarded", "fail", "is not guarded", attestation(100, guarded=False)),
    case("HOST-04", "expired", "review", "expired (200)", attestation(200)),
    case("HOST-04", "transient failure", "review", "transient failure (300)", attestation(300, guarded=False)),
    case("HOST-04", "an unknown status", "review", "unknown (-1)", attestation(999)),
    case("HOST-04", "the fallback answers", "review", "the fallback answers", put(f"{CLIENT}.IsFallbackInUse", True)),
    case("HOST-04", "before there were fallbacks", "pass", "", put(f"{CLIENT}.IsFallbackInUse", None)),
    case("HOST-04", "fallback as text", "error", "IsFallbackInUse", put(f"{CLIENT}.IsFallbackInUse", "no")),
    case(
        "HOST-04",
        "refused, and why as far as it is known",
        "fail",
        "substatus 4",
        attestation(303, guarded=False),
        put(f"{CLIENT}.AttestationSubstatus", "4"),
    ),
    case("HOST-04", "by Active Directory", "review", "deprecated", put(f"{CLIENT}.AttestationOperationMode", 2)),
    case(
        "HOST-04",
        "by Active Directory, as the policy has it",
        "review",
        "deprecated",
        put(f"{CLIENT}.AttestationOperationMode", 2),
        guarded_fabric={"attestation_modes": [1, 2]},
    ),
    case(
        "HOST-04",
        "a mode whose number nobody documents never passes",
        "review",
        "unknown (0)",
        put(f"{CLIENT}.AttestationOperationMode", 3),
        guarded_fabric={"attestation_modes": [1, 3]},
    ),
    case(
        "HOST-04",
        "by TPM, and the policy wants something else",
        "review",
        "attestation_modes",
        guarded_fabric={"attestation_modes": [2]},
    ),
    case("HOST-04", "an unknown mode", "review", "unknown (0)", put(f"{CLIENT}.Mode", 7)),
    case(
        "HOST-04",
        "Standard cannot be guarded",
        "not applicable",
        "edition",
        put("os.version.EditionID", "ServerStandard"),
    ),
    case(
        "HOST-04",
        "Hyper-V Server cannot be guarded",
        "not applicable",
        "edition",
        put("os.version.EditionID", "ServerHyperCore"),
    ),
    case(
        "HOST-04",
        "not asked for",
        "not applicable",
        "guarded_fabric.required",
        UNUSED,
        guarded_fabric={"required": False},
    ),
    case("HOST-04", "the cmdlet refuses", "error", "AccessDenied", denied(CLIENT)),
    case("HOST-04", "null", "error", "IsHostGuarded", put(f"{CLIENT}.IsHostGuarded", None)),
    case("HOST-04", "status as text", "error", "AttestationStatus", put(f"{CLIENT}.AttestationStatus", "100")),
    case("HOST-04", "no row", "error", "0 rows", empty(CLIENT)),
    case("HOST-04", "no row without rights", "error", "full token", empty(CLIENT), filtered_token),
    case("HOST-04", "the edition denied", "error", "AccessDenied", denied("os.version")),
]
