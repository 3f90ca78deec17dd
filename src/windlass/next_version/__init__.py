"""The next version: what commits ask for, and what may follow what was released."""
