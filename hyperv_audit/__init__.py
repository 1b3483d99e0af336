"""Checks Microsoft's "Plan for Hyper-V security in Windows Server" on real hosts and their virtual machines."""

__version__ = "0.1.0"
