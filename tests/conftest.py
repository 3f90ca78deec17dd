"""How every test runs."""

from hypothesis import settings

# The same examples in every run: a change goes red for what it did, not for what chance found this time.
settings.register_profile("same", derandomize=True, deadline=None)
settings.load_profile("same")
