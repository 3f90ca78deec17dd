"""What projects that extend windlass test with: the suite that every channel must pass."""
