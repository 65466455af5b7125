"""Which view of a text environment an observation space belongs to."""

from dataclasses import dataclass

from gymnasium import spaces

from textgym.errors import UnsupportedSpace


@dataclass(frozen=True)
class View:
    """The token view or the choice view.

    Args:
        candidates: Number K of candidates in the choice view; 0 in the token view.
        vocabulary: Number of token ids of the environment's tokenizer.
    """

    candidates: int
    vocabulary: int

    def check_vocabulary(self, size: int) -> None:
        """Refuse a language model that cannot have been made for the environment's tokenizer.

        Args:
            size: Number V of the model's logits. Models may round V up, tokenizers do not.

        Raises:
            ValueError: If V is smaller than the vocabulary, or larger than any rounding explains.
        """
        if not self.vocabulary <= size < self.vocabulary + 1024:
            raise ValueError(
                f"the environment's tokenizer has {self.vocabulary} ids and the language model {size}: they do "
                "not belong together. Give the environment tokenizer=NAME and the policy language_model=NAME "
                "with the same name."
            )


def view_of(observation_space: spaces.Space) -> View:
    """The view whose observations these are.

    Raises:
        UnsupportedSpace: If it is neither.
    """
    if isinstance(observation_space, spaces.Dict) and {"tokens", "length"} == set(observation_space.spaces):
        tokens, length = observation_space["tokens"], observation_space["length"]
        if isinstance(tokens, spaces.Box) and isinstance(length, spaces.Box):
            vocabulary = int(tokens.high.flat[0]) + 1
            if len(tokens.shape) == 1 and length.shape == (1,):
                return View(candidates=0, vocabulary=vocabulary)
            if len(tokens.shape) == 2 and length.shape == tokens.shape[:1] and tokens.shape[0] > 1:
                return View(candidates=tokens.shape[0] - 1, vocabulary=vocabulary)
    raise UnsupportedSpace(
        f"expected the observations of a -tokens-v0 or -choice-v0 id, Dict(tokens, length), got {observation_space}"
    )
