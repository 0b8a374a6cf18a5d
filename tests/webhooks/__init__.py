"""Tests of the carrier's door."""
