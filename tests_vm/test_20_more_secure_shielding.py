"""For more secure environments: deploy shielded virtual machines to a guarded fabric."""

from hyperv_audit import Policy, VirtualMachine, guest_of, must, not_applicable_unless, note, recommendation, review
from hyperv_audit.facts.enums import Attestation, AttestationMode, HgsMode, OnOff
from hyperv_audit.facts.guest_os import Support
from hyperv_audit.facts.vm import Guardian

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
    guest = guest_of(vm, policy)
    with must("this guest cannot be shielded; VM-01 says what it is good for"):
        assert guest.shielding is not Support.NO
    with must("without shielding, whoever runs the host can read and change the VM"):
        assert vm.security.shielded
    if vm.security.tpm and vm.security.encrypts_state_and_migration and not vm.security.shielded:
        note("encryption is supported here, and yet the VM is not shielded")
    if vm.generation != 2 or not vm.security.shielded:
        return

    hgs, protector = vm.host.hgs.client, vm.key_protector
    if vm.is_running:
        with review("shielding is set, and not in force before the next start"):
            assert vm.in_force.shielded
    with must("shielding rests on a virtual TPM"):
        assert vm.security.tpm
    with must("saved state and migration traffic hold the memory of the VM"):
        assert vm.security.encrypts_state_and_migration
    with must("a changed boot loader could give the keys away"):
        assert vm.firmware.secure_boot is OnOff.ON
    with review("a template that Microsoft does not ship says nothing about what may boot; VM-02 says which one fits"):
        assert vm.firmware.template is not None
    with must("without a key protector nothing is locked"):
        assert protector.is_present
    with must("the keys lie on this host: any of its administrators can unlock the VM"):
        assert not protector.is_local
    if policy.vm.trusted_guardians:
        check_guardians(protector.guardians, policy.vm.trusted_guardians)
    with review("the key protector does not tell its owner and guardians, so nobody knows who holds the keys"):
        assert protector.is_decoded
    if hgs.attestation not in RENEWABLE:
        with must("a host that is not guarded starts the VM without proving anything"):
            assert hgs.is_host_guarded
    with must("a host in local mode keeps the keys to itself: the VM is shielded in name only"):
        assert hgs.mode is not HgsMode.LOCAL
    with review("the host's mode is one that is not known"):
        assert hgs.mode is not HgsMode.UNKNOWN
    with must("the Host Guardian Service has refused this host"):
        assert hgs.attestation in (Attestation.PASSED, *RENEWABLE)
    with review("the attestation is not valid just now: the VM cannot be started here"):
        assert hgs.attestation not in RENEWABLE
    if policy.vm.require_tpm_attestation:
        with must(
            "Active Directory attestation is deprecated since Windows Server 2019; the policy asks for the TPM",
            severity="medium",
        ):
            assert hgs.attestation_mode is AttestationMode.TPM
    if vm.matches(policy.vm.shielding_required):
        with review("only a Datacenter edition can be a guarded host"):
            assert "Datacenter" in vm.host.os.version.edition
    else:
        note("shielded although the policy does not ask for it")


def check_guardians(guardians: list[Guardian], trusted: list[str]) -> None:
    """Whoever can unlock the machine is somebody whom the policy trusts, by certificate or by name."""
    thumbprints = {text.replace(" ", "").upper() for text in trusted}
    others = [guardian for guardian in guardians if guardian.thumbprint not in thumbprints]
    with review("the guardians are not those that the policy trusts (vm.trusted_guardians)"):
        assert [guardian for guardian in others if guardian.name not in trusted] == []
    if others:
        note(f"trusted by a name, which anybody can give a guardian: {'; '.join(map(str, others))}")
