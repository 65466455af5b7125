"""What goes wrong when a language model is trained by PPO or A2C, and how it shows: one function per fault."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from torch import nn
from transformers import PreTrainedModel

# Float32 passes over batches of other shapes differ by 1e-5 in a log-probability, which is 1e-10 here; a wrong mask,
# dropout or bfloat16 differs by 1e-2 and more, which is at least 1e-5.
RATIO_KL = 1e-6
# In nats per token; four times the most at which PPO is usually stopped (target_kl from 0.01 to 0.05).
UPDATE_KL = 0.2
# In nats per token: a reply of 20 tokens is then e^20 times as likely as under the language model.
REFERENCE_KL = 1.0
# One bad rollout happens by chance and the next update can make up for it.
IN_A_ROW = 3
# The views never rewrite. A history that is rewritten at each turn shows once per turn, which may be long.
REWRITTEN_SHARE = 0.001
# Beyond one episode in four, learning follows the value function's guesses more than the task.
TRUNCATED_SHARE = 0.25
# A language model ends most of its turns itself; one that ends one in ten has not learned to, or has unlearned it.
UNENDED_SHARE = 0.9
# A policy that learns gets more certain; a tenth of the first entropy in a few updates is no longer that, and below
# this entropy a token has a probability of about 0.99.
ENTROPY_SHARE, ENTROPY_NATS = 0.1, 0.05
# The value loss is quadratic in the scale and shares its learning rate with the policy, whose advantages are normalised.
REWARD_STD_MIN, REWARD_STD_MAX = 1e-4, 100.0
# With rollouts of 20 mean episodes and lengths that vary as usual, 2.5 to 5 % of the steps are cut off.
CUT_OFF_SHARE, EPISODES_PER_ROLLOUT = 0.1, 20
# Below this a value function knows hardly more than the mean of the returns.
EXPLAINED_VARIANCE = 0.1
# A share of 30 is known to within 0.1, as a standard error.
MIN_EPISODES = 30


@dataclass(frozen=True)
class Finding:
    """Something that is wrong with a training.

    Args:
        check: Name of what was checked; in the log as `doctor/<check>`.
        message: What was measured and what that means.
        advice: What to do about it.
    """

    check: str
    message: str
    advice: str

    def __str__(self) -> str:
        return f"{self.check}: {self.message} {self.advice}"


def check_ratio(gaps: np.ndarray) -> Finding | None:
    """The first minibatch of an update gives its actions the log-probabilities that were stored with them.

    Args:
        gaps: Log-probabilities in the update minus the stored ones, in nats, float64 (B,).
    """
    with np.errstate(over="ignore", invalid="ignore"):
        kl = float((np.expm1(gaps) - gaps).mean())
    if kl < RATIO_KL:
        return None
    return Finding(
        "ratio",
        f"before its first step an update gives actions other log-probabilities than were stored: approximate KL "
        f"{kl:.1e}, expected below {RATIO_KL:.0e}; largest difference {np.abs(gaps).max():.1e} nats.",
        "Turn off dropout; in bfloat16 add RecomputeCallback; sample without temperature, top-k or masks that "
        "evaluate_actions does not know.",
    )


def check_update_kl(recent: Sequence[float]) -> Finding | None:
    """Updates stay near the policy that wrote their rollout.

    Args:
        recent: `train/approx_kl` of the last updates, in nats per token.
    """
    if not _all_above(recent, UPDATE_KL):
        return None
    return Finding(
        "update_kl",
        f"the last updates moved the policy by {_listed(recent)} nats per token, each above {UPDATE_KL:g}.",
        "Lower learning_rate or n_epochs, or set PPO's target_kl to 0.02.",
    )


def check_reference_kl(recent: Sequence[float]) -> Finding | None:
    """The policy stays near the language model it began as.

    Args:
        recent: `rollout/kl_to_reference` of the last rollouts, in nats per token.
    """
    if not _all_above(recent, REFERENCE_KL):
        return None
    return Finding(
        "reference_kl",
        f"in the last rollouts the policy was {_listed(recent)} nats per token away from the language model, each "
        f"above {REFERENCE_KL:g}: its text is hardly language any more.",
        "Lower learning_rate, and give ReferenceKLCallback a larger beta or a target.",
    )


def check_end_of_turn(taken: int, log_probs: np.ndarray, other_log_probs: np.ndarray) -> Finding | None:
    """The update learns from the actions that end a turn, even where padding has the same id.

    Args:
        taken: How often the environments were given the end-of-turn id in the rollout.
        log_probs: Stored log-probabilities of that id in one pass over the rollout, in nats.
        other_log_probs: Those of all other actions.
    """
    if len(log_probs) < taken:
        fault = f"the policy ended {taken} turns itself and the update saw {len(log_probs)} of these actions."
    elif len(log_probs) >= MIN_EPISODES and not log_probs.any() and other_log_probs.any():
        fault = f"all {len(log_probs)} stored log-probabilities of the end-of-turn id are exactly 0."
    else:
        return None
    return Finding(
        "end_of_turn",
        f"{fault} The policy then cannot learn when to stop.",
        "Padding and the end of a turn may have the same id: mask by length, never by id.",
    )


def check_dropout(policy: nn.Module, language_model: PreTrainedModel) -> Finding | None:
    """Nothing is dropped while the policy is in training mode.

    Args:
        policy: The policy, during an update.
        language_model: The model that computes, which may be no submodule of the policy.
    """
    modules = {id(m): (name, m) for name, m in language_model.named_modules()}
    modules |= {id(m): (name, m) for name, m in policy.named_modules()}
    active = [name for name, m in modules.values() if isinstance(m, nn.Dropout) and m.training and m.p > 0]
    if any(module.training for module in language_model.modules()):
        # Attention takes its rate from the configuration and has no layer for it.
        fields = language_model.config.get_text_config().to_dict().items()
        active += [
            f"config.{name}" for name, rate in fields if "drop" in name and type(rate) is float and rate > 0
        ]
    if not active:
        return None
    more = f" and {len(active) - 3} more" if len(active) > 3 else ""
    return Finding(
        "dropout",
        f"dropout is on during the update, in {', '.join(active[:3])}{more}: another policy acted than is improved.",
        "Keep the language model in evaluation mode, or set these rates to 0.",
    )


def check_history(rewritten: int, steps: int) -> Finding | None:
    """Within an episode each observation begins with the one before.

    Args:
        rewritten: Steps for which it does not.
        steps: Steps that are not the first of their episode or of the rollout.
    """
    if rewritten <= REWRITTEN_SHARE * steps:
        return None
    return Finding(
        "history",
        f"{rewritten / steps:.1%} of the observations inside episodes do not extend the one before: their ids no "
        "longer hold what the policy wrote, and each is encoded from its beginning.",
        "Append ids and never encode the history again; use a chat template that leaves earlier messages alone.",
    )


def check_truncation(truncated: int, episodes: int) -> Finding | None:
    """Most episodes end by themselves.

    Args:
        truncated: Episodes that ended with `TimeLimit.truncated`.
        episodes: All that ended.
    """
    if truncated <= TRUNCATED_SHARE * episodes:
        return None
    return Finding(
        "truncation",
        f"{truncated / episodes:.0%} of the last {episodes} episodes were truncated: the value function guesses the "
        "rest of their reward.",
        "Allow more steps or a larger context_length, or make the task shorter.",
    )


def check_turn_ends(unended: int, turns: int) -> Finding | None:
    """The policy ends its turns itself.

    Args:
        unended: Turns that the token budget ended.
        turns: All that ended.
    """
    if unended <= UNENDED_SHARE * turns:
        return None
    return Finding(
        "turn_ends",
        f"{unended / turns:.0%} of the last {turns} turns were ended by the token budget: the policy does not stop.",
        "Raise max_new_tokens, choose a task with shorter replies, or begin with a model that was tuned on it.",
    )


def check_entropy(first: float, now: float) -> Finding | None:
    """The policy still explores.

    Args:
        first: Mean entropy of the first update, in nats per token.
        now: That of the last one.
    """
    if not (now < ENTROPY_SHARE * first and now < ENTROPY_NATS):
        return None
    return Finding(
        "entropy",
        f"the entropy fell from {first:.2g} to {now:.2g} nats per token: the policy tries nothing new.",
        "Lower learning_rate, raise ent_coef, or add ReferenceKLCallback; go back to an earlier checkpoint.",
    )


def check_finite(rewards: np.ndarray) -> Finding | None:
    """Rewards are numbers.

    Args:
        rewards: Those of a rollout, any shape.
    """
    wrong = rewards.size - int(np.isfinite(rewards).sum())
    if not wrong:
        return None
    return Finding(
        "reward_finite",
        f"{wrong} of {rewards.size} rewards of a rollout are NaN or infinite, and so is all that is learned from it.",
        "Look for a division by zero or the logarithm of 0 in the reward; go back to an earlier checkpoint.",
    )


def check_reward_scale(returns: np.ndarray) -> Finding | None:
    """Returns differ between episodes, by something of order 1.

    Args:
        returns: Undiscounted returns of finished episodes, shape (episodes,).
    """
    if not np.isfinite(returns).all():
        return None
    if np.ptp(returns) == 0:
        return Finding(
            "reward_constant",
            f"the last {len(returns)} episodes all returned {returns[0]:g}: nothing says which text is better.",
            "Unless the task is solved: choose an easier difficulty or a reward that tells failures apart.",
        )
    spread = float(returns.std())
    if REWARD_STD_MIN <= spread <= REWARD_STD_MAX:
        return None
    return Finding(
        "reward_scale",
        f"the returns of episodes have a standard deviation of {spread:.1e}, far from 1.",
        "Multiply the reward by a constant, or wrap the environments in VecNormalize(venv, norm_obs=False).",
    )


@dataclass(frozen=True)
class CutOff:
    """How much of a rollout was learned without its outcome.

    Args:
        share: Share of its steps that belong to episodes which were still running at its end.
        explained_variance: Share of the variance of returns that the values explain, at most 1.
    """

    share: float
    explained_variance: float


def check_cut_off(recent: Sequence[CutOff], *, steps: int, mean_length: float) -> Finding | None:
    """Rollouts are long enough to see how episodes end, or the value function knows it.

    Args:
        recent: The last rollouts.
        steps: `n_steps`, steps of one environment in a rollout.
        mean_length: Mean length of an episode, in steps.
    """
    biased = [r for r in recent if r.share > CUT_OFF_SHARE and r.explained_variance < EXPLAINED_VARIANCE]
    if len(biased) < IN_A_ROW:
        return None
    need = math.ceil(EPISODES_PER_ROLLOUT * mean_length)
    return Finding(
        "cut_off",
        f"{recent[-1].share:.0%} of the steps belong to episodes that the end of a rollout cuts off, most of them "
        "long ones, and the values explain nothing of the returns (explained variance "
        f"{recent[-1].explained_variance:.2f}): long replies are judged by a guess and unlearned.",
        f"Episodes take {mean_length:.0f} steps: raise n_steps from {steps} to {need} or more, with fewer environments.",
    )


def _all_above(recent: Sequence[float], limit: float) -> bool:
    # Not a number counts as above.
    return len(recent) >= IN_A_ROW and not any(value <= limit for value in recent)


def _listed(values: Sequence[float]) -> str:
    return ", ".join(f"{value:.2g}" for value in values)
