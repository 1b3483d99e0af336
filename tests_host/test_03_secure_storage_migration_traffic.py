"""Secure storage migration traffic."""

from hyperv_audit import Host, Policy, must, not_applicable_unless, note, recommendation, review
from hyperv_audit.facts.network import networks
from hyperv_audit.facts.paths import is_address, is_unc, server
from hyperv_audit.facts.smb import SMB_3_0
from hyperv_audit.judge.suggestion import suggestion


@recommendation("HOST-03a")
def test_smb_3_protects_traffic_to_virtual_machine_files(host: Host, policy: Policy) -> None:
    """Use SMB 3 for end-to-end encryption of SMB data and for protection against tampering."""
    smb, files = host.smb, host.vm_files
    connections = smb.connections_to(files)
    shares = smb.shares_of(files)
    clear = [c for c in connections if not (c.encrypted or (policy.smb.accept_signing_only and c.signed))]

    with must("SMB 1 lets an attacker talk both sides down to no encryption"):
        assert not smb.server.smb1_enabled
    with must("SMB 1 lets an attacker talk both sides down to no encryption"):
        assert not smb.smb1_installed
    with must("an unsigned session can be altered on its way"):
        assert smb.server.requires_signing
    with must("an unsigned session can be altered on its way"):
        assert smb.client.requires_signing
    if smb.server.encrypts_data or any(share.encrypts_data for share in smb.shares):
        with must("clear text is still accepted where encryption is asked for"):
            assert smb.server.rejects_unencrypted_access
    with must("files of virtual machines can be read on their way to the file server"):
        assert clear == []
    with must("SMB before 3.0 cannot encrypt"):
        assert [c for c in connections if c.version < SMB_3_0] == []
    with must("the share hands out files of virtual machines in clear text"):
        assert [share for share in shares if not (share.encrypts_data or smb.server.encrypts_data)] == []
    with review("no connection is open that would show how these files travel"):
        assert smb.unseen(files) == ()

    if not connections and not shares and not any(is_unc(path) for path in files):
        note("no SMB storage traffic; only the protocol's settings were judged")
    for path in (path for path in files if is_unc(path) and is_address(server(path))):
        note(f"{path} names its server by address, so Kerberos cannot prove which server answers")


@recommendation("HOST-03b")
@not_applicable_unless(
    lambda host, policy: host.smb_traffic.is_used,
    "no file of a virtual machine lies on another server, and no share of this host holds any",
)
def test_shares_with_virtual_machine_files_have_a_private_network(host: Host, policy: Policy) -> None:
    """Keep SMB shares with virtual machine files on a private network, for those who need them."""
    traffic, subnets = host.smb_traffic, policy.network.storage_subnets
    outside = traffic.outside(networks(subnets)) if subnets else ()
    instead = policy.smb.encryption_instead_of_private_network
    with must("the server is reached outside of the storage network; encryption hides data, not the server"):
        assert [channel for channel in outside if not (instead and traffic.encryption(channel))] == []
    with review("outside of the storage network, but encrypted, which the policy takes instead"):
        assert [channel for channel in outside if instead and traffic.encryption(channel)] == []
    with must("the share hands files of virtual machines to everybody who can log on"):
        assert traffic.open_shares == {}
    with review("no connection shows over which network these files are reached"):
        assert traffic.unseen == ()
    if traffic.remote and not policy.network.storage_subnets:
        seen = [str(network) for network in host.network.networks_of(traffic.ends)]
        with review(f"the policy does not say where storage is; {suggestion('network', storage_subnets=seen)}"):
            assert policy.network.storage_subnets != []
    if traffic.shares:
        note("from which networks the shares of this host can be reached, is not seen here: look at its firewall")
