"""A small results stream to report on: three hosts that were read, one that was not, and names that bite."""

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from hyperv_audit.judge.severity import Severity
from hyperv_audit.report.results import (
    Evidence,
    Finding,
    Header,
    Host,
    Recommendation,
    Result,
    Setting,
    Subject,
    Verdict,
    VirtualMachine,
    Waiver,
)

STARTED = datetime(2026, 11, 23, 3, 12, 44, tzinfo=UTC)

HOSTILE = {
    "image": "<img src=x onerror=alert(1)>",
    "script": '"><script>alert(2)</script>',
    "attribute": "' onmouseover=alert(3) x='",
    "closing": "</bdi></li></style></script><svg onload=alert(4)>",
    "template": "{{ 7*7 }}{% raw %}${8*8}",
    "rtl": "web-\u202egnp.exe\u200f",
    "breaks": "line\nbreak\r\n\ttab\x00nul\u2028",
    "surrogate": "half \ud83d pair".encode("utf-8", "backslashreplace").decode(),
    "emoji": "web \N{FAMILY}\N{VARIATION SELECTOR-16} 漢字",
    "long": "L" * 256,
}


def recommendation(
    id_: str, title: str, section: str, tier: str = "baseline", severity: str = "medium"
) -> Recommendation:
    return Recommendation.model_validate(
        {
            "id": id_,
            "title": title,
            "section": section,
            "tier": tier,
            "markers": [tier],
            "severity": severity,
            "why": _WHY.get(id_, "An attacker who reaches the host reaches all of its virtual machines."),
            "fix": _FIX.get(id_, "Change the setting as the document says."),
            "impact": _IMPACT.get(id_, "No downtime."),
            "references": ["https://learn.microsoft.com/windows-server/virtualization/hyper-v/plan/security"],
        }
    )


_WHY = {
    "HOST-03a": "Storage traffic that is not encrypted shows virtual machines' disks to the network.",
    "VM-02": "Without it a changed boot loader runs before the guest's own defences.",
}
_FIX = {
    "HOST-03a": "Set-SmbServerConfiguration -EncryptData $true -RejectUnencryptedAccess $true",
    "VM-02": "Stop-VM web-07\nSet-VMFirmware web-07 -EnableSecureBoot On",
}
_IMPACT = {
    "HOST-03a": "No restart. Clients that speak only SMB 2 lose access.",
    "VM-02": "Needs the virtual machine off. Third-party drivers may stop it from booting: test on a checkpoint.",
}

CHECKLIST = [
    recommendation(
        "HOST-01a", "Keep the Hyper-V host operating system secure", "Keep the Hyper-V host operating system secure"
    ),
    recommendation("HOST-03a", "SMB traffic is encrypted", "Secure storage migration traffic", severity="high"),
    recommendation("HOST-06", "The drives are encrypted with BitLocker", "Use BitLocker Drive Encryption"),
    recommendation("HOST-07", "Settings are those of the security baseline", "Harden the operating system"),
    recommendation("HOST-12", "Nested virtualization is off", "Do not enable nesting", severity="low"),
    recommendation("VM-01", "The virtual machine is generation 2", "Create generation 2 virtual machines"),
    recommendation("VM-02", "Secure Boot is on", "Enable Secure Boot", severity="high"),
    recommendation("VM-06", "Network ports are guarded", "Use a secure network"),
    recommendation("VM-12", "The virtual machine is shielded", "Deploy shielded VMs", tier="enhanced", severity="high"),
]


