# The commands of this project. Each sets up what it needs and does again only what has changed.
#
#   make demo      serve the example app on this computer
#   make test      run every test: Rust, then Python with the newest and the oldest libraries and Streamlit
#   make bench     measure on this computer what a person waits for, against what others use: 35 minutes;
#                  writes docs/benchmarks.md; part of no test (bench/README.md)
#   make bench-docs  write docs/benchmarks.md and its plots again from what was measured
#   make pictures  take the pictures of docs/pictures, and write docs/panel.md; part of no test
#   make wheel     build the one wheel of this platform into dist/
#   make lint      formatting, lints, documentation, types
#   make fmt       put the formatting right

.DELETE_ON_ERROR:
.SUFFIXES:
.PHONY: demo test test-rust test-python test-values test-browser bench bench-docs pictures wheel environments lint lint-rust lint-python fmt

NEWEST := .venv
OLDEST := .venv-old
STREAMLIT := .venv-streamlit
BENCH := .venv-bench
PIP := -m pip install --quiet
# A file's tests stay together, since they share what is slow to make. Files in the order of their names: the
# browser's are few tests each and take longest, and would come last by their number. Two at once, as most machines
# have cores; three where browsers leave one of them idle.
PYTEST := -m pytest --dist loadfile --no-loadscope-reorder

# Each backend's feature must be enough without the others, and none is enough for memory:.
BACKENDS := local postgres supabase ''
# What the oldest environment leaves out: what needs a browser or Streamlit, runs it as the other side, or
# is of no library.
NEWEST_ONLY := browser streamlit crossing test_memory.py test_postgres.py test_recipe_table.py \
	test_stand_in.py test_supabase.py

SOURCES := Cargo.toml Cargo.lock python/Cargo.toml python/pyproject.toml \
	$(shell find crates python/src -name '*.rs' -o -name '*.sql' -o -name Cargo.toml) \
	$(shell find python/stillroom -name '*.py' -o -name '*.pyi' -o -name py.typed)

# pyo3 asks the interpreter for its version, and the first on the path may be too old.
export PYO3_PYTHON := $(CURDIR)/$(NEWEST)/bin/python

demo: $(NEWEST)/.demo
	@$(NEWEST)/bin/python tools/demo.py

# What needs no browser side by side: half of the Rust tests is waiting for servers. What each says comes in one
# piece when it ends. Then the browsers alone, which are slow enough.
test:
	@echo "Running the Rust tests beside those of Python without a browser: ten minutes of silence, after a build."
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target test-rust test-values
	@$(MAKE) --no-print-directory test-browser

test-rust:
	@tools/ensure-postgres
	@tools/ensure-supabase-cli
	cargo test --workspace --exclude stillroom-python

test-python: test-values test-browser

# With the oldest libraries, the oldest Streamlit and the newest of both. What answers like a Supabase project is
# built by the tests of Rust already; without them it takes half a minute.
test-values: $(NEWEST)/.test $(OLDEST)/.test $(STREAMLIT)/.test
	$(OLDEST)/bin/python $(PYTEST) -n 2 python/tests $(NEWEST_ONLY:%=--ignore=python/tests/%)
	$(STREAMLIT)/bin/python $(PYTEST) -n 2 python/tests/streamlit
	@tools/ensure-postgres
	cargo build --quiet -p supabase-stand-in
	STILLROOM_OLDEST_PYTHON=$(CURDIR)/$(OLDEST)/bin/python \
		$(NEWEST)/bin/python $(PYTEST) -n 2 python/tests examples/ed_arrivals/tests --ignore=python/tests/browser

test-browser: $(NEWEST)/.test $(STREAMLIT)/.test
	@tools/ensure-chromium
	@tools/ensure-postgres
	cargo build --quiet -p supabase-stand-in
	STILLROOM_OLDEST_STREAMLIT=$(CURDIR)/$(STREAMLIT)/bin/python \
		$(NEWEST)/bin/python $(PYTEST) -n 3 python/tests/browser

# The server that the browser tests start is the one that is measured, and their strict comparison says who
# is lossless.
bench: $(BENCH)/.bench
	PYTHONPATH=python/tests $(BENCH)/bin/python bench/panel.py
	$(BENCH)/bin/python bench/embedded.py --write
	@tools/ensure-postgres
	$(BENCH)/bin/python bench/database.py --write
	@$(MAKE) --no-print-directory bench-docs

