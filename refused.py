"""What somebody asked for, and what cannot be done."""


class Refused(Exception):
    """It cannot be done; the text is for whoever asked."""
