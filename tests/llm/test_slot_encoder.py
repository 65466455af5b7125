import numpy as np
import pytest

pytestmark = pytest.mark.train
torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from textgym.llm import slot_cache, slot_encoder  # noqa: E402
from textgym.llm.backbone import Backbone  # noqa: E402
from textgym.llm.slot_encoder import SlotEncoder, slots_fit  # noqa: E402

WIDTH = 40


def gpt2():
    config = transformers.GPT2Config(vocab_size=97, n_embd=16, n_layer=2, n_head=2, n_positions=WIDTH)
    config._attn_implementation = "eager"
    torch.manual_seed(0)
    return transformers.GPT2LMHeadModel(config)


def observation(rows):
    ids = torch.zeros(len(rows), WIDTH, dtype=torch.long)
    for i, row in enumerate(rows):
        ids[i, : len(row)] = torch.tensor(row)
    return ids, torch.tensor([len(row) for row in rows])


class Counter:
    """Tokens that went through a model, padding counted."""

    def __init__(self, backbone):
        self.tokens = 0
        embedding = backbone.model.get_input_embeddings()
        embedding.register_forward_pre_hook(self._count)

    def _count(self, _module, args):
        self.tokens += args[0].numel()

    def take(self):
        taken, self.tokens = self.tokens, 0
        return taken


def check(encoder, backbone, rows):
    ids, length = observation(rows)
    found = encoder.last_hidden(ids, length)
    expected = backbone.last_hidden(ids, length)
    torch.testing.assert_close(found, expected, atol=2e-5, rtol=1e-4)


def random_walk(rng, rows):
    """Conversations that grow, are answered, end, and are rewritten, each on its own."""
    while True:
        yield [list(row) for row in rows]
        for i, row in enumerate(rows):
            event = rng.integers(12)
            if event == 0 or len(row) > WIDTH - 8:  # a new episode
                rows[i] = rng.integers(3, 97, rng.integers(1, 10)).tolist()
            elif event == 1:  # the environment answers
                row.extend(rng.integers(3, 97, rng.integers(2, 7)).tolist())
            elif event == 2:  # history is rewritten
                row[int(rng.integers(len(row)))] = int(rng.integers(3, 97))
            elif event == 3 and len(row) > 2:  # a part is taken back
                del row[-2:]
            elif event > 4:
                row.append(int(rng.integers(3, 97)))


class Tape:
    """Records as a CUDA graph does: what is played again may only touch the memory that it touched before."""

    def __init__(self, backbone):
        self._backbone, self.encoder, self.recordings, self.played = backbone, None, 0, 0

    def __call__(self, run):
        run()
        self.recordings += 1
        memory, inputs = self._memory(), [t.data_ptr() for t in run.args[:3]]

        def play():
            assert (self._memory(), [t.data_ptr() for t in run.args[:3]]) == (memory, inputs)
            self.played += 1
            return run()

        return play

    def _memory(self):
        layers = self.encoder._cache.layers
        return [t.data_ptr() for layer in layers for t in (layer.keys, layer.values)] + [
            p.data_ptr() for p in self._backbone.parameters()
        ]


@pytest.fixture
def narrow(monkeypatch):
    """Caches that grow and spans that change within the few tokens of a test."""
    monkeypatch.setattr(slot_cache, "_GROWTH", 8)
    monkeypatch.setattr(slot_encoder, "_SPAN_STEP", 8)


def taped(backbone, slots):
    tape = Tape(backbone)
    tape.encoder = SlotEncoder(backbone, slots, record=tape)
    return tape.encoder, tape


@pytest.mark.parametrize("trainable", ["nothing", "lora"])
@pytest.mark.parametrize("kind", ["llama", "gpt2"])
def test_recorded_passes_equal_a_pass_over_the_whole_conversation(make_model, kind, trainable, narrow):
    backbone = Backbone(gpt2 if kind == "gpt2" else make_model, trainable, device="cpu")
    rng = np.random.default_rng(0)
    encoder, tape = taped(backbone, 5)
    walk = random_walk(rng, [rng.integers(3, 97, rng.integers(1, 9)).tolist() for _ in range(5)])
    for step in range(60):
        if backbone.adapter is not None and step == 30:
            for up in backbone.adapter.up:  # written where it lies, as an optimizer does
                torch.nn.init.normal_(up, std=0.3)
        if backbone.adapter is not None and step == 45:
            backbone.adapter.up[0].data = backbone.adapter.up[0].data * 2  # moved
        check(encoder, backbone, next(walk))
    assert tape.played > 2 * tape.recordings > 0


