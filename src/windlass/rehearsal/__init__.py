"""The rehearsal: the real release of a copy of the project, on the stage, and faults played on it."""
