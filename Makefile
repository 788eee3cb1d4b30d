# make evolve   evolve a MountainCar controller, with figures and a replay in NEST
# make test     run the tests, side by side on WORKERS processes
# make test-all run the long tests too, and replay every shipped champion
# make docs     build the documentation site into docs/_build/html
# make notebooks  execute the tutorials, and store what they show
# All make .venv in this folder first, if it is missing. PYTHON chooses the interpreter.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Versions to install: those that made the committed results; CONSTRAINTS= takes the newest.
CONSTRAINTS ?= constraints.txt
# Further arguments of pip's install. --no-compile: Python compiles a module when it is first imported, and most never are.
PIP_ARGS ?=
EVOLVE_ARGS ?=
PYTEST_ARGS ?=
# Two processes that compute, and one for the tests on Slurm, which mostly wait.
WORKERS ?= 3
# The processes share the cores, so each computes in one thread. Modules are compiled once, not in every process.
PYTEST = env -u PYTHONDONTWRITEBYTECODE OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 \
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup

.PHONY: evolve test test-all lint types docs notebooks benchmarks clean

evolve: $(VENV)/.installed
	$(BIN)/neurosim-rl evolve mountain-car $(EVOLVE_ARGS)

test: $(VENV)/.installed-test
	$(PYTEST) $(PYTEST_ARGS)

test-all: $(VENV)/.installed-test
	$(PYTEST) --thorough --cov --cov-report=term --cov-fail-under=90 $(PYTEST_ARGS)

lint: $(VENV)/.installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.installed-test
	$(BIN)/mypy neurosim_rl tests

docs: $(VENV)/.installed-docs
	$(BIN)/python -m sphinx -W --keep-going -q -b html docs docs/_build/html
	$(BIN)/python -m docs.links docs/_build/html

notebooks: $(VENV)/.installed-test
	$(BIN)/python -m docs.notebooks

benchmarks: $(VENV)/.installed
	$(BIN)/python -m benchmarks

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: setup.cfg pyproject.toml $(CONSTRAINTS) | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet $(PIP_ARGS) $(addprefix -c ,$(CONSTRAINTS)) -e .
	touch $@

$(VENV)/.installed-test: setup.cfg pyproject.toml $(CONSTRAINTS) | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet $(PIP_ARGS) $(addprefix -c ,$(CONSTRAINTS)) -e ".[test]"
	touch $@ $(VENV)/.installed

$(VENV)/.installed-docs: setup.cfg pyproject.toml $(CONSTRAINTS) | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet $(PIP_ARGS) $(addprefix -c ,$(CONSTRAINTS)) -e ".[docs]"
	touch $@ $(VENV)/.installed

clean:
	rm -rf $(VENV) build docs/_build docs/generated *.egg-info