def test_a_recorded_pass_is_launched_once_for_each_new_token(make_model):
    backbone = Backbone(make_model, device="cpu")
    counter, (encoder, tape) = Counter(backbone), taped(backbone, 3)
    rows = [[5, 6, 7], [8, 9, 10], [11, 12, 13]]
    encoder.last_hidden(*observation(rows))
    assert counter.take() == 9
    assert tape.recordings == 0
    rows = [[*row, 20] for row in rows]
    encoder.last_hidden(*observation(rows))
    assert tape.recordings == 1
    counter.take()
    for _ in range(5):
        rows = [[*row, 20] for row in rows]
        encoder.last_hidden(*observation(rows))
        assert counter.take() == 3
    assert tape.recordings == 1
    rows[1] = [30, 31, 32]  # a new conversation beside two that go on
    encoder.last_hidden(*observation(rows := [[*rows[0], 1], rows[1], [*rows[2], 2]]))
    assert counter.take() == 3 + 3


def test_the_pass_is_launched_before_the_host_knows_which_rows_it_is_for(make_model, monkeypatch):
    backbone, order = Backbone(make_model, device="cpu"), []
    encoder, _ = taped(backbone, 2)
    encoder.last_hidden(*observation([[5, 6], [7, 8]]))
    wait = slot_encoder._HostCopy.wait
    monkeypatch.setattr(slot_encoder._HostCopy, "wait", lambda copy: order.append("host") or wait(copy))
    backbone.model.get_input_embeddings().register_forward_pre_hook(lambda *_: order.append("model"))
    encoder.last_hidden(*observation([[5, 6, 1], [7, 8, 1]]))
    assert order[0] == "model"
    assert order.count("host") == 1


def test_a_pass_that_cannot_be_recorded_runs_as_it_is(make_model):
    def refuse(run):
        raise RuntimeError("operation not permitted when stream is capturing")

    backbone = Backbone(make_model, device="cpu")
    encoder = SlotEncoder(backbone, 2, record=refuse)
    rows = [[5, 6], [7, 8]]
    check(encoder, backbone, rows)
    with pytest.warns(match="without a CUDA graph"):
        check(encoder, backbone, [[*row, 1] for row in rows])
    check(encoder, backbone, [[*row, 1, 2] for row in rows])


@pytest.mark.parametrize("trainable", ["nothing", "lora"])
@pytest.mark.parametrize("kind", ["llama", "gpt2"])
def test_equals_a_pass_over_the_whole_conversation(make_model, kind, trainable):
    backbone = Backbone(gpt2 if kind == "gpt2" else make_model, trainable, device="cpu")
    if backbone.adapter is not None:
        for up in backbone.adapter.up:
            torch.nn.init.normal_(up, std=0.3)
    rng = np.random.default_rng(0)
    encoder = SlotEncoder(backbone, 5)
    walk = random_walk(rng, [rng.integers(3, 97, rng.integers(1, 9)).tolist() for _ in range(5)])
    for _ in range(60):
        check(encoder, backbone, next(walk))


def test_only_new_tokens_go_through_the_model(make_model):
    backbone = Backbone(make_model, device="cpu")
    counter, encoder = Counter(backbone), SlotEncoder(backbone, 3)
    rows = [[5, 6, 7, 8], [9, 10, 11, 12], [13, 14, 15, 16]]
    encoder.last_hidden(*observation(rows))
    assert counter.take() == 12
    encoder.last_hidden(*observation(rows))
    assert counter.take() == 0
    rows = [[*row, 20] for row in rows]
    encoder.last_hidden(*observation(rows))
    assert counter.take() == 3
    rows[1] += [30, 31, 32, 33]  # an answer of the environment; the two others stand still
    encoder.last_hidden(*observation(rows))
    assert counter.take() == 4
    rows[2] = [13, 14, 40, 41, 42]  # a new conversation that begins alike
    encoder.last_hidden(*observation(rows))
    assert counter.take() == 3


