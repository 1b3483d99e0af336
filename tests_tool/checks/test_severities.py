"""What parts of a rule weigh, each by a case of the tables: as their recommendation, more or less."""

import pytest

from hyperv_audit.report.results import Result
from tests_tool.checks.test_verdicts import TABLES
from tests_tool.guest_checks import updates
from tests_tool.judging import Case, said

CASES = {str(case): case for case in (*TABLES, *updates.CASES)}

# case, part of the statement, severity
SEVERITIES = [
    ("VM-01 version 8.0", "newer version", "low"),
    ("VM-01 version 7.1", "old configuration version", "medium"),
    ("VM-02 off", "boot loader", "high"),
    ("VM-02 Windows with the UEFI CA, off", "does not fit", "medium"),
    ("VM-02 network first", "answers first", "low"),
    ("VM-03 off", "isolated switch", "medium"),
    ("VM-03 off, and it comes up with its host", "comes up", "medium"),
    ("VM-04 vss is off", "service that is off", "medium"),
    ("VM-04 another version", "different versions", "low"),
    ("VM-04 another version in what claims to be Linux", "different versions", "medium"),
    ("VM-04 a heartbeat that fell silent", "fallen silent", "high"),
    ("VM-04 another service that fell silent", "fallen silent", "medium"),
    ("VM-04 a Linux without a daemon", "daemon", "low"),
    ("VM-04 a Linux without a daemon that it must have", "not installed", "medium"),
    ("VM-06 disconnected", "no purpose", "low"),
    ("VM-06 MAC spoofing", "MAC address", "high"),
    ("VM-06 no DHCP guard", "DHCP guard", "medium"),
    ("VM-06 no router guard", "router guard", "medium"),
    ("VM-06 a source of mirroring", "copied", "high"),
    ("VM-06 a destination of mirroring", "gets copies", "high"),
    ("VM-06 a trunk", "a trunk reaches", "high"),
    ("VM-07 no roots, the folder that Windows proposes", "Windows proposes", "low"),
    ("VM-07 its parent was not shown", "rests on", "high"),
    ("VM-07 an old checkpoint", "older than", "low"),
    ("VM-07 a checkpoint without files", "missing", "high"),
    ("VM-10 opted out", "withholds", "high"),
    ("VM-10 Secure Boot off", "Secure Boot", "medium"),
    ("VM-11 a needed device of a vendor that is not trusted", "vendor", "high"),
    ("VM-11 a trusted device that nobody needs", "allowed_dda", "high"),
    ("VM-11 an idle device", "no machine has them", "low"),
    ("VM-12 not shielded", "without shielding", "high"),
    ("VM-12 Active Directory where the policy asks for the TPM", "Active Directory", "medium"),
    ("VM-13 to be shielded", "migration traffic", "medium"),
    ("VM-14 with Hyper-V, not allowed", "allow_nested", "medium"),
]


@pytest.mark.parametrize(
    ("case", "about", "severity"),
    [pytest.param(CASES[name], about, severity, id=name) for name, about, severity in SEVERITIES],
)
def test_severity(case: Case, about: str, severity: str, judged: dict[str, Result]) -> None:
    result = judged[str(case)]
    assert {finding.severity for finding in result.findings if about in finding.why} == {severity}, said(result)
