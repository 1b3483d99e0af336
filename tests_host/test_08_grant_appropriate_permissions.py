"""Grant appropriate permissions."""

from collections.abc import Iterable

from hyperv_audit import Host, Policy, must, note, recommendation, review
from hyperv_audit.facts.groups import Member, is_one_of
from hyperv_audit.judge.suggestion import suggestion

USUAL = ("*-500", "*-512")  # the built-in account, and Domain Admins


@recommendation("HOST-08a")
def test_people_who_manage_the_host_are_hyper_v_administrators(host: Host, policy: Policy) -> None:
    """Put the people who need to manage the host into Hyper-V Administrators, and nobody else."""
    rules, administrators, operators = policy.groups, host.groups.administrators, host.groups.hyperv_administrators
    with must("a group of everybody must not own the host, whatever the policy says"):
        assert [member for member in (*administrators, *operators) if member.is_broad] == []
    if rules.host_admins:
        with must("groups.host_admins does not name this member of Administrators"):
            assert [m for m in administrators if not is_one_of(m.sid, rules.host_admins)] == []
    if rules.hyperv_admins:
        with must("neither groups.hyperv_admins nor host_admins names this member of Hyper-V Administrators"):
            assert [m for m in operators if not is_one_of(m.sid, (*rules.hyperv_admins, *rules.host_admins))] == []
    check_lists(host, policy)
    with review("Windows has no name for this account: it is deleted, or its domain does not answer"):
        assert [member for member in (*administrators, *operators) if member.is_orphan] == []
    if not operators:
        with review("nobody is in Hyper-V Administrators: people manage virtual machines with all rights on the host"):
            assert [m for m in administrators if not is_one_of(m.sid, USUAL)] == []
    note("domain groups are judged as they are; who is in them, only the domain knows")


def check_lists(host: Host, policy: Policy) -> None:
    """Who is right here, only the organisation knows."""
    administrators, operators = host.groups.administrators, host.groups.hyperv_administrators
    if not policy.groups.host_admins:
        advice = suggestion("groups", host_admins=named(administrators), hyperv_admins=named(operators))
        with review(f"groups.host_admins does not say who may be an administrator of the host; {advice}"):
            assert administrators == ()
    if not policy.groups.hyperv_admins:
        advice = suggestion("groups", hyperv_admins=named(operators))
        with review(f"groups.hyperv_admins does not say who may manage virtual machines; {advice}"):
            assert operators == ()


@recommendation("HOST-08b")
def test_administrators_of_vms_have_no_rights_on_the_host(host: Host, policy: Policy) -> None:
    """Give the administrators of virtual machines no permissions on the host's operating system."""
    tenants, groups = policy.groups.vm_admins, host.groups
    with must("whoever administers a virtual machine could reach all of them from the host"):
        members = {group: [m for m in found if is_one_of(m.sid, tenants)] for group, found in groups.privileged.items()}
        assert {group: found for group, found in members.items() if found} == {}
    with must("whoever administers a virtual machine could take the files of others"):
        folders = {path: [a.sid for a in allows if a.is_one_of(tenants)] for path, allows in groups.folders.items()}
        assert {path: found for path, found in folders.items() if found} == {}
    with must("whoever administers a virtual machine could take files of the host over the network"):
        shares = {share: [a.sid for a in allows if a.is_one_of(tenants)] for share, allows in groups.shares.items()}
        assert {share: found for share, found in shares.items() if found} == {}
    if not tenants:
        found = [member for members in groups.privileged.values() for member in members]
        people = strangers(found, [*USUAL, *policy.groups.host_admins, *policy.groups.hyperv_admins])
        advice = suggestion("groups", vm_admins=named(people) or ("S-1-5-21-<domain>-<group of VM administrators>",))
        with review(f"groups.vm_admins does not say who administers virtual machines; {advice}"):
            assert tenants != []
    with review("a group of everybody holds the administrators of virtual machines too"):
        broad = {group: [member for member in found if member.is_broad] for group, found in groups.privileged.items()}
        assert {group: found for group, found in broad.items() if found} == {}
    with review(
        "Authorization Manager handed out virtual machines before 2012 R2: what does InitialStore.xml still say?"
    ):
        assert not groups.has_authorization_store
    note("domain groups are judged as they are; who is in them, only the domain knows")


def strangers(members: Iterable[Member], known: Iterable[str]) -> list[Member]:
    """The members whom no pattern means."""
    patterns = list(known)
    return [member for member in members if not is_one_of(member.sid, patterns)]


def named(members: Iterable[Member]) -> tuple[str, ...]:
    """What could stand in the policy: neither everybody, nor accounts that are gone."""
    return tuple(dict.fromkeys(m.sid for m in members if not (m.is_broad or m.is_orphan)))
