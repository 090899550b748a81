"""What finsta raises when the user can do something about it.

Each message says what was expected, what was found and what to do, and names the file where there is one.
The command line prints these without a traceback; anything else is a bug of ours and keeps its traceback.
"""


class FinstaError(Exception):
    """Base of every error that finsta raises on purpose."""


class InputError(FinstaError, ValueError):
    """A value, file or folder given by the user cannot be used as it is."""


class VideoError(InputError):
    """A video cannot be read, or holds nothing that can be used."""


class TextError(InputError):
    """A text cannot be parsed."""


class FormatError(InputError):
    """A file is not in the format that its reader expects."""


class HostError(InputError):
    """A host model cannot be loaded, or lacks what was asked of it."""


class OutputError(FinstaError, OSError):
    """An output path exists already, or cannot be written."""


class MissingDependencyError(FinstaError, ImportError):
    """An optional package or model is not installed; the message gives the command that installs it."""


class TrainingError(FinstaError, RuntimeError):
    """A run cannot go on; what was learned so far is kept in its last checkpoint."""


class WorkError(FinstaError, RuntimeError):
    """Work on many clips cannot go on; what was finished is kept, and the same command continues."""
