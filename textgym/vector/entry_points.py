"""Vector entry points of the text ids: Gymnasium does not tell a vector entry point which id is being made."""

from functools import partial

from textgym.vector.text_vector_env import make_text_vector

make_translation = partial(make_text_vector, "textgym/Translation-v0")
make_summarization = partial(make_text_vector, "textgym/Summarization-v0")
make_dialogue = partial(make_text_vector, "textgym/Dialogue-v0")
make_chitchat = partial(make_text_vector, "textgym/ChitChat-v0")