@dataclass
class World:
    """Hosts and results, to be added to and then written."""

    checklist: list[Recommendation] = field(default_factory=lambda: list(CHECKLIST))
    hosts: list[Host] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)
    not_run: list[str] = field(default_factory=list)
    stopped: bool = False
    waivers: list[Waiver] = field(default_factory=list)
    selection: str = ""

    def host(self, name: str, machines: int = 0) -> str:
        self.hosts.append(
            Host(
                name=name,
                slug=name,
                reached="WinRM over https, ntlm, as LAB\\auditor",
                summary={"Edition": "Windows Server 2022 Datacenter", "Build": "20348.2966", "Installation": "Core"},
                virtual_machines=machines,
                evidence=f"evidence/{name}.json",
                sha256=hashlib.sha256(name.encode()).hexdigest(),
                collected=STARTED,
            )
        )
        return name

    def area(self, host: str, area: str, verdict: Verdict, *settings: Setting, waiver: str = "") -> None:
        """A part of the security baseline; what deviates in it is a finding, or is waived."""
        findings = [
            Finding(
                verdict="waived" if waiver else "fail",
                why=f"{setting.name} [{setting.id}]",
                found=setting.found,
                expected=setting.expected,
                severity="medium",
                setting=setting.id,
                waiver=waiver,
            )
            for setting in settings
            if setting.outcome == "deviates"
        ]
        self.results.append(
            Result(
                recommendation="HOST-07",
                subject=Subject(host=host, host_slug=host, area=area),
                verdict=verdict,
                reason="as the table has it",
                findings=findings,
                variant="Windows Server 2022, domain member, Server Core",
                settings=list(settings),
                seconds=0.001,
                at=STARTED,
            )
        )

    def unreachable(self, name: str) -> None:
        failure, next_step = "refused: the host answered 401 to ntlm", "check that the account may log on over WinRM"
        self.hosts.append(Host(name=name, slug=name, failure=failure, next_step=next_step))
        self.add("EVIDENCE", Verdict.ERROR, name, reason="hv04 could not be read")

    def add(
        self,
        id_: str,
        verdict: Verdict,
        host: str,
        vm: VirtualMachine | None = None,
        *,
        reason: str = "as the document asks",
        findings: tuple[Finding, ...] = (),
        notes: tuple[str, ...] = (),
        evidence: tuple[Evidence, ...] = (),
    ) -> None:
        self.results.append(
            Result(
                recommendation=id_,
                subject=Subject(host=host, host_slug=host, vm=vm),
                verdict=verdict,
                reason=reason,
                findings=list(findings),
                notes=list(notes),
                evidence=list(evidence),
                seconds=0.001,
                at=STARTED + timedelta(milliseconds=20 * len(self.results)),
            )
        )

    def fails(
        self,
        id_: str,
        host: str,
        vm: VirtualMachine | None = None,
        *,
        found: str,
        expected: str,
        why: str,
        severity: Severity | None = None,
    ) -> None:
        usual = next(each.severity for each in self.checklist if each.id == id_)
        finding = Finding(verdict="fail", why=why, found=found, expected=expected, severity=severity or usual)
        rows = {"Name": vm.name if vm else host, "Raw": 1, "Shown": found}
        evidence = Evidence(
            probe="vm.firmware" if vm else "smb.server", command="Get-It | Select Name, Raw", rows=[rows]
        )
        self.add(id_, Verdict.FAIL, host, vm, reason=why, findings=(finding,), evidence=(evidence,))

    @property
    def header(self) -> Header:
        return Header(
            started=STARTED,
            tool="hyperv-audit 0.1.0",
            document="Plan for Hyper-V security in Windows Server",
            document_url="https://learn.microsoft.com/windows-server/virtualization/hyper-v/plan/security",
            arguments=["--hosts=production", "-m", "baseline or enhanced"],
            hosts=self.hosts,
            recommendations=self.checklist,
            not_run=self.not_run,
            selection=self.selection,
            stopped=self.stopped,
            waivers=self.waivers,
            commands=["Get-SmbServerConfiguration | Select-Object EncryptData", "Get-VMFirmware"],
        )

    def write(self, path: Path) -> Path:
        lines = [self.header.model_dump_json(by_alias=True), *(each.model_dump_json() for each in self.results)]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path


def machine(name: str, slug: str | None = None) -> VirtualMachine:
    return VirtualMachine(id=f"guid-{slug or name}", name=name, slug=slug or name)


def small_world() -> World:
    """Three hosts and one that refused, nine recommendations of which one was left out, and hostile names."""
    world = World(not_run=["HOST-12"], selection="-k 'not nesting'")
    machines = {
        world.host("hv01", 6): [machine(f"web-0{n}") for n in range(1, 7)],
        world.host("hv02", 3): [machine("db-01"), machine("db-02"), machine("old-linux")],
        world.host("hv03", len(HOSTILE)): [machine(name, f"hostile-{kind}") for kind, name in HOSTILE.items()],
    }
    world.unreachable("hv04")
    for host in machines:
        world.add("HOST-01a", Verdict.PASS, host)
    _smb(world)
    world.add("HOST-06", Verdict.PASS, "hv01", notes=("The recovery key is kept in Active Directory.",))
    world.add(
        "HOST-06", Verdict.ERROR, "hv02", reason="bitlocker.volumes could not be read: Access denied (0x80041003)"
    )
    world.add("HOST-06", Verdict.NOT_APPLICABLE, "hv03", reason="a cluster shared volume holds the virtual machines")
    _baseline(world)
    for host, guests in machines.items():
        for number, vm in enumerate(guests):
            _virtual_machine(world, host, vm, number)
    return world


