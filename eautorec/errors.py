"""The one error that tells a user what to change."""


class InputError(ValueError):
    """Bad input: the message says what is wrong, where, and what to do, in one sentence."""
