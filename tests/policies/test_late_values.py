"""Values that are computed when somebody looks at them."""

import pytest

pytestmark = pytest.mark.train
torch = pytest.importorskip("torch")
pytest.importorskip("stable_baselines3")

from textgym.policies.late_values import LateValues  # noqa: E402


@pytest.fixture
def asked():
    return []


@pytest.fixture
def late(asked):
    def read(rows):
        asked.append(rows.tolist())
        return 10.0 * rows[:, None]

    return LateValues.of_rows(4, read, device=torch.device("cpu"))


def test_nothing_is_computed_before_it_is_wanted(late, asked):
    assert asked == []
    known = late.known(torch.tensor([False, True, False, True]))
    assert asked == [[1, 3]]
    assert known.tolist() == [[0.0], [10.0], [0.0], [30.0]]
    assert type(known) is torch.Tensor


def test_each_row_is_computed_once(late, asked):
    late.known(torch.tensor([False, True, False, True]))
    late.known(torch.tensor([True, True, False, False]))
    assert late.numpy()[:, 0].tolist() == [0, 10, 20, 30]
    assert asked == [[1, 3], [0], [2]]


@pytest.mark.parametrize(
    "use",
    [
        lambda v: v.clone().cpu().numpy().flatten(),
        lambda v: (v + 0)[:, 0],
        lambda v: torch.cat([v])[:, 0],
        lambda v: v[:, 0],
        lambda v: torch.tensor(v.tolist())[:, 0],
    ],
)
def test_any_use_gives_all_values(late, use):
    assert use(late).tolist() == [0, 10, 20, 30]
