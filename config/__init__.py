"""Settings, logging, clocks and processes of the access center, and beside them the content that a clinic edits."""
