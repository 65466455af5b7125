"""The command line; every command is one call of the library."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import gymnasium as gym
import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table
from typer.core import TyperGroup

from textgym.agent_loading import agent_name, load_agent
from textgym.data.catalogues import languages as catalogue_languages
from textgym.data.language_names import language_name
from textgym.errors import InvalidValue, TextGymError
from textgym.evaluation.play import play as play_episode
from textgym.evaluation.samples import evaluate_samples, pass_rates
from textgym.evaluation.submission import run_suite
from textgym.evaluation.suite import load_suite
from textgym.evaluation.whole_file import check_writable
from textgym.registration import KINDS, describe


class _OneLineErrors(TyperGroup):
    """Shows what a person can put right as one line, and everything else as a traceback."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except (TextGymError, gym.error.Error, OSError) as error:
            # Of the system's errors those about a file that a person named.
            if isinstance(error, OSError) and error.filename is None:
                raise
            typer.echo(f"textgym: {' '.join(str(error).splitlines())}", err=True)
            raise typer.Exit(2) from error


app = typer.Typer(
    cls=_OneLineErrors,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    help="Gymnasium environments for text agents.",
)

_EnvId = Annotated[str, typer.Argument(help="Id of an environment, see `textgym list`.")]
_AgentSpec = Annotated[
    str,
    typer.Argument(
        help="FILE.py[:FUNCTION], sb3:FOLDER, hf:MODEL (such as hf:tiny), or http(s)://HOST/v1#MODEL."
    ),
]
_Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="NAME=VALUE", help="Argument of the environment, such as source=django:de."
    ),
]
_Split = Annotated[str, typer.Option(help="train, validation or test.")]
_Seed = Annotated[int, typer.Option(min=0, help="Seed.")]


@app.command("list")
def list_ids(
    languages: Annotated[
        bool, typer.Option("--languages", help="Show the languages of source=django:LANG instead.")
    ] = False,
) -> None:
    """Show every environment id.

    Example: `textgym list`
    """
    if languages:
        for code in catalogue_languages():
            typer.echo(f"{code}  {language_name(code)}")
        return
    table = Table("id", "kind", "what is asked", box=None)
    for env_id in sorted(KINDS):
        table.add_row(env_id, KINDS[env_id], describe(env_id))
    Console(width=None if sys.stdout.isatty() else 160).print(table)


@app.command()
def play(env_id: _EnvId, seed: _Seed = 0, split: _Split = "test", set_: _Set = None) -> None:
    """Take the agent's seat for one episode.

    One line is one message; a line that ends with a backslash is continued by the next. Where there are decisions to
    take, one line is the number of a legal action. Ctrl-C or Ctrl-D leaves.

    Example: `textgym play textgym/Dialogue-v0 --seed 3`
    """
    kwargs = _parse(set_)
    ask = partial(input, "> " if sys.stdin.isatty() else "")
    finished = play_episode(env_id, read=ask, write=typer.echo, seed=seed, split=split, env_kwargs=kwargs)
    raise typer.Exit(0 if finished is not None else 1)


@app.command()
def evaluate(
    agent: _AgentSpec,
    env_id: _EnvId,
    episodes: Annotated[int, typer.Option(help="Number of episodes.")] = 100,
    seed: _Seed = 0,
    split: _Split = "test",
    set_: _Set = None,
    batch_size: Annotated[int, typer.Option(help="Episodes open at a time.")] = 32,
    sampled: Annotated[
        bool, typer.Option("--sampled", help="Models sample instead of taking the best.")
    ] = False,
    samples: Annotated[
        int, typer.Option(min=1, help="Attempts at each episode; code tasks then print pass@k.")
    ] = 1,
    repeats: Annotated[bool, typer.Option("--repeats", help="Allow more episodes than examples.")] = False,
    on_error: Annotated[
        str, typer.Option(help="score: a failing agent gets the minimum; raise: stop.")
    ] = "score",
    out: Annotated[Path | None, typer.Option(help="JSON file for the result with every episode.")] = None,
) -> None:
    """Measure an agent.

    Example: `textgym evaluate agents/copy_source.py textgym/Translation-v0 --set source=django:de`
    """
    kwargs = _parse(set_)
    if out is not None:
        check_writable(out)
    result = evaluate_samples(
        load_agent(agent, env_id=env_id, env_kwargs=kwargs, deterministic=not sampled),
        env_id,
        samples=samples,
        episodes=episodes,
        seed=seed,
        split=split,
        env_kwargs=kwargs,
        batch_size=batch_size,
        on_error=on_error,  # type: ignore[arg-type]
        repeats=repeats,
        progress=sys.stderr.isatty(),
    )
    if out is not None:
        result.save(out)
    typer.echo(result.summary())
    if samples > 1:
        for k, rate in pass_rates(result).items():
            typer.echo(f"  pass@{k}: {rate:.4g}")


@app.command()
def bench(
    agent: _AgentSpec,
    suite: Annotated[str, typer.Option(help="Name of a shipped suite, or a TOML file.")] = "quick-v1",
    out: Annotated[Path, typer.Option(help="Folder for the submission.")] = Path("runs/bench"),
    name: Annotated[str | None, typer.Option(help="Name of the agent on the board.")] = None,
) -> None:
    """Run a suite and write a submission.

    Example: `textgym bench agents/random_words.py --suite quick-v1 --out leaderboard/submissions`
    """
    check_writable(out / "submission.json")
    submission = run_suite(
        lambda env_id, kwargs: load_agent(agent, env_id=env_id, env_kwargs=kwargs),
        load_suite(suite),
        name=name or agent_name(agent),
        progress=sys.stderr.isatty(),
    )
    typer.echo(submission.summary())
    typer.echo(submission.save(out))


