"""What it means: recommendations, applicability, verdicts."""

from hyperv_audit.judge.baseline import Area
from hyperv_audit.judge.frame import is_template
from hyperv_audit.judge.guest import guest_of, is_confirmed
from hyperv_audit.judge.inside import for_role, is_domain_controller, look_inside, role_of, system_of
from hyperv_audit.judge.recommendation import not_applicable_unless, recommendation
from hyperv_audit.judge.statements import must, must_be_met, not_applicable, note, part, review

__all__ = [
    "Area",
    "for_role",
    "guest_of",
    "is_confirmed",
    "is_domain_controller",
    "is_template",
    "look_inside",
    "must",
    "must_be_met",
    "not_applicable",
    "not_applicable_unless",
    "note",
    "part",
    "recommendation",
    "review",
    "role_of",
    "system_of",
]
