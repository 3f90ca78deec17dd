"""What can go wrong."""


class SnapshotError(Exception):
    """A problem that the user can mend; its text is one line, ready to be shown."""
