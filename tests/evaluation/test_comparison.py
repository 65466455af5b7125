import pytest

from textgym.evaluation import evaluate, paired_difference
from textgym.protocols import as_agent

reverser = as_agent(lambda text: text[::-1])
copier = as_agent(lambda text: text)


def _play(agent, **changes):
    return evaluate(agent, "test/Backwards-v0", **{"episodes": 8, "seed": 0, **changes})


def test_a_constant_difference_has_no_spread():
    difference = paired_difference(_play(reverser), _play(copier))
    assert difference.mean == pytest.approx(0.75)
    assert difference.interval == pytest.approx((0.75, 0.75))
    assert (difference.episodes, difference.groups) == (8, 4)


def test_a_metric_is_compared_by_name():
    longer = as_agent(lambda text: text + "!!")
    assert paired_difference(_play(longer), _play(copier), metric="length").mean == pytest.approx(2.0)


@pytest.mark.parametrize("changes", [{"seed": 1}, {"episodes": 7}])
def test_other_episodes_cannot_be_paired(changes):
    with pytest.raises(ValueError, match=r"the results (differ|hold different)"):
        paired_difference(_play(reverser), _play(copier, **changes))


def test_other_environments_cannot_be_paired():
    easy, hard = (_play(copier, env_kwargs={"difficulty": d}) for d in (0.0, 1.0))
    with pytest.raises(ValueError, match=r"differ in environment arguments: .*0\.0.*1\.0"):
        paired_difference(easy, hard)


def test_drawing_does_not_hinder_pairing():
    drawn = _play(copier, env_kwargs={"render_mode": "ansi"})
    assert paired_difference(_play(reverser), drawn).mean == pytest.approx(0.75)


def test_a_missing_metric_names_the_agents_failure():
    with pytest.raises(ValueError, match=r"no metric 'length'.*agent failed: TypeError"):
        paired_difference(_play(as_agent(lambda text: None)), _play(copier), metric="length")
