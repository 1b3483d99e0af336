"""Keep the host OS secure."""

from hyperv_audit import Host, Policy, must, recommendation, review


@recommendation("HOST-01a")
def test_host_runs_the_minimal_installation_option(host: Host, policy: Policy) -> None:
    """Use the minimal installation option, and no client edition for production workloads."""
    version = host.os.version
    with must("a client edition is not made for production workloads"):
        assert not host.os.is_client
    with must(
        "what is not installed needs no updates and cannot be attacked",
        unless=policy.os.desktop_experience_justification,
    ):
        assert version.installation_type in policy.os.allowed_installation_types
    with review("an evaluation edition stops when its time is over"):
        assert not version.is_evaluation
