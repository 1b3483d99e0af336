"""One row of a baseline table against one value, and what is said of it."""

from dataclasses import dataclass, replace
from enum import StrEnum

from hyperv_audit.facts.baseline import Audited, RegistryValue
from hyperv_audit.inventory.baseline import Operator, Setting, Source
from hyperv_audit.judge.sids import in_words

Value = RegistryValue | int | frozenset[str] | Audited | None
"""What a machine has: a registry value, a number of secedit's, who holds a right, what is audited; None for nothing."""


class Outcome(StrEnum):
    """What is said of one setting; in the order in which a reader wants to see it."""

    DEVIATES = "deviates"
    UNREADABLE = "unreadable"
    REVIEW = "review"
    TOLD = "told"  # differs where that does nothing, or where Microsoft asks for nothing
    NOT_APPLICABLE = "not applicable"
    MEETS = "meets"


@dataclass(frozen=True)
class Judged:
    """One setting on one machine."""

    setting: Setting
    outcome: Outcome
    found: str = ""
    expected: str = ""
    why: str = ""


_NOTHING = "not configured"
_LITERALLY = {
    Operator.GE: Operator.EQ,
    Operator.LE: Operator.EQ,
    Operator.IN: Operator.EQ,
    Operator.ONE_OF: Operator.EQ,
    Operator.SIDS_SUBSET: Operator.SIDS_EQ,
}


@dataclass(frozen=True)
class Rule:
    """A row as it counts for one machine."""

    setting: Setting
    operator: Operator
    expected: str
    also_ok: str | None
    needs_also: bool  # the Hyper-V role does not work without what is accepted in addition
    may_be_missing: bool
    strict: bool = False

    def taken_literally(self) -> "Rule":
        """Accept what is expected, and nothing stricter; what the Hyper-V role needs stays."""
        also_ok = self.also_ok if self.needs_also else None
        return replace(self, operator=_LITERALLY.get(self.operator, self.operator), also_ok=also_ok, strict=True)

    def accepts(self, value: Value) -> bool:
        """Whether a machine that has this value meets the row."""
        match value:
            case None:
                return self.operator is Operator.ABSENT or self.may_be_missing
            case frozenset():
                return self._accepts_holders(value)
            case Audited():
                asked = Audited.of(self.expected)
                return value == asked if self.strict else value & asked == asked
            case RegistryValue():
                return self._accepts_registry(value)
        return self._accepts_number(value)

    def _accepts_registry(self, value: RegistryValue) -> bool:
        """A value of another type than the row's is not what Windows looks for."""
        if self.operator is Operator.ABSENT:
            return False
        if self.setting.is_number:
            return value.number is not None and self._accepts_number(value.number)
        return value.text is not None and self._accepts_text(value.text)

    def _accepts_number(self, value: int) -> bool:
        if self.also_ok is not None and value == int(self.also_ok):
            return True
        match self.operator:
            case Operator.GE:
                return value >= int(self.expected)
            case Operator.LE:
                return value <= int(self.expected)
            case Operator.IN:
                low, high = self.expected.split("..")
                return int(low) <= value <= int(high)
            case Operator.ONE_OF:
                return value in map(int, self.expected.split(";"))
        return value == int(self.expected)

    def _accepts_text(self, value: str) -> bool:
        match self.operator:
            case Operator.ONE_OF:
                return value in self.expected.split(";")
            case Operator.CONTAINS:
                asked, found = _elements(self.expected), _elements(value)
                return found == asked if self.strict else found >= asked
        return value == self.expected

    def _accepts_holders(self, holders: frozenset[str]) -> bool:
        asked, also = _sids(self.expected), _sids(self.also_ok or "")
        if self.needs_also and not holders >= also:
            return False
        match self.operator:
            case Operator.CONTAINS:
                return holders == asked if self.strict else holders >= asked
            case Operator.SIDS_SUBSET:
                return holders <= asked | also
        return asked <= holders <= asked | also  # exactly these; of a right that has to be absent, nobody

    def __str__(self) -> str:
        """What is expected, in words."""
        if self.setting.source is not Source.USER_RIGHT:
            return self._value_in_words() + (f" or {self.also_ok}" if self.also_ok else "")
        also = in_words(_sids(self.also_ok or ""))
        return self._holders_in_words() + (
            f" and {also}, which the Hyper-V role needs" if self.needs_also else f" or {also}" if self.also_ok else ""
        )

    def _value_in_words(self) -> str:
        match self.operator:
            case Operator.ABSENT:
                return _NOTHING
            case Operator.GE:
                return f"at least {self.expected}"
            case Operator.LE:
                return f"at most {self.expected}"
            case Operator.IN:
                return self.expected.replace("..", " to ")
            case Operator.ONE_OF:
                return self.expected.replace(";", " or ")
        exactly = self.strict or self.operator is Operator.EQ
        return self.expected if exactly else f"at least {self.expected.replace(';', ', ')}"

    def _holders_in_words(self) -> str:
        who = in_words(_sids(self.expected))
        if self.operator is Operator.CONTAINS and not self.strict:
            return f"at least {who}" if self.expected else "anybody"
        return f"nobody but {who}" if self.operator is Operator.SIDS_SUBSET else who


def shown(value: Value, setting: Setting) -> str:
    """A value for a reader; one of another type than the row's looks like the right one, and is not."""
    match value:
        case None:
            return _NOTHING
        case frozenset():
            return in_words(value)
        case RegistryValue():
            right = value.number if setting.is_number else value.text
            return f"{value} as {value.kind or 'another type'}" if right is None else str(value) or "an empty text"
    return str(value)


def _elements(text: str) -> frozenset[str]:
    """Elements of a hardened path, such as RequireIntegrity=1; blanks and case mean nothing there."""
    parts = text.replace(";", ",").split(",")
    return frozenset("".join(part.split()).casefold() for part in parts if part.strip())


def _sids(text: str) -> frozenset[str]:
    return frozenset(text.split(";")) if text else frozenset()
