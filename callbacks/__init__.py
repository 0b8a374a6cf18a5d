"""Promises to ring back, and the attempts made to keep them."""
