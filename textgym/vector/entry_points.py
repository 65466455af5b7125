"""Vector entry points of the text and decision ids: Gymnasium does not tell one which id is being made."""

from functools import partial

from textgym.envs.chitchat import ChitChatEnv
from textgym.envs.code import CodeGenerationEnv, CodeRepairEnv
from textgym.envs.code_grammar import CodeGrammarEnv
from textgym.envs.dialogue import DialogueEnv
from textgym.envs.dialogue_acts import DialogueActsEnv
from textgym.envs.extractive_summarization import ExtractiveSummarizationEnv
from textgym.envs.negotiation import NegotiationEnv
from textgym.envs.post_editing import PostEditingEnv
from textgym.envs.query_focused_summarization import QueryFocusedSummarizationEnv
from textgym.envs.simultaneous_translation import SimultaneousTranslationEnv
from textgym.envs.summarization import SummarizationEnv
from textgym.envs.translation import TranslationEnv
from textgym.envs.twenty_questions import TwentyQuestionsEnv
from textgym.vector.decision_vector_env import make_decision_vector
from textgym.vector.text_vector_env import make_text_vector

make_translation = partial(make_text_vector, TranslationEnv)
make_postediting = partial(make_text_vector, PostEditingEnv)
make_summarization = partial(make_text_vector, SummarizationEnv)
make_queryfocusedsummarization = partial(make_text_vector, QueryFocusedSummarizationEnv)
make_dialogue = partial(make_text_vector, DialogueEnv)
make_chitchat = partial(make_text_vector, ChitChatEnv)
make_codegeneration = partial(make_text_vector, CodeGenerationEnv)
make_coderepair = partial(make_text_vector, CodeRepairEnv)
make_extractivesummarization = partial(make_decision_vector, ExtractiveSummarizationEnv)
make_dialogueacts = partial(make_decision_vector, DialogueActsEnv)
make_negotiation = partial(make_decision_vector, NegotiationEnv)
make_twentyquestions = partial(make_decision_vector, TwentyQuestionsEnv)
make_simultaneoustranslation = partial(make_decision_vector, SimultaneousTranslationEnv)
make_codegrammar = partial(make_decision_vector, CodeGrammarEnv)
