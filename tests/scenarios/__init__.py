"""Whole calls through webhooks and emulator, told as phone scripts."""
