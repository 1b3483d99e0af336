"""WS-Management envelopes: what a request asks, and answers in the shape recorded from real hosts."""

import re
import uuid
import xml.etree.ElementTree as ET
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

from lab.server.faults import FaultEnvelope

SHELL = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
CMD_SHELL = f"{SHELL}/cmd"
CONFIG = "http://schemas.microsoft.com/wbem/wsman/1/config"
TRANSFER = "http://schemas.xmlsoap.org/ws/2004/09/transfer"
FAULT_ACTION = "http://schemas.dmtf.org/wbem/wsman/1/wsman/fault"
WSMAN = "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"

NS = {
    "s": "http://www.w3.org/2003/05/soap-envelope",
    "a": "http://schemas.xmlsoap.org/ws/2004/08/addressing",
    "w": WSMAN,
    "rsp": SHELL,
    "wsmid": "http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd",
}
OPERATIONS = {
    f"{TRANSFER}/Create": "Create",
    f"{TRANSFER}/Get": "Get",
    f"{TRANSFER}/Delete": "Delete",
    **{f"{SHELL}/{name}": name for name in ("Command", "Send", "Receive", "Signal")},
}
# The parties to blame, by subcode; with every other subcode it is the sender.
RECEIVER_FAULTS = {"w:TimedOut", "w:InternalError", "w:QuotaLimit"}

ENVELOPE = (
    '<s:Envelope xml:lang="en-US" xmlns:s="http://www.w3.org/2003/05/soap-envelope"'
    ' xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"'
    ' xmlns:x="http://schemas.xmlsoap.org/ws/2004/09/transfer"'
    ' xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"'
    ' xmlns:rsp="http://schemas.microsoft.com/wbem/wsman/1/windows/shell"'
    ' xmlns:p="http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd">'
    "<s:Header>{header}</s:Header><s:Body>{body}</s:Body></s:Envelope>"
)
DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?")


class WsmanFaultError(Exception):
    """An operation ends in this fault."""

    def __init__(self, fault: FaultEnvelope) -> None:
        super().__init__(fault.reason)
        self.fault = fault


class NotAnEnvelopeError(Exception):
    """A request that is not a SOAP 1.2 envelope."""


class Envelope:
    """A request."""

    def __init__(self, message: bytes) -> None:
        try:
            root = ET.fromstring(message)  # noqa: S314 - the sender is the suite itself, on loopback
        except ET.ParseError as error:
            raise NotAnEnvelopeError from error
        header, body = root.find("s:Header", NS), root.find("s:Body", NS)
        if body is None:
            raise NotAnEnvelopeError
        self.body = body
        self._header = ET.Element("none") if header is None else header

    @property
    def action(self) -> str:
        return self.header("a:Action")

    @property
    def operation(self) -> str:
        """The operation's short name: Create, Receive, ... An unknown action stands for itself."""
        if self.body.find("wsmid:Identify", NS) is not None:
            return "Identify"
        return OPERATIONS.get(self.action, self.action)

    @property
    def resource(self) -> str:
        return self.header("w:ResourceURI")

    @property
    def to(self) -> str:
        return self.header("a:To")

    @property
    def message_id(self) -> str:
        return self.header("a:MessageID")

    def header(self, path: str) -> str:
        return (self._header.findtext(path, "", NS) or "").strip()

    def selector(self, name: str) -> str:
        return self._named("w:SelectorSet/w:Selector", name)

    def option(self, name: str) -> str:
        return self._named("w:OptionSet/w:Option", name)

    def _named(self, path: str, name: str) -> str:
        return next((e.text or "" for e in self._header.findall(path, NS) if e.get("Name") == name), "")


def reply(request: Envelope, body: str) -> str:
    return ENVELOPE.format(header=_header(f"{request.action}Response", request), body=body)


