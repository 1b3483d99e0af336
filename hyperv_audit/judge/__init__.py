"""What it means: recommendations, applicability, verdicts."""

from hyperv_audit.judge.guest import guest_of
from hyperv_audit.judge.recommendation import not_applicable_unless, recommendation
from hyperv_audit.judge.statements import must, not_applicable, note, review

__all__ = ["guest_of", "must", "not_applicable", "not_applicable_unless", "note", "recommendation", "review"]
