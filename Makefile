# make install | demo | test | test-all | check | bench
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# One thread for each worker of the tests: two cores are shared by two workers.
TEST_ENV := OMP_NUM_THREADS=1 TOKENIZERS_PARALLELISM=false HF_HUB_OFFLINE=1

.PHONY: install demo test test-all check bench

install: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q -c constraints.txt torch
	$(BIN)/pip install -q -c constraints.txt -e ".[train,data,langid,hf,minari,rewards,openai,dev]"
	touch $(STAMP)

demo: $(STAMP)
	$(BIN)/python agents/demo.py --out runs/demo

test: $(STAMP)
	$(TEST_ENV) $(BIN)/pytest -n 2 -m "not slow"

test-all: $(STAMP)
	$(TEST_ENV) $(BIN)/pytest -n 2

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports

bench: $(STAMP)
	$(BIN)/pip install -q -c constraints.txt -e ".[bench]"
	$(TEST_ENV) $(BIN)/python tests/benchmarks/environments.py
	$(TEST_ENV) $(BIN)/python tests/benchmarks/throughput.py text
	$(TEST_ENV) $(BIN)/python tests/benchmarks/throughput.py decision
	$(TEST_ENV) $(BIN)/python tests/benchmarks/large_jsonl.py
	$(TEST_ENV) $(BIN)/python tests/benchmarks/cached_features.py
	$(TEST_ENV) $(BIN)/python tests/benchmarks/trunk_cache.py
	$(TEST_ENV) $(BIN)/python tests/benchmarks/rollout_overhead.py
	$(TEST_ENV) $(BIN)/python tests/benchmarks/language_model_ppo.py
	$(TEST_ENV) $(BIN)/python tests/benchmarks/sandbox.py
	$(TEST_ENV) $(BIN)/python tests/benchmarks/code_training.py
