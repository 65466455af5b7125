"""A finite source held in memory."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from textgym.data.base import SPLITS, Record, Split, check_split, split_of
from textgym.errors import MalformedData


@dataclass(frozen=True)
class Corpus:
    """Records in three splits; satisfies `Source`.

    Args:
        name: The source string that names it, such as `"django:de"`.
        splits: The records of each split, in order; an absent split is empty.

    Raises:
        MalformedData: If two records have one id, or if a group is in two splits.
    """

    name: str
    splits: Mapping[Split, tuple[Record, ...]]

    def __post_init__(self) -> None:
        ids: set[str] = set()
        home: dict[str, Split] = {}
        for split, records in self.splits.items():
            for record in records:
                if record.id in ids:
                    raise MalformedData(f"{self.name}: the id {record.id!r} stands twice; ids must be unique")
                ids.add(record.id)
                if home.setdefault(record.group, split) != split:
                    raise MalformedData(
                        f"{self.name}: record {record.id!r} is in {split}, but others of its group "
                        f"{record.group!r} are in {home[record.group]}; a group must be in one split"
                    )

    def records(self, split: Split) -> Sequence[Record]:
        """The records of one split, always in the same order.

        Raises:
            UnknownName: If there is no such split.
        """
        return self.splits.get(check_split(split), ())

    @classmethod
    def from_records(cls, name: str, records: Iterable[Record]) -> "Corpus":
        """A corpus whose splits follow from the hash of each record's group (`split_of`)."""
        splits: dict[Split, list[Record]] = {split: [] for split in SPLITS}
        for record in records:
            splits[split_of(record.group)].append(record)
        return cls(name, {split: tuple(rows) for split, rows in splits.items()})
