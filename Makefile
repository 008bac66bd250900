PYTHON ?= python3
STACK = $(PYTHON) -m scripts.stack

.PHONY: help setup up demo docs test lint format release down clean screenshots bench bench-full

help:            ## What one can ask for
	@grep -E '^[a-z-]+: .*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## /  make \1\t/' | expand -t 22

setup:           ## Python environment, PostgreSQL, Redis, Odoo 19: all that is missing
	@$(STACK) setup

up:              ## Start the servers of the demonstration
	@$(STACK) up

demo:            ## A university from nothing to a published timetable; INSTANCE=file.ctt or .tim for real data
	@$(STACK) demo $(if $(INSTANCE),--instance "$(INSTANCE)")

test:            ## Every test there is, with its own set-up
	@$(STACK) test

lint:            ## Ruff, mypy, import rules, pylint-odoo, XML and JavaScript of the addon
	@$(STACK) lint

format:          ## Let ruff put the code in shape
	@.venv/bin/ruff format . && .venv/bin/ruff check --fix .

release:         ## Packages of service and addons in dist/, tried by installing them
	@$(STACK) release

docs:            ## The documentation as a site, in site/
	@$(STACK) setup && .venv/bin/mkdocs build

screenshots:     ## Pictures of the main pages, for the documentation
	@$(STACK) screenshots

bench:           ## Short benchmarks of the solver, under ten minutes
	@$(STACK) bench

bench-full:      ## All benchmarks, hours; can be interrupted; writes docs/benchmarks.md
	@$(STACK) bench --full

down:            ## Stop every server
	@$(STACK) down

clean:           ## Stop every server and forget databases, downloads and passwords
	@$(STACK) clean
