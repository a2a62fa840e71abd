# make demo · make test · make lint · make fuzz · make bench · make release · make release-static · make install
# Every target does its own set-up; see README.

SHELL := /bin/bash
# With the prebuilt DuckDB nothing is compiled from source; without it the feature `bundled` does (over half an hour).
FEATURES = $(shell scripts/libduckdb.sh || echo --features bundled)
TARGET = $(or $(CARGO_TARGET_DIR),target)
PREFIX ?= /usr/local

.PHONY: demo test lint fuzz bench release release-static install

demo:
	cargo run --quiet --locked $(FEATURES) -- demo

test:
	cargo test --quiet --locked $(FEATURES)

lint:
	cargo fmt --check
	cargo clippy --quiet --locked --all-targets $(FEATURES) -- --deny warnings

# 200,000 damaged files of each form through the readers; `make test` tries a few.
fuzz:
	FUZZ=200000 cargo test --quiet --locked $(FEATURES) --test fuzz -- --nocapture

# A million orders against a million, Parquet and CSV; prints wall time, peak memory and rows per second of each stage, and what they cost beside the
# bare join in DuckDB and the bare reading in polars.
bench:
	cargo build --quiet --locked --release --features bench $(FEATURES)
	scripts/bench.sh $(TARGET)/release/nightaudit $$(cargo bench --quiet --locked --features bench $(FEATURES) --no-run --message-format=json \
		| sed -n 's/.*"executable":"\([^"]*\/\(bare_join\|polars_csv\)-[^"]*\)".*/\1/p' | sort)

# The optimised binary with its library beside it.
release:
	cargo build --locked --release $(FEATURES)
	mkdir -p dist/bin dist/lib
	cp $(TARGET)/release/nightaudit dist/bin/
	if [ -f vendor/duckdb/libduckdb.so ]; then cp vendor/duckdb/libduckdb.so dist/lib/; fi

# One binary without a library beside it, and the tests on it.
release-static:
	cargo build --locked --release --features bundled
	cargo test --locked --release --features bundled
	mkdir -p dist/static
	cp $(TARGET)/release/nightaudit dist/static/

# The program, its library, the systemd units and the page that explains them; jobs go to /etc/nightaudit.
install: release
	install -D dist/bin/nightaudit $(DESTDIR)$(PREFIX)/bin/nightaudit
	if [ -f dist/lib/libduckdb.so ]; then install -D -m 644 dist/lib/libduckdb.so $(DESTDIR)$(PREFIX)/lib/libduckdb.so; fi
	install -D -m 644 README.md $(DESTDIR)$(PREFIX)/share/doc/nightaudit/README.md
	install -D -m 644 jobs/nightaudit.cron $(DESTDIR)$(PREFIX)/share/doc/nightaudit/nightaudit.cron
	install -D -m 644 jobs/systemd/nightaudit.sysusers $(DESTDIR)$(PREFIX)/lib/sysusers.d/nightaudit.conf
	for unit in service timer; do \
		install -d $(DESTDIR)$(PREFIX)/lib/systemd/system && \
		sed 's|/usr/local/|$(PREFIX)/|g' jobs/systemd/nightaudit@.$$unit >$(DESTDIR)$(PREFIX)/lib/systemd/system/nightaudit@.$$unit || exit 1; \
	done
	install -d -m 755 $(DESTDIR)/etc/nightaudit
	install -d -m 700 $(DESTDIR)/etc/nightaudit/credentials
