# The verbs. Everything is set up in ./.venv; nothing else is needed by hand than Python 3.11 and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help serve demo venv dev test check format lock rounds bench clean

help:  ## list the verbs
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

serve: venv  ## set up and serve on http://127.0.0.1:8080 (data in ./data)
	$(BIN)/stillhouse serve

demo: $(VENV)/.students  ## the founding story: a bill, a student, a smaller bill
	$(BIN)/stillhouse demo

$(VENV)/.students: $(VENV)/.serve requirements/students.txt
	$(BIN)/python -m pip install -q --require-hashes -r requirements/students.txt
	@touch $@

venv: $(VENV)/.serve  ## build the .venv with what serving needs

$(VENV)/.serve: requirements/build.txt requirements/serve.txt pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --require-hashes -r requirements/build.txt -r requirements/serve.txt
	$(BIN)/python -m pip install -q --no-deps --no-build-isolation -e .
	@touch $@

dev: $(VENV)/.dev  ## the same with what checking and testing need

# torch by itself and pinned: a plain "torch" would bring gigabytes of CUDA; the training tests use the CPU.
$(VENV)/.dev: $(VENV)/.serve requirements/dev.txt
	$(BIN)/python -m pip install -q torch==2.13.0
	$(BIN)/python -m pip install -q --require-hashes -r requirements/dev.txt
	@touch $@

check: dev  ## format, lint, types, imports
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: dev  ## let ruff rewrite what it can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

test: dev  ## the whole test suite
	$(BIN)/python -m pytest

rounds: dev  ## 1,000 rounds of kill -9 under load
	$(BIN)/python -m tests.faults.rounds --rounds 1000

bench: dev  ## the benchmark table beside nginx (needs nginx and wrk on the PATH)
	$(BIN)/python -m bench

# torch is left out of the lock (torch.override): `dev` installs it before, from its own line.
lock: dev  ## compile the hash-locked requirements anew
	$(BIN)/python -m pip install -q uv
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --group build -o requirements/build.txt
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header pyproject.toml -o requirements/serve.txt
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header pyproject.toml --extra students -c requirements/serve.txt -o requirements/students.txt
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header pyproject.toml --extra train --extra encoder --group dev -c requirements/serve.txt --override requirements/torch.override -o requirements/dev.txt

clean:  ## remove what was built
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache
