"""What is up to date: fingerprints, the journal of what ran, the store of outputs."""
