"""What follows a release: rollback, status, audit, publishing again, abandoning."""
