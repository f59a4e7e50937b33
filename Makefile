# Everything here works offline once the modules are in the module cache. `make help` lists the targets, .ci/run runs them.
GO ?= go
FUZZTIME ?= 3000x
SOAK ?= 60s
SYSTEMS ?= windows darwin
# The tools that are run by their version, so that go.mod, which importers get, need not require them.
GOTESTSUM = gotest.tools/gotestsum@v1.13.0
GOLANGCI = github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
GORELEASER = github.com/goreleaser/goreleaser/v2@v2.15.1
ACTIONLINT = github.com/rhysd/actionlint/cmd/actionlint@v1.7.12
NEXT_GO = go1.27.4

.PHONY: help check docs generate check-generated specs-update drift lint golangci actionlint test test-next test-all api fuzz fuzz-targets decode-loop cost bench bench-wait build browser databases keyring mcp soak payout-crash mirror-soak mirror-readback replicas prep-mutants agent-mutants release release-check

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | awk -F '\t' '{ printf "make %-16s %s\n", $$1, $$2 }'

check: check-generated lint test-all fuzz ## everything once: stale generation, lint, every case of every test, short fuzzing

build: ## bin/brex
	$(GO) build -o bin/brex ./cmd/brex

docs: ## man pages, completions and a Markdown reference of the program in DIR (bin/docs)
	$(GO) run ./cmd/brex/internal/docs -dir "$(or $(DIR),bin/docs)"

generate: ## gen/ from openapi/
	$(GO) generate ./...

# fails when gen/ is not what openapi/ gives, naming every stale, missing or superfluous file
check-generated: ## names the files of gen/ that are not what openapi/ gives
	$(GO) run ./scripts/generate -check

# what Brex changed since our documents were made, and what it means; needs the network unless DIR names a folder or file. Its last
# line is the class; bin/specsupdate ends with a status of its own, see scripts/specsupdate.
specs-update: ## what Brex changed since our documents were made
	@$(GO) build -o bin/specsupdate ./scripts/specsupdate
	@bin/specsupdate $(if $(DIR),-dir "$(DIR)") $(ARGS) || test $$? -ge 10

# the tests that hold facts of the documents, and none besides: what a changed document leaves to do, in seconds. Each is named
# (scripts/checks sees that it is there).
DRIFT_TESTS = TestOperationsMatchFacts TestOperationsComplete TestSchemasHaveTypes TestTypes TestSourcesAreCurrent TestDocumentsValidate \
	TestNothingIsMissing TestOurDocuments \
	TestEveryOperationHasOneMethod TestEveryBodyHasRules TestMoneyOperationsAreTested TestNoCallerNeedsAGeneratedPackage \
	TestEveryConstantOfAnEnumIsReexported TestRulesMatchTheDocuments TestWire TestWireFailures TestEveryMethodAgainstTheSandbox \
	TestAgreesWithKinOpenAPI TestModels TestCatalogue TestStricterRulesHaveMembers TestNothingGoesUnvalidated TestEveryOperation \
	TestResponsesAreDocumented
DRIFT_PACKAGES = ./scripts/generate ./scripts/newop ./scripts/specsupdate ./brex ./brex/schema ./brex/brextest
empty :=
drift: check-generated ## what a changed document leaves to do
	$(GO) test -run '^($(subst $(empty) $(empty),|,$(strip $(DRIFT_TESTS))))$$' $(DRIFT_PACKAGES)

# turns off, one by one, every rule that reads the documents; a few minutes
prep-mutants: ## fails when a rule for documents has no test
	$(GO) run ./scripts/mutants ./scripts/internal/prep

agent-mutants: ## fails when a check of the agents' guard has no test
	BREX_MUTANTS=1 $(GO) test -run '^TestMutants$$' -count 1 -timeout 60m ./brex/agent

lint: ## gofmt, go vet for every system, staticcheck
	@test -z "$$(gofmt -l brex cmd gen scripts testdata tools.go)" || { echo "gofmt would change:"; gofmt -l brex cmd gen scripts testdata tools.go; exit 1; }
	$(GO) mod tidy -diff
	$(GO) vet ./...
	$(GO) vet -tags soak,browser,keyring,mcp ./brex ./brex/brextest ./brex/brexmcp ./cmd/brex/...
	$(GO) vet -tags databases ./brex/mirror/... ./brex/brexpg ./brex/brexredis ./brex/brexriver ./brex/internal/servertest ./brex/internal/replicas
	@set -e; for os in $(SYSTEMS); do echo "GOOS=$$os $(GO) vet ./..."; GOOS=$$os $(GO) vet ./...; done
	$(GO) run honnef.co/go/tools/cmd/staticcheck ./...

