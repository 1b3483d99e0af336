"""For more secure environments: use hosts with a TPM 2.0 chip."""

from hyperv_audit import Host, must, not_applicable_unless, recommendation, review
from hyperv_audit.facts.enums import AttestationMode


@recommendation("HOST-12")
@not_applicable_unless(lambda host, policy: policy.tpm.required, "the policy does not ask for a TPM (tpm.required)")
@not_applicable_unless(
    lambda host, policy: not host.os.computer.is_virtual,
    "this host is a virtual machine itself: its TPM belongs to the host outside",
)
def test_host_has_a_tpm_2_0(host: Host) -> None:
    """Use a TPM 2.0 chip, so that a guarded fabric can be set up."""
    tpm, hgs = host.platform.tpm, host.hgs.client
    with must("without a TPM a host cannot prove what it booted"):
        assert tpm is not None
    if tpm is None:
        return
    with must("attestation needs version 2.0; some chips were delivered in 1.2 mode and can be converted"):
        assert tpm.version == "2.0"
    with must("a TPM that is off protects nothing"):
        assert tpm.is_enabled
    with must("a TPM that is off protects nothing"):
        assert tpm.is_activated
    with review("Windows has not taken the TPM into use"):
        assert tpm.is_owned
    with review("attestation by TPM does not work without Secure Boot"):
        assert host.platform.secure_boot
    if hgs.is_host_guarded:
        with review("the host is guarded, and not by its TPM"):
            assert hgs.attestation_mode is AttestationMode.TPM
