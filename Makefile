# Everything a newcomer needs: `make demo`, `make test`, `make check`, `make bench`.
# The virtual environment is made anew when the lock changes; delete .venv to start over.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PEERS := $(VENV)/.peers
COMPILED := build/compiled
SOURCES := $(shell find flows handrail integrations models pathways -type f -not -name '*.pyc')
# Children run what we run: safe, so that no folder of sources comes before the compiled ones.
WITH_COMPILED := PYTHONSAFEPATH=1 PYTHONPATH=$(CURDIR)/$(COMPILED) $(BIN)/python
ARGS ?=

.PHONY: demo test types check compiled check-compiled coverage mutants bench kill-points soak lock clean

demo: $(READY)
	@$(BIN)/handrail demo $(ARGS)

test: $(READY)
	$(BIN)/python -m pytest -n auto $(ARGS)

types: $(READY)
	$(BIN)/mypy

# Types take one processor for a minute, and the first tests mostly wait for servers: side by side.
check: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/handrail check pathways/peep.yaml pathways/hospital_discharge.yaml
	@$(MAKE) --no-print-directory --jobs=2 types test

# Processes and PostgreSQL killed at more than a thousand points; HANDRAIL_FAULT_SEED chooses others.
kill-points: export HANDRAIL_KILL_POINTS := 1200
kill-points: export HANDRAIL_CRASHES := 120
kill-points: $(READY)
	$(BIN)/python -m pytest -s tests/faults/kills/test_kill_points.py $(ARGS)

# A city's year in an hour, or in HANDRAIL_SOAK_MINUTES, with the deployments running: a line a minute, and a verdict.
soak: $(READY)
	$(BIN)/python -m benchmarks.soak

# The engine compiled to C, in a folder of its own that is put in front of the sources by who wants it.
compiled: $(COMPILED)/.ready

$(COMPILED)/.ready: $(READY) prefect.yaml $(SOURCES)
	@echo "Compiling the engine: about a minute"
	@rm -rf $(COMPILED)
	@source=$$(mktemp -d) && trap 'rm -rf "$$source"' EXIT && \
	    cp -R pyproject.toml README.md flows handrail integrations models pathways "$$source" && \
	    HATCH_BUILD_HOOK_ENABLE_MYPYC=1 $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps \
	        --no-build-isolation --target $(COMPILED) "$$source"
	@cp prefect.yaml $(COMPILED)  # as in a checkout: `make bench` measures the deployments too
	@$(WITH_COMPILED) -c "import pathways.engine as it; assert it.__file__.endswith('.so'), it.__file__"
	@touch $@

check-compiled: compiled
	$(WITH_COMPILED) -m pytest -n auto $(wildcard tests/pathways/test_engine*.py tests/pathways/test_clocks*.py) \
	    tests/pathways/test_answers.py tests/pathways/test_scenarios.py tests/properties tests/handrail/test_imports.py

# At least 98 in 100 of the branches of pathways/, by the tests of it that are always the same and take no branch twice.
MEASURED := tests/pathways tests/properties/test_regressions.py -m "not hypothesis" \
    --ignore=tests/pathways/test_engine_machine.py --ignore=tests/pathways/test_loader_fuzz.py \
    --ignore=tests/pathways/three_zones -k "not a_second and not few_seconds and not no_value_of_a_file \
    and not boxes_of_peep and not read_on_a4 and not grows_with_people"

coverage: $(READY)
	@mkdir -p build
	$(BIN)/python -m pytest -n auto $(MEASURED) --cov=pathways --cov-branch --cov-fail-under=98 \
	    --cov-report=term-missing:skip-covered --cov-report=json:build/coverage.json $(ARGS)
	@$(BIN)/python -c "import json; \
	    share = json.load(open('build/coverage.json'))['totals']['percent_branches_covered']; \
	    print(f'Branches alone: {share:.2f} %, 98 asked for'); \
	    raise SystemExit(share < 98)"

# 600 mutants of the engine and the clocks, chosen by a seed, in a copy of the tree: see docs/mutants.md.
mutants: $(PEERS)
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && \
	    nice -n 10 $(BIN)/python tests/mutants.py "$$folder" --sample 600 $(ARGS)

bench: $(PEERS) compiled
	$(WITH_COMPILED) -m benchmarks $(ARGS)

# The lock holds every package with its hashes, so nothing has to be resolved.
$(READY): requirements.lock pyproject.toml
	@echo "Preparing $(VENV): about a minute the first time"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(READY)
	@echo "$(VENV) is ready"

# The peers stand in a lock of their own, so that nobody needs them who does not measure or mutate.
$(PEERS): $(READY) requirements-peers.lock
	@echo "Adding the peers of the benchmarks to $(VENV)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-peers.lock
	@touch $(PEERS)

# Names no registry host: whoever installs chooses the registry. One version of each, for every Python that we take.
COMPILE := $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
    --fork-strategy fewest --no-emit-index-url --no-header --quiet

lock: $(READY)
	$(COMPILE) --extra dev -o requirements.lock
	$(COMPILE) --extra dev --extra peers --extra mutation --constraint requirements.lock -o requirements-peers.lock

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
