from textgym.evaluation.play import play


def _play(env_id, lines):
    shown, left = [], iter(lines)

    def read():
        try:
            return next(left)
        except StopIteration:
            raise EOFError from None

    return play(env_id, read=read, write=shown.append, seed=0), shown


def test_the_return_and_the_reference_come_at_the_end():
    total, shown = _play("test/Backwards-v0", ["no"])
    assert total == 0.25
    word = shown[0].strip()
    assert shown[-1] == f"return: 0.2500\n  length: 2\nreference: {word[::-1]}"


def test_every_environment_message_is_shown():
    total, shown = _play("test/Countdown-v0", ["a", "b", "c"])
    assert total == 6.0
    assert shown[1:3] == ["1\n", "2\n"]


def test_a_backslash_continues_the_message():
    total, shown = _play("test/Backwards-v0", ["ab\\", "c"])
    assert "length: 4" in shown[-1]
    assert total == 0.25


def test_leaving_has_no_return():
    total, shown = _play("test/Countdown-v0", ["a"])
    assert total is None
    assert "left before the end" in shown[-1]


def test_a_message_that_is_too_long_can_be_typed_again():
    total, shown = _play("test/Backwards-v0", ["x" * 16_385, "no"])
    assert total == 0.25
    assert any("16385 characters" in text for text in shown)
