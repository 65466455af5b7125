"""Documentation in English: docstrings of the standard library and of packages that our extras install."""

import ast
import re
import sysconfig
import warnings
from collections.abc import Iterator
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from textgym.algorithms.corpus.documents import Document
from textgym.data.base import Split, normalise
from textgym.errors import MissingExtra

#: Distributions whose docstrings are read, with the licence of their text.
PACKAGES = {
    "gymnasium": "MIT",
    "stable-baselines3": "MIT",
    "sb3-contrib": "MIT",
    "peft": "Apache-2.0",
    "jinja2": "BSD-3-Clause",
    "click": "BSD-3-Clause",
    "nltk": "Apache-2.0",
    "django": "BSD-3-Clause",
    "numpy": "BSD-3-Clause",
    "scikit-learn": "BSD-3-Clause",
    "networkx": "BSD-3-Clause",
    "pandas": "BSD-3-Clause",
    "matplotlib": "Matplotlib (PSF based)",
    "scipy": "BSD-3-Clause",
}
#: Documents shorter than this say nothing that a first line does not say, in characters.
MIN_CHARS = 120
#: Longer documents are cut between paragraphs, in characters.
MAX_CHARS = 1600
_MIN_PARAGRAPH_CHARS = 40
_VALIDATION_SHARE = 0.04
_SKIPPED = frozenset(
    {"test", "tests", "testing", "idlelib", "lib2to3", "turtledemo", "site-packages", "_vendor", "_externals"}
)


def documentation(split: Split) -> Iterator[Document]:
    """Documents of one split; `test` is empty. A file is in one split as a whole.

    Paragraphs with interactive examples are left out, and a paragraph that stood before (the boilerplate of
    parameter lists) is not repeated, not even across splits: validation comes first.

    Raises:
        MissingExtra: If one of `PACKAGES` is not installed.
    """
    seen: set[str] = set()
    files = [(where, path, file_split(where)) for where, path in _files()]
    for wanted in ("validation", "train"):
        for where, path, own in files:
            if own == wanted:
                for number, text in enumerate(_texts(path, seen)):
                    if split == wanted:
                        yield Document("documentation", f"{where}:{number}", text=text)
        if split == wanted:
            return


def file_split(where: str) -> Split:
    """Split of a file, by the hash of its package and path."""
    share = int(sha256(b"textgym-documentation-1:" + where.encode()).hexdigest()[:12], 16) / 16**12
    return "validation" if share < _VALIDATION_SHARE else "train"


def _files() -> Iterator[tuple[str, Path]]:
    root = Path(sysconfig.get_path("stdlib"))
    for path in sorted(root.rglob("*.py")):
        where = path.relative_to(root)
        if _SKIPPED.isdisjoint(where.parts):
            yield f"python/{where.as_posix()}", path
    for name in PACKAGES:
        try:
            files = distribution(name).files or ()
        except PackageNotFoundError as error:
            raise MissingExtra(
                f"the distribution {name!r} is part of the training text and is not installed. "
                "Install it with: pip install -c constraints.txt 'textgym[train,data,hf]'"
            ) from error
        for file in sorted(files, key=str):
            if file.suffix == ".py" and _SKIPPED.isdisjoint(file.parts):
                yield f"{name}/{file.as_posix()}", Path(str(file.locate()))


def _texts(path: Path, seen: set[str]) -> Iterator[str]:
    for docstring in _docstrings(path):
        paragraphs = [p for p in re.split(r"\n\s*\n", docstring) if _is_new_prose(p, seen)]
        for text in _pieces(paragraphs):
            if len(text) >= MIN_CHARS:
                yield text


def _docstrings(path: Path) -> Iterator[str]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # invalid escapes in the sources of others
            tree = ast.parse(path.read_text(encoding="utf-8", errors="replace"))
    except (SyntaxError, ValueError):
        return
    if path.parent.name == "pydoc_data":
        yield from _topics(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            docstring = ast.get_docstring(node)
            if docstring:
                yield docstring


def _topics(tree: ast.Module) -> Iterator[str]:
    """The language reference, which Python carries as a table of strings for `help()`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            for value in node.values:
                if isinstance(value, ast.Constant) and isinstance(value.value, str):
                    yield value.value


def _is_new_prose(paragraph: str, seen: set[str]) -> bool:
    if ">>>" in paragraph or len(paragraph) < _MIN_PARAGRAPH_CHARS:
        return False
    key = normalise(paragraph)
    known = key in seen
    seen.add(key)
    return not known


def _pieces(paragraphs: list[str]) -> Iterator[str]:
    """Paragraphs joined to texts of at most `MAX_CHARS`, as far as no paragraph alone is longer."""
    piece: list[str] = []
    for paragraph in (p.strip("\n")[:MAX_CHARS] for p in paragraphs):
        if piece and sum(map(len, piece)) + len(paragraph) > MAX_CHARS:
            yield "\n\n".join(piece)
            piece = []
        piece.append(paragraph)
    if piece:
        yield "\n\n".join(piece)
