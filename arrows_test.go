package main_test

import (
	"os/exec"
	"strings"
	"testing"
)

// TestArrows holds the dependencies of the house: main → views → ui, backends and decoders,
// which know nothing of each other.
func TestArrows(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", "{{.ImportPath}}", "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, pkg := range strings.Fields(string(out)) {
		part := top(pkg)
		seen[part]++
		for _, dep := range deps(t, pkg) {
			if fault := wrong(pkg, dep); fault != "" {
				t.Errorf("%s knows %s: %s", pkg, dep, fault)
			}
		}
	}
	for _, part := range []string{"", "ui", "views", "backends", "decoders"} {
		if seen[part] == 0 {
			t.Errorf("no package in %q", part)
		}
	}
}

// deps lists everything that a package is built of.
func deps(t *testing.T, pkg string) []string {
	out, err := exec.Command("go", "list", "-deps", pkg).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Fields(string(out))
}

// top is the first folder of a package of ours, "" for main, "-" for everything else.
func top(pkg string) string {
	rest, ours := strings.CutPrefix(pkg+"/", "bustop/")
	if !ours {
		return "-"
	}
	part, _, _ := strings.Cut(rest, "/")
	return part
}

// wrong says why pkg may not be built of dep, "" when it may.
func wrong(pkg, dep string) string {
	from, to := top(pkg), top(dep)
	switch {
	case pkg == dep:
		return ""
	case pkg == "bustop/ui/term" && (to != "-" || strings.Contains(dep, "charmbracelet/bubbletea")):
		return "it must be ready before Bubble Tea is"
	case (from == "backends" || from == "decoders") && strings.Contains(dep, "charmbracelet/"):
		return "only ui and views draw"
	case pkg == "bustop/views/cli" && strings.HasPrefix(dep, "bustop/views/app"):
		return "the console is passed in"
	case adapter(pkg) && adapter(dep) && !strings.HasPrefix(dep+"/", adapterRoot(pkg)):
		return "adapters do not know each other"
	case to == "-" || from == to || from == "":
		return ""
	case from == "views" && (to == "ui" || to == "backends" || to == "decoders"):
		return ""
	}
	return "the arrow runs the wrong way"
}

func adapter(pkg string) bool {
	return strings.HasPrefix(pkg+"/", "bustop/backends/redis/") || strings.HasPrefix(pkg+"/", "bustop/backends/rabbitmq/")
}

func adapterRoot(pkg string) string {
	return strings.Join(strings.SplitN(pkg+"/", "/", 4)[:3], "/") + "/"
}

// TestSize holds that libraries which would make the program half as large again are in its tests only.
func TestSize(t *testing.T) {
	known := map[string]bool{}
	for _, dep := range deps(t, "bustop") {
		known[dep] = true
	}
	for _, dep := range []string{"google.golang.org/grpc", "html/template", "go.opentelemetry.io/otel/exporters/otlp/otlptrace"} {
		if known[dep] {
			t.Errorf("the program is built of %s", dep)
		}
	}
	if !known["go.opentelemetry.io/collector/pdata/ptrace"] {
		t.Error("the list of what the program is built of is not whole")
	}
}

func TestArrowsCanFail(t *testing.T) {
	for _, tt := range []struct {
		pkg, dep string
		wrong    bool
	}{
		{"bustop", "bustop/views/app", false},
		{"bustop/views/app", "bustop/ui", false},
		{"bustop/views/app", "bustop/decoders", false},
		{"bustop/views/app", "bustop", true},
		{"bustop/ui", "bustop/backends", true},
		{"bustop/ui", "bustop/views", true},
		{"bustop/backends/redis", "bustop/decoders", true},
		{"bustop/backends/redis", "bustop/backends/redis/resp", false},
		{"bustop/backends/redis/resp", "bustop/backends/redis", false},
		{"bustop/backends/redis", "bustop/backends/rabbitmq", true},
		{"bustop/backends/demo", "bustop/backends/demo/servers", false},
		{"bustop/decoders", "bustop/ui", true},
		{"bustop/decoders", "github.com/charmbracelet/lipgloss", true},
		{"bustop/ui/term", "bustop/ui", true},
		{"bustop/ui/term", "github.com/charmbracelet/lipgloss", false},
		{"bustop/ui/term", "github.com/charmbracelet/bubbletea", true},
		{"bustop/views/cli", "bustop/views/app", true},
	} {
		if got := wrong(tt.pkg, tt.dep) != ""; got != tt.wrong {
			t.Errorf("%s → %s: wrong is %v", tt.pkg, tt.dep, got)
		}
	}
}
