"""How fast the library is, always beside something else that was measured in the same run."""
