"""How a target is reached."""

from hyperv_audit.transport.backend import WinrsBackend
from hyperv_audit.transport.errors import Kind, Stage, TransportError
from hyperv_audit.transport.ssh import SshGuest
from hyperv_audit.transport.winrs import Output, WinrsShell

__all__ = ["Kind", "Output", "SshGuest", "Stage", "TransportError", "WinrsBackend", "WinrsShell"]