@app.command()
def demonstrations(
    env_id: _EnvId,
    out: Annotated[Path, typer.Option(help="JSON Lines file, one row for each episode.")],
    episodes: Annotated[int, typer.Option(help="Number of episodes.")] = 100,
    seed: _Seed = 0,
    split: _Split = "train",
    set_: _Set = None,
    repeats: Annotated[bool, typer.Option("--repeats", help="Allow more episodes than examples.")] = False,
) -> None:
    """Write what an expert does, for imitation and supervised fine-tuning.

    Example: `textgym demonstrations textgym/Dialogue-v0 --out runs/dialogue.jsonl --episodes 1000`
    """
    # Here, because they load every task, and with those of summaries a second of libraries.
    from textgym.evaluation.demonstration_files import write_jsonl
    from textgym.evaluation.demonstrations import demonstrations as demonstrate

    check_writable(out)
    planned = demonstrate(env_id, episodes, seed=seed, split=split, env_kwargs=_parse(set_), repeats=repeats)
    shown = track(planned, description=env_id, total=episodes, console=Console(stderr=True))
    played = write_jsonl(shown if sys.stderr.isatty() else planned, out)
    mean = sum(demonstration.return_ for demonstration in played) / len(played)
    typer.echo(f"{len(played)} demonstrations by {played[0].expert}, mean return {mean:.4f}")


@app.command()
def train(
    env_id: _EnvId,
    out: Annotated[
        Path, typer.Option(help="Folder of the run; an interrupted run goes on when started again.")
    ],
    timesteps: Annotated[int, typer.Option(help="Environment steps in all.")] = 20_000,
    algorithm: Annotated[
        str, typer.Option(help="ppo, a2c, maskable_ppo, dqn, maskable_dqn, qrdqn or q_learning.")
    ] = "ppo",
    seed: _Seed = 0,
    n_envs: Annotated[int, typer.Option(help="Number of parallel environments.")] = 16,
    set_: _Set = None,
    option: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="Argument of the algorithm, such as n_steps=64."),
    ] = None,
    kl_beta: Annotated[
        float, typer.Option(help="Weight of a penalty for leaving the untrained policy; token views.")
    ] = 0.0,
    kl_target: Annotated[
        float | None, typer.Option(help="Adapts that weight to this divergence, in nats per token.")
    ] = None,
) -> None:
    """Train an agent, on texts with a language model inside.

    Example: `textgym train textgym/Translation-choice-v0 --set source=django:de --out runs/translation`, then
    `textgym evaluate sb3:runs/translation textgym/Translation-v0 --set source=django:de`
    """
    from textgym.algorithms.train import train as run

    with _resumable(out):
        run(
            env_id,
            out,
            timesteps=timesteps,
            algorithm=algorithm,
            seed=seed,
            n_envs=n_envs,
            env_kwargs=_parse(set_),
            options=_parse(option),
            kl_beta=kl_beta,
            kl_target=kl_target,
            progress=sys.stderr.isatty(),
        )
    typer.echo(out / "model.zip")


@app.command()
def pretrain(
    out: Annotated[
        Path, typer.Option(help="Folder of the run; an interrupted run goes on when started again.")
    ],
    tokens: Annotated[int, typer.Option(help="Length of the training in tokens.")] = 5_000_000,
    seed: _Seed = 0,
    tokenizer: Annotated[
        str, typer.Option(help="Name or folder of a tokenizer; new trains one on the same text.")
    ] = "tiny",
    processes: Annotated[int, typer.Option(help="Processes of one thread that share each step.", min=1)] = 1,
    measure: Annotated[
        bool, typer.Option(help="Measure the model afterwards: bits per byte beside a 5-gram, replies.")
    ] = False,
) -> None:
    """Train the small language model from nothing.

    Example: `textgym pretrain --tokens 2000000 --out runs/tiny --tokenizer new --measure`
    """
    from textgym.algorithms.pretrain import pretrain as run

    with _resumable(out):
        if tokenizer == "new":
            from textgym.algorithms.corpus.vocabulary import new_tokenizer

            tokenizer = str(new_tokenizer(out / "tokenizer", seed=seed))
        run(
            out,
            tokens=tokens,
            seed=seed,
            tokenizer=tokenizer,
            processes=processes,
            progress=sys.stderr.isatty(),
        )
        if measure:
            from textgym.algorithms.measure_pretrained import measure_run

            measure_run(out)
    typer.echo(out)


@contextmanager
def _resumable(out: Path) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt as interrupt:
        typer.echo(
            f"textgym: interrupted; the same command goes on from the last checkpoint in {out}", err=True
        )
        raise typer.Exit(130) from interrupt


def _parse(pairs: list[str] | None) -> dict[str, Any]:
    """`NAME=VALUE` pairs; values are JSON where they can be read as JSON, else strings."""
    parsed: dict[str, Any] = {}
    for pair in pairs or []:
        name, equals, value = pair.partition("=")
        if not equals or not name.isidentifier():
            raise InvalidValue(f"expected NAME=VALUE, got {pair!r}")
        try:
            parsed[name] = json.loads(value)
        except json.JSONDecodeError:
            parsed[name] = value
    return parsed
