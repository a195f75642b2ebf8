"""What the command line cannot do, told in words instead of a traceback."""


class Refusal(Exception):
    """A command was refused; its message says why and what to do."""
