"""The faults that Windows answers with, as recorded from real hosts or named in its headers."""

from lab.server.faults import AccessDenied, FaultEnvelope

ACCESS_DENIED = AccessDenied()
TIMED_OUT = FaultEnvelope(
    2150858793,
    "w:TimedOut",
    "The WS-Management service cannot complete the operation within the time specified in OperationTimeout.  ",
)
INVALID_PARAMETER = FaultEnvelope(
    87, "w:InvalidParameter", "The parameter is incorrect. ", detail="InvalidValue", provider=True
)
PROGRAM_NOT_FOUND = FaultEnvelope(
    2147942402, "w:InternalError", "The system cannot find the file specified. ", provider=True
)
COMMAND_LINE_TOO_LONG = FaultEnvelope(
    2147942606, "w:InternalError", "The filename or extension is too long. ", provider=True
)
PIPE_CLOSED = FaultEnvelope(2147942632, "w:InternalError", "The pipe is being closed. ", provider=True)
ABORTED = FaultEnvelope(
    995,
    "w:InternalError",
    "The I/O operation has been aborted because of either a thread exit or an application request. ",
)
ACTION_NOT_SUPPORTED = FaultEnvelope(
    2150858753, "a:ActionNotSupported", "The action cannot be processed at the receiver. "
)
RESOURCE_NOT_FOUND = FaultEnvelope(
    2150858752,
    "a:DestinationUnreachable",
    "The WS-Management service cannot process the request. The service cannot find the resource identified by the "
    "resource URI and selectors. ",
)

_INVALID_SELECTORS = (
    "The WS-Management service cannot process the request because the request contained invalid selectors for the "
    "resource. "
)
COMMAND_NOT_FOUND = FaultEnvelope(
    2150858843,
    "w:InvalidSelectors",
    _INVALID_SELECTORS,
    message="The Windows Remote Shell received a request to perform an operation on a command identifier that does "
    "not exist. Either the command has completed execution or the client specified an invalid command identifier. ",
    detail="UnexpectedSelectors",
)


def shell_not_found(shell_id: str) -> FaultEnvelope:
    return FaultEnvelope(
        2150858843,
        "w:InvalidSelectors",
        _INVALID_SELECTORS,
        message=f"The request for the Windows Remote Shell with ShellId {shell_id} failed because the shell was not "
        "found on the server. Possible causes are: the specified ShellId is incorrect or the shell no longer exists "
        "on the server. Provide the correct ShellId or create a new shell and retry the operation. ",
        detail="UnexpectedSelectors",
    )


def invalid_timeout(text: str) -> FaultEnvelope:
    return FaultEnvelope(
        2150858767,
        "a:InvalidMessageInformationHeader",
        "The WS-Management service cannot process the request. The request contains one or more invalid SOAP headers. ",
        message="The WS-Management service cannot process the request. The XML contains an invalid timeout field in "
        f"the SOAP header: {text}. ",
    )


def too_many_shells(limit: int) -> FaultEnvelope:
    return _quota(
        0x803381A5,
        f"This user is allowed a maximum number of {limit} concurrent shells, which has been exceeded. Close existing "
        "shells or raise the quota for this user. ",
    )


def too_many_operations(limit: int) -> FaultEnvelope:
    return _quota(
        0x803381A6,
        f"This user is allowed a maximum number of {limit} concurrent operations, which has been exceeded. Close "
        "existing operations for this user, or raise the quota for this user. ",
    )


def too_many_users() -> FaultEnvelope:
    return _quota(
        0x803381AB,
        "The maximum number of users executing shell operations has been exceeded. Retry after sometime or raise the "
        "quota for concurrent shell users. ",
    )


def _quota(code: int, what: str) -> FaultEnvelope:
    reason = f"The WS-Management service cannot process the request. {what}"
    return FaultEnvelope(code, "w:QuotaLimit", reason, wmi_code=code)
