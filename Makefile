# `make help` lists what there is. To begin, a machine needs make, python3 (3.11 or newer) and its venv module, no more.
.DEFAULT_GOAL := help
.PHONY: help run test soak bench shots lock

PYTHON ?= python3
RUN := .venv/bin/python
export PYTHON

help: ## This list
	@grep -E '^[a-z]+:.*## ' Makefile | sed 's/:.*## /|/' | \
		while IFS='|' read -r name line; do printf '  make %-6s %s\n' "$$name" "$$line"; done

run: ## Start Posada; PORT=8123 make run and HOST=0.0.0.0 make run say where it answers
	@.ci/environment run
	@exec $(RUN) manage.py serve

test: ## Every check and every test, in under a quarter of an hour
	@.ci/environment test
	@.ci/chromium
	@exec .ci/test

soak: ## The stateful and the chaos tests at full size: hours
	@.ci/environment test
	@POSADA_SOAK=1 $(RUN) -m pytest -m "stateful or chaos or soak" --timeout 14400

bench: ## Pages beside the same rows by hand, at full size and a tenth: var/bench.json; BENCH_SCALE=20000 make bench is quick
	@.ci/environment test
	@exec $(RUN) -m tests.bench

shots: ## The pictures of the README, taken by Chromium
	@.ci/environment test
	@.ci/chromium
	@exec $(RUN) -m tests.browser.shots

lock: ## Write the locks anew from the requirements; UPGRADE=1 make lock takes the newest of everything
	@.ci/environment test
	@.ci/lock
