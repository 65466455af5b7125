"""The resident language model: loading, adapters, scoring, sampling and generation."""

from textgym.errors import require

require("torch", extra="train")
require("transformers", extra="train")
