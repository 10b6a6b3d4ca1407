# `make help` lists what there is. To begin, a machine needs make, python3 (3.11 or newer) and its venv module, no more.
.DEFAULT_GOAL := help
.PHONY: help run test soak shots lock

PYTHON ?= python3
RUN := .venv/bin/python
# For the checks that need settings and no database: an installation as in production, with nothing behind its addresses.
AS_IN_PRODUCTION := DATABASE_URL=postgres://posada@127.0.0.1:1/posada REDIS_URL=redis://127.0.0.1:1/0 \
	POSADA_HOSTS=posada.example POSADA_FIELD_KEYS=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= POSADA_SEARCH_KEY=checks \
	SECRET_KEY=for-the-checks-alone-0123456789-abcdefghij-ABCDEFGHIJ-9876543210
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
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m djlint --quiet --lint templates
	$(RUN) -m mypy
	@$(AS_IN_PRODUCTION) $(RUN) -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run
	@$(AS_IN_PRODUCTION) $(RUN) manage.py check --deploy --fail-level WARNING
	@exec $(RUN) -m pytest -n auto --dist loadgroup

soak: ## The stateful and the chaos tests at full size: hours
	@.ci/environment test
	@POSADA_SOAK=1 exec $(RUN) -m pytest -m "stateful or chaos or soak" --timeout 14400

shots: ## The pictures of the README, taken by Chromium
	@.ci/environment test
	@.ci/chromium
	@exec $(RUN) -m tests.browser.shots

lock: ## Write the locks anew from the requirements; UPGRADE=1 make lock takes the newest of everything
	@.ci/environment test
	@.ci/lock
