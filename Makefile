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
fuzz: ## every fuzz target for FUZZ inputs, or for a time: make fuzz FUZZ=30s
	@n=$(FUZZ); case $$n in *[smhx]) ;; *) n=$${n}x ;; esac; \
	for pkg in $$(go list ./...); do \
		for target in $$(go test -list '^Fuzz' $$pkg | grep '^Fuzz'); do \
			echo "$$pkg $$target"; \
			go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $$n -fuzzminimizetime 5x $$pkg || exit 1; \
		done; \
	done

bench:
	go test -run '^$$' -bench . -benchmem ./...
