"""The one error that tells a user what to change, and the one warning."""


class InputError(ValueError):
    """Bad input: the message says what is wrong, where, and what to do, in one sentence."""


class InputWarning(UserWarning):
    """Input that is read, and may mean something else: the message says what, and how to say so."""