# beside lint, not part of it: golangci-lint itself takes minutes to build
golangci: ## the linters of .golangci.yml
	$(GO) run $(GOLANGCI) run

actionlint: ## what GitHub would refuse of .github/workflows, and their shell
	$(GO) run $(ACTIONLINT)

# what is refused when it grows, in figures that repeat: bench has the times
cost: ## the bytes and allocations of a page and of a small read, against hand-written code
	$(GO) test -count 1 -v -run '^TestCost' ./brex

# gotestsum prints each package as it finishes; go test keeps them back until those before them have.
test: ## the short tests with the race detector: minutes
	@echo "The short tests of every package with the race detector: about three minutes on two cores, six the first time, when everything is compiled."
	$(GO) run $(GOTESTSUM) --format pkgname --format-hide-empty-pkg -- -race -short -shuffle=on -timeout 30m ./...

# the other Go that is supported: what it refuses, and the short tests
test-next: ## vet and the short tests with the newer Go that is supported
	GOTOOLCHAIN=$(NEXT_GO) $(GO) vet ./...
	GOTOOLCHAIN=$(NEXT_GO) $(GO) test -short -vet=off -timeout 20m ./...

# every case: the big ones are too slow under the race detector, and what a call allocates cannot be measured there
test-all: ## every case of every test, without the race detector
	$(GO) run $(GOTESTSUM) --format pkgname --format-hide-empty-pkg -- -shuffle=on -timeout 20m ./...

# part of test-all; it needs the history back to main
api: ## what no longer compiles for callers since this branch left main
	$(GO) test -run '^TestAPI' -count 1 -v ./scripts/checks

# the sandbox's page, and signing in with the program, in Debian's Chromium: packages chromium and chromium-driver; fails without them
browser: ## the sandbox's page and the program's login in Chromium
	$(GO) test -tags browser -count 1 -run '^TestPage|^TestBrowser' ./brex/brextest ./cmd/brex/internal/cli

# the program's logins in GNOME's keyring: packages dbus-daemon and gnome-keyring; fails without them
keyring: ## the program's logins in GNOME's keyring
	$(GO) test -tags keyring -count 1 -timeout 3m -run '^TestSystemKeyring' ./cmd/brex/internal/cli

# webhook.SQLStore on SQLite and on servers that the tests start and throw away: packages postgresql, mariadb-server-core and
# mariadb-client-core; copies on PostgreSQL, read back by psql and, from SQLite, by package sqlite3; and what several machines share,
# on PostgreSQL and package redis-server; fails without them
databases: ## webhook stores, copies and what machines share, on real database servers
	cd testdata/databases && $(GO) vet ./... && $(GO) test -count 1 ./...
	$(GO) test -tags databases -count 1 ./brex/mirror/postgres ./brex/brexpg ./brex/brexredis ./brex/brexriver ./brex/internal/replicas
	$(GO) test -tags databases -count 1 -run '^TestShell' ./brex/mirror/sqlite

# Eight replicas share 1,000 requests a minute for three minutes while one of them is killed every 5 s and the server restarts twice,
# on PostgreSQL and on Redis, side by side; four replicas handle 10,000 deliveries that come three times; eight processes share one
# login: 1,000 expiries, then 500 while one is killed each time; two copy one company; four workers send a payout run of 500 while
# one of them is killed every second; and what Acquire takes. The short forms are in databases.
replicas: ## what several machines share, at length, with kills
	BREX_REPLICAS=1 $(GO) test -tags databases -count 1 -timeout 60m -v -run '^Test(Limiters|Deliveries|Replicas)' ./brex/internal/replicas ./brex/brexpg ./brex/brexriver ./brex/mirror/postgres
	$(GO) test -tags databases -run xxx -bench Acquire -benchtime 3000x ./brex/internal/replicas

# copies read by what did not write them: packages libreoffice-calc and npm, which fetches DuckDB; fails without them
mirror-readback: ## a CSV file in LibreOffice Calc, a Parquet file in DuckDB
	$(GO) test -tags readback -count 1 -run '^TestRead' ./brex/mirror

# what brex mcp does with the tools that others test servers with: conformance, the inspector, and the tokens of its answers. npm's
# modules are installed once, as the lock file has them, Node 22 among them. Not by npm ci: it wants an optional module for Windows,
# which no lock file has that was made where it cannot be found.
mcp: ## brex mcp against the conformance tool and the inspector, and its tokens counted
	cd testdata/mcp && { cmp -s package-lock.json node_modules/.installed || { npm install --no-save --ignore-scripts --no-audit --no-fund && cp package-lock.json node_modules/.installed; }; }
	$(GO) test -tags mcp -count 1 -timeout 20m -v -run '^TestMCP' ./brex/brexmcp ./cmd/brex/internal/cli

