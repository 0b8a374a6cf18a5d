"""The record of every call: legs and their sessions, what each document said, the journal, the outbox, the audit."""
