"""Files of ratings: format, encoding, separator, header, labels, missing values."""

from eautorec.reading.read import Reading, read, read_ratings
from eautorec.reading.source import How, Source

__all__ = ["How", "Reading", "Source", "read", "read_ratings"]
