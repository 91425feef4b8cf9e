# What a contributor runs; `make` alone lists it. Everything is built in one target folder.
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test check fmt-check clippy doc deny machete sizes fmt bench bench-peers audit clean-demo toolchain

TARGET := $(or $(CARGO_TARGET_DIR),./target)
DEMO_LISTEN ?= 127.0.0.1:8080

DENY := scripts/cargo-tool deny 0.20.2 --workspace --locked --all-features
MACHETE := scripts/cargo-tool machete 0.9.2 --skip-target-dir

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile

demo: toolchain ## build and serve a directory with sample data (DEMO_LISTEN=127.0.0.1:8080)
	mkdir -p .demo
	cargo build --release --locked -p rollcall
	$(TARGET)/release/rollcall serve --demo --listen $(DEMO_LISTEN) --database sqlite:.demo/rollcall.db

clean-demo: ## forget the demo's data
	rm -rf .demo

test: toolchain ## run every test on SQLite and PostgreSQL (installs PostgreSQL with apt when missing)
	scripts/with-postgres scripts/test

check: toolchain fmt-check clippy doc deny machete sizes ## format, lints, documentation, dependencies, file sizes

fmt-check:
	cargo fmt --all --check

clippy:
	cargo clippy --workspace --all-targets --locked -- -D warnings

doc:
	RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps --document-private-items --locked

# Advisories are left to `make audit`: their database is fetched from GitHub, and a check must pass without it.
deny:
	$(DENY) check --hide-inclusion-graph licenses bans sources

machete:
	$(MACHETE)

sizes:
	scripts/check-sizes

fmt: ## format the code
	cargo fmt --all

bench: toolchain ## measure, and write docs/performance.md
	cargo build --release --locked -p rollcall -p rollcall-bench
	scripts/with-postgres $(TARGET)/release/rollcall-bench run --out docs/performance.md

bench-peers: toolchain ## measure rival servers beside Rollcall, and write docs/performance/peers.md (downloads them)
	cargo build --release --locked -p rollcall -p rollcall-bench
	$(TARGET)/release/rollcall-bench peers --out docs/performance/peers.md

audit: toolchain ## look for known vulnerabilities in the dependencies (online)
	$(DENY) check advisories

toolchain:
	@command -v cargo >/dev/null || { echo 'make: cargo is missing: install Rust (https://rustup.rs)' >&2; exit 1; }
	@command -v $(CC) >/dev/null || { echo 'make: no C compiler ($(CC)), which SQLite is built with: apt-get install gcc libc6-dev' >&2; exit 1; }
