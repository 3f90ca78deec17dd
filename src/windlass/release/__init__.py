"""A release as a transaction over the channels: resume, preflight, seal, ledger, lock, converge, roll back."""
