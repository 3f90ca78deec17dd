"""Running: the scheduler, its workers, and what ends them."""
