# Postsale: `make run`, `make test`, `make bench`. Needs Python 3.12 or newer and nothing else; the rest goes into .venv.

.POSIX:
.SUFFIXES:
.PHONY: help run test bench lock venv venv-dev checks tests clean
.NOTPARALLEL:

BIN = .venv/bin
PYTEST_WORKERS ?= auto

help:
	@echo "make run     start Postsale (the first time this sets up .venv and the database)"
	@echo "make test    every check and every test"
	@echo "make bench   the benchmarks; BENCH=name,... picks some, BENCH=full adds the long ones"
	@echo "make lock    pin the dependencies anew (needs uv)"

run: venv
	@exec $(BIN)/python manage.py up

test: venv-dev checks tests
	@echo "postsale: every check and every test passed"

bench: venv-dev
	@exec $(BIN)/python -m tests.bench

checks:
	@sh .ci/step "format" $(BIN)/ruff format --check --quiet
	@sh .ci/step "lint" $(BIN)/ruff check --quiet
	@sh .ci/step "imports" $(BIN)/lint-imports
	@sh .ci/step "house" $(BIN)/python -m pytest -q -p no:cacheprovider tests/test_house.py
	@sh .ci/step "templates" $(BIN)/djangofmt --check --quiet --line-length 120 templates
	@sh .ci/step "scripts" $(BIN)/biome ci --colors=off static
	@sh .ci/step "types" $(BIN)/mypy
	@sh .ci/step "migrations" $(BIN)/python manage.py makemigrations --check --dry-run

tests:
	@sh .ci/step "old figures" $(BIN)/coverage erase
	@$(BIN)/python -m pytest -q -n $(PYTEST_WORKERS) --dist loadgroup --cov --cov-report=
	@sh .ci/step "coverage: at least 95 % overall" $(BIN)/coverage report --fail-under=95
	@sh .ci/step "coverage: all of engine, fold and catalog" $(BIN)/coverage report --fail-under=100 \
		--include='workflows/engine/*,workflows/catalog/*,postsale/orders/fold.py'

lock:
	@uv pip compile --universal --generate-hashes --python-version 3.12 --no-header --no-annotate --no-emit-index-url \
		--quiet --output-file requirements.lock pyproject.toml
	@uv pip compile --universal --generate-hashes --python-version 3.12 --no-header --no-annotate --no-emit-index-url \
		--quiet --group dev --output-file requirements-dev.lock pyproject.toml

venv:
	@sh .ci/python postsale/service/bootstrap.py requirements.lock

venv-dev:
	@sh .ci/python postsale/service/bootstrap.py requirements.lock requirements-dev.lock

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .coverage .coverage.*
