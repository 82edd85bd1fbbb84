from d2l_helpers.utils.files import atomic_write, check_writable

import pytest


def test_a_write_that_breaks_off_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "file"
    path.write_text("old")
    with pytest.raises(KeyboardInterrupt), atomic_write(path) as partial:
        partial.write_text("new, but only half of")
        raise KeyboardInterrupt
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_appears_only_when_it_is_complete(tmp_path):
    path = tmp_path / "file"
    with atomic_write(path) as partial:
        partial.write_text("new")
        assert not path.exists()
    assert path.read_text() == "new"


def test_the_folder_is_made_and_holds_the_file_alone(tmp_path):
    path = tmp_path / "new" / "folder" / "file"
    check_writable(path)
    assert list(path.parent.iterdir()) == []
    with atomic_write(path) as partial:
        partial.write_text("new")
    assert list(path.parent.iterdir()) == [path]


def test_the_look_whether_a_file_can_be_written_leaves_it_as_it_was(tmp_path):
    path = tmp_path / "file"
    path.write_text("old")
    check_writable(path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_cannot_be_written_is_refused_beforehand(tmp_path):
    (tmp_path / "no folder").write_text("a file")
    with pytest.raises(OSError, match="no folder"):
        check_writable(tmp_path / "no folder" / "file")
    with pytest.raises(OSError, match="name too long"):
        check_writable(tmp_path / ("long" * 100))
