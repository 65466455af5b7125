"""An OpenAI-compatible chat endpoint (llama.cpp, vLLM, Ollama, a provider's API).

OPENAI_BASE_URL names the server and OPENAI_MODEL the model; OPENAI_API_KEY is sent if set.
"""

import os

from textgym import Agent, load_agent


def make_agent(deterministic: bool = True) -> Agent:
    base_url = os.environ.get("OPENAI_BASE_URL", "http://localhost:8000/v1")
    model = os.environ.get("OPENAI_MODEL", "default")
    return load_agent(f"{base_url}#{model}", deterministic=deterministic)
