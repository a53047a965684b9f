# `make try` and `make test` are all a newcomer needs: they install what is missing, build, and run.
SHELL := /bin/bash
.DEFAULT_GOAL := help

.PHONY: help try test check docs bench eval peers

help: ## What there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

try: ## Run Nebula in a Discord on this machine, with a page to chat in
	@tests/peers/install.sh build
	cargo build
	target/debug/nebula try

test: ## Start the real peers and run every test
	@tests/peers/install.sh build peers deploy page
	tests/peers/with.sh cargo test --workspace --quiet

check: ## Format, lints, dependencies, docs
	@tests/peers/install.sh build lint deny
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --quiet -- -D warnings
	PATH="$$PWD/target/tools/bin:$$PATH" cargo deny --log-level error check bans licenses sources
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --document-private-items --quiet

docs: ## Write docs/commands.md anew from the tour
	@tests/peers/install.sh build peers
	NEBULA_WRITE_DOCS=1 tests/peers/with.sh cargo test --quiet --test stories tour

# How often each figure is measured, and for how long 200 commands a second are typed each time.
BENCH_RUNS ?= 5
BENCH_SECONDS ?= 15

bench: ## Measure against the figures we promise, and against a discord.js and a discord.py bot
	@tests/peers/install.sh build peers bench
	cargo build --release --benches
	tests/peers/with.sh cargo bench --bench figures --quiet -- --runs $(BENCH_RUNS) --seconds $(BENCH_SECONDS)

# Whose model is asked the evaluation set: ollama (OLLAMA_URL), openai (OPENAI_API_KEY, OPENAI_BASE_URL), anthropic (ANTHROPIC_API_KEY).
PROVIDER ?= ollama
MODEL ?= qwen3:8b

eval: ## Ask a real model the evaluation set: make eval PROVIDER=ollama MODEL=qwen3:8b
	@tests/peers/install.sh build peers
	cargo bench --bench evals --profile dev --quiet -- --provider $(PROVIDER) --model $(MODEL) $(EVAL)
