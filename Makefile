# What a contributor runs; `make` alone lists it. Everything is built in one target folder.
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test check fmt-check clippy doc deny machete sizes fmt bench bench-quick bench-curves bench-peers \
	instructions instructions-accept audit clean-demo toolchain

TARGET := $(or $(CARGO_TARGET_DIR),./target)
DEMO_LISTEN ?= 127.0.0.1:8080

DENY := scripts/cargo-tool deny 0.20.2 --workspace --locked --all-features
MACHETE := scripts/cargo-tool machete 0.9.2 --skip-target-dir

# Seeded databases stay in .bench for the next run.
BENCH_BUILD := cargo build --release --locked -p rollcall -p rollcall-bench
BENCH := scripts/with-postgres env ROLLCALL_BENCH_KEEP=.bench/seeds $(TARGET)/release/rollcall-bench

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-20s %s\n", $$1, $$2 }' Makefile

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

bench: toolchain ## measure everything, and write docs/performance.md (a quarter of an hour)
	$(BENCH_BUILD)
	$(BENCH) run --out docs/performance.md; status=$$?; \
	$(BENCH) curves --pictures docs/performance --out docs/performance.md && exit $$status

bench-quick: toolchain ## measure what something is required of, and print it (four minutes)
	$(BENCH_BUILD)
	$(BENCH) run --quick

bench-curves: toolchain ## measure how costs grow, and draw it into docs/performance
	$(BENCH_BUILD)
	$(BENCH) curves --pictures docs/performance --out docs/performance.md

bench-peers: toolchain ## measure rival servers beside Rollcall, and write docs/performance/peers.md (downloads them)
	$(BENCH_BUILD)
	$(TARGET)/release/rollcall-bench peers --out docs/performance/peers.md

instructions: toolchain ## count the instructions of a request, as `make test` does
	bench/instructions

instructions-accept: toolchain ## write down those counts as what is expected
	bench/instructions accept

audit: toolchain ## look for known vulnerabilities in the dependencies (online)
	$(DENY) check advisories

toolchain:
	@command -v cargo >/dev/null || { echo 'make: cargo is missing: install Rust (https://rustup.rs)' >&2; exit 1; }
	@command -v $(CC) >/dev/null || { echo 'make: no C compiler ($(CC)), which SQLite is built with: apt-get install gcc libc6-dev' >&2; exit 1; }
