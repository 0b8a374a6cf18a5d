"""Tests of the proofs that a content passes before it serves."""
