"""Tests of the only folder that has heard of Twilio."""
