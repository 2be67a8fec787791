# Latchkey from a bare checkout: needs make and Python 3.11 or newer, nothing else. `make` lists what it does.

PYTHON ?= $(shell for name in python3.13 python3.12 python3.11 python3; do \
	$$name -c '$(NEW_ENOUGH)' 2>/dev/null && echo $$name && break; done)
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
BIN := .venv/bin

# An upgrade of the system can take away the Python under .venv: then it is built anew.
$(shell test -x .venv/bin/python || rm -f .venv/*.stamp)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test check lint fix fuzz prove prove-enumeration drill-rotate drill-restart drill-soak image-test lock audit clean

help: ## list these targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1	\2/p' Makefile | expand -t 24

# Development unless the environment or .env says otherwise. A setting refused stops the start; a database that is
# away does not: /readyz tells.
run: .venv/run.stamp ## serve on http://localhost:8000; settings come from the environment: PORT=8001 make run
	@[ -n "$${APP_ENV-}$${APP_ENV_FILE-}" ] || grep -Eqs '^ *(export +)?APP_ENV(_FILE)?=' .env \
		|| export APP_ENV=development; \
	$(BIN)/python gunicorn.conf.py || exit; \
	said=$$($(BIN)/flask --app wsgi db upgrade 2>&1) || { \
		printf '%s\n' "$$said" | grep -Ev '^( |Traceback|The above|$$)'; \
		echo "The database is not migrated; serving all the same. More and again: $(BIN)/flask db upgrade"; } >&2; \
	exec $(BIN)/gunicorn

# Coverage is judged where nothing is skipped: both services answer, or CI promises that they do.
test: .venv/dev.stamp ## run the whole suite, with coverage
	@floor=98; \
	for service in PostgreSQL:5432 Redis:6379; do \
		$(BIN)/python -c '$(ANSWERS)' $${service#*:} || { [ "$${CI-}" = true ] || floor=0; \
		echo "$${service%:*} does not answer on 127.0.0.1:$${service#*:}: tests that need it are skipped, coverage is not judged."; }; \
	done; \
	exec $(BIN)/pytest -n auto --cov --cov-report=term-missing:skip-covered --cov-fail-under=$$floor
ANSWERS := import socket, sys; sys.exit(socket.socket().connect_ex(("127.0.0.1", int(sys.argv[1]))))

check: lint test ## lint, then test

lint: .venv/dev.stamp ## judge style, types and floors
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --check --quiet
	@$(BIN)/mypy
	@said=$$($(BIN)/lint-imports --no-logo) || { echo "$$said"; exit 1; }

fix: .venv/dev.stamp ## repair what ruff can repair
	@$(BIN)/ruff format --quiet
	@$(BIN)/ruff check --quiet --fix
	@$(BIN)/ruff format --quiet

fuzz: .venv/dev.stamp ## bend a million tokens by chance (FUZZ=100000: fewer)
	@FUZZ=$${FUZZ:-1000000} exec $(BIN)/pytest tests/auth/fuzz

prove: .venv/dev.stamp ## the big counts (PROVE=full: the whole of them)
	@PROVE=$${PROVE:-1} exec $(BIN)/pytest -m prove

prove-enumeration: .venv/dev.stamp ## time known against unknown addresses, a thousand of each at every door; print the figures
	@PROVE=full exec $(BIN)/pytest -q tests/recovery/test_enumeration.py

drill-rotate: .venv/dev.stamp ## change keys under load: 20 rotations, a leak, another algorithm; print the figures
	@PROVE=full exec $(BIN)/pytest -q tests/live/keys/test_drill.py

drill-restart: .venv/dev.stamp ## restart two instances behind nginx, by HUP and by TERM, under 20 000 requests; print the figures
	@PROVE=full exec $(BIN)/pytest -q tests/deploy/test_restart.py

image-test: ## build the container image and try it: docker, or as root buildah and debootstrap
	@deploy/test-image

.PHONY: bench bench-quick bench-growth bench-calls
bench: .venv/run.stamp ## measure Latchkey beside its peers (BENCH='--name laptop' keeps the run; BENCH=--help lists options)
	@exec $(BIN)/python -m bench $(BENCH)

bench-quick: .venv/run.stamp ## the same in under three minutes: one short round of what matters most
	@exec $(BIN)/python -m bench --rounds 1 --seconds 1 --users 1000 --works W1 W2 W4 W5 \
		--contenders latchkey floor jwt_guide opaque drf express $(BENCH)

bench-growth: .venv/run.stamp ## Latchkey with up to a million ended and a million live sessions
	@exec $(BIN)/python -m bench --works W1 W4 \
		--contenders latchkey latchkey_1000 latchkey_100000 latchkey_1000000 $(BENCH)

bench-calls: .venv/run.stamp ## what the application itself spends on a request, without a server, in µs
	@exec $(BIN)/python -m bench.calls $(BENCH)

drill-soak: .venv/dev.stamp ## all kinds of work for ten minutes on each database; print what grew (nothing may)
	@PROVE=full exec $(BIN)/pytest -q tests/live/test_soak.py

LOCK := pip compile setup.cfg --quiet --no-config --universal --python-version 3.11 --generate-hashes --no-strip-extras \
	--custom-compile-command 'make lock' --extra postgres --extra redis $(if $(NEWEST),--upgrade)
lock: .venv/dev.stamp ## write requirements/*.txt anew from setup.cfg (NEWEST=1: newest versions)
	@$(BIN)/uv $(LOCK) --output-file requirements/run.txt >/dev/null
	@$(BIN)/uv $(LOCK) --extra test --extra dev --constraint requirements/run.txt \
		--output-file requirements/dev.txt >/dev/null
	@rm -rf latchkey.egg-info

audit: .venv/dev.stamp ## ask whether a locked package has a known hole
	@$(BIN)/pip-audit --strict --require-hashes --disable-pip -r requirements/dev.txt

clean: ## remove what the tools left (not .venv, not your data in instance/)
	@rm -rf .coverage .coverage.* htmlcov .hypothesis .import_linter_cache .mypy_cache .pytest_cache \
		.ruff_cache .schemathesis build *.egg-info
	@find . -name .venv -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/run.stamp .venv/dev.stamp: .venv/%.stamp: requirements/%.txt | .venv/bin/python
	@echo "Installing $< into .venv ..."
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r $< \
		|| { echo "pip could not install $<: see above (is there a network?)" >&2; exit 1; }
	@touch $@

.venv/bin/python:
	@python="$(PYTHON)"; say() { echo "$$*" >&2; exit 1; }; \
	$${python:-false} -c '$(NEW_ENOUGH)' 2>/dev/null || { \
		found=$$($${python:-python3} --version 2>/dev/null) || found=none; \
		say "Latchkey needs Python 3.11 or newer (found: $$found). Elsewhere? make PYTHON=/path/to/python3.12"; }; \
	$$python -c 'import ensurepip, venv' 2>/dev/null || say "$$python comes without its venv module." \
		"On Debian and Ubuntu: apt install python3-venv"; \
	$$python -m venv --clear .venv
