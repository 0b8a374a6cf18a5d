"""Proves a clinic's content before it may serve, by walking the conversation itself; and rehearses calls offline."""
