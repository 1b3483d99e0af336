"""Virtualization-based security and code integrity: what runs, not what somebody configured."""

from dataclasses import dataclass

from pydantic import Field, ValidationError

from hyperv_audit.facts.enums import CodeIntegrity, DomainRole, VbsStatus
from hyperv_audit.facts.platform import Platform
from hyperv_audit.facts.reading import Readings, Row, Unreadable

# Win32_DeviceGuard counts services and properties by codes, and newer builds know more of them: plain numbers, so that
# an unknown one breaks nothing. 0 says "none": Windows lists [0] where nothing runs, and never an empty list.
NONE = 0
CREDENTIAL_GUARD = 1
HVCI = 2
SECURE_BOOT = 2
DMA_PROTECTION = 3
PROPERTIES = {
    1: "a hypervisor",
    SECURE_BOOT: "Secure Boot",
    DMA_PROTECTION: "DMA protection (IOMMU)",
    4: "secure memory overwrite",
    5: "NX protections",
    6: "SMM mitigations",
    7: "mode-based execution control",
    8: "APIC virtualization",
}


class DeviceGuard(Row):
    """Win32_DeviceGuard."""

    available: list[int] = Field(alias="AvailableSecurityProperties", min_length=1)
    required: list[int] = Field(alias="RequiredSecurityProperties", min_length=1)
    configured: list[int] = Field(alias="SecurityServicesConfigured", min_length=1)
    running: list[int] = Field(alias="SecurityServicesRunning", min_length=1)
    vbs: VbsStatus = Field(alias="VirtualizationBasedSecurityStatus")
    kernel_code_integrity: CodeIntegrity = Field(alias="CodeIntegrityPolicyEnforcementStatus")
    user_code_integrity: CodeIntegrity = Field(alias="UsermodeCodeIntegrityPolicyEnforcementStatus")

    def runs(self, service: int) -> bool:
        """Whether a service runs."""
        return service in self.running

    def is_to_run(self, service: int) -> bool:
        """Whether a service is configured."""
        return service in self.configured

    def offers(self, property_: int) -> bool:
        """Whether the machine has a property."""
        return property_ in self.available

    @property
    def lacking(self) -> tuple[str, ...]:
        """What this machine does not offer, although its configuration requires it."""
        missing = [code for code in self.required if code != NONE and code not in self.available]
        return tuple(PROPERTIES.get(code, f"property {code}") for code in missing)


class _PolicyFile(Row):
    present: bool = Field(alias="SIPolicy")


class _ListedPolicy(Row):
    is_system: bool = Field(alias="IsSystemPolicy")
    is_enforced: bool = Field(alias="IsEnforced")


class _Listed(Row):
    """What `CiTool -lp -json` prints."""

    result: int = Field(alias="OperationResult")
    policies: list[_ListedPolicy] = Field(alias="Policies")


class _DomainRole(Row):
    role: DomainRole = Field(alias="DomainRole")


@dataclass(frozen=True)
class Security:
    """What guards the host from code that should not run, and its credentials from whoever runs it."""

    readings: Readings

    @property
    def device_guard(self) -> DeviceGuard:
        """Virtualization-based security and code integrity as they are now."""
        return self.readings.one("security.device_guard", DeviceGuard)

    @property
    def has_policy_file(self) -> bool:
        """Whether SIPolicy.p7b is there: a code integrity policy of the organisation, in the single-policy format."""
        return self.readings.one("security.policy_file", _PolicyFile).present

    @property
    def has_listed_policy(self) -> bool:
        """Whether Windows lists a policy of the organisation that is enforced; before 2025 it has no such list."""
        if not (lines := self.readings.values("security.policies")):
            return False
        try:
            listed = _Listed.model_validate_json("".join(str(line) for line in lines))
        except ValidationError as error:
            raise Unreadable("security.policies: this is no list of policies") from error
        if listed.result != 0:
            raise Unreadable(f"security.policies: CiTool ended with {listed.result}")
        return any(policy.is_enforced and not policy.is_system for policy in listed.policies)

    @property
    def secure_boot(self) -> bool:
        """Secure Boot by either witness: virtualization-based security, or the firmware."""
        return self.device_guard.offers(SECURE_BOOT) or Platform(self.readings).secure_boot

    @property
    def domain_role(self) -> DomainRole:
        """Whether there are credentials of a domain to guard."""
        return self.readings.one("os.computer", _DomainRole).role
