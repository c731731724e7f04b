# The commands of every day; .ci/run is what has to pass before a change lands.

.PHONY: build demo test fast lint format golden fuzz bench

build: ## one static binary
	CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o bustop .

demo: ## the console on servers and traffic of its own
	go run . demo

test: ## everything, on real servers
	sh .ci/install && BUSTOP_REQUIRE_SERVERS=1 go test -race -timeout 20m ./...

fast: ## on the servers within the program: nothing need be installed
	go test -short ./...

lint:
	go run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0 run ./...

format:
	go run mvdan.cc/gofumpt@latest -w .

golden: ## write the golden renders anew; read the diff before committing it
	BUSTOP_UPDATE_GOLDEN=1 go test ./ui/... ./views/...

FUZZ ?= 1000000
fuzz: ## every fuzz target for FUZZ inputs, or for a time: make fuzz FUZZ=30s; a line for each, stops at a failure
	@n=$(FUZZ); case $$n in *[smhx]) ;; *) n=$${n}x ;; esac; \
	log=$$(mktemp); trap 'rm -f "$$log"' EXIT; \
	for pkg in $$(go list -f '{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}' $(or $(FUZZPKG),./...)); do \
		targets=$$(go test -list '^Fuzz' $$pkg) || { echo "$$targets"; exit 1; }; \
		for target in $$(echo "$$targets" | grep '^Fuzz'); do \
			if ! go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $$n -fuzzminimizetime 5x $$pkg >"$$log" 2>&1; then \
				cat "$$log"; echo "$$pkg $$target: failed"; exit 1; \
			fi; \
			echo "$$pkg $$target: $$(sed -n 's/.*execs: \([0-9]*\).*/\1/p' "$$log" | tail -1) inputs"; \
		done; \
	done

bench:
	go test -run '^$$' -bench . -benchmem ./...