bench-docs: $(NEWEST)/.created
	cd bench && ../$(NEWEST)/bin/python -m shared.page

# The server and the Chromium that the browser tests start are those the pictures are of.
pictures: $(NEWEST)/.test
	@tools/ensure-chromium
	@echo "Taking the pictures: about three minutes."
	$(NEWEST)/bin/python tools/pictures.py

wheel: dist/.wheel
	@ls dist/*.whl

# What the tests and lints of Python need, so that it can be made beside something else.
environments: $(NEWEST)/.test $(NEWEST)/.lint $(OLDEST)/.test $(STREAMLIT)/.test

lint: lint-rust lint-python

lint-rust: $(NEWEST)/.created
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --all-features -- -D warnings
	for backend in $(BACKENDS); do \
		cargo clippy -p stillroom-backends --no-default-features --features "$$backend" -- -D warnings || exit; \
	done
	RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps --all-features

lint-python: $(NEWEST)/.test $(NEWEST)/.lint
	$(NEWEST)/bin/ruff format --check python examples tools bench
	$(NEWEST)/bin/ruff check python examples tools bench
	cd python && ../$(NEWEST)/bin/mypy --strict stillroom
	$(NEWEST)/bin/python -m mypy.stubtest stillroom._core

fmt: $(NEWEST)/.lint
	cargo fmt --all
	$(NEWEST)/bin/ruff format python examples tools bench
	$(NEWEST)/bin/ruff check --fix python examples tools bench

# Set-up. A stamp stands in the folder it speaks of, so that it goes when the folder goes.

$(NEWEST)/.created $(BENCH)/.created: %/.created:
	$$(tools/find-python newest) -m venv --clear $*
	@touch $@

$(OLDEST)/.created $(STREAMLIT)/.created: %/.created:
	$$(tools/find-python oldest) -m venv --clear $*
	@touch $@

$(NEWEST)/.build: tools/requirements-build.txt $(NEWEST)/.created
	$(NEWEST)/bin/python $(PIP) -r $<
	@touch $@

dist/.wheel: $(SOURCES) $(NEWEST)/.build
	@echo "Building stillroom in release mode: about 2 minutes the first time, less after a change."
	@mkdir -p dist && rm -f dist/*.whl
	$(NEWEST)/bin/maturin build --quiet --release --locked -m python/Cargo.toml -i $(NEWEST)/bin/python -o dist
	@touch $@

# One abi3 wheel serves every Python, so all environments get the same.
$(NEWEST)/.package $(OLDEST)/.package $(STREAMLIT)/.package $(BENCH)/.package: %/.package: dist/.wheel %/.created
	$*/bin/python $(PIP) --force-reinstall --no-deps dist/*.whl
	@touch $@

$(NEWEST)/.demo: examples/ed_arrivals/requirements.txt python/pyproject.toml | $(NEWEST)/.package
	@echo "Installing Streamlit, scikit-learn and pandas into $(NEWEST): about a minute."
	$(NEWEST)/bin/python $(PIP) -r $<
	@touch $@

$(NEWEST)/.test: tools/requirements-newest.txt $(NEWEST)/.demo | $(NEWEST)/.package
	@echo "Installing the newest test environment into $(NEWEST): about a minute."
	$(NEWEST)/bin/python $(PIP) -r $<
	@touch $@

$(OLDEST)/.test: tools/requirements-oldest.txt | $(OLDEST)/.package
	@echo "Installing the oldest test environment into $(OLDEST): about a minute."
	$(OLDEST)/bin/python $(PIP) -r $<
	@touch $@

$(STREAMLIT)/.test: tools/requirements-streamlit.txt | $(STREAMLIT)/.package
	@echo "Installing the oldest Streamlit into $(STREAMLIT): about a minute."
	$(STREAMLIT)/bin/python $(PIP) -r $<
	@touch $@

$(BENCH)/.bench: tools/requirements-bench.txt | $(BENCH)/.package
	@echo "Installing what stillroom is measured against into $(BENCH): about a minute."
	$(BENCH)/bin/python $(PIP) -r $<
	@touch $@

$(NEWEST)/.lint: tools/requirements-lint.txt $(NEWEST)/.created
	$(NEWEST)/bin/python $(PIP) -r $<
	@touch $@