def test_a_changed_weight_empties_the_slots(make_model):
    backbone = Backbone(make_model, "full", device="cpu")
    counter, encoder = Counter(backbone), SlotEncoder(backbone, 2)
    rows = [[5, 6, 7], [8, 9, 10]]
    check(encoder, backbone, rows)
    optimizer = torch.optim.SGD(backbone.parameters(), lr=0.1)
    backbone.hidden(observation(rows)[0]).sum().backward()
    optimizer.step()
    counter.take()
    check(encoder, backbone, rows)
    for weight in backbone.parameters():
        weight.data = weight.data * 1.1
    check(encoder, backbone, rows)


def test_one_conversation_is_continued_in_the_slot_that_holds_its_beginning(make_model):
    backbone = Backbone(make_model, device="cpu")
    encoder = SlotEncoder(backbone, 3)
    rows = [[5, 6, 7, 8], [9, 10, 11, 12], [13, 14, 15, 16]]
    encoder.last_hidden(*observation(rows))
    counter = Counter(backbone)
    found = encoder.continue_any(*observation([[9, 10, 11, 12, 50]]))
    assert counter.take() == 1
    torch.testing.assert_close(
        found, backbone.last_hidden(*observation([[9, 10, 11, 12, 50]])), atol=2e-5, rtol=1e-4
    )
    check(encoder, backbone, [[5, 6, 7, 8, 1], [9, 10, 11, 12, 50, 51], [13, 14, 15, 16, 2]])


def test_rows_that_are_not_asked_for_keep_their_slots(make_model):
    backbone = Backbone(make_model, device="cpu")
    encoder, counter = SlotEncoder(backbone, 3), Counter(backbone)
    check(encoder, backbone, [[3, 4, 5], [6, 7], [8, 9, 10, 11]])
    ids, length = observation([[20, 21, 22, 23, 24], [6, 7, 12], [8, 9, 10, 11, 13]])
    expected = backbone.last_hidden(ids, length)
    counter.take()
    found = encoder.last_hidden(ids, length, torch.tensor([1, 2]))
    torch.testing.assert_close(found, expected[[1, 2]], atol=2e-5, rtol=1e-4)
    assert counter.take() == 2
    # The first row still holds what it held: nothing of it is new.
    ids, length = observation([[3, 4, 5], [6, 7, 12], [8, 9, 10, 11, 13]])
    encoder.last_hidden(ids, length)
    assert counter.take() == 0


def test_rows_of_very_different_length_are_not_padded_to_the_longest(make_model):
    backbone = Backbone(make_model, device="cpu")
    counter, encoder = Counter(backbone), SlotEncoder(backbone, 400)
    rng = np.random.default_rng(1)
    rows = [rng.integers(3, 97, n).tolist() for n in rng.integers(1, 39, 400)]
    check(encoder, backbone, rows)
    whole = 400 * 38  # what the check itself encodes
    assert counter.take() - whole <= 1.25 * sum(map(len, rows))


def test_memory_grows_with_what_is_held(make_model):
    encoder = SlotEncoder(Backbone(make_model, device="cpu"), 4)
    assert encoder.memory_bytes == 0
    encoder.last_hidden(*observation([[5]] * 4))
    # 2 layers, keys and values, 4 slots, 2 heads, 64 columns, size 8, float32
    assert encoder.memory_bytes == 2 * 2 * 4 * 2 * 64 * 8 * 4


def rwkv():
    config = transformers.RwkvConfig(
        vocab_size=97, hidden_size=32, num_hidden_layers=2, attention_hidden_size=32
    )
    return transformers.RwkvForCausalLM(config)


def bloom():
    config = transformers.BloomConfig(vocab_size=97, hidden_size=32, n_layer=2, n_head=2)
    return transformers.BloomForCausalLM(config)


def gpt_neo():
    kinds = [[["global", "local"], 1]]
    config = transformers.GPTNeoConfig(
        vocab_size=97, hidden_size=32, num_layers=2, num_heads=2, attention_types=kinds, window_size=4
    )
    return transformers.GPTNeoForCausalLM(config)


@pytest.mark.parametrize("kind", [rwkv, bloom, gpt_neo])
def test_models_that_remember_otherwise_get_no_slots(kind):
    with pytest.warns(UserWarning, match="reads whole conversations"):
        assert not slots_fit(Backbone(kind, device="cpu"))


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_models_that_fit_get_slots(make_model, dtype):
    assert slots_fit(Backbone(make_model, device="cpu", dtype=dtype))
    assert slots_fit(Backbone(gpt2, device="cpu", dtype=dtype))
