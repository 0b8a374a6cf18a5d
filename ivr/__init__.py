"""The conversation: given a session and what was just heard, decide what to say and do next. Entirely pure."""
