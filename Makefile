# Every target sets up what it needs. `make help` lists them.

SHELL := /bin/sh
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)
.DEFAULT_GOAL := help
CRS ?= $(firstword $(wildcard $(CRS_DIR) ../shared/crs/v4.28.0) /usr/share/modsecurity-crs)
.PHONY: help up setup test check fmt golden bench faults fuzz crs package package-test clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

up: setup ## start the stack: sentinel.kdl of this folder, else a demo on 127.0.0.1:8080
	@exec ./sentinel-stack up

test: setup ## everything that must hold: formatting, lint, types, all tests
	@rm -f $(BIOME_PASSED)
	@$(MAKE) --no-print-directory -j3 $(STATIC)
	@node test/run.ts all

check: setup ## as test, without the tests that start processes: under 20 seconds
	@$(MAKE) --no-print-directory -j4 units $(STATIC)

# Each says nothing when all is well, so they can run side by side. Both that know types are written in Go: on one thread
# and without collecting garbage (up to a bound) they do a third of the work, and the tests run beside them. Types are
# remembered, errors among them: nothing changed costs half a second. Biome judges each file by itself, so it is asked
# about those that were written, moved or copied since it last found nothing; `make test` asks about all.
STATIC = static-biome static-oxlint static-types
IN_GO = GOGC=off GOMEMLIMIT=2GiB
BIOME = biome ci --error-on-warnings --colors=off --no-errors-on-unmatched
BIOME_PASSED = node_modules/.cache/biome
.PHONY: units $(STATIC)
units:
	@node test/run.ts unit
static-biome:
	@mkdir -p $(dir $(BIOME_PASSED)) && touch $(BIOME_PASSED).asked
	@if [ -e $(BIOME_PASSED) ] && [ -z "$$(find biome.json .gitignore package-lock.json Makefile -cnewer $(BIOME_PASSED))" ]; \
	then find . \( -name node_modules -o -name .git \) -prune -o -type f -cnewer $(BIOME_PASSED) -print0 | xargs -0r $(BIOME); \
	else $(BIOME) .; fi > .biome.log 2>&1 || { cat .biome.log; exit 1; }
	@mv $(BIOME_PASSED).asked $(BIOME_PASSED)
static-oxlint:
	@GOMAXPROCS=1 $(IN_GO) oxlint --type-aware --quiet . > .oxlint.log 2>&1 || { cat .oxlint.log; exit 1; }
static-types:
	@$(IN_GO) tsc -p . --checkers 1 --incremental --tsBuildInfoFile node_modules/.cache/types

fmt: setup ## lay out the source and the examples
	@biome check --write . && ./sentinel-stack fmt config/default.kdl config/examples/*.kdl

golden: setup ## write the files that are made from the code (docs/configuration.md and others)
	@node packaging/golden.ts

bench: setup ## compare with nginx, haproxy and caddy where they are installed; writes docs/performance.md
	@node test/bench/run.ts

faults: setup ## kill, stop and reload a stack under load; writes the table in docs/faults.md, in about ten minutes
	@node test/faults/run.ts $(FAULTS)

fuzz: setup ## compare the parsers with llhttp; FUZZ="seconds=600 seed=1" for longer, or the same again
	@node test/fuzz/run.ts $(FUZZ)

crs: setup ## every regression test of the OWASP Core Rule Set, in the engine and through a stack; CRS=FOLDER where it lies
	@./sentinel-stack crs run -d $(CRS)/tests --rules $(CRS) --target engine --show-failures-only
	@./sentinel-stack crs run -d $(CRS)/tests --rules $(CRS) --target stack --show-failures-only

package: setup ## .deb, .rpm, archive and npm package in dist/; VERSION=, SIGNING_KEY=, ARCH=arm64 CROSS=FOLDER
	@node packaging/tree/main.ts $(if $(ARCH),--arch $(ARCH)) $(if $(CROSS),--cross $(CROSS)) $(FORMATS)

package-test: setup ## as root: the packages' whole lives in a minimal Debian tree; writes docs/packaging.md; QUICK=quick
	@node packaging/life/main.ts $(QUICK)

setup: ## packages, Node 26 and the re2 addon; runs by itself where needed
	@node packaging/setup.mjs

clean: ## remove what setup and package made; the kept re2 build stays in the cache
	rm -rf dist node_modules .biome.log .oxlint.log
