"""Translation: say a sentence in another language."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from unicodedata import normalize

from textgym.data.base import Record, Split
from textgym.data.catalogues import placeholders
from textgym.data.language_names import language_name
from textgym.data.synchronous_grammar import SynchronousGrammar
from textgym.errors import InvalidValue, check_text
from textgym.metrics.bleu import bleu_tokenizer, sentence_bleu
from textgym.metrics.chrf import sentence_chrf
from textgym.metrics.corpus_translation import corpus_scores
from textgym.metrics.language_identification import identified_code, language_probability
from textgym.metrics.markup import markup
from textgym.metrics.placeholders import format_fields, placeholder_fidelity
from textgym.protocols import Example
from textgym.tasks.single_turn import SingleTurnTask

PROMPT = "Translate into {language}:\n{source}"


class TranslationTask(SingleTurnTask):
    """Translate an English sentence in one message.

    The reward is sentence chrF / 100 of the reply, without space around it, against the best reference, in
    [0, 1]. Both sides are compared in Unicode's NFC. A lost or invented placeholder such as `%(name)s` costs what
    chrF takes for it; the metric `placeholders` reports it.

    Metrics: `chrf` and `bleu` in [0, 100]; `exact` (the reply is a reference), 0 or 1; `placeholders`, the
    share of the source's placeholders (`%(name)s`, `%s`, `{name}`, `{0:.2f}`, `{user.name!r}`) kept, in [0, 1],
    invented ones counted as lost, 1 where neither side has one; `markup`, the same of tags and entities (`<b>`, `</a>`,
    `&amp;`); `length_ratio`, characters of the reply by those of the first reference; and if asked for `language`, the
    probability that the reply is in the target language, see `textgym.metrics.language_identification`.

    Args:
        source: `"generated"`, `"django:LANG"`, `"jsonl:PATH"` or `"hf:NAME"` with the fields `source` and
            `target`; records that differ in the target only become one example with several references.
        language: Target language. For generated sentences `"de"` (default), `"es"` or `"fr"`. For files a
            code or an English name; None where the records have a field `language`. For `django:LANG` it is
            LANG; in `django:LANG+LANG` each sentence asks for one of them.
        identify_language: Whether to report the metric `language`; needs the extra `langid`, and codes of languages
            instead of names.

    Raises:
        UnknownName: If there is no such source or language, or it is to be identified and cannot be.
        ValueError: If a file has no language, or a `django:` source another one.
        MissingExtra: If the source needs a package that is not installed.
        MalformedData: If the source lacks a field, or a target is empty.
    """

    def __init__(
        self, source: str = "generated", *, language: str | None = None, identify_language: bool = False
    ) -> None:
        kind, _, rest = check_text("source", source).partition(":")
        if language is not None:
            check_text("language", language)
        if kind == "django" and language not in (None, rest):
            raise InvalidValue(f"source {source!r} is in {rest!r}; leave language out, got {language!r}")
        if source == "generated":
            language = language or "de"
        grammar = SynchronousGrammar(language if language and source == "generated" else "de")
        # Records of several languages (`django:de+fr`) say their own.
        self.language = (rest if "+" not in rest else None) if kind == "django" else language
        self.identify_language = identify_language
        super().__init__(source, generators=(grammar,), fields=("source", "target"))
        if self.language is not None:
            language_name(self.language)
            self._check_identified(self.language)
        self._check_records()

    def check(self, record: Record) -> None:
        """A record needs a target, and a language unless the task has one."""
        self._require(record, "target", lambda text: bool(text.strip()), what="a translation")
        if self.language is None and "language" not in record.fields:
            raise InvalidValue(
                f"source {self.source!r} does not say its target language; pass language='de' or another code, "
                f"or give every record a field 'language'"
            )
        self._check_identified(self.language or record.fields["language"])

    def _check_identified(self, language: str) -> None:
        if self.identify_language:
            identified_code(language)

    def example(self, record: Record) -> Example:
        """Prompt and reference of a record; `data` holds the `source` and the `language`."""
        fields = record.fields
        language = self.language or fields["language"]
        prompt = PROMPT.replace("{language}", language_name(language)).replace("{source}", fields["source"])
        data = {"source": fields["source"], "language": language}
        return Example(record.id, prompt, (fields["target"].strip(),), record.group, data=data)

    def build_examples(self, split: Split) -> Sequence[Example]:
        """One example for each source sentence and language."""
        return _merged(super().build_examples(split))

    def score(self, example: Example, reply: str) -> tuple[float, dict[str, float]]:
        """chrF / 100 of the reply, and the metrics."""
        reply = normalize("NFC", reply.strip())
        references = [normalize("NFC", reference) for reference in example.references]
        source = normalize("NFC", example.data["source"])
        chrf = sentence_chrf(reply, references)
        tokenizer = bleu_tokenizer(example.data["language"])
        metrics = {
            "chrf": chrf,
            "bleu": sentence_bleu(reply, references, tokenizer=tokenizer),
            "exact": float(reply in references),
            "placeholders": placeholder_fidelity(_placeholders(source), _placeholders(reply)),
            "markup": placeholder_fidelity(markup(source), markup(reply)),
            "length_ratio": len(reply) / len(references[0]),
        }
        if self.identify_language:
            metrics["language"] = language_probability(reply, example.data["language"])
        # Rounding in sacrebleu may exceed 100 by an ulp.
        return min(chrf / 100, 1.0), metrics

    def corpus_scores(
        self, examples: Sequence[Example], replies: Sequence[Sequence[str]]
    ) -> dict[str, float]:
        """Corpus BLEU and chrF of the last replies, see `textgym.metrics.corpus_translation`."""
        texts = [reply[-1].strip() if reply else "" for reply in replies]
        languages = [e.data["language"] for e in examples]
        return corpus_scores(texts, [e.references for e in examples], languages)


def _placeholders(text: str) -> Counter[str]:
    """Wider than those of catalogues, which decide what rows are kept: all that Python's `format` fills in."""
    fields, rest = format_fields(text)
    return fields + placeholders(rest)


def _merged(examples: Sequence[Example]) -> tuple[Example, ...]:
    """One example for each prompt, the first, with the references of all."""
    merged: dict[str, Example] = {}
    for example in examples:
        first = merged.setdefault(example.prompt, example)
        references = dict.fromkeys((*first.references, *example.references))
        merged[example.prompt] = replace(first, references=tuple(references))
    return tuple(merged.values())
