"""The command line: one file a command; each is a dataclass of options with a ``run``."""
