PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# Where the tests' databases need not wait for a disk.
MEMORY := $(firstword $(wildcard /dev/shm) /tmp)

.DEFAULT_GOAL := help
.PHONY: help demo test quick fuzz search chaos soak score lint audit bench docs build clean hostile

help:  ## list the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

$(READY): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install --quiet --editable '.[dev]'
	$(BIN)/python -m compileall -q scanner  # as pip does for a wheel, and does not for an editable install
	@touch $@

demo: $(READY)  ## set up, then scan a simulated LAN and show its report
	$(BIN)/phonescan demo

test: $(READY)  ## set up, then run every test this machine can run, and list those it cannot
	$(BIN)/python -m pytest -q

quick: $(READY)  ## set up, then run in about two minutes what needs no daemon, no privilege and no network
	PYTEST_DEBUG_TEMPROOT=$(MEMORY) $(BIN)/python -m pytest -q -m 'not (daemon or network or root or slow)' \
	  --hypothesis-profile=quick

# FOR=60 ends after 60 minutes; the inputs of a run that ended are kept in .fuzz/, and the next one continues.
fuzz: $(READY)  ## hostile inputs for every parser by coverage, INPUTS=10000000 in all, on all cores, FOR=MINUTES at most
	$(BIN)/python -m tests.fuzz --inputs $(or $(INPUTS),10000000) --for $(or $(FOR),1440)

search: $(READY)  ## the properties of the tests, ten times as many inputs and others each time, and 100,000 drawn networks (an hour)
	$(BIN)/python -m pytest -q --timeout=0 -o faulthandler_timeout=0 --hypothesis-profile=search tests/wire tests/reading tests/discovery/test_fuzz.py tests/firmware tests/identity tests/compliance tests/web/test_hostile.py
	$(BIN)/python -m tests.worlds

chaos: $(READY)  ## end, limit and disturb commands in mid-run, KILLS=200 times and more, and compare what is left with undisturbed runs (half an hour)
	$(BIN)/python -m tests.chaos --kills $(or $(KILLS),200)

hostile: $(READY)  ## scan a farm of hostile hosts among 100 phones at every pace: what is believed, lost, disturbed, and the memory
	$(BIN)/python -m tests.hostile

soak: $(READY)  ## DAYS=30 simulated days of schedule, web pages and listening with retention: memory, descriptors and files stay flat (two minutes)
	$(BIN)/python -m tests.soak --days $(or $(DAYS),30)

score: $(READY)  ## identify the corpora of real strings: right, wrong and missing parts, and whether the shares reach their thresholds
	$(BIN)/phonescan fingerprints score tests/corpus/*.jsonl
	$(BIN)/python -m pytest -q tests/identity/test_corpus.py

lint: $(READY)  ## format, lint and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/bandit --quiet --recursive --severity-level medium --confidence-level high scanner tools

audit: $(READY)  ## known vulnerabilities of the dependencies (needs the way to a database of them)
	.ci/audit

bench: $(READY)  ## speed against peers in the same run, as ratios (root; half an hour, nearly all of it nmap's)
	.ci/install iproute2 masscan nmap onesixtyone snmp
	$(BIN)/python -m tests.benchmarks

docs: $(READY)  ## build the docs site, with the reference from the code, into site/
	$(BIN)/python -m mkdocs build --strict

build: $(READY)  ## wheel and sdist into dist/
	$(BIN)/python -m build --quiet

clean:  ## remove what the other targets made
	rm -rf $(VENV) site dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis .fuzz
