"""Tests of settings, logging, clocks and processes."""