# every fuzz target, found by its name. A count, not a time: go test can report the end of a time as a failure.
fuzz: ## every fuzz target for FUZZTIME
	@set -e; $(MAKE) -s fuzz-targets | while read -r package target; do \
	  echo "$$package $$target"; \
	  $(GO) test -run xxx -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x "$$package"; \
	done

fuzz-targets: ## the package and name of every fuzz target, for the nightly workflow
	@grep -rhoE --include='*_test.go' --with-filename '^func Fuzz[A-Za-z0-9_]*' brex cmd scripts | sort | \
	  sed -E 's|^(.*)/[^/]*:func (.*)|./\1 \2|'

# what the fuzz targets of a night do not reach: each version of Go has another encoding/json behind the scanner
EXECUTIONS ?= 100000000
decode-loop: ## EXECUTIONS documents, valid and damaged, through the scanner and encoding/json, on both versions of Go
	@set -e; for go in local $(NEXT_GO); do \
	  GOTOOLCHAIN=$$go BREX_DECODE_EXECUTIONS=$(EXECUTIONS) $(GO) test -run '^TestScannerAgreesWithEncodingJSON$$' -count 1 -timeout 24h -v ./brex/internal/decode; \
	done

# 200 goroutines against a chaotic sandbox for a minute: nothing leaks, nothing is lost or done twice
soak: ## 200 goroutines against a chaotic sandbox for SOAK
	BREX_SOAK=$(SOAK) $(GO) test -race -tags soak -run TestSoak -count 1 -v ./brex

# a copy that is killed 500 times for each sink while the company changes: nothing is lost, marked wrongly or there twice; and the
# same without the overlap, or without asking for what a list does not show, fails. Needs package postgresql.
KILLS ?= 500
mirror-soak: ## kills copies KILLS times for each sink
	BREX_SOAK_KILLS=$(KILLS) $(GO) test -tags databases -run 'TestKilled' -count 1 -timeout 4h -v ./brex/mirror

# medians of six rounds that take turns, because times drift: name, ns, bytes and allocations of one call
bench: ## a page and a small read against hand-written code, on both versions of Go
	@set -e; for go in local $(NEXT_GO); do GOTOOLCHAIN=$$go $(GO) test -c -o bin/brex-$$go.test ./brex; done; \
	cd brex; for i in 1 2 3 4 5 6; do for go in local $(NEXT_GO); do ../bin/brex-$$go.test -test.run xxx -test.bench . -test.skip '^BenchmarkWait' -test.benchmem | sed -n "/ns\/op/s/^/$$go /p"; done; done | \
	sort -k1,2 -k4n | awk '$$1" "$$2 != last { last = $$1" "$$2; n = 0 } ++n == 3 { third = $$4 } n == 4 { print last, (third + $$4) / 2, "ns", $$(NF-3), "B", $$(NF-1), "allocs" }'

# what waiting costs, on the real clock: prefetch, backfill, and three minutes against the sandbox's limit
bench-wait: ## what waiting costs, on the real clock
	$(GO) test -run xxx -bench '^BenchmarkWait' -benchtime 1x -timeout 20m ./brex

# payout runs killed 2,000 times by SIGKILL, at every step and at random; its short form is an ordinary test
payout-crash: ## payout runs killed 2,000 times
	BREX_PAYOUT_KILLS=2000 $(GO) test -run '^TestPayoutCrash$$' -count 1 -timeout 60m -v ./brex/payout

# For this system only, since each of the six takes minutes to build; release.yml makes them all.
release-check: ## .goreleaser.yaml, and an archive as a release would have it, without publishing
	@mkdir -p bin
	sed -E -e 's/^( +goos:) \[.*/\1 ['"$$($(GO) env GOOS)"']/' -e 's/^( +goarch:) \[.*/\1 ['"$$($(GO) env GOARCH)"']/' \
	  -e 's|^( +platforms:) .*|\1 [linux/'"$$($(GO) env GOARCH)"']|' .goreleaser.yaml > bin/goreleaser.yaml
	$(GO) run $(GORELEASER) check .goreleaser.yaml bin/goreleaser.yaml
	$(GO) run $(GORELEASER) release --snapshot --clean --skip=docker --config bin/goreleaser.yaml

release: ## a draft of a release of the tag that is checked out; release.yml runs it
	$(GO) run $(GORELEASER) release --clean
