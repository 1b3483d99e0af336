"""What it means: recommendations, applicability, verdicts."""

from hyperv_audit.judge.frame import is_template
from hyperv_audit.judge.guest import guest_of, is_confirmed, seen_inside
from hyperv_audit.judge.recommendation import not_applicable_unless, recommendation
from hyperv_audit.judge.statements import must, not_applicable, note, review

__all__ = [
    "guest_of",
    "is_confirmed",
    "is_template",
    "must",
    "not_applicable",
    "not_applicable_unless",
    "note",
    "recommendation",
    "review",
    "seen_inside",
]
