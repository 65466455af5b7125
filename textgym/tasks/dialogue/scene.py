"""The arguments that make one kind of dialogue: domain, database, change of goal and noise."""

from dataclasses import dataclass, field

from textgym.data.file_stamp import FileStamp
from textgym.errors import check_share
from textgym.tasks.dialogue.database import Database, draw_database
from textgym.tasks.dialogue.domain import Domain
from textgym.tasks.dialogue.domains import named_domain
from textgym.tasks.dialogue.multiwoz import Loaded, read_multiwoz, written


@dataclass(frozen=True)
class Scene:
    """What users and databases are like.

    Args:
        domain: `"restaurant"`, `"train"` or `"hotel"`.
        database: `"generated"`, a new one for each episode, or `"multiwoz:PATH"`, the one of a folder
            as it is now: scenes of a file that was written again are others.
        goal_change: See `draw_goal`.
        noise: See `textgym.tasks.dialogue.noise`.

    Raises:
        UnknownName: If there is no such domain or kind of database.
        InvalidValue: If a number is not in [0, 1], or the folder is not there.
        MalformedData: If its files cannot be read.
    """

    domain: str = "restaurant"
    database: str = "generated"
    goal_change: float | None = None
    noise: float = 0.0
    _stamp: FileStamp = field(init=False, repr=False, default=(0, 0))

    def __post_init__(self) -> None:
        check_share("noise", self.noise)
        if self.goal_change is not None:
            check_share("goal_change", self.goal_change)
        if self.database != "generated":
            object.__setattr__(self, "_stamp", written(self.database, self.domain))
        _ = self.table

    @property
    def table(self) -> Domain:
        """Slots, values and words."""
        if self.database == "generated":
            return named_domain(self.domain)
        return self._loaded.domain

    def draw_database(self, seed: int) -> Database:
        """The database of the episode with this seed."""
        if self.database == "generated":
            return draw_database(seed, self.table)
        loaded = self._loaded
        return Database(seed, loaded.entities, loaded.domain)

    @property
    def _loaded(self) -> Loaded:
        return read_multiwoz(self.database, self.domain, self._stamp)
