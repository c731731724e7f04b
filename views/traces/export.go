package traces

import (
	"context"
	"os"
	"path/filepath"

	tea "github.com/charmbracelet/bubbletea"

	"bustop/views"
)

// export writes a trace as OTLP/JSON into the current folder and says where. An older file of the same
// trace is replaced; other people cannot read it, for spans may tell of their data.
func export(d *views.Deps, id string) tea.Cmd {
	return views.Work(d, "export trace",
		func(context.Context) (string, error) {
			data, err := d.Spans.ExportTrace(id)
			if err != nil {
				return "", err
			}
			path, err := filepath.Abs(id + ".json")
			if err != nil {
				return "", err
			}
			return path, os.WriteFile(path, data, 0o600)
		},
		func(path string, err error) {
			if err != nil {
				d.Nav.Toast("the trace is not exported: " + err.Error())
				return
			}
			d.Nav.Toast("exported to " + path)
		})
}
