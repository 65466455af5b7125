"""Task metrics in the training log."""

from stable_baselines3.common.callbacks import BaseCallback


class MetricsCallback(BaseCallback):
    """Logs `metrics/<name>`: the mean of `info["metrics"][name]` over the episodes that ended since the last log.

    The values reach every output of the model's logger, TensorBoard included.

    Args:
        verbose: As in `BaseCallback`.
    """

    def __init__(self, verbose: int = 0) -> None:
        super().__init__(verbose)

    def _on_step(self) -> bool:
        for info, done in zip(self.locals["infos"], self.locals["dones"], strict=True):
            if done:
                for name, value in info.get("metrics", {}).items():
                    self.logger.record_mean(f"metrics/{name}", float(value))
        return True
