"""Which view of a text environment an observation space belongs to."""

from dataclasses import dataclass

from gymnasium import spaces

from textgym.errors import ContextTooSmall, InvalidValue, UnsupportedSpace


@dataclass(frozen=True)
class View:
    """The token view or the choice view.

    Args:
        candidates: Number K of candidates in the choice view; 0 in the token view.
        vocabulary: Number of token ids of the environment's tokenizer.
        context_length: Length L of a row of the observation, in tokens.
    """

    candidates: int
    vocabulary: int
    context_length: int

    def check_vocabulary(self, size: int) -> None:
        """Refuse a language model that cannot have been made for the environment's tokenizer.

        Args:
            size: Number V of the model's logits. Models may round V up, tokenizers do not.

        Raises:
            ValueError: If V is smaller than the vocabulary, or larger than any rounding explains.
        """
        if not self.vocabulary <= size < self.vocabulary + 1024:
            raise InvalidValue(
                f"the environment's tokenizer has {self.vocabulary} ids and the language model {size}: they do "
                "not belong together. Give the environment tokenizer=NAME and the policy language_model=NAME "
                "with the same name."
            )

    def check_positions(self, limit: int | None, *, learned: bool) -> None:
        """Refuse a language model that cannot read the longest observation.

        Args:
            limit: Number of positions that the model reads; None for models without a limit.
            learned: Whether there is nothing beyond the limit (a table of positions). The candidates of the
                choice view stand behind the context, so that the two then share the limit. Models that compute
                their positions become unreliable there and do not fail: only the context must fit.

        Raises:
            ContextTooSmall: If L is too large for the model.
        """
        most = limit // 2 if limit and self.candidates and learned else limit
        if most is not None and self.context_length > most:
            shared = ", shared by the context and a candidate behind it" if most != limit else ""
            raise ContextTooSmall(
                f"the environment's context_length is {self.context_length} and the language model reads {limit} "
                f"positions{shared}. Make the environment with context_length={most} or less, or choose another model."
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
                return View(0, vocabulary, context_length=tokens.shape[0])
            if len(tokens.shape) == 2 and length.shape == tokens.shape[:1] and tokens.shape[0] > 1:
                return View(tokens.shape[0] - 1, vocabulary, context_length=tokens.shape[1])
    raise UnsupportedSpace(
        f"expected the observations of a -tokens-v0 or -choice-v0 id, Dict(tokens, length), got {observation_space}"
    )
