import pytest

from textgym.errors import MalformedData, UnknownName
from textgym.evaluation.suite import Suite, SuiteTask, load_suite, main, suite_names

TASK = SuiteTask("words", "test/Backwards-v0", episodes=8, seed=1, fingerprint="0123456789abcdef")


def test_a_file_is_read(tmp_path):
    file = tmp_path / "words.toml"
    file.write_text(
        'name = "words-v0"\n[[tasks]]\nname = "words"\nenv_id = "test/Backwards-v0"\nepisodes = 8\nseed = 1\n'
        'fingerprint = "0123456789abcdef"\n'
    )
    assert load_suite(file) == Suite("words-v0", (TASK,))


@pytest.mark.parametrize("name", suite_names())
def test_shipped_suites_still_ask_what_they_froze(name):
    suite = load_suite(name)
    assert suite.name == name
    suite.verify()


def test_changed_examples_are_noticed():
    with pytest.raises(MalformedData, match=r"'words' .* frozen with examples feed, this version has 0123"):
        Suite(
            "s", (SuiteTask("words", "test/Backwards-v0", episodes=1, seed=1, fingerprint="feed"),)
        ).verify()


def test_the_command_prints_what_to_freeze(tmp_path, capsys):
    file = tmp_path / "new.toml"
    row = 'env_id = "test/Backwards-v0"\nepisodes = 8\nseed = 1\nfingerprint = ""\n'
    file.write_text(f'name = "new-v0"\n[[tasks]]\nname = "words"\n{row}')
    main(str(file))
    assert capsys.readouterr().out == 'words: fingerprint = "0123456789abcdef"\n'


def test_the_hash_changes_with_the_tasks():
    other = SuiteTask("words", "test/Backwards-v0", episodes=9, seed=1, fingerprint="0123456789abcdef")
    assert len({Suite("s", (TASK,)).hash, Suite("s", (other,)).hash, Suite("t", (TASK,)).hash}) == 3


@pytest.mark.parametrize(
    "content, message",
    [
        ("name = ", "no suite"),
        ('name = "s"\n', "no suite: 'tasks'"),
        ('name = "s"\ntasks = []\n', "needs tasks"),
        ('name = "s"\n[[tasks]]\nnmae = "x"\n', "nmae"),
    ],
)
def test_a_file_that_is_no_suite_is_an_error(content, message, tmp_path):
    (tmp_path / "bad.toml").write_text(content)
    with pytest.raises(MalformedData, match=message):
        load_suite(tmp_path / "bad.toml")


def test_an_unknown_suite_names_the_known_ones():
    with pytest.raises(UnknownName, match="quick-v0, quick-v1"):
        load_suite("quik-v0")
