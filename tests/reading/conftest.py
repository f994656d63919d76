import pytest


@pytest.fixture
def file(tmp_path):
    """Writes a file of ratings, and says where."""

    def write(content, name="ratings.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return write
