"""A simulated fabric that answers on real WinRM on loopback."""
