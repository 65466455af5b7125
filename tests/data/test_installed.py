import sys

import pytest

from textgym.data.installed import package_folder
from textgym.errors import MissingExtra


def test_the_folder_is_found_without_importing_the_package(tmp_path, monkeypatch):
    package = tmp_path / "explosive_package"
    package.mkdir()
    (package / "__init__.py").write_text("raise RuntimeError('imported')")
    monkeypatch.syspath_prepend(tmp_path)
    assert package_folder("explosive_package") == package
    assert "explosive_package" not in sys.modules


def test_an_absent_package_names_the_command_that_installs_it():
    with pytest.raises(MissingExtra, match=r"pip install 'textgym\[data\]'"):
        package_folder("surely_not_installed")
