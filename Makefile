# Every target sets up what it needs, in .venv. `make` alone prints this list.
PYTHON ?= python3
VENV   := .venv
READY  := $(VENV)/.ready
# What the study has computed, for the book and for `make study`.
export EAUTOREC_STORE ?= $(CURDIR)/_build/study.sqlite
RUN    := $(VENV)/bin/python
PEERS  := $(VENV)-peers/.ready
FUZZ   := $(VENV)-fuzz/.ready
TORTURE ?= 20
MINUTES ?= 20
# How many tests run side by side, each on one core.
WORKERS ?= 2

.PHONY: help book pdf test slow browser paint away lint study bench torture fuzz clean
.DEFAULT_GOAL := help

help:  ## print this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-7s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

book: $(READY)  ## fetch the data, execute the chapters, build the book into _build/html
	@$(RUN) -m eautorec_book $(ARGS)

pdf: book  ## print the whole book into _build/eautorec-book.pdf (needs Chromium or Chrome, no TeX)
	@$(RUN) -m eautorec_book.pdf

test: lint  ## check the code's style and run the quick tests (ARGS="-k name" chooses some)
	@$(RUN) -m pytest -n $(WORKERS) --dist loadscope -m "not slow and not weekly and not network and not browser and not away" $(ARGS)

slow: $(READY)  ## run the tests that take seconds each
	@$(RUN) -m pytest -n $(WORKERS) --dist worksteal -m slow $(ARGS)

browser: $(VENV)/.browser  ## open the built book in Chromium: links, widths, accessibility
	@$(RUN) -m pytest tests/browser -n $(WORKERS) --dist loadscope -m browser --ignore tests/browser/test_speed.py -rs $(ARGS)

paint: $(VENV)/.browser  ## measure how much each page weighs and when it is painted, one after the other
	@$(RUN) -m pytest tests/browser/test_speed.py -m browser -rs -s $(ARGS)

away: $(READY)  ## run every notebook from the two wheels alone, in an empty folder (minutes)
	@$(RUN) -m pytest tests/away -n $(WORKERS) --dist worksteal -m away -x $(ARGS)

lint: $(READY)  ## check the code's style, notebooks too, and the library's types
	@$(RUN) -m ruff check .
	@$(RUN) -m mypy

study: $(READY)  ## run the whole study and record it in results/ (hours; stop and go on at will)
	@$(RUN) -m eautorec.cli study run $(if $(ARGS),$(ARGS),--everything)
	@$(if $(ARGS),,$(RUN) -m eautorec.cli study record && $(RUN) -m eautorec.cli study tune && $(RUN) -m eautorec.cli study faithful && $(RUN) -m eautorec.cli study better && $(RUN) -m eautorec.cli study relatives && $(RUN) -m eautorec.cli study published && $(RUN) -m eautorec_book.front)

bench: $(PEERS)  ## measure speed, growth, scale and other packages into results/ (an hour; ARGS="" chooses)
	@$(VENV)-peers/bin/python -m eautorec_benchmarks $(if $(ARGS),$(ARGS),--peers --growth 1,2,5,10,20 --scale 20 --read 20 --save results)

torture: $(READY)  ## kill, fill the disk, run twice at once, TORTURE times each (an hour; TORTURE=20)
	@TORTURE=$(TORTURE) $(RUN) -m pytest tests/torture $(ARGS)

# Each of the three for a third of the time; the first finding ends it, and its input is named.
fuzz: $(FUZZ)  ## coverage-guided fuzzing of what reads files, for MINUTES in all (MINUTES=20)
	@for what in ratings model store; do \
	  $(VENV)-fuzz/bin/python tests/fuzz/fuzz.py $$what -max_total_time=$$(($(MINUTES) * 20)) || exit 1; done

clean:  ## remove what was built, and the environment
	rm -rf $(VENV) $(VENV)-peers $(VENV)-fuzz _build build book/build .pytest_cache .ruff_cache .mypy_cache .hypothesis *.egg-info book/*.egg-info

# The stamp is written last, so an interrupted set-up is taken up again. pip's own progress is
# shown on a terminal only.
$(READY): requirements.lock pyproject.toml book/pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "eautorec needs Python 3.11 or later; choose one with: make PYTHON=python3.11 ..." >&2; exit 1; }
	@echo "Setting up $(VENV) with the pinned packages (about a minute on a fast network)"
	@$(PYTHON) -m venv $(VENV)
	@quiet=-q; [ -t 1 ] && quiet=; \
	  $(RUN) -m pip install $$quiet --disable-pip-version-check -r requirements.lock && \
	  $(RUN) -m pip install $$quiet --disable-pip-version-check --no-deps --no-build-isolation -e . -e ./book
	@touch $@

# Playwright brings no browser of its own here: the system's Chromium is used, where there is one.
$(VENV)/.browser: $(READY)
	@$(RUN) -m pip install -q --disable-pip-version-check --no-build-isolation -e . -e './book[browser]'
	@touch $@

# The packages we compare with want versions of their own, so they get an environment of their own.
$(PEERS): requirements.lock pyproject.toml
	@echo "Setting up $(VENV)-peers with the packages to compare with (some minutes)"
	@$(PYTHON) -m venv $(VENV)-peers
	@torch=$$(grep '^torch==' requirements.lock); \
	  $(VENV)-peers/bin/python -m pip install -q --disable-pip-version-check "$${torch%% *}" setuptools wheel && \
	  $(VENV)-peers/bin/python -m pip install -q --disable-pip-version-check -e '.[peers,approximate]' && \
	  $(VENV)-peers/bin/python -m pip install -q --disable-pip-version-check --no-deps -e ./book
	@touch $@

# Atheris comes with a fuzzer of its own, which nothing else should have.
$(FUZZ): requirements.lock pyproject.toml
	@echo "Setting up $(VENV)-fuzz with the pinned packages and Atheris (some minutes)"
	@$(PYTHON) -m venv $(VENV)-fuzz
	@$(VENV)-fuzz/bin/python -m pip install -q --disable-pip-version-check -r requirements.lock atheris==3.0.0 && \
	  $(VENV)-fuzz/bin/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
