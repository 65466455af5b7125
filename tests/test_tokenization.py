"""Chat tokenizers keep ids stable across turns and never let content become control."""

import json
import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textgym.errors import UnknownName
from textgym.tokenization import ChatTokenizer, load_tokenizer

TEMPLATE = (
    "{% for m in messages %}<|{{ m['role'] }}|>{{ m['content'] }}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


def talk(*contents):
    return tuple(
        {"role": "assistant" if i % 2 else "user", "content": text} for i, text in enumerate(contents)
    )


@settings(max_examples=50, deadline=None)
@given(contents=st.lists(st.text(max_size=30), min_size=3, max_size=3))
def test_prompt_plus_reply_plus_continuation_is_the_longer_prompt(contents):
    chat = load_tokenizer("tiny")
    opening, reply, answer = contents
    ids = [
        *chat.prompt_ids(talk(opening)),
        *chat.encode(reply),
        chat.end_of_turn_id,
        *chat.reply_ids(talk(opening, reply, answer)),
    ]
    assert ids == chat.prompt_ids(talk(opening, reply, answer))


@settings(max_examples=100, deadline=None)
@given(text=st.text(max_size=60))
def test_plain_text_round_trips(text):
    chat = load_tokenizer("tiny")
    clean = text.encode("utf-8", "replace").decode()
    assert chat.decode(chat.encode(text)) == clean


@pytest.mark.parametrize("special", ["<|end|>", "<|user|>", "<|assistant|>", "<|pad|>"])
def test_content_cannot_spell_a_special_token(special):
    chat = load_tokenizer("tiny")
    harmless = chat.prompt_ids(talk("x"))
    hostile = chat.prompt_ids(talk(f"x{special}"))
    control = {i for i in harmless if i not in chat.encode("x")}
    assert [i for i in hostile if i in control] == [i for i in harmless if i in control]
    assert chat.decode(chat.encode(special)) == special


def test_dialogue_ids_alternate_and_join_to_the_whole():
    chat = load_tokenizer("tiny")
    parts = chat.dialogue_ids(talk("a", "b", "c", "d"))
    assert len(parts) == 4
    assert parts[1] == [*chat.encode("b"), chat.end_of_turn_id]
    assert parts[3] == [*chat.encode("d"), chat.end_of_turn_id]
    assert [*parts[0], *parts[1], *parts[2]] == chat.prompt_ids(talk("a", "b", "c"))


def test_template_that_rewrites_history_is_refused():
    chat = load_tokenizer("tiny")
    forgetful = (
        "{% for m in messages[-1:] %}<|{{ m['role'] }}|>{{ m['content'] }}<|end|>{% endfor %}<|assistant|>"
    )
    with pytest.raises(ValueError, match="rewrites earlier messages"):
        ChatTokenizer(chat._tokenizer, forgetful, end_of_turn="<|end|>")


def test_template_with_another_end_of_turn_is_refused():
    chat = load_tokenizer("tiny")
    with pytest.raises(ValueError, match=r"not with the end-of-turn token '<\|pad\|>'"):
        ChatTokenizer(chat._tokenizer, TEMPLATE, end_of_turn="<|pad|>")


def test_template_may_insert_a_default_system_prompt():
    chat = load_tokenizer("tiny")
    greeting = "{% if messages[0]['role'] != 'system' %}<|system|>Be brief.<|end|>{% endif %}" + TEMPLATE
    other = ChatTokenizer(chat._tokenizer, greeting, end_of_turn="<|end|>")
    assert other.decode(other.prompt_ids(talk("Hi"))).startswith("Be brief.")
    assert other.reply_ids(talk("Hi", "Yes", "No")) == chat.reply_ids(talk("Hi", "Yes", "No"))


def test_missing_end_of_turn_token_is_named():
    chat = load_tokenizer("tiny")
    with pytest.raises(ValueError, match=r"<\|nope\|>"):
        ChatTokenizer(chat._tokenizer, TEMPLATE, end_of_turn="<|nope|>")


def test_pickle_of_a_loaded_tokenizer_is_its_name():
    chat = load_tokenizer("tiny")
    assert pickle.loads(pickle.dumps(chat)) is chat
    assert len(pickle.dumps(chat)) < 200


def test_local_folder_loads(tmp_path):
    chat = load_tokenizer("tiny")
    (tmp_path / "tokenizer.json").write_text(chat._tokenizer.to_str(), "utf-8")
    config = {"eos_token": {"content": "<|end|>"}, "chat_template": TEMPLATE}
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(config), "utf-8")
    other = load_tokenizer(str(tmp_path))
    assert other.prompt_ids(talk("Grüße")) == chat.prompt_ids(talk("Grüße"))
    (tmp_path / "tokenizer_config.json").write_text('{"eos_token": "<|end|>"}', "utf-8")
    load_tokenizer.cache_clear()
    with pytest.raises(ValueError, match="no chat template"):
        load_tokenizer(str(tmp_path))
    (tmp_path / "tokenizer_config.json").write_text(json.dumps({"chat_template": TEMPLATE}), "utf-8")
    with pytest.raises(ValueError, match="eos_token"):
        load_tokenizer(str(tmp_path))
    (tmp_path / "tokenizer_config.json").unlink()
    with pytest.raises(ValueError, match="no tokenizer_config"):
        load_tokenizer(str(tmp_path))


@pytest.fixture
def hub(monkeypatch, tmp_path):
    """No network and an empty cache; what is asked of the hub is written down."""
    import huggingface_hub

    asked = []

    def unreachable(_api, name, **options):
        asked.append((name, options))
        raise OSError("no network")

    monkeypatch.setenv("TEXTGYM_CACHE", str(tmp_path / "converted"))
    monkeypatch.setattr(huggingface_hub.HfApi, "model_info", unreachable)
    monkeypatch.setattr(huggingface_hub, "try_to_load_from_cache", lambda _name, _file: None)
    monkeypatch.setattr(huggingface_hub, "snapshot_download", lambda *_args, **_kwargs: asked.append("all"))
    load_tokenizer.cache_clear()
    yield asked
    load_tokenizer.cache_clear()


def test_without_a_network_one_quick_request_is_made(hub):
    with pytest.raises(UnknownName, match=r"'a/b' is neither in .* nor can it be downloaded: no network"):
        load_tokenizer("a/b")
    assert hub == [("a/b", {"timeout": 10})]


def test_smollm2_that_is_nowhere_names_the_call_that_prepares_it(hub):
    with pytest.raises(UnknownName, match=r'textgym\.llm\.loading\.load_language_model\("smollm2"\)'):
        load_tokenizer("smollm2")
    assert [name for name, _ in hub] == ["HuggingFaceTB/SmolLM2-135M-Instruct"]


def test_smollm2_is_found_in_the_hub_cache(hub, byte_tokenizer, monkeypatch):
    import huggingface_hub

    monkeypatch.setattr(
        huggingface_hub,
        "try_to_load_from_cache",
        lambda name, file: f"{byte_tokenizer}/{file}" if "SmolLM2-135M-Instruct" in name else None,
    )
    assert load_tokenizer("smollm2").vocab_size == 260
    assert hub == []


def test_unknown_name_says_what_is_accepted():
    with pytest.raises(UnknownName, match="'tiny', 'smollm2', a folder"):
        load_tokenizer("no-such-tokenizer")
