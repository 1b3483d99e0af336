"""For more secure environments: deploy shielded virtual machines to a guarded fabric."""

from hyperv_audit import Policy, VirtualMachine, must, not_applicable_unless, note, recommendation, review
from hyperv_audit.facts.enums import Attestation, AttestationMode, OnOff

RENEWABLE = (Attestation.EXPIRED, Attestation.TRANSIENT_FAILURE)


@recommendation("VM-12")
@not_applicable_unless(
    lambda vm, policy: vm.matches(policy.vm.shielding_required) or vm.security.shielded,
    "the policy does not ask for shielding here (vm.shielding_required), and the VM is not shielded",
)
def test_vm_is_shielded_on_a_guarded_host(vm: VirtualMachine, policy: Policy) -> None:
    """Shield the virtual machine, with keys that only a guarded host can get."""
    with must("generation 1 cannot be shielded; VM-01 says what to do about it"):
        assert vm.generation == 2
    with must("without shielding, whoever runs the host can read and change the VM"):
        assert vm.security.shielded
    if vm.generation != 2 or not vm.security.shielded:
        return

    hgs, protector = vm.host.hgs.client, vm.key_protector
    with must("shielding rests on a virtual TPM"):
        assert vm.security.tpm
    with must("saved state and migration traffic hold the memory of the VM"):
        assert vm.security.encrypts_state_and_migration
    with must("a changed boot loader could give the keys away"):
        assert vm.firmware.secure_boot is OnOff.ON
    with must("without a key protector nothing is locked"):
        assert protector.is_present
    with must("the keys lie on this host: any of its administrators can unlock the VM"):
        assert not protector.is_local
    with review("the guardians are not those that the policy trusts (vm.trusted_guardians)"):
        assert [
            g for g in protector.guardians if policy.vm.trusted_guardians and g not in policy.vm.trusted_guardians
        ] == []
    with review("the key protector could not be decoded, so nobody knows who holds the keys"):
        assert protector.decode_error is None
    with must("a host that is not guarded starts the VM without proving anything"):
        assert hgs.is_host_guarded
    with must("the Host Guardian Service has refused this host"):
        assert hgs.attestation in (Attestation.PASSED, *RENEWABLE)
    with review("the attestation is not valid just now: the VM cannot be started here"):
        assert hgs.attestation not in RENEWABLE
    if policy.vm.require_tpm_attestation:
        with must("Active Directory attestation is deprecated since Windows Server 2019; the policy asks for the TPM"):
            assert hgs.attestation_mode is AttestationMode.TPM
    if not vm.matches(policy.vm.shielding_required):
        note("shielded although the policy does not ask for it")
