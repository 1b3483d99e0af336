"""Which recommendation a test speaks for, and when it does not apply."""

from collections.abc import Callable

import pytest


def recommendation(id_: str) -> pytest.MarkDecorator:
    """The id under which the checklist has this test; tier, severity, why and fix are found there."""
    return pytest.mark.recommendation(id_)


def not_applicable_unless(condition: Callable[..., bool], why: str) -> pytest.MarkDecorator:
    """When the rule concerns its subject. `condition` takes the subject and the policy.

    It is asked before any other fact is needed: a subject that the rule does not concern may not even have them.
    """
    return pytest.mark.applicable(condition, why)
