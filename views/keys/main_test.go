package keys

import (
	"testing"

	"bustop/views/viewtest"
)

func TestMain(m *testing.M) { viewtest.Main(m) }
