"""Programs that read their standard input and print."""

import pytest


class TestScripts:
    def test_reads_and_prints(self, box):
        result = box.run("import sys\nprint(sum(map(int, sys.stdin.read().split())))", "1 2 3\n")
        assert (result.status, result.stdout, result.stderr, result.exit_code) == ("ok", "6\n", "", 0)

    @pytest.mark.parametrize("read", ["input()", "open(0).read()", "next(iter(__import__('sys').stdin))"])
    def test_ways_of_reading(self, box, read):
        assert box.run(f"print({read}.strip())", "ä€").stdout == "ä€\n"

    def test_it_is_the_main_module(self, box):
        assert box.run("if __name__ == '__main__':\n    print('yes')").stdout == "yes\n"

    @pytest.mark.parametrize(
        ("program", "status", "code", "error"),
        [
            ("import sys\nsys.exit(3)", "failed", 3, ""),
            ("import sys\nsys.exit()", "ok", 0, ""),
            ("import sys\nsys.exit('why')", "failed", 1, "why\n"),
            ("1 / 0", "failed", 1, "ZeroDivisionError: division by zero\n"),
            ("def f(:", "failed", 1, "SyntaxError: invalid syntax\n"),
            ("import os\nos._exit(7)", "failed", 7, ""),
        ],
    )
    def test_ends(self, box, program, status, code, error):
        result = box.run(f"print('before', flush=True)\n{program}" if "def" not in program else program)
        assert (result.status, result.exit_code) == (status, code)
        assert result.stderr.endswith(error)

    def test_a_traceback_shows_the_program_and_nothing_of_this_installation(self, box):
        result = box.run(
            "import json\ntry:\n    json.loads('{')\nexcept ValueError as e:\n    raise KeyError(1) from e"
        )
        assert result.stderr.splitlines() == [
            "Traceback (most recent call last):",
            '  File "solution.py", line 3, in <module>',
            "    json.loads('{')",
            "json.decoder.JSONDecodeError: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
            "",
            "The above exception was the direct cause of the following exception:",
            "",
            "Traceback (most recent call last):",
            '  File "solution.py", line 5, in <module>',
            "    raise KeyError(1) from e",
            "KeyError: 1",
        ]

    def test_much_input_that_is_not_read_and_much_that_is(self, box):
        assert box.run("print('done')", "x" * (1 << 20)).stdout == "done\n"
        assert box.run("import sys\nprint(len(sys.stdin.read()))", "x" * (1 << 20)).stdout == f"{1 << 20}\n"
        assert (
            box.run("import sys\nsys.stdout.write(sys.stdin.read())", "y" * 500_000).stdout == "y" * 500_000
        )

    def test_output_is_bounded(self, box):
        result = box.run("while True:\n    print('x' * 1000)", timeout_s=20.0)
        assert (result.status, len(result.stdout)) == ("output_limit", 1 << 20)

    @pytest.mark.parametrize(
        "program",
        [
            "while True:\n    pass",
            "import time\ntime.sleep(100)",
            "import sys\nwhile True:\n    sys.stderr.write('x' * 1000)",
            "import os\nos.close(1)\nos.close(2)\nwhile True:\n    pass",
            "import os\nos.closerange(0, 99)\nwhile True:\n    pass",
            "import os\nwhile True:\n    os.write(3, b'x' * 1000)",
            "import signal\nfor n in (1, 2, 14, 15, 24):\n    signal.signal(n, signal.SIG_IGN)\nwhile True:\n    pass",
        ],
    )
    def test_time_is_bounded(self, box, program):
        result = box.run(program, timeout_s=0.3)
        assert result.status in ("timeout", "crashed")
        assert len(result.stderr) <= 1 << 16

    def test_what_was_printed_before_the_end_of_time_is_kept(self, box):
        assert box.run("print('early', flush=True)\nwhile True:\n    pass", timeout_s=1.0).stdout == "early\n"
