# Two commands matter: `make run` and `make test`. Each does all the set-up that it needs.

export PATH := $(HOME)/.cargo/bin:$(PATH)
# The queries were checked against a real database and noted in .sqlx; `make prepare` does it again.
export SQLX_OFFLINE := true

.DEFAULT_GOAL := help
.PHONY: help run dev test check gen prepare

help: ## Show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /make \1	/' | expand -t 16

run: ## Install what is missing, build Trice and start it on http://localhost:8000
	@scripts/setup run
	@$(MAKE) --no-print-directory web/dist/index.html
	cargo build --release
	@target/release/trice

dev: ## Start the server and the web app's development server, which reloads by itself
	@scripts/setup run
	@$(MAKE) --no-print-directory web/node_modules/.package-lock.json
	cargo build
	@trap 'kill 0' EXIT; target/debug/trice & npm --prefix web run dev

test: ## Install what tests need and run all of them
	@scripts/setup test
	cargo fmt --check
	@$(MAKE) --no-print-directory web/node_modules/.package-lock.json
	npm --prefix web run check
	npm --prefix web test
	npm --prefix web run build
	scripts/with-postgres scripts/prepare-sql check
	scripts/with-postgres cargo test --features shuttle
	scripts/e2e

check: ## Lint everything
	cargo fmt --check
	cargo clippy --all-targets --features shuttle -- -D warnings
	npm --prefix web run check

gen: ## Rewrite what is generated: docs/openapi.json and the web app's types
	cargo run --quiet -- schema > target/openapi.json
	cp target/openapi.json docs/openapi.json
	npm --prefix web run gen

prepare: ## Check the queries against a real database and note them in .sqlx
	scripts/with-postgres scripts/prepare-sql write

# An interrupted installation leaves no such file, so it is done again. Not `npm ci`: it refuses a lock file in which
# another platform's optional packages are missing.
web/node_modules/.package-lock.json: web/package.json web/package-lock.json
	npm --prefix web install --no-save --no-audit --no-fund
	@touch $@

web/dist/index.html: web/node_modules/.package-lock.json $(shell find web/src web/public web/vite web/index.html web/vite.config.ts docs/openapi.json -type f 2>/dev/null | sed 's/ /\\ /g')
	npm --prefix web run build
