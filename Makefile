# Two commands matter: `make run` and `make test`. Each does all the set-up that it needs, and again only when it must.

# Named, so that macOS' old make, too, looks for programs on the PATH below.
SHELL := /bin/bash
export PATH := $(PATH):$(HOME)/.cargo/bin
# The queries were checked against a real database and noted in .sqlx: building needs none, whatever .env says.
export SQLX_OFFLINE := true

target := $(or $(CARGO_TARGET_DIR),target)
# npm writes this file last, and the build that one: after an interruption they are missing, and the step is done again.
modules := web/node_modules/.package-lock.json
dist := web/dist/api/docs.html
# Folders are listed as well, because a deleted file shows in nothing else.
sources := $(shell find web/src web/public web/vite web/api web/index.html web/vite*.config.ts web/tsconfig.json 2>/dev/null)

.DEFAULT_GOAL := help
# Setting up comes before what needs it.
.NOTPARALLEL:
.PHONY: help run dev cluster test faults check gen prepare bench screenshots measure deployment shuttle setup-run setup-test

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-13s%s\n", $$1, $$2 }' Makefile

run: setup-run $(dist) ## Install what is missing, build Trice and start it on http://localhost:8000
	cargo build --release
	@exec $(target)/release/trice

dev: setup-run $(modules) ## Start the server and the web app's development server, which reloads by itself
	cargo build
	@(cd web && exec node_modules/.bin/vite) & vite=$$!; trap : INT TERM; $(target)/debug/trice; kill $$vite 2>/dev/null || true

cluster: setup-test $(dist) ## Start two nodes behind one address, with a database and a Redis that are thrown away afterwards
	cargo build
	@trap : INT TERM; scripts/with-postgres scripts/with-redis scripts/cluster || true

test: setup-test $(modules) ## Install what is missing and run every test, the cheap ones first
	cargo fmt --check
	cd web && npm run check && npm test && npm run build
	scripts/with-postgres scripts/prepare-sql check
	cargo test --features shuttle --test floors
	scripts/with-postgres scripts/with-redis cargo test --features shuttle
	scripts/schemathesis
	scripts/e2e
	scripts/with-postgres scripts/with-redis scripts/cluster node tests/cluster.mjs

faults: setup-test ## Break everything under load, longer than `make test` does
	scripts/with-postgres scripts/with-redis cargo test --features shuttle --test it faults:: -- --ignored --nocapture --test-threads=1

check: setup-test $(modules) ## Look for mistakes without running anything
	cargo fmt --check
	cargo clippy --all-targets --features shuttle -- -D warnings
	cd web && npm run check

gen: setup-run $(modules) ## Write anew what is generated: docs/openapi.json, docs/protocol.md and the web app's types
	cargo build --quiet
	$(target)/debug/trice schema openapi > $(target)/openapi.json
	$(target)/debug/trice schema protocol > $(target)/protocol.md
	$(target)/debug/trice schema events > $(target)/events.gen.ts
	cp $(target)/openapi.json $(target)/protocol.md docs/
	cp $(target)/events.gen.ts web/src/realtime/
	cd web && npm run gen

bench: setup-test ## Put Trice and a plain Node server under the same load and compare them; takes minutes
	scripts/bench

prepare: setup-test ## Check the queries against a real database and note them in .sqlx
	scripts/with-postgres scripts/prepare-sql write

screenshots: setup-test $(modules) ## Take pictures of every page and state, into web/screenshots/out; the best into docs/images
	cd web && npm run build
	cargo build
	scripts/with-trice --demo npm --prefix web run screenshots
	cd web && node scripts/readme-images.mjs

measure: setup-test $(modules) ## Print how large the web app is, what Lighthouse says, and how soon a chat can be used
	cd web && npm run build && npm run size
	cargo build --release
	TRICE_PROFILE=release scripts/with-trice --demo npm --prefix web run lighthouse

deployment: setup-test $(dist) ## Try what runs on a server: update under load, backup, browsers through nginx (needs nginx)
	cargo build --features shuttle
	scripts/deployment

shuttle: setup-test $(dist) ## Run the browser tests on the Shuttle entry point (needs cargo-shuttle)
	scripts/shuttle

setup-run setup-test: setup-%:
	@scripts/setup $*

# Not `npm ci`: it refuses a lock file in which another platform's optional packages are missing.
$(modules): web/package.json web/package-lock.json
	cd web && npm install --no-save --include=dev --no-audit --no-fund
	@touch $@

$(dist): $(modules) $(sources)
	cd web && npm run build
