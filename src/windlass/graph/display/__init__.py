"""How a run is shown: on a terminal, in a log, on GitHub, as a trace, as a drawing."""
