"""Faults a host can be told to show, as a table of rules.

    Faults([Rule("Receive", nth=2, action=Reset()), Rule(None, nth=1, action=HttpStatus(503))])

A rule counts the requests of its operation (None: every http request) from 1; without `nth` it always acts.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class FaultEnvelope:
    """HTTP 500 with a WS-Management fault; the operation is not carried out.

    `reason` is the SOAP reason and, without `message`, the detail's message too. `provider` wraps that message as the
    cmd shell plug-in does, `detail` is the faultDetail word, `wmi_code` adds an MSFT_WmiError beside it.
    """

    code: int
    subcode: str
    reason: str
    wmi_code: int | None = None
    message: str = ""
    detail: str = ""
    provider: bool = False


@dataclass(frozen=True)
class AccessDenied(FaultEnvelope):
    """What an account without administrator rights is told."""

    code: int = 5
    subcode: str = "w:AccessDenied"
    reason: str = "Access is denied. "


@dataclass(frozen=True)
class HttpStatus:
    """A bare http answer, never sealed; the operation is not carried out."""

    code: int
    body: bytes = b""


@dataclass(frozen=True)
class Delay:
    """The answer comes later."""

    seconds: float


@dataclass(frozen=True)
class Reset:
    """The connection is reset (RST) before the operation, or, with `after_work`, instead of its answer."""

    after_work: bool = False


@dataclass(frozen=True)
class CloseAfter:
    """The answer arrives; then the connection is closed without an announcement."""


@dataclass(frozen=True)
class CutBody:
    """Half of the answer's body arrives; then the connection is closed."""


@dataclass(frozen=True)
class InvalidXml:
    """A proper http answer whose body is not well formed."""

    body: str = "<s:Envelope><s:Body>"


@dataclass(frozen=True)
class ChangeBody:
    """The answer's envelope, changed by `change` before it is sealed."""

    change: Callable[[str], str]


@dataclass(frozen=True)
class Silence:
    """Nothing is ever answered; the connection stays open."""


Action = FaultEnvelope | HttpStatus | Delay | Reset | CloseAfter | CutBody | InvalidXml | ChangeBody | Silence


@dataclass(frozen=True)
class Rule:
    """At the `nth` request of `operation`, `action`."""

    operation: str | None
    nth: int | None
    action: Action


@dataclass
class Faults:
    """A host's rules; a test may add some while the host runs."""

    rules: list[Rule] = field(default_factory=list)


class FaultTable:
    """The rules of one running host, and how often each operation was seen."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._seen: Counter[str | None] = Counter()

    def actions(self, operation: str | None) -> list[Action]:
        """Counts one request of `operation` and says what befalls it."""
        self._seen[operation] += 1
        nth = self._seen[operation]
        return [rule.action for rule in self._faults.rules if rule.operation == operation and rule.nth in (None, nth)]