MEETS = Setting(id="WSB-1", name="Store no LM hash", outcome="meets", found="1", expected="1")
MISSES = Setting(id="WSB-2", name="Sign always", outcome="deviates", found=HOSTILE["script"], expected="1")
UNREAD = Setting(id="WSB-3", name="Log dropped packets", outcome="unreadable", why="HKLM: access is denied")
ON_CORE = Setting(id="WSB-4", name="Lock the screen", outcome="not applicable", why="without effect on Server Core")


def _baseline(world: World) -> None:
    waiver = "until 2027-06-30 by Storage team: signing is slow (waivers.yaml:2)"
    world.area("hv01", "Security Options", Verdict.FAIL, MEETS, MISSES)
    world.area("hv02", "Security Options", Verdict.WAIVED, MEETS, MISSES, waiver=waiver)
    world.area("hv03", "Security Options", Verdict.PASS, MEETS)
    world.area("hv01", "Firewall", Verdict.ERROR, UNREAD)
    world.area("hv01", "Control Panel", Verdict.NOT_APPLICABLE, ON_CORE)
    world.waivers.append(
        Waiver(
            where="waivers.yaml:2",
            recommendation="HOST-07",
            scope="hosts hv02, WSB-2",
            reason="signing is slow",
            owner="Storage team",
            expires=date(2027, 6, 30),
            state="in use",
        )
    )


def _smb(world: World) -> None:
    world.add("HOST-03a", Verdict.PASS, "hv02")
    for host in ("hv01", "hv03"):
        world.fails("HOST-03a", host, found="EncryptData: off", expected="on", why="SMB data is not encrypted")


def _virtual_machine(world: World, host: str, vm: VirtualMachine, number: int) -> None:
    old = vm.name == "old-linux"
    hostile = vm.slug.startswith("hostile")
    if old:
        world.fails(
            "VM-01", host, vm, found="generation 1", expected="generation 2", why="Generation 1 has no Secure Boot"
        )
        world.add(
            "VM-02", Verdict.NOT_APPLICABLE, host, vm, reason="Secure Boot exists only on generation 2; see VM-01"
        )
    else:
        world.add("VM-01", Verdict.PASS, host, vm)
    if hostile or (number == 2 and not old):
        found = f"Secure Boot: off on {vm.name}" if hostile else "Secure Boot: off"
        world.fails("VM-02", host, vm, found=found, expected="on, template MicrosoftWindows", why="Secure Boot is off")
    elif not old:
        world.add("VM-02", Verdict.PASS, host, vm)
    question = Finding(
        verdict="review",
        why="A person must say whether it may",
        found="MAC spoofing: on",
        expected="off, or a reason",
        severity="medium",
    )
    if number == 1:
        world.add("VM-06", Verdict.REVIEW, host, vm, reason=question.why, findings=(question,))
    else:
        world.add("VM-06", Verdict.PASS, host, vm)
    world.add("VM-12", Verdict.NOT_APPLICABLE, host, vm, reason="policy asks for shielding only on tagged machines")


def large_world(hosts: int, machines: int) -> World:
    """A fabric of the size asked for: eight results a virtual machine, one in seven of them a failure of its own."""
    ids = [f"VM-{number:02}" for number in range(1, 9)]
    world = World([recommendation(id_, f"Setting {id_} is on", "Secure virtual machines") for id_ in ids])
    for host in range(hosts):
        name = world.host(f"hv{host:03}", machines)
        for number in range(machines):
            _eight_results(world, name, machine(f"vm-{host:03}-{number:03}"), ids, number)
    return world


def _eight_results(world: World, host: str, vm: VirtualMachine, ids: list[str], number: int) -> None:
    for place, id_ in enumerate(ids):
        if (number + place) % 7:
            world.add(id_, Verdict.PASS, host, vm)
        else:
            found = f"adapter 'Network Adapter' of {vm.name}: off, switch Production, VLAN {number}"
            world.fails(id_, host, vm, found=found, expected="on for every adapter", why="A guest can pose as another")
