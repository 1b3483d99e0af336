"""Beyond the document: encrypt saved state and live migration traffic."""

from hyperv_audit import Policy, VirtualMachine, must, not_applicable, note, recommendation, review
from hyperv_audit.facts.enums import ReplicationAuthentication


@recommendation("VM-13")
def test_saved_state_and_migration_traffic_are_encrypted(vm: VirtualMachine, policy: Policy) -> None:
    """What a machine keeps and sends of its memory is encrypted, where its secrets call for that."""
    security, rules = vm.security, policy.vm
    wanted = vm.matches([*rules.encrypt_state_required, *rules.shielding_required])
    if vm.is_to_encrypt and not security.encrypts_state_and_migration:
        with must("encryption is set and has no effect: it takes a virtual TPM or a key storage drive"):
            assert security.tpm or vm.has_key_storage_drive
    if wanted or security.tpm:
        with must("memory in saved state and migration traffic is readable, and a virtual TPM's secrets are in it"):
            assert security.encrypts_state_and_migration
    if security.encrypts_state_and_migration:
        check_effect(vm)
    if rules.require_replication_https:
        with must("replication over plain HTTP (vm.require_replication_https)"):
            assert vm.replication_authentication in (None, ReplicationAuthentication.CERTIFICATE)
    if not security.encrypts_state_and_migration:
        note("whether its host encrypts live migration otherwise, by SMB or by IPsec, HOST-02d says")
    if not (wanted or security.tpm or security.encrypts_state_and_migration):
        not_applicable("the policy does not ask for it (vm.encrypt_state_required), and the VM has no virtual TPM")


def check_effect(vm: VirtualMachine) -> None:
    """It is in force now, and somebody holds the key."""
    if vm.is_running:
        with review("encryption is set, and takes effect at the next start"):
            assert vm.in_force.encrypts_state_and_migration
    with review("without a key protector nobody holds the key: will it start elsewhere?"):
        assert vm.key_protector.is_present
    note("this says nothing of storage migration, of replication, or of the share that the files lie on")
