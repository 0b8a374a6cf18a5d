"""Who takes this call: needs, presence, lines, offers, and the one order in which callers are served."""
