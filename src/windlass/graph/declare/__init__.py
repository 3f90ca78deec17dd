"""Declaring: tasks, their arguments, and the plan of what a command line asks for."""
