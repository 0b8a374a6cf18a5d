"""Measurements, never tests: each command prints ratios against a reference run in the same minute."""
