"""Gates: what must hold before anything ships. A gate that could not look fails."""
