"""Configure hosts to be part of a guarded fabric."""

import re

from hyperv_audit import Host, Policy, must, not_applicable_unless, note, recommendation, review
from hyperv_audit.facts.enums import Attestation, AttestationMode, HgsMode

# Standard and the free Hyper-V Server lack the feature HostGuardian.
GUARDABLE = re.compile("^Server(Datacenter|Turbine)")
NEVER_ASKED = (Attestation.NOT_CONFIGURED, Attestation.NOT_ATTEMPTED)
REFUSED = (Attestation.UNAUTHORIZED, Attestation.TPM_ERROR, Attestation.INSECURE_CONFIGURATION)


@recommendation("HOST-04")
@not_applicable_unless(
    lambda host, policy: policy.guarded_fabric.required,
    "the policy does not ask for a guarded fabric (guarded_fabric.required)",
)
@not_applicable_unless(
    lambda host, policy: GUARDABLE.match(host.os.version.edition) is not None,
    "this edition has no Host Guardian support; only Datacenter can be guarded",
)
def test_host_is_attested_by_a_host_guardian_service(host: Host, policy: Policy) -> None:
    """Make the host part of a guarded fabric."""
    hgs = host.hgs.client
    accepted = [AttestationMode(mode) for mode in policy.guarded_fabric.attestation_modes]
    with must("the host asks no Host Guardian Service"):
        assert hgs.mode is not HgsMode.LOCAL
    with must("the host never proved anything to a Host Guardian Service"):
        assert hgs.attestation not in NEVER_ASKED
    with must("the Host Guardian Service has refused this host"):
        assert hgs.attestation not in REFUSED
    if hgs.attestation is not Attestation.PASSED:
        note(f"substatus {hgs.substatus}: see Get-HgsTrace -RunDiagnostics")
    if hgs.attestation in (*NEVER_ASKED, *REFUSED):
        return

    with review("what the host asks is not known"):
        assert hgs.mode in (HgsMode.HOST_GUARDIAN_SERVICE, HgsMode.LOCAL)
    with review("the attestation is not valid just now: look again, and at the log of the Host Guardian Service"):
        assert hgs.attestation is Attestation.PASSED
    if hgs.attestation is Attestation.PASSED:
        with must("the attestation has passed, and yet the host is not guarded"):
            assert hgs.is_host_guarded
    with review("the fallback answers for the Host Guardian Service: what is wrong with the service itself?"):
        assert not hgs.fallback_in_use
    if hgs.attestation_mode is not AttestationMode.ACTIVE_DIRECTORY:
        with review(
            "the policy accepts no such attestation (guarded_fabric.attestation_modes), or it is an unknown one"
        ):
            assert hgs.attestation_mode in [mode for mode in accepted if mode is not AttestationMode.UNKNOWN]
    with review("Active Directory attestation proves nothing of what was booted, and is deprecated since 2019"):
        assert hgs.attestation_mode is not AttestationMode.ACTIVE_DIRECTORY
