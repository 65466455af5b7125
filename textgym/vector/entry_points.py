"""Vector entry points of the text ids: Gymnasium does not tell a vector entry point which id is being made."""

from functools import partial

from textgym.envs.chitchat import ChitChatEnv
from textgym.envs.code import CodeGenerationEnv, CodeRepairEnv
from textgym.envs.dialogue import DialogueEnv
from textgym.envs.summarization import SummarizationEnv
from textgym.envs.translation import TranslationEnv
from textgym.vector.text_vector_env import make_text_vector

make_translation = partial(make_text_vector, TranslationEnv)
make_summarization = partial(make_text_vector, SummarizationEnv)
make_dialogue = partial(make_text_vector, DialogueEnv)
make_chitchat = partial(make_text_vector, ChitChatEnv)
make_codegeneration = partial(make_text_vector, CodeGenerationEnv)
make_coderepair = partial(make_text_vector, CodeRepairEnv)
