"""Tests of the conversation: pure, without carrier, database or clock."""