def fault(request: Envelope | None, what: FaultEnvelope) -> str:
    machine = escape((request and urlsplit(request.to).hostname) or "127.0.0.1", {'"': "&quot;"})
    message = escape(what.message or what.reason)
    if what.provider:
        message = (
            r'<f:ProviderFault provider="Shell cmd plugin" path="%systemroot%\system32\winrscmd.dll">'
            f"{message}</f:ProviderFault>"
        )
    detail = (
        f"<w:FaultDetail>{WSMAN.removesuffix('.xsd')}/faultDetail/{what.detail}</w:FaultDetail>" if what.detail else ""
    )
    body = (
        f"<s:Fault><s:Code><s:Value>{'s:Receiver' if what.subcode in RECEIVER_FAULTS else 's:Sender'}</s:Value>"
        f"<s:Subcode><s:Value>{what.subcode}</s:Value></s:Subcode></s:Code>"
        f'<s:Reason><s:Text xml:lang="en-US">{escape(what.reason)}</s:Text></s:Reason><s:Detail>{detail}'
        f'<f:WSManFault xmlns:f="http://schemas.microsoft.com/wbem/wsman/1/wsmanfault" Code="{what.code}"'
        f' Machine="{machine}"><f:Message>{message}</f:Message></f:WSManFault>'
        f"{'' if what.wmi_code is None else _wmi_error(what.wmi_code, what.reason)}</s:Detail></s:Fault>"
    )
    return ENVELOPE.format(header=_header(FAULT_ACTION, request), body=body)


def identify_response(product_version: str) -> str:
    return (
        f'<s:Envelope xml:lang="en-US" xmlns:s="{NS["s"]}"><s:Header/><s:Body>'
        f'<wsmid:IdentifyResponse xmlns:wsmid="{NS["wsmid"]}">'
        f"<wsmid:ProtocolVersion>{WSMAN}</wsmid:ProtocolVersion>"
        "<wsmid:ProductVendor>Microsoft Corporation</wsmid:ProductVendor>"
        f"<wsmid:ProductVersion>{product_version}</wsmid:ProductVersion>"
        "</wsmid:IdentifyResponse></s:Body></s:Envelope>"
    )


def seconds(duration: str) -> float | None:
    """An xs:duration in seconds; None when it is none, or a negative one."""
    match = DURATION.fullmatch(duration)
    if match is None or not any(match.groups()):
        return None
    days, hours, minutes, rest = (float(part or 0) for part in match.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + rest


def new_guid() -> str:
    return str(uuid.uuid4()).upper()


def _header(action: str, request: Envelope | None) -> str:
    relates = f"<a:RelatesTo>{escape(request.message_id)}</a:RelatesTo>" if request and request.message_id else ""
    return (
        f"<a:Action>{escape(action)}</a:Action><a:MessageID>uuid:{new_guid()}</a:MessageID>"
        f"<p:ActivityId>{new_guid()}</p:ActivityId>"
        f"<a:To>{NS['a']}/role/anonymous</a:To>{relates}"
    )


def _wmi_error(code: int, reason: str) -> str:
    return (
        '<p:MSFT_WmiError b:IsCIM_Error="true" xsi:type="p:MSFT_WmiError_Type"'
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
        ' xmlns:b="http://schemas.dmtf.org/wbem/wsman/1/cimbinding.xsd"'
        ' xmlns:cim="http://schemas.dmtf.org/wbem/wscim/1/common"'
        ' xmlns:p="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/MSFT_WmiError">'
        '<p:CIMStatusCode xsi:type="cim:cimUnsignedInt">27</p:CIMStatusCode>'
        f'<p:Message xsi:type="cim:cimString">{escape(reason)}</p:Message>'
        f'<p:MessageID xsi:type="cim:cimString">HRESULT 0x{code:08x}</p:MessageID>'
        f'<p:error_Code xsi:type="cim:cimUnsignedInt">{code}</p:error_Code>'
        "</p:MSFT_WmiError>"
    )
