"""Reading one option before the command line is parsed as a whole."""


def value_of(arguments: list[str], option: str) -> str | None:
    """The value of ``--option value`` or ``--option=value``, or ``None``."""
    for position, argument in enumerate(arguments):
        if argument == option and position + 1 < len(arguments):
            return arguments[position + 1]
        if argument.startswith(f"{option}="):
            return argument.partition("=")[2]
    return None
