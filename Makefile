.DEFAULT_GOAL := help
.PHONY: help setup demo test build bench manifests manifests-check crash format format-check fuzz clean

help: ## Show these targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 20

demo: setup ## Build, then show a database from creation to deletion in the sandbox
	swift build --product dbaas-operator
	.build/debug/dbaas-operator demo

test: ## Run all tests, with kubectl against the sandbox
	scripts/setup test
	scripts/setup-kubectl
	scripts/setup-prometheus-client
	swift build --build-tests
	scripts/run-tests

build: setup ## Build the release executable, .build/release/dbaas-operator
	swift build -c release --product dbaas-operator --static-swift-stdlib -Xlinker --gc-sections

bench: build ## Measure the operator against its budgets (BENCH_OPTIONS="--clusters 1000 --parts fleets")
	swift build -c release --product dbaas-benchmark --static-swift-stdlib -Xlinker --gc-sections
	.build/release/dbaas-benchmark $(BENCH_OPTIONS)

manifests: setup ## Write config/crd and config/rbac/role.yaml from the Swift definitions
	swift run dbaas-operator manifests --out config

manifests-check: ## Fail when a generated file is not current
	swift build --product dbaas-operator
	.build/debug/dbaas-operator manifests --out config --check

fuzz: setup ## Run each fuzz target for FUZZ_SECONDS (60) on new inputs
	scripts/fuzz

crash: build ## Kill and depose the operator at each API call, and let each fail (CRASH=killed, deposed, failing; PROVIDER=cnpg)
	swift build --build-tests
	DBAAS_CRASH=$(or $(PROVIDER),all) DBAAS_OPERATOR=.build/release/dbaas-operator \
		swift test --skip-build --filter "CrashTests/$(CRASH)"

format: ## Format all Swift sources
	swift format -i -r --parallel Sources Tests Fuzz Package.swift

format-check: ## Fail when a Swift source is not formatted
	swift format lint --strict -r --parallel Sources Tests Fuzz Package.swift

setup:
	scripts/setup build

clean: ## Remove everything that was built
	rm -rf .build .test-tools
