"""What a task's body gets: its context, programs that it runs, its output, its answer."""
