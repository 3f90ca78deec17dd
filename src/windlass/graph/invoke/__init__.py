"""Where Invoke and the graph meet: the executor, the decorator, the command line."""
